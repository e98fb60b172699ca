"""A sign per verdict, drawn and not typed: no font has to have it."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from winit_core.diagnosis import Kind

_Line = tuple[tuple[float, float], ...]

# Strokes within a square from (0, 0) to (1, 1), y downwards.
_STROKES: dict[Kind, tuple[_Line, ...]] = {
    Kind.HEALTHY: (((0.08, 0.55), (0.38, 0.86), (0.94, 0.16)),),
    Kind.DRIFTING: (((0.05, 0.62), (0.28, 0.36), (0.68, 0.64), (0.95, 0.38)),),
    Kind.SYMMETRIC: (((0.1, 0.34), (0.9, 0.34)), ((0.1, 0.68), (0.9, 0.68))),
    Kind.DEAD: (((0.14, 0.14), (0.86, 0.86)), ((0.86, 0.14), (0.14, 0.86))),
    Kind.SATURATED: (((0.05, 0.86), (0.38, 0.84), (0.62, 0.16), (0.95, 0.14)),),
}
_SOLID: dict[Kind, _Line] = {
    Kind.VANISHING: ((0.06, 0.14), (0.94, 0.14), (0.5, 0.92)),
    Kind.EXPLODING: ((0.06, 0.86), (0.94, 0.86), (0.5, 0.08)),
}


def draw(painter: QPainter, kind: Kind, box: QRectF, colour: str) -> None:
    """Draw the sign of a verdict into a square box."""

    def at(point: tuple[float, float]) -> QPointF:
        return QPointF(box.x() + point[0] * box.width(), box.y() + point[1] * box.height())

    pen = QPen(QColor(colour), max(1.3, box.width() / 6.5))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if kind in _SOLID:
        path = QPainterPath(at(_SOLID[kind][0]))
        for point in _SOLID[kind][1:]:
            path.lineTo(at(point))
        path.closeSubpath()
        painter.fillPath(path, QColor(colour))
        return
    for line in _STROKES.get(kind, ()):
        painter.drawPolyline([at(point) for point in line])
    if kind is Kind.NO_GRADIENT:  # a nought, struck through
        painter.drawEllipse(at((0.5, 0.5)), 0.36 * box.width(), 0.36 * box.height())
        painter.drawLine(at((0.14, 0.86)), at((0.86, 0.14)))
    elif kind is Kind.NOT_FINITE:  # a lying eight
        for centre in (0.26, 0.74):
            painter.drawEllipse(at((centre, 0.5)), 0.23 * box.width(), 0.26 * box.height())
