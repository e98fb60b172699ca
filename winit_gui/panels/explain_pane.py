"""The pane on the right that explains one scheme: its formula, its numbers, its sources."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QUrl, Signal, Slot
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QHBoxLayout, QLabel, QTextBrowser, QToolButton, QVBoxLayout, QWidget

from winit_core.translation import tr
from winit_gui import wording
from winit_gui.controls.swatch import Swatch
from winit_gui.explanation import DEFINE
from winit_gui.formulas import formula_image
from winit_gui.picture import Picture
from winit_gui.style import BODY_POINTS, LIGHT, SPACE, Theme

_WIDTH = 350


class ExplainPane(QWidget):
    """Shows the explanation of one scheme.

    Signals
    -------
    closed()
        The user wants the pane away.
    turned(int)
        To the scheme so many places on.
    definition_asked(str)
        The key of a quantity whose name was clicked, or chosen with Tab and Enter.
    """

    closed = Signal()
    turned = Signal(int)
    definition_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("side")
        self._theme: Theme = LIGHT
        self._shown: object = None
        self.swatch = Swatch(self)
        self.title = QLabel(self)
        self.title.setObjectName("panelTitle")
        self.title.setWordWrap(True)
        back, on = QToolButton(self), QToolButton(self)
        for button, text, tip, name, step in (
            (back, "◂", tr("Previous scheme"), tr("Explain the previous scheme"), -1),
            (on, "▸", tr("Next scheme"), tr("Explain the next scheme"), 1),
        ):
            button.setObjectName("flat")
            button.setText(text)
            button.setToolTip(tip)
            button.setAccessibleName(name)
            button.clicked.connect(partial(self._turn, step))
        close = QToolButton(self)
        close.setObjectName("flat")
        close.setText("×")
        close.setToolTip(tr("Close the explanation (E)"))
        close.setAccessibleName(tr("Close the explanation"))
        close.clicked.connect(self.closed)
        self.text = QTextBrowser(self)
        self.text.setOpenLinks(False)
        self.text.setFrameShape(QTextBrowser.Shape.NoFrame)
        self.text.setAccessibleName(tr("Explanation"))
        self.text.anchorClicked.connect(self._on_link)
        head = QHBoxLayout()
        head.setSpacing(2 * SPACE)
        head.addWidget(self.swatch)
        head.addWidget(self.title, 1)
        for button in (back, on, close):
            head.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4 * SPACE, 3 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.addLayout(head)
        layout.addWidget(self.text, 1)

    def _turn(self, step: int) -> None:
        self.turned.emit(step)

    @Slot(QUrl)
    def _on_link(self, link: QUrl) -> None:
        if link.toString().startswith(DEFINE):
            self.definition_asked.emit(link.toString().removeprefix(DEFINE))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours and sizes of a theme."""
        self._theme = theme
        self.setFixedWidth(round(_WIDTH * (1 + 0.7 * (theme.type_scale - 1))))
        self.text.document().setDefaultStyleSheet(
            f"h4 {{ color: {theme.text}; }} p, td {{ color: {theme.text}; }}"
            f"td {{ padding-bottom: 3px; }} a {{ color: {theme.accent}; }}"
        )
        self.text.setStyleSheet(f"background: {theme.card};")

    def show_picture(self, picture: Picture) -> None:
        """Show the explanation that a picture holds."""
        explanation = picture.explanation
        # What is greyed is not of the width that is being dragged.
        self.text.setEnabled(explanation is not None)
        if explanation is None:
            return
        index = picture.request.explained
        ratio = self.devicePixelRatioF()
        choice, style = picture.experiment.schemes[index], picture.styles[index]
        shown = (explanation, choice, style, self._theme, ratio)
        if shown == self._shown:
            return  # set anew, the page would forget which link the keyboard is on
        self._shown = shown
        self.swatch.show_style(style)
        self.title.setText(wording.scheme_name(choice))
        document = self.text.document()
        room = self.width() - 14 * SPACE
        pixels = self._theme.points(BODY_POINTS) * 96 / 72 * 1.15
        for position, latex in enumerate(explanation.formulas):
            image = formula_image(latex, self._theme.text, pixels, ratio)
            width = image.width() / ratio
            if width > room:
                image = formula_image(latex, self._theme.text, pixels * room / width, ratio)
            name = QUrl(f"formula:{position}")
            document.addResource(QTextDocument.ResourceType.ImageResource.value, name, image)
        place = self.text.verticalScrollBar().value()
        self.text.setHtml(explanation.html)
        self.text.verticalScrollBar().setValue(place)
