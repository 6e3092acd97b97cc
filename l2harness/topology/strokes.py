"""Lines as SVG writes them: round corners, short numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from l2harness.topology.shapes import Point

_CORNER: Final = 8  # radius of a corner, pixels


def path(points: Sequence[Point]) -> str:
    """Return the ``d`` of an SVG path through *points*, its corners rounded."""
    (x, y), *rest = points
    steps = [f"M{px(x)} {px(y)}"]
    for corner, after in pairwise(rest):
        before = _towards(corner, (x, y))
        x, y = corner
        on = _towards(corner, after)
        steps.append(f"L{_point(before)}Q{_point(corner)} {_point(on)}")
    steps.append(f"L{_point(rest[-1])}")
    return "".join(steps)


def px(value: float) -> str:
    """Write a length with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


def _towards(corner: Point, other: Point) -> Point:
    """Go from *corner* a radius towards *other*, or halfway where that is nearer."""
    (x, y), (to_x, to_y) = corner, other
    length = abs(to_x - x) + abs(to_y - y)
    part = min(_CORNER / length, 0.5) if length else 0.0
    return x + (to_x - x) * part, y + (to_y - y) * part


def _point(point: Point) -> str:
    return " ".join(map(px, point))
