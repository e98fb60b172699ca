from tests.gui.acting import *
def test_a(qtbot, make_window):
    window = make_window()
    type_into(qtbot, window, window.side.depth_field, "6")
    settle(qtbot, window)
    assert window.store.state.experiment.depth == 6
    choose_with_mouse(qtbot, window, window.side.activation, "relu")
    assert window.store.state.experiment.activation.key == "relu"
    choose_with_mouse(qtbot, window, window.side.loss, "mse")
    assert window.store.state.experiment.loss == "mse"
    settle(qtbot, window)
    hover(window, window.cards.cards[1])
    assert window.highlight.index == 1
    click(qtbot, window, window.side.schemes.rows[0].check)
    assert len(window.store.state.experiment.schemes)==7
    hover(window, window.signal.area.view.viewport(), place(window.signal.area, 2, 0))
    print(window.highlight.index, window.menuBar().actions()[0].menu())
    qtbot.keyClick(window.side.depth_field.field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    print(window.store.undo_label, [a.text() for a in actions(window)])
def test_b(make_window):
    make_window()
def test_c(make_window):
    make_window()
