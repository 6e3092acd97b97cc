"""``l2harness doctor``: what this machine can do, found out by doing it, and what would help."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Final

import click

from l2harness import __version__
from l2harness.commands.options import backend_option
from l2harness.commands.output import show

if TYPE_CHECKING:
    from rich.console import Console

    from l2harness.network.privilege import Privileges, Probe
    from l2harness.reports.screen import Screen

_CANNOT_RUN_LABS: Final = 3
_MARGIN: Final = 2
#: The ways to what labs need; one of them is enough.
_EITHER: Final = ("root", "user namespaces", "user-mode Linux", "qemu")

_HOW: Final = {"root": "as root", "rootless": "without root"}


@click.command(short_help="Can this machine run labs? If not, what helps?")
@click.option("--json", "as_json", is_flag=True, help="Print it for a program to read.")
@backend_option
def doctor(as_json: bool, backend: str | None) -> int:
    """
    Find out whether this machine can run labs, and what to do where it cannot.

    Everything is tried, nothing is changed. ✗ marks what labs cannot do without, ! what they can.
    A virtual machine is booted where there is no other way, and with --backend vm.

    Exit status: 0 labs can be run here, 3 they cannot.
    """
    from l2harness.network.privilege import probe

    found = probe()  # before anything that might start a thread
    if (backend or "").startswith("vm") or (backend is None and found.mode is None):
        from l2harness.vm.trial import in_machine

        found = in_machine(found, backend)
    if as_json:
        show(lambda screen: _json(found))
    else:
        show(lambda screen: screen.draw(lambda console: _paint(found, screen, console)))
    return 0 if found.ready else _CANNOT_RUN_LABS


def _json(found: Privileges) -> str:
    import json
    from dataclasses import asdict

    document = {
        "harness": __version__,
        "ready": found.ready,
        "mode": found.mode,
        "probes": [asdict(each) for each in found.probes],
    }
    return json.dumps(document, indent=2) + "\n"


def _paint(found: Privileges, screen: Screen, console: Console) -> None:
    console.print()
    here = f"l2harness {__version__} · Python {platform.python_version()} · {platform.platform()}"
    console.print(screen.text(f"{' ' * _MARGIN}{here}", "dim"), soft_wrap=True)
    console.print()
    names = max(len(each.name) for each in found.probes)
    for each in found.probes:
        _probe(each, names, found, screen, console)
    console.print()
    words, style = _verdict(found)
    console.print(screen.text(" " * _MARGIN + words, style), soft_wrap=True)
    console.print()


def _probe(each: Probe, names: int, found: Privileges, screen: Screen, console: Console) -> None:
    """Print what was found; where it fails also what follows from that, and what would help."""
    from rich.table import Table

    mark, style = _mark(each, found)
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_column(width=_MARGIN + 1, justify="right")
    row.add_column(width=names)
    row.add_column(overflow="fold")
    quiet = "dim" if each.works else ""
    row.add_row(screen.text(mark, style), screen.text(each.name), screen.text(each.detail, quiet))
    if not each.works:
        row.add_row("", "", screen.text(f"Without it, {each.without}."))
    console.print(row)
    for remedy in each.remedies if not each.works else ():
        # Commands are to be copied, so the terminal wraps them, not we.
        console.print(screen.text(f"{' ' * (_MARGIN + 3)}{remedy}", "cyan"), soft_wrap=True)


def _mark(each: Probe, found: Privileges) -> tuple[str, str]:
    if each.works:
        return "✓", "green"
    needed = each.needed or (found.mode is None and each.name in _EITHER)
    return ("✗", "bold red") if needed else ("!", "yellow")


def _verdict(found: Privileges) -> tuple[str, str]:
    if found.mode is None:
        ways = f"{', '.join(_EITHER[:-1])} or {_EITHER[-1]}"
        return f"Labs cannot be run here: that takes {ways}.", "bold red"
    if not found.ready:
        missing = [it.name for it in found.probes if it.needed and not it.works and it.remedies]
        return f"Labs cannot be run here. What is missing: {', '.join(missing)}.", "bold red"
    how = _HOW.get(found.mode, "in a virtual machine")
    return f"Labs can be run here, {how}.", "bold green"
