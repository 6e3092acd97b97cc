"""``l2harness labs``: which labs there are, and what one of them asks for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

import click

from l2harness.commands.completion import labs_that_begin_so
from l2harness.commands.output import show

if TYPE_CHECKING:
    from rich.console import Console

    from l2harness.labs.api import CheckSpec
    from l2harness.labs.lab import Lab
    from l2harness.reports.screen import Screen

_MARGIN: Final = (0, 2)


@click.command(short_help="List the labs, or show what one asks for.")
@click.argument("name", required=False, shell_complete=labs_that_begin_so)
def labs(name: str | None) -> int:
    """
    List the labs, or show what the lab NAME asks for.

    For a lab: how its programs are called, the network they run on, and every check with its
    points. It needs no privilege.

    \b
    Examples:
      l2harness labs
      l2harness labs pyng
      l2harness labs ./my-lab       a folder with a lab.toml
    """
    from l2harness.labs.lab import built_in_labs, find_lab
    from l2harness.labs.rubric import rubric_of

    if name is None:
        found = [(lab, rubric_of(lab)) for lab in map(find_lab, built_in_labs())]
        show(lambda screen: screen.draw(lambda console: _list(found, screen, console)))
    else:
        lab = find_lab(name)
        rubric = rubric_of(lab)
        show(lambda screen: screen.draw(lambda console: _describe(lab, rubric, screen, console)))
    return 0


def _list(
    labs: Iterable[tuple[Lab, Sequence[CheckSpec]]], screen: Screen, console: Console
) -> None:
    from rich import box
    from rich.padding import Padding
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("lab", overflow="fold")
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("checks", justify="right", no_wrap=True)
    table.add_column("programs", overflow="fold")
    table.add_column("title", overflow="fold")
    for lab, rubric in labs:
        table.add_row(
            screen.text(lab.name, "bold"),
            _points(rubric),
            str(len(rubric)),
            screen.text(", ".join(lab.programs)),
            screen.text(lab.title),
        )
    console.print()
    console.print(Padding(table, _MARGIN))
    console.print()
    console.print(
        Padding(screen.text("`l2harness labs NAME` shows what one asks for.", "dim"), _MARGIN)
    )
    console.print()


def _describe(lab: Lab, rubric: Sequence[CheckSpec], screen: Screen, console: Console) -> None:
    from rich.padding import Padding

    from l2harness.reports.summary import plural
    from l2harness.topology import draw_text

    def line(words: str, style: str = "", *, indent: int = 0) -> None:
        text = screen.text(words, style, multiline=True)
        console.print(Padding(text, (0, _MARGIN[1], 0, _MARGIN[1] + indent)))

    console.print()
    line(lab.title, "bold")
    line(f"lab {lab.name} · {_points(rubric)} points · {plural(len(rubric), 'check')}", "dim")
    console.print()
    line("Programs", "bold")
    for words in lab.programs.values():
        line(words, indent=2)
    console.print()
    line("Network", "bold")
    line(draw_text(lab.topology, ascii_only=not screen.unicode).partition("\n\n")[2], indent=2)
    console.print()
    _rubric(rubric, screen, console)


def _rubric(rubric: Sequence[CheckSpec], screen: Screen, console: Console) -> None:
    from rich.padding import Padding
    from rich.table import Table

    from l2harness.grading.points import points_text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="fold", max_width=max(16, screen.width // 3))
    table.add_column(justify="right", no_wrap=True)
    table.add_column(overflow="fold")
    for group, specs in _groups(rubric).items():
        common = _common_needs(specs)
        heading = "" if common is None else common
        table.add_row(
            screen.text(group, "bold"),
            screen.text(_points(specs), "bold"),
            screen.text(heading, "dim"),
        )
        for spec in specs:
            needs = f"  It needs {_and(spec.needs)}." if spec.needs and common is None else ""
            sentence = screen.text(spec.title).append_text(screen.text(needs, "dim"))
            table.add_row(screen.text(f"  {spec.id}"), points_text(spec.points), sentence)
        table.add_row()
    console.print(Padding(table, _MARGIN))


def _groups(rubric: Iterable[CheckSpec]) -> dict[str, list[CheckSpec]]:
    """Return the checks by what stands before the dot of their ids."""
    groups: dict[str, list[CheckSpec]] = {}
    for spec in rubric:
        groups.setdefault(spec.id.partition(".")[0], []).append(spec)
    return groups


def _common_needs(specs: Iterable[CheckSpec]) -> str | None:
    """Say once what all checks of a group need that need anything; None if they differ."""
    needs = {spec.needs for spec in specs}
    first = needs - {()}
    if len(first) != 1:
        return None
    return f"{'the others need' if () in needs else 'they need'} {_and(first.pop())}"


def _and(ids: Iterable[str]) -> str:
    return " and ".join(ids)


def _points(rubric: Iterable[CheckSpec]) -> str:
    from l2harness.grading.points import points_text, total

    return points_text(total(spec.points for spec in rubric))
