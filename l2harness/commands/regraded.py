"""What grading again has changed, on the terminal: who lost or gained, and through what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from l2harness.grading.points import points_text
from l2harness.grading.regrade import Change, Difference
from l2harness.reports.screen import Screen
from l2harness.reports.summary import VERDICT_WORDS, plural

if TYPE_CHECKING:
    from rich.console import Console

_MARGIN = 2


def differences_to_terminal(
    differences: Sequence[Difference], compared: int, screen: Screen | None = None
) -> str:
    """
    Who gained or lost how much, and through which check.

    Args:
        differences: In the order in which they are shown.
        compared: How many submissions had been graded before, and have been again.
        screen: Where it will be read.
    """
    wanted = screen or Screen()
    return wanted.draw(lambda console: _paint(differences, compared, wanted, console))


def _paint(
    differences: Sequence[Difference], compared: int, screen: Screen, console: Console
) -> None:
    from rich.padding import Padding

    def line(text: str, style: str = "", indent: int = 0) -> None:
        console.print(Padding(screen.text(text, style), (0, _MARGIN, 0, _MARGIN + indent)))

    console.print()
    again = plural(compared, "submission")
    if not differences:
        line(f"{again} graded again, and nothing has changed", "bold")
        return
    line(f"{again} graded again, {len(differences)} with another result", "bold")
    for it in differences:
        line(f"{it.name}: {_score(it)}", "green" if it.gained > 0 else "red" if it.gained else "")
        for change in it.changes:
            line(f"{change.check}: {_verdicts(change)}{_gained(change.gained)}", indent=2)


def _score(it: Difference) -> str:
    then, now = (
        points_text(result.score) if result.complete else "no grade"
        for result in (it.before, it.after)
    )
    return f"{then} → {now}{_gained(it.gained)}"


def _verdicts(change: Change) -> str:
    then, now = (
        VERDICT_WORDS[verdict] if verdict is not None else "not asked"
        for verdict in change.verdicts
    )
    return f"{then}, now {now}" if then != now else now


def _gained(points: float) -> str:
    if not points:
        return ""
    return f" ({'+' if points > 0 else '−'}{points_text(abs(points))})"
