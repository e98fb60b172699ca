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


def placed(
    points: Sequence[tuple[float, float]],
    sizes: Sequence[tuple[float, float]],
    room: Box,
    radius: float,
    taken: Sequence[Box] = (),
) -> list[Box | None]:
    """Return a place for the name of each point, or None where there is none left.

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
    found: list[Box | None] = []
    for (x, y), (width, height) in zip(points, sizes, strict=True):
        place = next(
            (
                box
                for box in _candidates(x, y, width, height, radius)
                if box.within(room) and not any(box.meets(other) for other in occupied)
            ),
            None,
        )
        found.append(place)
        if place is not None:
            occupied.append(place)
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
