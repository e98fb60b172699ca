"""Where the names of points go so that none covers another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Box) -> bool:
        """Tell whether two rectangles share more than an edge."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def within(self, other: Box) -> bool:
        """Tell whether it lies inside another."""
        return (
            self.x >= other.x
            and self.y >= other.y
            and self.x + self.width <= other.x + other.width
            and self.y + self.height <= other.y + other.height
        )

    def nearest(self, x: float, y: float) -> tuple[float, float]:
        """Return the place within that is nearest to a point."""
        return (
            min(max(x, self.x), self.x + self.width),
            min(max(y, self.y), self.y + self.height),
        )

    def moved_into(self, room: Box) -> Box:
        """Return it with its sides within those of a room, as far as it fits."""
        x = max(min(self.x, room.x + room.width - self.width), room.x)
        y = max(min(self.y, room.y + room.height - self.height), room.y)
        return Box(x, y, self.width, self.height)


def uncluttered(
    points: Sequence[tuple[float, float]],
    places: Sequence[Box | None],
    room: Box,
    most: float = 0.1,
) -> bool:
    """Tell whether names say at a glance whose they are.

    Each has a place, together they cover only a part of the room, and no line from a point to its
    name runs through another name.
    """
    names = [place for place in places if place is not None]
    covered = sum(name.width * name.height for name in names)
    if len(names) < len(places) or covered > most * room.width * room.height:
        return False
    return not any(
        _crosses(point, own.nearest(*point), other)
        for point, own in zip(points, names, strict=True)
        for other in names
        if other is not own
    )


def _crosses(start: tuple[float, float], end: tuple[float, float], box: Box) -> bool:
    """Tell whether a line runs through a box: the part of it between the box's sides is left."""
    first, last = 0.0, 1.0
    for at, to, low, size in (
        (start[0], end[0], box.x, box.width),
        (start[1], end[1], box.y, box.height),
    ):
        if at == to:
            if not low < at < low + size:
                return False
            continue
        sides = sorted(((low - at) / (to - at), (low + size - at) / (to - at)))
        first, last = max(first, sides[0]), min(last, sides[1])
    return first < last


def placed(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    room: Box,
    radius: float,
    taken: Sequence[Box] = (),
) -> list[Box | None]:
    """Return a place for the name of each point, or None where there is none left.

    No name covers another, nor, where there is room enough, the line that leads to another.

    Parameters
    ----------
    points
        Pixels.
    sizes
        Width and height of each name.
    room
        What they must stay within.
    radius
        Of the marks: names keep clear of all of them.
    taken
        What else must not be covered.
    """
    marks = [Box(x - radius, y - radius, 2 * radius, 2 * radius) for x, y in points]
    occupied = [*marks, *taken]
    found: list[Box | None] = [None] * len(points)
    names: list[Box] = []
    lines: list[tuple[tuple[float, float], tuple[float, float]]] = []
    # From right to left: names stand to the right of their points, where others would cover them.
    for index in sorted(range(len(points)), key=lambda index: -points[index][0]):
        (x, y), (width, height) = points[index], sizes[index]
        free = [
            box
            for box in (near.moved_into(room) for near in _candidates(x, y, width, height, radius))
            if box.within(room) and not any(box.meets(other) for other in occupied)
        ]
        clear = (
            box
            for box in free
            if not any(_crosses(*line, box) for line in lines)
            and not any(_crosses((x, y), box.nearest(x, y), name) for name in names)
        )
        place = next(clear, free[0] if free else None)
        found[index] = place
        if place is not None:
            occupied.append(place)
            names.append(place)
            lines.append(((x, y), place.nearest(x, y)))
    return found


def _candidates(x: float, y: float, width: float, height: float, radius: float) -> list[Box]:
    """Return places around a point: beside, above, below, then farther and farther off."""
    boxes = []
    for ring in range(9):
        gap = radius + 3 + ring * height * 0.8
        for turn in (0.0, 180.0, 90.0, 270.0, 45.0, 315.0, 135.0, 225.0, 22.0, 338.0, 158.0, 202.0):
            angle = math.radians(turn)
            dx, dy = math.cos(angle), -math.sin(angle)
            # The name touches the circle of this ring with its nearest side.
            centre_x = x + dx * (gap + width / 2)
            centre_y = y + dy * (gap + height / 2)
            boxes.append(Box(centre_x - width / 2, centre_y - height / 2, width, height))
    return boxes
