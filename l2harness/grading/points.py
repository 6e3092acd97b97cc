"""Points: added up so that the order does not matter, and written as people write them.

Law: points are whole hundredths, so that what is shown is what is added.
"""

from __future__ import annotations

import math
from collections.abc import Iterable


def is_whole_hundredths(points: float) -> bool:
    """Whether these are points at all: finite, with two decimals at most."""
    return math.isfinite(points) and points == round(points, 2)


def total(points: Iterable[float]) -> float:
    """Sum of points, the same whatever their order."""
    return round(math.fsum(points), 2)


def number(value: float) -> int | float:
    """The same number as JSON and CSV have it: whole ones without a decimal point."""
    return int(value) if float(value).is_integer() else value


def points_text(value: float) -> str:
    """Points as people write them, to two decimals: ``5``, ``2.5``, ``0.33``."""
    return str(number(round(value, 2)))
