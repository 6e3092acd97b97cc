"""``l2harness labs``: which labs there are, and what one of them asks for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from l2harness.commands.completion import labs_that_begin_so
from l2harness.commands.output import complain, show, tell
from l2harness.errors import SpecError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

    from l2harness.labs.api import CheckSpec
    from l2harness.labs.lab import Lab
    from l2harness.labs.places import Place
    from l2harness.reports.screen import Screen

_MARGIN: Final = (0, 2)


@click.command(short_help="List the labs, or show what one asks for.")
@click.argument("name", required=False, shell_complete=labs_that_begin_so)
@click.option(
    "--schema",
    type=click.Choice(["lab", "topology", "report"]),
    help="Print the JSON Schema of lab.toml, of topology files or of report.json, for editors.",
)
def labs(name: str | None, schema: str | None) -> int:
    """
    List the labs, or show what the lab NAME asks for.

    For a lab: how its programs are called, the network they run on, and every check with its
    points. It needs no privilege. NAME may be a directory of labs, such as a checkout of a
    course's repository: then these are listed.

    Labs are found in l2harness itself, in the directories that the variable L2HARNESS_LABS names
    (with : between them), and in installed packages that have the entry point l2harness.labs.

    \b
    Examples:
      l2harness labs
      l2harness labs pyng
      l2harness labs ./my-lab       a folder with a lab.toml
      l2harness labs ./course       a directory of such folders
      l2harness labs --schema lab > lab.schema.json

    Exit status: 0, or 2 if there is no such lab, or something is wrong in one.
    """
    from l2harness.labs.lab import find_lab
    from l2harness.labs.places import Place, labs_below, places
    from l2harness.labs.rubric import expect_known_runs, rubric_of

    if schema is not None:
        if name is not None:
            raise UsageError("--schema is the same for every lab: drop NAME")
        text = _schema(schema)
        show(lambda screen: text)
        return 0
    if name is None:
        return _show_all(places())
    below = labs_below(Path(name)) if "/" in name or Path(name).is_dir() else []
    if below and not Path(name, "lab.toml").is_file() and name not in places():
        folders = [it.resolve() for it in below]
        return _show_all({str(it): [Place(it.name, it, name)] for it in folders})
    lab = find_lab(name)
    rubric = rubric_of(lab)
    expect_known_runs(lab, rubric)
    show(lambda screen: screen.draw(lambda console: _describe(lab, rubric, screen, console)))
    return 0


def _schema(which: str) -> str:
    import json

    if which == "report":
        from l2harness.reports.json import schema

        return schema()
    if which == "lab":
        from l2harness.labs.schema import lab_schema

        return json.dumps(lab_schema(), indent=2, ensure_ascii=False) + "\n"
    from l2harness.topology.schema import topology_schema

    return json.dumps(topology_schema(), indent=2, ensure_ascii=False) + "\n"


def _show_all(found: Mapping[str, Sequence[Place]]) -> int:
    """List labs; what is wrong in one, and names that two have, is said below."""
    from l2harness.labs.lab import load_lab
    from l2harness.labs.rubric import rubric_of

    rows: list[tuple[Lab, Sequence[CheckSpec], str]] = []
    wrong: list[str] = []
    for some in found.values():
        for place in some[:1]:
            try:
                lab = load_lab(place.folder)
                rows.append((lab, rubric_of(lab), place.origin))
            except SpecError as error:
                wrong.append(str(error))
    notes = [note for some in found.values() if (note := _clash(some)) is not None]
    show(lambda screen: screen.draw(lambda console: _list(rows, screen, console)))
    tell(*notes)
    for problem in wrong:
        complain(problem)
    return SpecError.exit_code if wrong else 0


def _clash(found: Sequence[Place]) -> str | None:
    """Say which labs have the same name; None if there is one."""
    first, *others = found
    if not others:
        return None
    hidden = ", ".join(str(it.folder) for it in others)
    if first.built_in:
        return f"{first.name} is the one that comes with l2harness; give a path for {hidden}"
    return f"several labs are called {first.name}: {first.folder}, {hidden}; give a path"


def _list(
    labs: Sequence[tuple[Lab, Sequence[CheckSpec], str]], screen: Screen, console: Console
) -> None:
    from rich import box
    from rich.padding import Padding
    from rich.table import Table

    from l2harness.labs.places import BUILT_IN

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column("lab", overflow="fold")
    table.add_column("points", justify="right", no_wrap=True)
    table.add_column("checks", justify="right", no_wrap=True)
    table.add_column("programs", overflow="fold")
    # Where all of them come with l2harness, saying so would only take room.
    elsewhere = any(origin != BUILT_IN for _, _, origin in labs)
    if elsewhere:
        table.add_column("from", overflow="fold")
    table.add_column("title", overflow="fold")
    for lab, rubric, origin in labs:
        table.add_row(
            screen.text(lab.name, "bold"),
            _points(rubric),
            str(len(rubric)),
            screen.text(", ".join(lab.programs)),
            *([screen.text(origin)] if elsewhere else []),
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
    _options(lab, screen, console)
    _rubric(rubric, screen, console)


def _options(lab: Lab, screen: Screen, console: Console) -> None:
    """What a course may set, with its value, and what differs from student to student."""
    from rich.padding import Padding
    from rich.table import Table

    if not lab.options:
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(3):
        table.add_column(overflow="fold")
    for name in lab.options:
        value = f"one of {len(lab.variants[name])}" if name in lab.variants else None
        table.add_row(
            screen.text(f"  {name}"),
            screen.text(value or lab.words[name][""]),
            screen.text(lab.offer(name).about),
        )
    console.print(Padding(screen.text("Options", "bold"), (0, _MARGIN[1])))
    console.print(Padding(table, _MARGIN))
    console.print()


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
