"""Many results at once on the terminal: a line each for the instructor, and what they add up to.

Strategy: one table, in the order of the names. What needs the instructor stands in a column of
its own, because it is the only thing that cannot wait; a submission that has it shows no score.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from l2harness.grading.points import points_text
from l2harness.grading.result import CheckResult, Result, Verdict
from l2harness.reports.screen import Screen
from l2harness.reports.summary import by_name, class_lines

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

_MARGIN: Final = 2
#: Ids in one cell; of a submission that fails more, the rest is counted.
_IDS: Final = 4


def overview_to_terminal(results: Iterable[Result], screen: Screen | None = None) -> str:
    """A table of many results with their totals, for the instructor; empty for none."""
    ordered = by_name(results)
    wanted = screen or Screen()
    return wanted.draw(lambda console: _paint(ordered, wanted, console)) if ordered else ""


def _paint(results: Sequence[Result], screen: Screen, console: Console) -> None:
    from rich import box
    from rich.padding import Padding
    from rich.table import Table

    troubled = any(result.needs_instructor for result in results)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("submission", overflow="fold", max_width=max(12, screen.width // 3))
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("failed", overflow="fold")
    if troubled:
        table.add_column("needs the instructor", overflow="fold")
    for result in results:
        table.add_row(*_row(result, screen, with_trouble=troubled))
    console.print()
    console.print(Padding(table, (0, _MARGIN)))
    console.print()
    for line in class_lines(results):
        console.print(Padding(screen.text(line), (0, _MARGIN)))
    console.print()


def _row(result: Result, screen: Screen, *, with_trouble: bool) -> list[RenderableType]:
    full = result.complete and result.score == result.max_score
    score = points_text(result.score) if result.complete else "-"
    cells: list[RenderableType] = [
        screen.text(result.submission.name),
        screen.text(score, "green" if full else ""),
        screen.text(_ids(result.with_verdict(Verdict.FAIL)), "red"),
    ]
    if with_trouble:
        whole = len(result.needs_instructor) == len(result.checks)
        needed = "every check" if whole else _ids(result.needs_instructor)
        cells.append(screen.text(needed, "magenta"))
    return cells


def _ids(checks: Sequence[CheckResult]) -> str:
    """The first of their ids, and how many more there are."""
    ids = [check.id for check in checks[:_IDS]]
    more = len(checks) - len(ids)
    return ", ".join(ids) + (f" and {more} more" if more else "")
