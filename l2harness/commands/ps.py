"""``l2harness ps``: which networks are up, and what runs on them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import click

from l2harness.commands.output import show, tell

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from l2harness.live.client import Standing
    from l2harness.reports.screen import Screen

_MARGIN: Final = (0, 2)


@click.command(short_help="Which networks are up, and what runs on them.")
@click.option("--json", "as_json", is_flag=True, help="Print it for a program to read.")
def ps(as_json: bool) -> int:
    """
    List the networks that are up, their hosts, and the programs that run there.

    The number of a program is its process id on the host: `l2harness exec HOST -- kill NUMBER`.
    That of a network is its holder's on this machine.

    \b
    Examples:
      l2harness ps
      l2harness ps --json
    """
    from l2harness.live.client import opened_place, standing

    with opened_place() as place:
        found = standing(place)
        for name in place.swept:
            tell(f"network {name} was up, but its holder was killed; nothing of it is left")
    if as_json:
        show(lambda screen: _json(found))
    elif not found:
        tell("no network is up; `l2harness up lecture` builds one")
    else:
        show(lambda screen: screen.draw(lambda console: _paint(found, screen, console)))
    return 0


def _json(found: list[Standing]) -> str:
    import json
    from dataclasses import asdict

    return json.dumps([asdict(it) for it in found], indent=2) + "\n"


def _paint(found: list[Standing], screen: Screen, console: Console) -> None:
    from rich.padding import Padding

    networks = _table("network", "topology", "up since", "holder", "hosts")
    programs = _table("host", "program", "running since", "command")
    several = len(found) > 1
    for it in found:
        networks.add_row(
            screen.text(it.name, "bold"),
            screen.text(it.topology),
            _moment(it.since_s),
            str(it.pid),
            screen.text(", ".join(it.hosts)),
        )
        for program in it.programs:
            host = f"{it.name}: {program.host}" if several else program.host
            row = (str(program.pid), _moment(program.since_s), screen.text(program.command))
            programs.add_row(screen.text(host, "bold"), *row)
    console.print()
    console.print(Padding(networks, _MARGIN))
    if programs.row_count:
        console.print()
        console.print(Padding(programs, _MARGIN))
    console.print()


def _table(*columns: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _moment(since_s: float) -> str:
    """Return a time of today as a time, and one of another day with its date."""
    then, now = time.localtime(since_s), time.localtime()
    form = "%H:%M:%S" if then[:3] == now[:3] else "%Y-%m-%d %H:%M"
    return time.strftime(form, then)
