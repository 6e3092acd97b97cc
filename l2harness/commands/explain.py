"""``l2harness explain``: the lesson behind a check or a known mistake; nothing is run for it."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, TypeAlias

import click

from l2harness.commands.completion import lessons_that_begin_so
from l2harness.commands.options import lab_option
from l2harness.commands.output import show
from l2harness.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from l2harness.labs.api import CheckSpec
    from l2harness.labs.lab import Lab
    from l2harness.labs.misconceptions.lesson import Misconception
    from l2harness.reports.screen import Screen

_Painter: TypeAlias = "Callable[[Console], None]"
_MARGIN: Final = 2


@click.command(short_help="Tell the lesson behind a check or a known mistake.")
@click.argument(
    "word",
    metavar="[CHECK|MISCONCEPTION]",
    required=False,
    shell_complete=lessons_that_begin_so,
)
@lab_option
def explain(word: str | None, lab_name: str) -> int:
    """
    Tell what is to be learnt from a check or a known mistake.

    For a mistake: what shows it, why people make it, and how to see it for yourself. For a check:
    what it asks, and which mistakes are known to fail it. Without a word: all known mistakes.

    \b
    Examples:
      l2harness explain ethertype-byte-order
      l2harness explain client.ethertype
      l2harness explain
    """
    from l2harness.labs.lab import find_lab
    from l2harness.labs.misconceptions.loading import knowledge_of
    from l2harness.labs.rubric import rubric_of

    lab = find_lab(lab_name)
    lessons = knowledge_of(lab).lessons
    if word is None:
        show(lambda screen: screen.draw(_Lesson(screen, lessons).everything))
        return 0
    checks = {spec.id: spec for spec in rubric_of(lab)}
    if word in lessons:
        show(lambda screen: screen.draw(_Lesson(screen, lessons).lesson(word)))
    elif word in checks:
        ways = [lessons[id] for id in _known_ways(lab, word) if id in lessons]
        show(lambda screen: screen.draw(_Lesson(screen, lessons).check(checks[word], ways)))
    elif (others := _lessons_of_others(word)) is not None:
        show(lambda screen: screen.draw(_Lesson(screen, others).lesson(word)))
    else:
        raise UsageError(_nothing_of_that_name(word, lab, [*lessons, *checks]))
    return 0


def _lessons_of_others(word: str) -> Mapping[str, Misconception] | None:
    """Lessons of a lab that comes with the package and adds this one; None if none does."""
    from l2harness.labs.lab import built_in_labs, find_lab
    from l2harness.labs.misconceptions.loading import knowledge_of

    for name in built_in_labs():
        lessons = knowledge_of(find_lab(name)).lessons
        if word in lessons:
            return lessons
    return None


def _known_ways(lab: Lab, check: str) -> Iterator[str]:
    """Ids of the misconceptions that are proven to fail a check, by the lab's mutants."""
    from l2harness.labs.lab import load_lab
    from l2harness.labs.mutants import mutants_folder, mutants_of

    base = [] if mutants_folder(lab) in (None, lab.code) else [load_lab(lab.code)]
    failing = [it for one in (lab, *base) for it in mutants_of(one) if check in it.fails]
    yield from dict.fromkeys(mutant.misconception for mutant in failing)


def _nothing_of_that_name(word: str, lab: Lab, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    hint = (
        f"Did you mean {near[0]!r}?"
        if near
        else f"`l2harness explain` lists the mistakes, and `l2harness labs {lab.name}` lists the "
        "checks."
    )
    return f"there is no check and no known mistake {word!r} in lab {lab.name}. {hint}"


class _Lesson:
    """Paints lessons on one screen."""

    def __init__(self, screen: Screen, lessons: Mapping[str, Misconception]) -> None:
        self._screen = screen
        self._lessons = lessons

    def everything(self, console: Console) -> None:
        """All misconceptions, a line each."""
        console.print()
        self._titles(console, list(self._lessons.values()))
        self._hint(console, "`l2harness explain ID` tells more.")

    def lesson(self, id: str) -> _Painter:
        """The whole of one misconception."""
        lesson = self._lessons[id]
        typed = (("shell", lesson.command), ("Wireshark", lesson.filter))

        def paint(console: Console) -> None:
            self._heading(console, lesson.title, lesson.id)
            for text in (lesson.seen, lesson.why, lesson.find_out):
                self._paragraph(console, text)
            for where, words in typed:
                if words:
                    self._typed(console, where, words)
            if any(words for _, words in typed):
                console.print()
            self._paragraph(console, f"Of the lecture: {lesson.question}", "dim")
            if lesson.follows_from:
                causes = [self._lessons[it] for it in lesson.follows_from]
                self._paragraph(console, "It may follow from another mistake; mend that first:")
                self._titles(console, causes)

        return paint

    def check(self, spec: CheckSpec, ways: Sequence[Misconception]) -> _Painter:
        """What a check asks, and what is known to fail it."""
        from l2harness.reports.summary import plural_points

        def paint(console: Console) -> None:
            self._heading(console, spec.title, f"{spec.id} · {plural_points(spec.points)}")
            if spec.needs:
                needs = " and ".join(spec.needs)
                self._paragraph(console, f"It is asked only of a submission that passes {needs}.")
            if not ways:
                self._paragraph(console, "No mistake is known that fails it.")
                return
            self._paragraph(console, "Mistakes that are known to fail it:")
            self._titles(console, ways)
            self._hint(console, "`l2harness explain ID` tells what to learn from one.")

        return paint

    def _heading(self, console: Console, title: str, below: str) -> None:
        console.print()
        self._line(console, title, "bold")
        self._line(console, below, "dim")
        console.print()

    def _titles(self, console: Console, lessons: Sequence[Misconception]) -> None:
        from rich.padding import Padding
        from rich.table import Table

        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(overflow="fold", max_width=max(16, self._screen.width * 2 // 5))
        table.add_column(overflow="fold")
        for lesson in lessons:
            table.add_row(self._screen.text(lesson.id, "cyan"), self._screen.text(lesson.title))
        console.print(Padding(table, (0, _MARGIN)))
        console.print()

    def _hint(self, console: Console, words: str) -> None:
        self._line(console, words, "dim")
        console.print()

    def _typed(self, console: Console, where: str, words: str) -> None:
        from rich.padding import Padding
        from rich.table import Table

        row = Table.grid(padding=(0, 2, 0, 0))
        row.add_column()
        row.add_column(overflow="fold")
        row.add_row(self._screen.text(where, "dim"), self._screen.text(words, "bold"))
        console.print(Padding(row, (0, _MARGIN, 0, 2 * _MARGIN)))

    def _paragraph(self, console: Console, words: str, style: str = "") -> None:
        self._line(console, words, style)
        console.print()

    def _line(self, console: Console, words: str, style: str = "") -> None:
        from rich.padding import Padding

        console.print(Padding(self._screen.text(words, style), (0, _MARGIN)))
