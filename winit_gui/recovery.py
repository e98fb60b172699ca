"""After a crash: the question whether to go on where it happened."""

from __future__ import annotations

from PySide6.QtWidgets import QMessageBox

from winit_core.translation import tr
from winit_gui.autosave import Autosave
from winit_gui.state import State
from winit_gui.window import Window


def start_autosave(
    window: Window, autosave: Autosave, remembered: State | None, may_ask: bool = True
) -> None:
    """Keep the window's state from now on; first ask about what a crash left, if it is news.

    Where there is no answer, because nobody may be asked (a lecture begins) or the window is
    closed before, the next start asks again.
    """
    recovered = autosave.recovered()
    is_news = recovered is not None and recovered not in (remembered, window.store.state)
    if recovered is None or not is_news or not may_ask:
        autosave.start(window.store, keep_left=is_news)
        return
    box = QMessageBox(window)
    box.setWindowTitle("winit")
    box.setText(tr("The last session ended unexpectedly. Its experiment was kept."))
    restore = box.addButton(tr("&Restore it"), QMessageBox.ButtonRole.AcceptRole)
    discard = box.addButton(tr("&Discard it"), QMessageBox.ButtonRole.DestructiveRole)
    later = box.addButton(tr("Ask &later"), QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(restore)
    box.setEscapeButton(later)

    def answered() -> None:
        if box.clickedButton() is restore:
            window.store.load(recovered, tr("restore the last session"))
        autosave.start(window.store, keep_left=box.clickedButton() not in (restore, discard))
        box.deleteLater()

    box.finished.connect(answered)
    box.open()
