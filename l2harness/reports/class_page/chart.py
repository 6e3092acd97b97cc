"""Numbers as lengths: the bars of the distribution, and bars of parts.

Strategy: a length is a percentage of the room there is, so that a style sheet decides how large a
bar is, and text beside it keeps its size on every screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from l2harness.reports.class_summary import Bar, CheckCount

#: Percent of the room: a bar that stands for anything at all is seen.
_LEAST: Final = 1
_DECIMALS: Final = 2


@dataclass(frozen=True, slots=True)
class Row:
    """
    One row of the distribution.

    Attributes:
        label: Percent of the points, as in ``80–89``.
        submissions: How many have so many.
        length: Of the bar, percent of the longest.
        full: Whether it is that of full marks.
    """

    label: str
    submissions: int
    length: float
    full: bool


@dataclass(frozen=True, slots=True)
class Part:
    """
    A part of a bar.

    Attributes:
        kind: Of what, as in ``fail``.
        start: Percent of the bar in front of it.
        width: Percent of the bar.
    """

    kind: str
    start: float
    width: float


def rows(bars: Sequence[Bar]) -> list[Row]:
    """The distribution, the best first."""
    most = max((bar.submissions for bar in bars), default=0)
    made = []
    for bar in reversed(bars):
        length = round(100 * bar.submissions / most, _DECIMALS) if most else 0
        full = bar.lowest == bar.highest
        label = f"{bar.lowest}" if full else f"{bar.lowest}–{bar.highest - 1}"
        length = max(length, _LEAST) if bar.submissions else 0
        made.append(Row(label, bar.submissions, length, full))
    return made


def parts(check: CheckCount) -> list[Part]:
    """How the class did on a check: failed, passed, not asked, not judged, of all submissions."""
    numbers = (
        ("fail", check.failed),
        ("pass", check.passed),
        ("blocked", check.blocked),
        ("error", check.unjudged),
    )
    whole = sum(number for _, number in numbers)
    made, before = [], 0
    for kind, number in numbers:
        if number:
            start, end = (round(100 * n / whole, _DECIMALS) for n in (before, before + number))
            made.append(Part(kind, start, round(end - start, _DECIMALS)))
        before += number
    return made


def percent(part: int, whole: int) -> int:
    """A share in whole percent; never 0 or 100 for what is only almost none or all."""
    share = round(100 * part / whole) if whole else 0
    if 0 < part < whole:
        return min(max(share, 1), 99)
    return share
