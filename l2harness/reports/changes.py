"""What has changed between two gradings of the same submission: for better, for worse.

Strategy: verdicts are compared check by check, by their ids; more points are better. Frames are
compared place by place: the same seed draws the same addresses and payloads, so what differs
between two runs is the program's doing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

from l2harness.frames import difference
from l2harness.grading.points import points_text
from l2harness.grading.result import CheckResult, FrameRecord, Result, Verdict
from l2harness.reports.comparison import Comparison, compare
from l2harness.reports.screen import Screen
from l2harness.reports.summary import MARKS, VERDICT_WORDS, plural, score

if TYPE_CHECKING:
    from rich.console import Console

_MARGIN: Final = 2
#: Frames of a run that are shown, and rows of bytes of one of them.
_FRAMES, _ROWS = 24, 4
_LABEL_COLUMNS: Final = 6


@dataclass(frozen=True, slots=True)
class Change:
    """
    One check whose verdict is another one now.

    Attributes:
        before: What was found then.
        after: What is found now.
    """

    before: CheckResult
    after: CheckResult

    @property
    def better(self) -> bool:
        """Whether it passes now, or at least gives more points."""
        return self._rank(self.after) > self._rank(self.before)

    @property
    def worse(self) -> bool:
        """Whether it passes no longer, or gives fewer points."""
        return self._rank(self.after) < self._rank(self.before)

    @staticmethod
    def _rank(check: CheckResult) -> tuple[bool, float]:
        return check.verdict is Verdict.PASS, check.points


def changes(before: Result, after: Result) -> tuple[Change, ...]:
    """The checks that both have and whose verdict or points differ, in the order of the rubric."""
    then = {check.id: check for check in before.checks}
    pairs = (Change(then[check.id], check) for check in after.checks if check.id in then)
    return tuple(
        it
        for it in pairs
        if (it.before.verdict, it.before.points) != (it.after.verdict, it.after.points)
    )


def changes_to_terminal(before: Result, after: Result, screen: Screen | None = None) -> str:
    """What is better and what is worse than before, in a few lines."""
    wanted = screen or Screen()
    return wanted.draw(lambda console: _paint_changes(before, after, wanted, console))


def again_to_terminal(before: Result, after: Result, id: str, screen: Screen | None = None) -> str:
    """
    One check, graded again: its verdicts then and now, and the frames of its runs side by side.

    Args:
        before: The report of then.
        after: What was found now, with the same seed.
        id: Of a check that both have.
        screen: Where it will be read.
    """
    wanted = screen or Screen()
    return wanted.draw(lambda console: _Again(before, after, wanted, console).paint(id))


def _paint_changes(before: Result, after: Result, screen: Screen, console: Console) -> None:
    from rich.padding import Padding

    def line(text: str, style: str = "") -> None:
        console.print(Padding(screen.text(text, style), (0, _MARGIN)))

    changed = changes(before, after)
    if not changed:
        line("Nothing has changed since last time.", "dim")
        return
    for title, style, some in (
        ("better", "green", [it for it in changed if it.better]),
        ("worse", "red", [it for it in changed if it.worse]),
        ("other", "", [it for it in changed if not it.better and not it.worse]),
    ):
        for change in some:
            then, now = (VERDICT_WORDS[it.verdict] for it in (change.before, change.after))
            line(
                f"{title:<6} {MARKS[change.after.verdict]} {change.after.id}: {then}, now {now}"
                f"{_gained(change)}",
                style,
            )
    line(f"{score(before)} before, {score(after)} now", "bold")


def _gained(change: Change) -> str:
    gained = round(change.after.points - change.before.points, 2)
    return f" ({'+' if gained > 0 else ''}{points_text(gained)})" if gained else ""


class _Again:
    """Paints one check of two results."""

    def __init__(self, before: Result, after: Result, screen: Screen, console: Console) -> None:
        self.before = before
        self.after = after
        self.screen = screen
        self.console = console

    def paint(self, id: str) -> None:
        then, now = (
            next(check for check in result.checks if check.id == id)
            for result in (self.before, self.after)
        )
        self._line()
        self._line(f"{id}: {then.title}", "bold")
        for label, check in (("then", then), ("now", now)):
            color = "green" if check.verdict is Verdict.PASS else "red"
            word = f"{MARKS[check.verdict]} {VERDICT_WORDS[check.verdict]}"
            self._line(f"{label:<{_LABEL_COLUMNS}}{word}", color)
            if check.rationale:
                self._line(f"{'':<{_LABEL_COLUMNS}}{check.rationale}")
        names = [evidence.run for check in (now, then) for evidence in check.evidence]
        for name in dict.fromkeys(names):
            self._run(name)
        self._line()

    def _line(self, text: str = "", style: str = "", *, indent: int = 0) -> None:
        from rich.padding import Padding

        drawn = self.screen.text(text, style, multiline=True)
        self.console.print(Padding(drawn, (0, _MARGIN, 0, _MARGIN + indent)))

    def _run(self, name: str) -> None:
        old, new = (
            next((run for run in result.runs if run.name == name), None)
            for result in (self.before, self.after)
        )
        shown = new or old
        if shown is None:
            return
        self._line()
        self._line(f"{name}: {shown.title}", "bold")
        pairs = _paired(old.frames if old else (), new.frames if new else ())
        if not pairs:
            self._line("No frame was seen, then or now.", "dim", indent=2)
        for before, after in pairs[:_FRAMES]:
            self._frame(before, after)
        if (more := len(pairs) - _FRAMES) > 0:
            self._line(f"… and {plural(more, 'more frame')}", "dim", indent=2)

    def _frame(self, before: FrameRecord | None, after: FrameRecord | None) -> None:
        one = after or before
        assert one is not None
        way = "left" if one.direction == "out" else "reached"
        sizes = [
            plural(len(it.bytes) // 2, "byte") if it else "no frame" for it in (before, after)
        ]
        if before == after:
            self._line(f"{way} {one.interface}  {sizes[1]}, the same", "dim", indent=2)
            return
        self._line(f"{way} {one.interface}  {sizes[0]} then, {sizes[1]} now", indent=2)
        if before is None or after is None:
            self._hex("then" if before else "now", one)
            return
        for it in difference(bytes.fromhex(before.bytes), bytes.fromhex(after.bytes)):
            # The words of a difference are about a right frame; here neither need be one.
            told = it.sentence.replace("expected", "then").replace(", got", ", now")
            self._line(told, "yellow", indent=4)
        both = compare(_spaced(before), _spaced(after))
        if both is not None:
            self._sides(both)

    def _hex(self, label: str, frame: FrameRecord) -> None:
        words = _spaced(frame).split(" ")
        for at in range(0, min(len(words), 16 * _ROWS), 16):
            row = " ".join(words[at : at + 16])
            self._line(f"{label:<{_LABEL_COLUMNS}}{at:>4}  {row}", indent=4)

    def _sides(self, both: Comparison) -> None:
        from rich.padding import Padding
        from rich.text import Text

        for row in both.rows[:_ROWS]:
            for label, cells, style in (
                ("then", row.expected, "bold cyan"),
                ("now", row.actual, "bold yellow"),
            ):
                drawn = Text(f"{label:<{_LABEL_COLUMNS}}{row.offset:>4}  ", "dim")
                for cell, differs in zip(cells, row.differs, strict=True):
                    drawn.append(cell, style if differs else "").append(" ")
                self.console.print(Padding(drawn, (0, _MARGIN, 0, _MARGIN + 4)))


def _paired(
    old: Sequence[FrameRecord], new: Sequence[FrameRecord]
) -> list[tuple[FrameRecord | None, FrameRecord | None]]:
    """Pair the frames of each stream in their order; what one side lacks stands alone."""
    streams: dict[tuple[str, str, str], tuple[list[FrameRecord], list[FrameRecord]]] = {}
    for side, frames in enumerate((old, new)):
        for frame in frames:
            key = (frame.interface, frame.direction, frame.origin)
            streams.setdefault(key, ([], []))[side].append(frame)
    return [pair for both in streams.values() for pair in zip_longest(*both)]


def _spaced(frame: FrameRecord) -> str:
    return bytes.fromhex(frame.bytes).hex(" ")
