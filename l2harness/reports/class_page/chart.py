"""Numbers as lengths: the bars of the distribution, and bars of parts.

Strategy: pictures are drawn in a box of their own units, 100 wide where parts are meant, so that a
style sheet decides how large they are. Nothing here is text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from l2harness.reports.class_summary import Bar, CheckCount

#: Of the picture of a distribution, in its own units: of a column, between two, of the highest.
COLUMN: Final = 52
GAP: Final = 8
HEIGHT: Final = 120
#: A column with one submission in it is seen.
_LEAST: Final = 3
_DECIMALS: Final = 2


@dataclass(frozen=True, slots=True)
class Column:
    """
    One column of the distribution.

    Attributes:
        x: Of its left side.
        y: Of its upper side.
        height: Nothing where there is nothing to be seen.
        label: Below it, as in ``80–89``.
        submissions: How many it stands for.
        full: Whether it is that of full marks.
    """

    x: int
    y: float
    height: float
    label: str
    submissions: int
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


def columns(bars: Sequence[Bar]) -> list[Column]:
    """The distribution as columns, the highest as high as there is room."""
    most = max((bar.submissions for bar in bars), default=0)
    made = []
    for number, bar in enumerate(bars):
        height = HEIGHT * bar.submissions / most if most else 0
        height = round(max(height, _LEAST if bar.submissions else 0), _DECIMALS)
        full = bar.lowest == bar.highest
        label = f"{bar.lowest}" if full else f"{bar.lowest}–{bar.highest - 1}"
        made.append(
            Column(
                number * (COLUMN + GAP),
                round(HEIGHT - height, _DECIMALS),
                height,
                label,
                bar.submissions,
                full,
            )
        )
    return made


def width_of(shown: Sequence[Column]) -> int:
    """How wide the picture of these columns is."""
    return max((column.x + COLUMN for column in shown), default=0)


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
