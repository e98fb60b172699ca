from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from winit_gui.maps.labels import Box, placed, uncluttered

ROOM = Box(0, 0, 700, 500)
points = st.tuples(st.floats(0, 700), st.floats(0, 500))


@given(st.lists(st.tuples(points, st.floats(10, 250)), max_size=12))
def test_no_name_covers_another_or_a_mark_or_leaves_the_plot(
    drawn: list[tuple[tuple[float, float], float]],
) -> None:
    where = [point for point, _ in drawn]
    sizes = [(width, 16.0) for _, width in drawn]
    target = Box(300, 200, 20, 20)
    places = [place for place in placed(where, sizes, ROOM, 4.0, [target]) if place is not None]
    for n, place in enumerate(places):
        assert place.within(ROOM)
        assert not place.meets(target)
        assert not any(place.meets(other) for other in places[:n])
        assert not any(place.meets(Box(x - 4, y - 4, 8, 8)) for x, y in where)


def test_a_lonely_name_stands_beside_its_mark() -> None:
    (place,) = placed([(100.0, 100.0)], [(50.0, 16.0)], ROOM, 4.0)
    assert place is not None
    assert 0 < place.x - 100 < 10


def test_without_room_there_is_no_name() -> None:
    assert placed([(5.0, 5.0)], [(50.0, 16.0)], Box(0, 0, 10, 10), 4.0) == [None]


def test_few_names_beside_their_marks_are_clear() -> None:
    marks, sizes = [(100.0, 100.0), (400.0, 300.0)], [(80.0, 16.0)] * 2
    assert uncluttered(marks, placed(marks, sizes, ROOM, 4.0), ROOM)


def test_names_that_cover_much_are_clutter() -> None:
    marks, sizes = [(100.0, 100.0), (400.0, 300.0)], [(250.0, 100.0)] * 2
    assert not uncluttered(marks, placed(marks, sizes, ROOM, 4.0), ROOM)


def test_a_line_through_another_name_is_clutter() -> None:
    marks = [(100.0, 100.0), (600.0, 400.0)]
    across = [Box(300, 90, 50, 16), Box(150, 90, 50, 16)]
    assert not uncluttered(marks, across, ROOM)
    assert not uncluttered(marks, [across[0], None], ROOM)
