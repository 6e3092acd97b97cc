"""A report on the terminal: what is wrong with one submission, and what to mend first.

Strategy: what is right takes one quiet line. What is wrong takes the room it needs, beside a bar:
what was seen, the bytes side by side, why people make the mistake. What was not asked says what
it waits for. The score comes last, where the eye is when the command has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from l2harness.grading.points import points_text, total
from l2harness.grading.result import CheckResult, Finding, Result, Verdict
from l2harness.reports.comparison import Comparison, compare
from l2harness.reports.deeds import of_check
from l2harness.reports.screen import Screen
from l2harness.reports.summary import (
    MARKS,
    Excerpt,
    behind,
    check_points,
    counts,
    excerpts,
    groups,
    mend_first,
    plural,
    score,
)

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.text import Text

_STYLES: Final = {
    Verdict.PASS: "green",
    Verdict.FAIL: "red",
    Verdict.BLOCKED: "yellow",
    Verdict.ERROR: "magenta",
    Verdict.UNAVAILABLE: "magenta",
}
_MARGIN: Final = 2
_BAR: Final = "  │ "
#: Bytes in a row of a comparison, and the columns that such a row needs beside its bar.
_BYTES: Final = 16
_BYTES_COLUMNS: Final = 72
_LABELS: Final = ("expected", "actual")
_LABEL_COLUMNS: Final = 10
#: Rows of a comparison that are shown; more of them teach no more.
_ROWS: Final = 4


def to_terminal(result: Result, screen: Screen | None = None) -> str:
    """The report on one submission, for the student who made it."""
    wanted = screen or Screen()
    return wanted.draw(lambda console: _Report(result, wanted, console).paint())


class _Report:
    """Paints one result on one console, top to bottom."""

    def __init__(self, result: Result, screen: Screen, console: Console) -> None:
        self.result = result
        self.screen = screen
        self.console = console
        self.excerpts = excerpts(result)
        widest = max((self._name(check).cell_len for check in result.checks), default=0)
        self.name_columns = min(widest, screen.width // 4)
        #: Explanations already given, with the check that gave them.
        self.explained: dict[str, str] = {}

    def paint(self) -> None:
        self._header()
        for name, checks in groups(self.result.checks):
            self._group(name, checks)
        self._lessons()
        self._footer()

    def _line(self, content: RenderableType = "") -> None:
        from rich.padding import Padding

        self.console.print(Padding(content, (0, _MARGIN)))

    def _header(self) -> None:
        result, text = self.result, self.screen.text
        self._line()
        self._line(text(result.lab_title, "bold"))
        facts = (result.submission.name, f"lab {result.lab}", f"seed {result.seed}", result.mode)
        self._line(text(" · ".join(facts), "dim"))
        for missing in result.protections:
            self._line(text(f"! not protected: {missing}", "yellow"))
        for note in result.submission.notes:
            self._line(text(f"note: {note}", "yellow"))

    def _group(self, name: str, checks: Sequence[CheckResult]) -> None:
        from rich.rule import Rule
        from rich.table import Table

        got = points_text(total(check.points for check in checks))
        whole = points_text(total(check.max_points for check in checks))
        heading = Table.grid(padding=(0, 1), expand=True)
        heading.add_column(overflow="fold")
        heading.add_column(ratio=1)
        heading.add_column(no_wrap=True)
        heading.add_row(
            self.screen.text(name, "bold"),
            Rule(style="dim"),
            self.screen.text(f"{got} of {whole}"),
        )
        self._line()
        self._line(heading)
        after_block = False
        for check in checks:
            block = check.verdict not in (Verdict.PASS, Verdict.BLOCKED)
            if after_block:
                self._line()
            self._check(check)
            if block:
                self._why(check)
            after_block = block

    def _name(self, check: CheckResult) -> Text:
        return self.screen.text(check.id.removeprefix(f"{check.group}."))

    def _check(self, check: CheckResult) -> None:
        from rich.table import Table
        from rich.text import Text

        quiet = "dim" if check.verdict in (Verdict.PASS, Verdict.BLOCKED) else ""
        sentence = self.screen.text(check.title, quiet)
        if check.verdict is Verdict.BLOCKED:
            sentence = self.screen.text(f"not asked: it needs {check.blocked_by}", quiet)
        color = _STYLES[check.verdict]
        mark = Text(MARKS[check.verdict], color if quiet else f"bold {color}")
        points = check_points(self.result, check)
        name = self._name(check)
        name.stylize("" if quiet else "bold")
        row = Table.grid(expand=True)
        row.add_column(width=2)
        row.add_column(width=self.name_columns, overflow="fold")
        row.add_column(width=2)
        row.add_column(ratio=1)
        row.add_column(justify="right", no_wrap=True, min_width=7)
        row.add_row(mark, name, "", sentence, self.screen.text(points, quiet))
        self._line(row)

    def _why(self, check: CheckResult) -> None:
        """Everything about a check that was not passed, beside a bar in its colour."""
        style = _STYLES[check.verdict]
        parts: list[list[RenderableType]] = []
        if check.rationale:
            parts.append([self.screen.text(check.rationale, multiline=True)])
        if affected := of_check(self.result, check):
            parts.append([self.screen.text(it, "yellow") for it in affected])
        if sides := self._sides(check):
            parts.append(sides)
        if explanation := self._explanation(check):
            parts.append(explanation)
        parts.extend(self._excerpt(excerpt) for excerpt in self.excerpts.get(check.id, ()))
        for index, part in enumerate(parts):
            for piece in [""] * bool(index) + part:
                self._line(_Barred(piece, style))

    def _explanation(self, check: CheckResult) -> list[RenderableType]:
        lines: list[RenderableType] = []
        if check.misconception:
            lines.append(self.screen.text(f"known mistake: {check.misconception}", "cyan"))
        if check.help:
            first = self.explained.setdefault(check.help, check.id)
            known = check.help if first == check.id else f"The reason is that of {first}, above."
            lines.append(self.screen.text(known, multiline=True))
        return lines

    def _lessons(self) -> None:
        """What is behind the failed checks, and how to see it for oneself."""
        from rich.rule import Rule
        from rich.table import Table

        if not self.result.findings:
            return
        heading = Table.grid(padding=(0, 1), expand=True)
        heading.add_column(no_wrap=True)
        heading.add_column(ratio=1)
        heading.add_row(self.screen.text("what is behind it", "bold"), Rule(style="dim"))
        self._line()
        self._line(heading)
        for number, finding in enumerate(self.result.findings):
            if number:
                self._line()
            self._lesson(finding)

    def _lesson(self, finding: Finding) -> None:
        text = self.screen.text
        self._line(text(finding.title, "bold cyan"))
        told = [text(behind(self.result, finding), "dim"), text(finding.sentence, multiline=True)]
        typed = [
            self._labelled(where, text(words, "bold"))
            for where, words in (("shell", finding.command), ("Wireshark", finding.filter))
            if words
        ]
        lecture = text(f"Of the lecture: {finding.question}", "dim")
        paragraphs: list[list[RenderableType]] = [
            [*told, text(finding.why)],
            [text(finding.find_out), *typed, lecture],
        ]
        for index, paragraph in enumerate(paragraphs):
            for part in [""] * bool(index) + paragraph:
                self._line(_Barred(part, "cyan"))

    def _excerpt(self, excerpt: Excerpt) -> list[RenderableType]:
        from rich.padding import Padding

        pieces: list[RenderableType] = [self.screen.text(excerpt.title)]
        if excerpt.lines:
            lines = self.screen.text("\n".join(excerpt.lines), "dim", multiline=True)
            pieces.append(Padding(lines, (0, 0, 0, 2)))
        return pieces

    def _sides(self, check: CheckResult) -> list[RenderableType]:
        columns = _BYTES if self.screen.width >= _BYTES_COLUMNS else _BYTES // 2
        if both := compare(check.expected, check.actual, columns=columns):
            return self._bytes(both)
        return [
            self._labelled(label, self.screen.text(value, multiline=True))
            for label, value in zip(_LABELS, (check.expected, check.actual), strict=True)
            if value is not None
        ]

    def _labelled(self, label: str, content: RenderableType) -> RenderableType:
        from rich.table import Table

        row = Table.grid()
        row.add_column(width=_LABEL_COLUMNS)
        row.add_column(overflow="fold")
        row.add_row(self.screen.text(label, "dim"), content)
        return row

    def _bytes(self, both: Comparison) -> list[RenderableType]:
        from rich.text import Text

        lines: list[RenderableType] = []
        offsets = both.length > len(both.rows[0].differs) if both.rows else False
        for row in both.rows[:_ROWS]:
            first = f"{row.offset:>4}  " if offsets else ""
            for label, cells, style in zip(
                _LABELS, (row.expected, row.actual), ("bold green", "bold red"), strict=True
            ):
                line = Text().append(f"{label:<{_LABEL_COLUMNS}}{first}", "dim")
                for cell, differs in zip(cells, row.differs, strict=True):
                    line.append(cell, style if differs else "").append(" ")
                lines.append(line)
            marks = " ".join("^^" if differs else "  " for differs in row.differs)
            lines.append(Text(" " * (_LABEL_COLUMNS + len(first)) + marks, "red"))
        hidden = len(both.rows) - _ROWS
        if hidden > 0:
            lines.append(self.screen.text(f"… and {hidden} more rows that differ", "dim"))
        if both.same:
            lines.append(
                self.screen.text(f"The other {plural(both.same, 'byte')} are alike.", "dim")
            )
        return lines

    def _footer(self) -> None:
        from rich.rule import Rule

        result = self.result
        style = "bold magenta"
        if result.complete:
            style = "bold green" if result.score == result.max_score else "bold"
        self._line()
        self._line(Rule(style="dim"))
        self._line(self._pair(score(result), style, f"   {counts(result)}"))
        if not result.complete:
            self._line(
                self.screen.text("What could not be judged is not the submission's fault.", "dim")
            )
        if advice := mend_first(result):
            self._line(self._pair("Mend first: ", "bold", f"{advice}."))
        self._line()

    def _pair(self, first: str, style: str, second: str) -> Text:
        """Two texts in one line, the first of them in a style."""
        from rich.text import Text

        joined = Text(overflow="fold")
        return joined.append_text(self.screen.text(first, style)).append_text(
            self.screen.text(second)
        )


class _Barred:
    """Something beside a bar, which goes on over every line of it."""

    def __init__(self, content: RenderableType, style: str) -> None:
        self.content = content
        self.style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment

        bar = Segment(_BAR, console.get_style(self.style))
        inner = options.update(width=max(1, options.max_width - len(_BAR)))
        for line in console.render_lines(self.content, inner, pad=False):
            yield bar
            yield from line
            yield Segment.line()
