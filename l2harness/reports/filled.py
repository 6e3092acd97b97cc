"""What became of grades in a platform's export, on the terminal: what is left to do by hand.

Strategy: what was filled in takes one line. What was not is told by its reason, whose it is and
what the file has there, because somebody has to look at each of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from l2harness.reports.filling import Entry, Fate, Filled
from l2harness.reports.screen import Screen
from l2harness.reports.summary import plural

if TYPE_CHECKING:
    from rich.console import Console

_MARGIN: Final = 2
#: Of a class in which most have not handed in anything.
_MOST_ABSENT: Final = 12


def filled_to_terminal(filled: Filled, screen: Screen | None = None) -> str:
    """What was filled in and what was not, for the instructor."""
    wanted = screen or Screen()
    return wanted.draw(lambda console: _paint(filled, wanted, console))


def _paint(filled: Filled, screen: Screen, console: Console) -> None:
    from rich.padding import Padding

    def line(text: str = "", style: str = "", indent: int = 0) -> None:
        console.print(Padding(screen.text(text, style), (0, _MARGIN, 0, _MARGIN + indent)))

    count = len(filled.entries) - len(filled.left)
    line()
    line(f"{count} of {plural(len(filled.entries), 'grade')} filled in", "bold")
    line(f"column {filled.column}", "dim")
    for fate in Fate:
        if entries := [it for it in filled.left if it.fate is fate]:
            line()
            line(f"{fate.value[:1].upper()}{fate.value[1:]}", "bold magenta")
            for entry in entries:
                line(_sentence(entry), indent=_MARGIN)
    if filled.absent:
        some = "; ".join(filled.absent[:_MOST_ABSENT])
        more = len(filled.absent) - _MOST_ABSENT
        line()
        line(f"{plural(len(filled.absent), 'student')} without a submission", "bold")
        line(some + (f"; and {more} more" if more > 0 else ""), indent=_MARGIN)
    line()


def _sentence(entry: Entry) -> str:
    student = f" ({entry.student})" if entry.student not in ("", entry.submission) else ""
    return f"{entry.submission}{student}: {entry.detail}"
