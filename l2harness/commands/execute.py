"""``l2harness exec`` and ``shell``: a program of the user's own on a host of a network."""

from __future__ import annotations

import os
import signal
from typing import Any, TypeVar

import click

from l2harness.commands.output import complain, tell
from l2harness.errors import UsageError

F = TypeVar("F", bound=Any)

#: A program that SIGKILL has ended, as a shell has it.
_KILLED = 128 + signal.SIGKILL


def network_option(function: F) -> F:
    """Add ``--name``."""
    option = click.option(
        "-n",
        "--name",
        metavar="NAME",
        help="The network, as `l2harness ps` calls it; needed where several are up.",
    )
    return option(function)


@click.command("exec", short_help="Run a program on a host of a network.")
@network_option
@click.argument("host")
@click.argument("command", nargs=-1, type=click.UNPROCESSED, required=True)
def execute(name: str | None, host: str, command: tuple[str, ...]) -> int:
    """
    Run COMMAND on HOST of a network that is up.

    It is your program on your terminal: files, directory and environment are as they are, signals
    and its exit status pass. It is root there, as under sudo, and sees that host's interfaces
    alone. A `--` before COMMAND ends the options of l2harness itself.

    \b
    Examples:
      l2harness exec vm -- ip link
      l2harness exec vm -- ./pyngd enp0s3
      l2harness exec vm -- tcpdump -e -i enp0s3

    Exit status: that of COMMAND, 128 and the number of a signal that has ended it, 127 there is no
    such program, 126 it cannot be executed; and 2 there is no such host or network, 3 this machine
    does not let us.
    """
    return _run(name, host, list(command))


@click.command(short_help="Open a shell on a host of a network.")
@network_option
@click.argument("host")
def shell(name: str | None, host: str) -> int:
    """
    Open a shell on HOST of a network that is up: the one that SHELL names, or /bin/sh.

    What you start there stays on the host. `exit` leaves it.

    \b
    Examples:
      l2harness shell vm
      l2harness shell h1 --name mine
    """
    wanted = os.environ.get("SHELL", "")
    return _run(name, host, [wanted if os.access(wanted, os.X_OK) else "/bin/sh"])


def _run(name: str | None, host: str, argv: list[str]) -> int:
    from l2harness.live.client import ask, choose, connected, opened_place
    from l2harness.live.joining import Door, NotStarted, run, still_there

    with opened_place() as place:
        network = choose(place, name, host)
        holder = connected(place, network)
    with holder:
        _, doors = ask(holder, network.name, {"do": "enter", "host": host, "caller": os.getpid()})
        if not 2 <= len(doors) <= 3:
            raise UsageError(
                f"network {network.name} was brought up by another version of l2harness: take it "
                f"down, `l2harness down {network.name}`, and bring it up again"
            )
        try:
            status = run(Door(host, doors[0], doors[1], *(doors[2:] or (None,))), argv)
        except NotStarted as error:
            complain(str(error))
            return error.status
        if status == _KILLED and not still_there():
            tell(f"l2harness: network {network.name} has gone down, and {argv[0]} with it")
    return status
