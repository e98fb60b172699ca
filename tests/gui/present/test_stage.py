"""The stage: legible, complete, honest while it asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontInfo, QImage
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from tests.gui.acting import axis_labels
from tests.gui.fixtures import small_experiment
from tests.gui.present.lessons import QUESTION, lesson, step
from winit_core.schemes import SchemeChoice
from winit_core.training.settings import Training
from winit_gui.lessons.catalogue import built_in
from winit_gui.lessons.lesson import Choice, Claim, Step
from winit_gui.lessons.reader import read_lesson
from winit_gui.panels.layer_chart import Ends
from winit_gui.present.prepared import Means, Prepared, begin, prepare
from winit_gui.present.stage import Showing, Stage
from winit_gui.present.stills import hidden_stage, prepare_all, stills
from winit_gui.state import State, View
from winit_gui.style import contrast

SIZES = [(1280, 720), (1920, 1080)]


@pytest.fixture
def stage(qtbot: QtBot) -> Iterator[Stage]:
    with hidden_stage(QSize(1280, 720)) as made:
        yield made


def shown(stage: Stage, made: Prepared, **changes: object) -> Showing:
    """Show a step and return what is on the stage."""
    showing = replace(
        Showing(made.step, made, made.ends, "2 / 9"),
        **changes,  # type: ignore[arg-type]
    )
    stage.show_step(showing)
    return showing


def fonts(stage: Stage) -> dict[str, QFont]:
    """Return every font in use, by what is written with it."""
    used: dict[str, QFont] = {}
    for text in stage.band.texts:
        font = QFont()
        font.setPixelSize(round(text.pixels))
        used[text.plain] = font
    for number, cell in stage.cells.items():
        if cell.panel.isHidden():
            continue
        for label in cell.panel.findChildren(QLabel):
            if label.isVisible() and label.text():
                used[f"panel {number}: {label.text()}"] = label.font()
        for side in ("left", "bottom"):
            axis = cell.panel.area.item.getAxis(side)
            used[f"panel {number}, {side}"] = axis.style["tickFont"]
            used[f"panel {number}, {side} label"] = axis.label.font()
    return used


def overflowing(stage: Stage) -> list[str]:
    """Return the texts that are cut."""
    cut = []
    for text in stage.band.texts:
        inside = stage.band.rect().contains(text.mapTo(stage.band, text.rect().bottomRight()))
        if not inside or text.heightForWidth(text.width()) > text.height():
            cut.append(text.plain)
    for cell in stage.cells.values():
        if cell.panel.isHidden():
            continue
        label = cell.panel.sentence
        if not label.isVisible():
            continue
        wrapped = label.fontMetrics().boundingRect(
            QRect(0, 0, label.width(), 10_000), Qt.TextFlag.TextWordWrap, label.text()
        )
        if wrapped.height() > label.height() or wrapped.width() > label.width():
            cut.append(label.text())
    return cut


def check_legible(stage: Stage) -> None:
    """Assert that no text is too small, and none is cut, and nothing lies outside."""
    least = stage.height() / 45
    small = {
        text: QFontInfo(font).pixelSize()
        for text, font in fonts(stage).items()
        if QFontInfo(font).pixelSize() < least
    }
    assert not small, small
    assert not overflowing(stage)
    children: list[QWidget] = [
        stage.band,
        stage.verdicts,
        *(cell.panel for cell in stage.cells.values()),
    ]
    places = [child.geometry() for child in children if not child.isHidden()]
    assert all(stage.rect().contains(place) for place in places)
    assert not any(
        first.intersects(second) for first in places for second in places if first is not second
    )


def test_every_built_in_step_is_legible_and_whole(stage: Stage) -> None:
    steps = [small(step) for path in built_in() for step in read_lesson(path).steps]
    assert len(steps) > 60
    for number, made in enumerate(map(begin, steps)):
        # Everything is in proportion: a sample of the larger size tells whether it is.
        for size in SIZES[: 1 if number % 6 else 2]:
            stage.resize(*size)
            for revealed in (False, True)[0 if made.step.question else 1 :]:
                shown(stage, made, revealed=revealed)
                check_legible(stage)


def small(of: Step) -> Step:
    """Return a step with its words and its panels, and a net of few units."""
    experiment = of.state.experiment
    narrow = {"hidden_widths": (8,) * experiment.depth, "batch_size": 16, "overrides": ()}
    return replace(of, state=of.state.with_experiment(**narrow))


@pytest.mark.parametrize("panels", [(1,), (1, 2, 3), (1, 2, 3, 4)])
def test_many_schemes_and_long_texts_are_legible_and_whole(
    stage: Stage, panels: tuple[int, ...]
) -> None:
    words = "A sentence that is rather long, for it says what could be said shorter. " * 2
    question = replace(
        QUESTION, hides=(panels[-1],), choices=(Choice(words[:70], True, words[:70]),) * 4
    )
    of = step(
        words[:60],
        text=words + r"$\sqrt{\frac{2}{n}}$",
        experiment=small_experiment(),
        panels=panels,
        question=question,
    )
    for revealed in (False, True):
        shown(stage, begin(of), revealed=revealed)
        check_legible(stage)
        plots = [c.panel.area.height() for c in stage.cells.values() if c.panel.isVisible()]
        assert min(plots, default=999) > stage.height() / 12


def test_colours_have_the_contrast_that_a_projector_needs(stage: Stage) -> None:
    theme = stage.theme
    for colour in (theme.text, theme.muted, theme.accent, theme.error):
        assert contrast(colour, theme.ground) >= 7


def test_a_hidden_panel_gives_nothing_away_before_the_answer(stage: Stage) -> None:
    made = begin(step(question=QUESTION, text="Nothing at all arrives."))
    shown(stage, made, revealed=False)
    assert stage.cells[3].is_asked
    assert stage.cells[3].panel.isHidden()
    assert not stage.cells[2].is_asked
    assert stage.band.text.plain == QUESTION.ask
    assert [box.text.plain for box in stage.band.choices] == ["Nothing", "All of it", "A tenth"]
    assert not any(stage.verdicts.verdicts)
    shown(stage, made)
    assert not stage.cells[3].is_asked
    assert stage.cells[3].panel.isVisible()
    assert stage.band.text.plain == "Nothing at all arrives."
    assert stage.verdicts.verdicts == ["Symmetric", "Healthy"]
    assert all(box.isHidden() for box in stage.band.choices)


def test_a_choice_is_answered_with_its_reason_and_the_right_one(stage: Stage) -> None:
    made = begin(step(question=QUESTION))
    shown(stage, made, choice=1)
    answer = stage.band.answer.plain
    assert "✓ 1 Nothing. Every weight is 0." in answer
    assert "✗ 2 All of it. Nothing is carried back." in answer
    assert "A tenth" not in answer


def test_a_click_chooses_an_answer(stage: Stage, qtbot: QtBot) -> None:
    shown(stage, begin(step(question=QUESTION)), revealed=False)
    with qtbot.waitSignal(stage.choice_made) as chosen:
        qtbot.mouseClick(stage.band.choices[2], Qt.MouseButton.LeftButton)
    assert chosen.args == [2]


def test_measured_numbers_stand_in_the_text_and_beside_the_published(stage: Stage) -> None:
    claim = Claim(
        "error_ratio", 0, 1, "ratio", scheme=SchemeChoice("zeros"), published="0", source="A paper"
    )
    of = step(text="Exactly {ratio} of it.", claims=(claim,))
    stage.show_step(Showing(of, None, {}))
    assert stage.band.text.plain == "Exactly … of it."
    made = prepare(of)
    shown(stage, made)
    assert stage.band.text.plain == "Exactly 0 of it."
    assert stage.band.published.plain == "Published: 0 (A paper) · measured here: 0"
    assert made.named_values == {"ratio": 0.0}


def test_panels_are_those_of_the_step_and_one_can_be_alone(stage: Stage) -> None:
    made = begin(step(panels=(1, 2, 3)))
    shown(stage, made)
    assert [n for n, cell in stage.cells.items() if cell.panel.isVisible()] == [1, 2, 3]
    widths = {stage.cells[n].panel.width() for n in (1, 2, 3)}
    assert max(widths) < stage.width() / 3
    shown(stage, made, enlarged=2)
    assert [n for n, cell in stage.cells.items() if cell.panel.isVisible()] == [2]
    assert stage.cells[2].panel.width() > 0.9 * stage.width()


def test_axes_are_the_fixed_ones(stage: Stage) -> None:
    made = begin(step(axes={"signal": (-6.0, 2.0)}))
    shown(stage, made, ends={2: Ends(-6.0, 2.0)})
    labels = [text for text, _ in axis_labels(stage.cells[2].panel.area, "left")]
    assert {"10⁻⁶", "10²"} <= set(labels)


def test_what_lies_beyond_fixed_ends_is_said(stage: Stage) -> None:
    made = begin(step(experiment=small_experiment(("small_normal",)), panels=(2,)))
    shown(stage, made, ends={2: Ends(-3.0, 0.0)})
    notes = stage.cells[2].panel.notes
    assert any("down\xa0to" in note and "↓" in note for note in notes), notes


def test_the_highlighted_scheme_comes_forward_and_comes_back(stage: Stage) -> None:
    made = begin(step(highlight=SchemeChoice("glorot_normal")))
    shown(stage, made)
    assert stage.highlight.index == 1
    stage.highlight.set(0)
    assert stage.highlight.index == 0
    stage.highlight.set(-1)
    assert stage.highlight.index == 1


def test_training_says_how_far_it_is(stage: Stage) -> None:
    base = step(panels=(4,), train_to=3)
    of = replace(base, state=replace(base.state, training=Training(steps=3, batch_size=16)))
    told: list[Prepared] = []
    made = prepare(of, means=Means(tell=told.append))
    shown(stage, told[0])
    assert stage.band.mark.text == "step 0 of 3   2 / 9"
    shown(stage, made)
    assert stage.band.mark.text == "step 3 of 3   2 / 9"
    assert made.picture.step == 3
    assert made.picture.request.history is None
    assert len(stage.learning.drawn["lines"].shown) == 2
    assert not any("Train" in note for note in stage.learning.notes)


def test_a_step_without_results_shows_its_words_and_how_far_it_is(stage: Stage) -> None:
    claim = Claim("error_ratio", 0, 1, "ratio", scheme=SchemeChoice("zeros"))
    of = step("What arrives", text="Exactly {ratio} of it.", claims=(claim,))
    shown(stage, begin(step("Before", panels=(2,))))
    stage.show_step(Showing(of, None, {}, "2 / 9", share=0.25))
    assert stage.band.title.plain == "What arrives"
    assert stage.band.text.plain == "Exactly … of it."
    assert stage.verdicts.names == ["Zero", "Xavier normal"]
    for number in (2, 3):
        cell = stage.cells[number]
        assert cell.panel.isHidden()
        assert cell.cover.isVisible()
        assert not cell.is_asked
        assert cell.cover.share == 0.25
        assert "being computed" in cell.cover.accessibleName()
    before = stage.cells[2].cover.grab().toImage()
    stage.show_share(0.75)
    assert stage.cells[3].cover.share == 0.75
    assert stage.cells[2].cover.grab().toImage() != before
    shown(stage, begin(of))
    assert stage.cells[2].cover.isHidden()
    assert stage.cells[2].panel.isVisible()


def test_a_question_without_results_keeps_its_secret(stage: Stage) -> None:
    of = step("Nothing arrives", question=QUESTION)
    stage.show_step(Showing(of, None, {}, revealed=False, share=0.5))
    assert stage.band.title.plain == "Question"
    assert [n for n, cell in stage.cells.items() if cell.is_asked] == [3]
    assert stage.cells[3].cover.share < 0
    assert stage.cells[2].cover.share == 0.5
    stage.show_share(0.9)
    assert stage.cells[3].is_asked
    assert stage.cells[2].cover.share == 0.9


def test_a_picture_of_the_lesson_stands_beside_the_panels(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "figure.png"
    image = QImage(40, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("#FF00FF"))
    assert image.save(str(file))
    shown(stage, begin(step(panels=(2,), picture=file)))
    assert stage.picture.isVisible()
    assert not stage.picture.geometry().intersects(stage.cells[2].panel.geometry())
    drawn = stage.picture.grab().toImage()
    assert drawn.pixelColor(drawn.rect().center()) == QColor("#FF00FF")


def test_nothing_to_compare_is_no_error(stage: Stage) -> None:
    shown(stage, begin(step(experiment=small_experiment(()))))
    assert stage.verdicts.isHidden()


def test_stills_are_drawn_without_a_window_on_screen(qtbot: QtBot) -> None:
    of = lesson(step("First"), step("Second", question=QUESTION))
    numbers: list[int] = []
    pictures = list(stills(of, prepare_all(of, tell=numbers.append), QSize(960, 540)))
    assert numbers == [1, 2]
    assert [still.number for still in pictures] == [1, 2]
    assert all(still.image.size() == QSize(960, 540) for still in pictures)
    assert pictures[0].image != pictures[1].image


def test_the_row_leads_with_what_became_of_a_training(stage: Stage) -> None:
    experiment = small_experiment(("zeros", "he_normal"), activation="relu")
    training = Training(learning_rate=1000.0, steps=20, batch_size=32)
    state = replace(State.of(experiment), training=training)
    made = prepare(replace(step(panels=(3, 4), train_to=20), state=state))
    assert made.curves is not None
    where = made.curves.diverged[1]
    assert where is not None
    shown(stage, begin(made.step))
    assert stage.verdicts.verdicts == ["Symmetric", "Healthy"]
    shown(stage, made)
    assert stage.verdicts.verdicts[1].startswith(f"Diverged at step {where.step}")
    assert "Healthy" not in stage.verdicts.verdicts
    assert "Healthy before training" in stage.verdicts.accessibleName()


def test_lines_of_a_training_that_lie_on_one_another_are_named(stage: Stage) -> None:
    state = State.of(small_experiment(("zeros", "small_normal", "glorot_normal")))
    training = Training(learning_rate=0.1, steps=40, batch_size=32)
    base = step(panels=(4,), train_to=40)
    made = prepare(replace(base, state=replace(state, training=training)))
    shown(stage, made)
    notes = [note.replace("\xa0", " ") for note in stage.learning.notes]
    assert [note for note in notes if "≈" in note and "ln" not in note] == [
        next(note for note in notes if "Zero ≈ Small random" in note)
    ]


def test_what_strokes_are_is_said_where_many_nets_are_drawn(stage: Stage) -> None:
    shown(stage, begin(step(view=View(seeds=3))))
    for number in (2, 3):
        sentence = stage.cells[number].panel.sentence
        assert "strokes: 8 in 10 of them" in sentence.text()
        assert sentence.isVisible()


def test_lines_have_whole_pixels(stage: Stage) -> None:
    for height in (540, 600, 720, 900, 1080):
        stage.resize(1600, height)
        assert stage.theme.line_width == round(stage.theme.line_width) >= 2
        assert stage.theme.hairline == round(stage.theme.hairline) >= 1
