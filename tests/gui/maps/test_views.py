from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from winit_core.activations import get_activation
from winit_core.diagnosis import Kind
from winit_core.experiment import Experiment
from winit_core.maps.depth_width import Across, DepthMap, DepthRequest, depth_map
from winit_core.maps.luck import Luck, LuckRequest, Reading, luck
from winit_core.maps.outcomes import Outcome
from winit_core.maps.phase_plane import (
    PhasePlane,
    SchemePoint,
    correlation_cobweb,
    phase_plane,
    variance_cobweb,
)
from winit_core.maps.short_training import STEPS, Trained
from winit_core.maps.training_matrix import TrainingMatrix, TrainingRequest
from winit_core.maps.verdict_matrix import (
    Case,
    Cell,
    MatrixRequest,
    VerdictMatrix,
    seeds_from,
    verdict_matrix,
)
from winit_core.schemes import SchemeChoice
from winit_core.schemes.criticality import critical_point
from winit_core.training.settings import Training
from winit_gui.maps import colours, glyphs, numbers
from winit_gui.maps.cell_looks import (
    LEGENDS,
    Shown,
    cell_look,
    cell_sentence,
    decades_text,
    progress_sentence,
    trained_look,
    trained_sentence,
    training_progress_sentence,
)
from winit_gui.maps.depth_width_view import DepthCase, DepthWidthView, pixels, theory_lines
from winit_gui.maps.document_view import DocumentView, document_html
from winit_gui.maps.luck_view import LuckView, axis_ticks, decades, luck_sentence
from winit_gui.maps.matrix_view import MatrixView
from winit_gui.maps.phase_plane_marks import PointGroup, grouped, regime_at
from winit_gui.maps.phase_plane_view import PhasePlaneView
from winit_gui.maps.phase_plane_words import (
    edge_sentence,
    group_sentence,
    off_edge_sentence,
    point_sentence,
)
from winit_gui.maps.typography import rich, spoken
from winit_gui.style import DARK, LIGHT, PROJECTOR, Theme

SMALL = Experiment(("he_normal",), "relu", (16,) * 3, batch_size=32)
THEMES = pytest.mark.parametrize("theme", [LIGHT, DARK, PROJECTOR], ids=lambda theme: theme.name)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(scope="module")
def matrices() -> list[VerdictMatrix]:
    schemes = (
        "zeros",
        "large_normal",
        "glorot_uniform",
        "glorot_normal",
        "he_uniform",
        "he_normal",
    )
    request = MatrixRequest(
        SMALL,
        tuple(map(SchemeChoice, schemes)),
        tuple(map(get_activation, ("sigmoid", "tanh", "relu", "leaky_relu", "elu"))),
        seeds_from(0, 2),
    )
    return list(verdict_matrix(request, interval=0.0))


@pytest.fixture(scope="module")
def depth() -> list[DepthMap]:
    request = DepthRequest(SMALL, Across.STD, (1, 5, 20, 60), (0.003, 0.1, 0.4, 3.0, 100.0))
    return list(depth_map(request))


@pytest.fixture(scope="module")
def plane() -> PhasePlane:
    *_, made = phase_plane(replace(SMALL, activation=get_activation("tanh")))
    return made


@pytest.fixture(scope="module")
def chance() -> Luck:
    *_, made = luck(LuckRequest(SMALL, 0, 60))
    return made


def shown(qtbot: QtBot, view: QWidget, theme: Theme = LIGHT) -> None:
    view.set_theme(theme)  # type: ignore[attr-defined]
    view.resize(1000, 650)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()


def ink_in(image: QImage) -> int:
    """Return how many colours a picture holds."""
    data = np.frombuffer(bytes(image.convertToFormat(QImage.Format.Format_RGB32).constBits()), "u4")
    return len(np.unique(data))


# The matrix


def test_a_cell_is_told_by_sign_number_and_colour() -> None:
    healthy = Cell((Outcome(Kind.HEALTHY, -0.52), Outcome(Kind.DRIFTING, -1.2)) * 2)
    look = cell_look(healthy, LIGHT)
    assert (look.kind, look.text, look.healthy) == (Kind.DRIFTING, "−0.9", 0.5)
    assert look.ground == colours.colour(LIGHT, healthy.decades)
    coarse = cell_look(Cell((Outcome(Kind.HEALTHY, -0.52),), coarse=True), LIGHT)
    assert coarse.coarse
    assert coarse.ground != cell_look(Cell((Outcome(Kind.HEALTHY, -0.52),)), LIGHT).ground
    nothing = cell_look(Cell((Outcome(Kind.NO_GRADIENT, float("-inf")),)), LIGHT)
    assert (nothing.text, nothing.ground) == ("0", LIGHT.grid)


@pytest.mark.parametrize(
    ("decades", "text"),
    [
        (-0.04, "0.0"),
        (0.04, "0.0"),
        (-3.21, "−3.2"),
        (9.94, "9.9"),
        (-9.96, "−10"),
        (float("nan"), "–"),
        (float("-inf"), "0"),
    ],
)
def test_decades_are_short(decades: float, text: str) -> None:
    assert decades_text(decades) == text


@pytest.mark.parametrize("kind", Kind)
def test_every_verdict_has_a_sign_of_its_own(kind: Kind, qtbot: QtBot) -> None:
    from PySide6.QtCore import QRectF
    from PySide6.QtGui import QPainter

    def drawn(one: Kind) -> bytes:
        image = QImage(24, 24, QImage.Format.Format_RGB32)
        image.fill(0xFFFFFFFF)
        painter = QPainter(image)
        glyphs.draw(painter, one, QRectF(2, 2, 20, 20), "#000000")
        painter.end()
        return bytes(image.constBits())

    assert len(set(drawn(kind))) > 1
    assert all(drawn(kind) != drawn(other) for other in Kind if other is not kind)


@THEMES
def test_the_matrix_is_drawn_at_every_stage(
    qtbot: QtBot, matrices: list[VerdictMatrix], theme: Theme
) -> None:
    view = MatrixView()
    shown(qtbot, view, theme)
    for matrix in (matrices[0], matrices[len(matrices) // 2], matrices[-1]):
        view.show_matrix(matrix)
        assert ink_in(view.grab().toImage()) > 10
    look = view.grid.look(5, 2)
    assert look is not None
    assert not look.coarse
    assert view.progress.text() == "60 nets"
    assert "first sight" in progress_sentence(next(m for m in matrices if m.cells[0][0]))


def test_keys_move_the_cursor_and_enter_opens_the_case(
    qtbot: QtBot, matrices: list[VerdictMatrix]
) -> None:
    view = MatrixView()
    shown(qtbot, view)
    view.show_matrix(matrices[-1])
    view.setFocus()
    for key in (Qt.Key.Key_End, Qt.Key.Key_PageDown, Qt.Key.Key_Left, Qt.Key.Key_Up):
        qtbot.keyClick(view.grid, key)
    assert view.grid.cursor_cell == (4, 3)
    assert view.readout.text() == cell_sentence(matrices[-1], 4, 3)
    assert view.readout.text().startswith("He uniform with Leaky ReLU")
    with qtbot.waitSignal(view.case_chosen) as caught:
        qtbot.keyClick(view.grid, Qt.Key.Key_Return)
    assert caught.args == [Case(SchemeChoice("he_uniform"), get_activation("leaky_relu"))]


def test_a_click_opens_the_case_under_it(qtbot: QtBot, matrices: list[VerdictMatrix]) -> None:
    view = MatrixView()
    shown(qtbot, view)
    view.show_matrix(matrices[-1])
    chosen: list[object] = []
    view.case_chosen.connect(chosen.append)
    at = view.grid.cell_rect(5, 1).center()
    qtbot.mouseMove(view.grid.viewport(), at)
    qtbot.mouseClick(view.grid.viewport(), LEFT, pos=at)
    assert chosen == [Case(SchemeChoice("he_normal"), get_activation("tanh"))]
    qtbot.mouseClick(view.grid.viewport(), LEFT, pos=QPoint(2, 2))
    assert len(chosen) == 1


def test_a_small_view_scrolls_to_the_cursor(qtbot: QtBot, matrices: list[VerdictMatrix]) -> None:
    view = MatrixView()
    shown(qtbot, view)
    view.show_matrix(matrices[-1])
    view.grid.setFixedSize(260, 160)
    view.grid.move_to(5, 4)
    assert view.grid.viewport().rect().contains(view.grid.cell_rect(5, 4))


def test_the_documents_table_is_judged_beside_it(
    qtbot: QtBot, matrices: list[VerdictMatrix]
) -> None:
    view = DocumentView()
    shown(qtbot, view, DARK)
    view.show_matrix(matrices[0])
    assert "not measured yet" in view.page.toPlainText()
    view.show_matrix(matrices[-1])
    text = view.page.toPlainText()
    for words in ("Best for Activations", "“Sigmoid, tanh”", "Corrected", "Confirmed"):
        assert words in text
    assert document_html(matrices[-1], DARK).count("<a ") == 18
    with qtbot.waitSignal(view.case_chosen) as caught:
        view.page.anchorClicked.emit(QUrl("case:he_normal/elu"))
    assert caught.args == [Case(SchemeChoice("he_normal"), get_activation("elu"))]


# Short trainings


@pytest.fixture
def trained(matrices: list[VerdictMatrix]) -> TrainingMatrix:
    """Return made-up outcomes: three kinds of them, and cells without any."""
    request = TrainingRequest.short(matrices[-1].request, Training())
    good, bad = Trained(0.1, 0.974, 70), Trained(2.3, 0.1)
    lost = Trained(float("nan"), 0.1, None, 7)
    rows = [(bad,) * 5, (lost,) * 5, *[(bad, good, good, good, good)] * 3]
    return TrainingMatrix(request, (*rows, (None,) * 5))


@THEMES
@pytest.mark.parametrize("shown_as", [Shown.ACCURACY, Shown.STEPS])
def test_a_trained_cell_is_told_by_number_and_colour_beside_the_verdicts_sign(
    matrices: list[VerdictMatrix], theme: Theme, shown_as: Shown
) -> None:
    cell = matrices[-1].cell("he_normal", "relu")
    assert cell is not None
    good = trained_look(cell, Trained(0.1, 0.974, 70), theme, shown_as)
    assert good.kind is cell.verdict
    assert good.text == ("97" if shown_as is Shown.ACCURACY else "70")
    share = 0.974 if shown_as is Shown.ACCURACY else 1 - 70 / STEPS
    assert good.ground == colours.share_colour(theme, share)
    bad = trained_look(cell, Trained(2.3, 0.1), theme, shown_as)
    assert bad.text == ("10" if shown_as is Shown.ACCURACY else "–")
    assert bad.ground != good.ground
    lost = trained_look(cell, Trained(float("nan"), 0.1, None, 7), theme, shown_as)
    assert (lost.kind, lost.text) == (Kind.NOT_FINITE, "inf")
    nothing = trained_look(cell, None, theme, shown_as)
    assert (nothing.kind, nothing.text) == (cell.verdict, "")


def test_the_matrix_shows_trainings_as_they_come_in(
    qtbot: QtBot, matrices: list[VerdictMatrix], trained: TrainingMatrix
) -> None:
    view = MatrixView()
    shown(qtbot, view)
    nothing = TrainingMatrix(trained.request, ((None,) * 5,) * 6)
    view.show_matrix(matrices[-1], nothing, Shown.ACCURACY)
    before = view.grid.look(4, 2)
    assert before is not None
    assert before.text == ""
    view.show_matrix(matrices[-1], trained, Shown.ACCURACY)
    after = view.grid.look(4, 2)
    assert after is not None
    assert after.text == "97"
    assert view.progress.text() == "25 of 30 nets trained"
    assert view.scale.accessibleName() == LEGENDS[Shown.ACCURACY].name
    view.grid.move_to(4, 2)
    assert view.readout.text().endswith(
        f"Trained: 97.4 % right after {STEPS} steps; 90 % for the first time at step 70."
    )
    view.show_matrix(matrices[-1])
    again = view.grid.look(4, 2)
    cell = matrices[-1].cells[4][2]
    assert cell is not None
    assert again == cell_look(cell, LIGHT)
    assert "Trained" not in view.readout.text()


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        (0, 0, f"Trained: 10.0 % right after {STEPS} steps; 90 % never."),
        (1, 0, "Trained: it left the finite range at step 7."),
        (5, 0, "Not trained yet."),
    ],
)
def test_a_training_in_words(trained: TrainingMatrix, row: int, column: int, words: str) -> None:
    assert trained_sentence(trained, row, column) == words


def test_signs_that_are_first_guesses_are_named_beside_trainings(
    matrices: list[VerdictMatrix], trained: TrainingMatrix
) -> None:
    coarse = next(m for m in matrices if all(c is not None for row in m.cells for c in row))
    said = training_progress_sentence(trained, coarse)
    assert said == "25 of 30 nets trained; signs at first sight"


def test_the_documents_sentences_about_learning_are_judged_by_training(
    qtbot: QtBot, matrices: list[VerdictMatrix], trained: TrainingMatrix
) -> None:
    view = DocumentView()
    shown(qtbot, view)
    view.show_matrix(matrices[-1])
    assert "trained" not in view.page.toPlainText()
    whole = TrainingMatrix(trained.request, (*trained.cells[:5], trained.cells[4]))
    view.show_matrix(matrices[-1], whole)
    text = view.page.toPlainText()
    assert "Sigmoid, trained: neither learns: 10 %; with He 10 %" in text
    assert "ReLU, trained: Xavier learns here about as fast: 97 %, 90 % by step 70" in text
    assert text.count(", trained:") == 15


def test_every_column_is_in_view_in_a_small_window(
    qtbot: QtBot, matrices: list[VerdictMatrix]
) -> None:
    request = MatrixRequest.whole(SMALL)
    empty = VerdictMatrix(request, ((None,) * len(request.activations),) * len(request.schemes), 0)
    view = MatrixView()
    view.set_theme(LIGHT)
    qtbot.addWidget(view)
    with qtbot.waitExposed(view):
        view.show()
    view.show_matrix(empty)
    for width in (960, 1080, 1560):  # what windows of 1280, 1440 and 1920 leave for it
        view.resize(width, 560)
        assert view.grid.horizontalScrollBar().maximum() == 0


# Numbers


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_numbers_of_a_matrix(matrices: list[VerdictMatrix], trained: TrainingMatrix) -> None:
    plain = rows_of(numbers.matrix_csv(matrices[-1], None))
    assert len(plain) == 30
    assert "accuracy" not in plain[0]
    rows = rows_of(numbers.matrix_csv(matrices[-1], trained))
    row = next(
        r for r in rows if r["scheme"].startswith("he_uniform") and r["activation"] == "relu"
    )
    cell = matrices[-1].cell("he_uniform", "relu")
    assert cell is not None
    assert float(row["log10_error_ratio"]) == cell.decades
    assert (row["nets"], row["healthy"]) == ("2", str(cell.healthy))
    assert (row["accuracy"], row["step_of_90_percent"], row["steps"]) == ("0.974", "70", str(STEPS))
    lost = next(r for r in rows if r["diverged_at_step"])
    assert lost["scheme"].startswith("large_normal")
    assert rows[-1]["accuracy"] == ""
    empty = rows_of(numbers.matrix_csv(matrices[0], None))
    assert empty[0]["verdict"] == ""


def test_the_numbers_of_the_other_maps(
    depth: list[DepthMap], plane: PhasePlane, chance: Luck
) -> None:
    rows = rows_of(numbers.depth_csv(depth[-1]))
    assert len(rows) == 20
    assert float(rows[1]["log10_error_ratio"]) == depth[-1].decades[1, 0]
    assert len(rows_of(numbers.depth_csv(depth[1]))) == 4
    rows = rows_of(numbers.plane_csv(plane))
    schemes = [row for row in rows if row["what"] == "scheme"]
    assert len(schemes) == len(plane.points)
    assert float(schemes[0]["sigma_w2"]) == plane.points[0].sigma_w2
    assert len(rows) - len(schemes) == plane.edge.q.size
    rows = rows_of(numbers.luck_csv(chance))
    assert [float(row["log10_error_ratio"]) for row in rows] == chance.error.tolist()


# Depth and width


@THEMES
def test_a_depth_map_is_drawn_at_every_stage(
    qtbot: QtBot, depth: list[DepthMap], theme: Theme
) -> None:
    view = DepthWidthView()
    shown(qtbot, view, theme)
    for found in depth:
        view.show_map(found)
        assert ink_in(view.grab().toImage()) > 10
    image = pixels(depth[1], theme)
    assert ((image[:, 0, 3] == 255) == depth[1].known).all()
    red, green, blue = image[0, 1, :3]
    expected = colours.colour(theme, float(depth[1].decades[1, 0]))
    assert expected == f"#{red:02X}{green:02X}{blue:02X}"


def test_an_unfinished_map_has_no_holes_between_its_columns(depth: list[DepthMap]) -> None:
    coarse = depth[2]
    assert coarse.known.tolist() == [True, False, False, False, True]
    image = pixels(coarse, LIGHT)
    pale = image[1, 0, 3]
    assert image[:, 0, 3].tolist() == [255, pale, pale, pale, 255]
    assert 0 < pale < 255
    assert (image[1, :, :3] == image[0, :, :3]).all()
    assert (image[3, :, :3] == image[4, :, :3]).all()
    assert (pixels(depth[1], LIGHT)[1:, :, 3] == 0).all()


def test_the_lines_of_a_depth_map_are_the_theorys(depth: list[DepthMap]) -> None:
    lines = {line.name: line for line in theory_lines(depth[-1])}
    assert {"−1", "−3", "+1", "+3", "overflow"} <= set(lines)
    theory = depth[-1].theory
    assert theory is not None
    levels = np.log([1, 5, 20, 60])
    expected = np.interp(np.log(theory.overflow[3]), levels, range(4))
    assert lines["overflow"].y[3] == pytest.approx(expected)


def test_the_cursor_of_a_depth_map(qtbot: QtBot, depth: list[DepthMap]) -> None:
    view = DepthWidthView()
    shown(qtbot, view)
    view.show_map(depth[-1])
    view.setFocus()
    for key in (Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Up, Qt.Key.Key_Up):
        qtbot.keyClick(view, key)
    with qtbot.waitSignal(view.case_chosen) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert caught.args == [DepthCase(depth[-1].request, 20, 3.0)]
    assert "20 hidden layers with std 3" in view.readout.text()
    view.area.clicked.emit(1.2, 0.1)
    assert view.cursor_case == DepthCase(depth[-1].request, 1, 0.1)


# The phase plane


@THEMES
def test_a_plane_is_drawn_and_its_names_do_not_meet(
    qtbot: QtBot, plane: PhasePlane, theme: Theme
) -> None:
    view = PhasePlaneView()
    shown(qtbot, view, theme)
    view.show_plane(plane)
    view.show_point(1.76, 0.05, "Mine")
    view.show_cobwebs(
        variance_cobweb(plane.activation, 1.76, 0.05),
        correlation_cobweb(plane.activation, 1.76, 0.05),
    )
    assert ink_in(view.grab().toImage()) > 10
    texts = [
        item
        for item in view.area.item.items
        if type(item).__name__ == "TextItem" and item.isVisible() and item.zValue() == 12
    ]
    assert len(texts) >= 5
    numbers = [item.toPlainText() for item in texts if item.toPlainText().isdigit()]
    # Names, or numbers that the line below explains: never both.
    assert bool(numbers) == view.names.isVisible()
    assert len(numbers) in (0, len(texts))
    boxes = [item.mapRectToScene(item.boundingRect()).adjusted(5, 5, -5, -5) for item in texts]
    for n, box in enumerate(boxes):
        assert not any(box.intersects(other) for other in boxes[:n])


@pytest.mark.parametrize("size", [(380, 330), (560, 420), (1000, 700)])
@pytest.mark.parametrize("activation", ["tanh", "relu", "erf"])
def test_words_of_the_plane_stand_in_their_region_and_apart(
    qtbot: QtBot, size: tuple[int, int], activation: str
) -> None:
    *_, made = phase_plane(replace(SMALL, activation=get_activation(activation)))
    view = PhasePlaneView()
    shown(qtbot, view, replace(LIGHT, type_scale=1.6 if size[0] < 1000 else 1.0))
    view.resize(*size)
    view.show_plane(made)
    QApplication.processEvents()
    for regime, place in view.region_words.items():
        inside = place.adjusted(
            *(
                share * side
                for share, side in zip(
                    (0.1, 0.1, -0.1, -0.1), (place.width(), place.height()) * 2, strict=True
                )
            )
        )
        for w in (inside.left(), inside.center().x(), inside.right()):
            for b in (inside.top(), inside.center().y(), inside.bottom()):
                assert regime_at(made, w, b) is regime
    explained = view.names.text().replace("\u00a0", " ")
    for number, group in enumerate(view.groups, 1):
        assert view.names.isHidden() or f"{number}: {group.name}" in explained
    words = {
        item.toPlainText()
        for item in view.area.item.items
        if type(item).__name__ == "TextItem" and item.isVisible() and item.zValue() == 12
    }
    assert len(words) == len(view.groups), "every mark has its name or number"
    if size[0] == 380:
        assert not view.names.isHidden(), "there is no room for names"


def test_every_scheme_in_the_theory_has_a_mark(plane: PhasePlane) -> None:
    groups = grouped(plane, 0.01, 0.002)
    named = {point.choice.key for group in groups for point in group.points}
    assert {"he_normal", "glorot_normal", "torch_linear", "large_normal"} <= named
    assert not {"zeros", "constant"} & named
    for group in groups:
        for point in group.points:
            assert group.beyond == (point.sigma_w2 > plane.extent.sigma_w2)


def test_the_point_is_dragged_and_moved_by_keys(qtbot: QtBot, plane: PhasePlane) -> None:
    view = PhasePlaneView()
    shown(qtbot, view)
    view.show_plane(plane)
    moved: list[tuple[float, float]] = []
    view.point_moved.connect(lambda w, b: moved.append((w, b)))
    view.show_point(1.0, 0.1)
    assert not moved
    view.setFocus()
    with qtbot.waitSignal(view.point_chosen) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Right)
    assert caught.args == pytest.approx([1.05, 0.1])
    qtbot.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert moved[-1] == pytest.approx((1.05, 0.0))
    view.target.setPos(3.0, -2.0)  # what a drag does
    assert moved[-1] == (3.0, 0.0)
    assert "chaotic" in view.readout.text()


def test_a_click_on_a_mark_chooses_its_scheme(qtbot: QtBot, plane: PhasePlane) -> None:
    view = PhasePlaneView()
    shown(qtbot, view)
    view.show_plane(plane)
    with qtbot.waitSignal(view.scheme_chosen) as caught:
        view.area.clicked.emit(2.0, 0.0)
    assert caught.args[0].key in ("he_uniform", "he_normal")
    view.area.pointed.emit(1 / 3, 0.02)
    assert "PyTorch default" in view.readout.text()


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("tanh", "keep their size at any depth"),
        ("softplus", "has no edge of chaos"),
        ("sigmoid", "begins at σ_w² = 103"),
        ("relu", "the one point σ_w² = 2 "),
    ],
)
def test_an_activation_without_an_edge_says_so(key: str, words: str) -> None:
    *_, made = phase_plane(replace(SMALL, activation=get_activation(key)))
    assert words in edge_sentence(made)
    assert "edge of chaos" in point_sentence(next(phase_plane(SMALL)), 2.0, 0.0)


def test_why_critical_is_off_the_edge_is_said(qtbot: QtBot, plane: PhasePlane) -> None:
    tanh = plane.activation
    point = next(p for p in plane.points if p.choice.key == "critical")
    said = off_edge_sentence(point.choice, tanh, point.sigma_w2, point.sigma_b2)
    assert "its target is the signal alone" in said
    assert "q = 1;" in said
    view = PhasePlaneView()
    shown(qtbot, view)
    view.show_plane(plane)
    view.area.pointed.emit(point.sigma_w2, point.sigma_b2)
    assert "its target is the signal alone" in view.readout.text()
    view.area.left.emit()
    assert "target" not in view.readout.text()
    both = critical_point(tanh, "both", 1.0)
    choice = SchemeChoice("critical", {"target": "both"})
    assert off_edge_sentence(choice, tanh, both.sigma_w2, both.sigma_b2) == ""
    backward = SchemeChoice("critical", {"target": "backward"})
    assert "its target is the error alone" in off_edge_sentence(backward, tanh, 1.9, 0.0)
    assert off_edge_sentence(SchemeChoice("he_normal"), tanh, 2.0, 0.0) == ""
    assert "finite width" in off_edge_sentence(SchemeChoice("random_walk"), tanh, 2.6, 0.0)
    # After a name and a colon a sentence begins small, unless a name comes first again.
    mark = PointGroup((SchemePoint(choice, 1.9, 0.1, True, False),), 1.9, 0.1, False)
    selu = get_activation("selu")
    assert off_edge_sentence(choice, selu, 1.9, 0.1).startswith("SELU has no point")
    assert ": SELU has no point" in group_sentence(mark, selu)
    assert ": off the edge on purpose" in group_sentence(
        PointGroup((point,), 1.9, 0.1, False), plane.activation
    )


def test_symbols_have_their_index_below_the_line(qtbot: QtBot, plane: PhasePlane) -> None:
    assert rich("a < b: σ_w² and fan_in") == "a &lt; b: σ<sub>w</sub>² and fan<sub>in</sub>"
    assert spoken("σ_w² 2, σ_b² 0") == "sigma w squared 2, sigma b squared 0"
    view = PhasePlaneView()
    shown(qtbot, view)
    view.show_plane(plane)
    view.show_point(1.0, 0.1)
    for text in (view.readout.text(), view.key.text(), view.area.item.getAxis("left").labelText):
        assert "_" not in text
    assert "sigma w squared" in view.accessibleDescription()


# Luck


@THEMES
@pytest.mark.parametrize("reading", Reading)
def test_luck_is_drawn(qtbot: QtBot, chance: Luck, theme: Theme, reading: Reading) -> None:
    view = LuckView()
    shown(qtbot, view, theme)
    view.show_luck(chance, reading)
    assert ink_in(view.grab().toImage()) > 10
    assert view.readout.text() == luck_sentence(chance, reading)
    assert "Seed 0 lies at" in view.readout.text()
    chosen: list[int] = []
    view.seed_chosen.connect(chosen.append)
    wanted = int(np.argmax(chance.values(reading)))
    view.area.clicked.emit(float(chance.values(reading)[wanted]), 0.1)
    assert chosen == [int(chance.seeds[wanted])]


def test_luck_without_numbers_says_so(qtbot: QtBot) -> None:
    *_, nothing = luck(LuckRequest(replace(SMALL, schemes=(SchemeChoice("zeros"),)), 0, 3))
    view = LuckView()
    shown(qtbot, view)
    view.show_luck(nothing, Reading.ERROR)
    assert "no finite number" in view.readout.text()
    assert "no theory for this scheme" in view.readout.text()


def test_keys_walk_over_the_seeds_and_enter_opens_one(qtbot: QtBot, chance: Luck) -> None:
    view = LuckView()
    shown(qtbot, view)
    view.show_luck(chance, Reading.ERROR)
    view.setFocus()
    order = chance.seeds[np.argsort(chance.error, kind="stable")].tolist()
    qtbot.keyClick(view, Qt.Key.Key_Right)
    assert view.cursor_seed == order[order.index(0) + 1]
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.cursor_seed == order[0]
    assert "0\u00a0% of the 60 nets lie below" in view.readout.text()
    qtbot.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert view.cursor_seed == order[10]
    with qtbot.waitSignal(view.seed_chosen) as caught:
        qtbot.keyClick(view, Qt.Key.Key_Return)
    assert caught.args == [order[10]]
    view.area.left.emit()
    assert view.cursor_seed is None
    assert view.readout.text() == luck_sentence(chance, Reading.ERROR)


@pytest.mark.parametrize(
    ("value", "scatter", "text"),
    [
        (-10.00312, 0.033, "−10.003"),
        (-10.00312, 0.62, "−10.00"),
        (7.5612, 12.0, "8"),
        (-0.5, 0.0, "−0.5"),
    ],
)
def test_a_logarithm_has_the_digits_its_scatter_leaves_it(
    value: float, scatter: float, text: str
) -> None:
    assert decades(value, scatter) == text


def test_ticks_are_round_and_have_a_minus() -> None:
    ticks = axis_ticks(-10.17, -9.88)
    assert ("−10.15" in [text for _, text in ticks]) is True
    assert all("-" not in text for _, text in ticks)
    steps = np.diff([place for place, _ in ticks])
    assert np.allclose(steps, 0.05)
    assert len(axis_ticks(0.0, 800.0)) >= 5
