"""``l2harness audit``: does a lab grade rightly, and is this machine safe from whom it grades?"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import click

from l2harness.commands.completion import labs_that_begin_so
from l2harness.commands.options import (
    backend_option,
    enter_backend,
    expect_current_directory,
    name_of,
    seed_option,
)
from l2harness.commands.output import show, tell
from l2harness.commands.voice import voice_options

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from l2harness.grading.assault import Assault
    from l2harness.grading.audit import KillTable, Marks
    from l2harness.labs.hostiles import Hostile
    from l2harness.labs.lab import Lab
    from l2harness.reports.screen import Screen
    from l2harness.vm.machine import Hypervisor

_MARGIN: Final = (0, 2)
_MIB: Final = 1 << 20


@click.command(short_help="Prove that a lab grades rightly, or that this machine is safe.")
@click.argument("lab_name", metavar="[LAB]", default="pyng", shell_complete=labs_that_begin_so)
@click.option(
    "--hostile",
    is_flag=True,
    help="Grade submissions that try to hurt this machine, the other grades or the grade.",
)
@click.option(
    "--only",
    "names",
    metavar="NAME",
    multiple=True,
    help="With --hostile: this submission alone; may be given again.",
)
@click.option(
    "--times",
    metavar="N",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Do it all so often, each time with other addresses; of a lab, also compare the rounds.",
)
@seed_option
@backend_option
@voice_options
def audit(
    lab_name: str,
    hostile: bool,
    names: tuple[str, ...],
    times: int,
    seed: str | None,
    backend: str | None,
) -> int:
    """
    Prove that LAB grades rightly: LAB is pyng, another name, or the path of a lab's folder.

    Grades the lab's reference, which must get full marks; nothing at all, which must get none; and
    every mutant beside the lab, which must fail exactly the checks that it says. A check that no
    mutant fails may be unable to fail.

    With --times it does so again and again, and holds the rounds against each other: every
    submission must get the same verdicts, the same points and the same known mistakes in all.

    With --hostile, grades submissions that attack the grader instead, with the reference beside
    and after each. Run it on the machine that will grade, before the first deadline. In virtual
    machines each submission has one of its own.

    \b
    Examples:
      l2harness audit pyng
      l2harness audit ./my-lab
      l2harness audit ./my-lab --times 20
      l2harness audit --hostile
      sudo l2harness audit --hostile --times 3
      l2harness audit --hostile --backend vm

    Exit status: 0 all is as it should be, 1 something is not, 2 LAB or an option is no good, 3
    this machine cannot run labs.
    """
    from l2harness.labs.hostiles import expect_fitting
    from l2harness.labs.lab import find_lab

    expect_current_directory()
    lab = find_lab(lab_name)
    if names and not hostile:
        raise click.UsageError("--only goes with --hostile")
    corpus: list[Hostile] = []
    if hostile:
        expect_fitting(lab)
        corpus = _chosen(names)
    hypervisor = enter_backend(backend, lab.folder)
    mode = name_of(hypervisor)
    from l2harness.grading.draws import draw_seed

    right = True
    rounds: list[Mapping[str, Marks]] = []
    for number in range(times):
        drawn = draw_seed() if seed is None else seed if number == 0 else f"{seed}/{number}"
        which = f", {number + 1} of {times}" if times > 1 else ""
        tell(f"lab {lab.name}, {mode}, seed {drawn}{which}")
        if hostile:
            right &= _assaults(lab, corpus, drawn, hypervisor)
            continue
        table = _kills(lab, drawn, hypervisor)
        right &= table.right
        rounds.append(table.marks)
    if len(rounds) > 1:
        right &= _are_alike(rounds)
    return 0 if right else 1


def _chosen(names: Sequence[str]) -> list[Hostile]:
    from l2harness.labs.hostiles import hostile_corpus

    corpus = hostile_corpus()
    if unknown := sorted(set(names) - {it.name for it in corpus}):
        every = ", ".join(it.name for it in corpus)
        raise click.UsageError(f"there is no hostile submission {unknown[0]!r}; there are {every}")
    return [it for it in corpus if not names or it.name in names]


# -- mutants --------------------------------------------------------------------------------


def _kills(lab: Lab, seed: str, hypervisor: Hypervisor | None) -> KillTable:
    from l2harness.grading.audit import in_turn, kill_table

    if hypervisor is None:
        table = kill_table(lab, seed, in_turn)
    else:
        from l2harness.commands.machines import grade_in_machines

        table = kill_table(lab, seed, partial(grade_in_machines, hypervisor=hypervisor))
    show(lambda screen: screen.draw(lambda console: _draw_kills(table, screen, console)))
    return table


def _are_alike(rounds: Sequence[Mapping[str, Marks]]) -> bool:
    from l2harness.grading.audit import unlike

    lines = unlike(rounds)
    graded = sum(map(len, rounds))
    verdict = f"{len(rounds)} rounds, {graded} submissions graded: " + (
        f"{len(lines)} {'verdict' if len(lines) == 1 else 'verdicts'} not always the same"
        if lines
        else "the same every time"
    )
    show(lambda screen: screen.draw(lambda console: _draw_rounds(lines, verdict, screen, console)))
    return not lines


def _draw_rounds(lines: Sequence[str], verdict: str, screen: Screen, console: Console) -> None:
    from rich.padding import Padding

    for line in lines:
        console.print(Padding(screen.text(line, "red"), _MARGIN))
    console.print(Padding(screen.text(verdict, "bold"), _MARGIN))
    console.print()


def _draw_kills(table: KillTable, screen: Screen, console: Console) -> None:
    from rich.padding import Padding

    rows = _table("check", "failed by")
    for check in table.checks:
        killers = table.killers(check)
        style = "" if killers else "bold red"
        rows.add_row(
            screen.text(check, style), screen.text(", ".join(killers) or "no mutant", style)
        )
    console.print()
    console.print(Padding(rows, _MARGIN))
    console.print()
    for line in table.surprises:
        console.print(Padding(screen.text(line, "red"), _MARGIN))
    for kill in table.kills:
        for line in kill.surprises:
            console.print(Padding(screen.text(f"{kill.name}: {line}", "red"), _MARGIN))
    verdict = (
        f"{len(table.kills)} mutants, {len(table.checks)} checks: "
        f"{'all as it should be' if table.right else 'not as it should be'}"
    )
    if table.survivors:
        verdict += f"; {len(table.survivors)} without a mutant"
    console.print(Padding(screen.text(verdict, "bold"), _MARGIN))
    console.print()


# -- hostile submissions ----------------------------------------------------------------------


def _assaults(lab: Lab, corpus: list[Hostile], seed: str, hypervisor: Hypervisor | None) -> bool:
    begun_s = time.monotonic()
    assaults: list[Assault] = []
    for outcome in _outcomes(lab, corpus, seed, hypervisor):
        assaults.append(outcome)
        tell(
            f"[{len(assaults)}/{len(corpus)}] {outcome.name}: "
            f"{'contained' if outcome.contained else '; '.join(outcome.complaints)}"
        )
    took_s = time.monotonic() - begun_s
    show(
        lambda screen: screen.draw(
            lambda console: _draw_assaults(assaults, took_s, screen, console)
        )
    )
    return all(outcome.contained for outcome in assaults)


def _outcomes(
    lab: Lab, corpus: list[Hostile], seed: str, hypervisor: Hypervisor | None
) -> Iterable[Assault]:
    if hypervisor is None:
        from l2harness.grading.assault import assault

        return assault(lab, corpus, seed)
    from l2harness.grading.assault_enclosed import assault_enclosed

    return assault_enclosed(lab, corpus, seed, hypervisor)


def _draw_assaults(
    assaults: Sequence[Assault], took_s: float, screen: Screen, console: Console
) -> None:
    from rich.padding import Padding

    from l2harness.grading.points import points_text

    rows = _table("submission", "contained", "points gained", "left over", "MiB more", "s", "of s")
    for column in rows.columns[2:]:
        column.justify = "right"
    for it in assaults:
        style = "" if it.contained else "bold red"
        rows.add_row(
            screen.text(it.name, style),
            screen.text("yes" if it.contained else "NO", style),
            points_text(it.points),
            str(len(it.left)),
            str(it.peak_bytes // _MIB),
            f"{it.wall_s:.1f}",
            f"{it.allowed_s:.1f}",
        )
    console.print()
    console.print(Padding(rows, _MARGIN))
    console.print()
    for it in assaults:
        if not it.contained:
            console.print(Padding(screen.text(f"{it.name}: {it.title}", "bold"), _MARGIN))
            for line in it.complaints:
                console.print(Padding(screen.text(f"  {line}", "red"), _MARGIN))
    contained = sum(it.contained for it in assaults)
    points = points_text(sum(it.points for it in assaults))
    left = sum(len(it.left) for it in assaults)
    peak = max((it.peak_bytes for it in assaults), default=0) // _MIB
    console.print(
        Padding(
            screen.text(
                f"{contained} of {len(assaults)} contained, {points} points gained, {left} things "
                f"left over, at most {peak} MiB more, {took_s:.0f} s",
                "bold",
            ),
            _MARGIN,
        )
    )
    console.print()


def _table(*headings: str) -> Table:
    from rich import box
    from rich.table import Table

    return Table(*headings, box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
