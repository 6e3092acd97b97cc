"""The command line: which commands there are, and what becomes of what goes wrong in them.

Strategy: commands return an exit status or raise; this module alone says what was wrong, on
stderr, and turns it into a status. What the user, a student's files or the machine caused is one
sentence without a traceback; anything else is a fault of ours, with one.

Laws:

- ``l2harness --help`` imports neither pytest nor pyroute2 nor rich: a command imports what it
  needs when it runs.
- Every word that goes to a terminal from here has been made harmless.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from contextvars import copy_context
from typing import Final

import click

from l2harness import __version__
from l2harness.commands.audit import audit
from l2harness.commands.capture import capture
from l2harness.commands.check import check
from l2harness.commands.completion import VARIABLE, completion
from l2harness.commands.doctor import doctor
from l2harness.commands.draw import draw
from l2harness.commands.enclosed import attack_enclosed, grade_enclosed
from l2harness.commands.execute import execute, shell
from l2harness.commands.explain import explain
from l2harness.commands.grade import grade
from l2harness.commands.gradebook import gradebook
from l2harness.commands.lab import lab
from l2harness.commands.labs import labs
from l2harness.commands.output import Interrupted, complain, tell
from l2harness.commands.package import package
from l2harness.commands.platform import grade_on
from l2harness.commands.ps import ps
from l2harness.commands.replay import replay
from l2harness.commands.report import report
from l2harness.commands.serve import serve_orders
from l2harness.commands.up import down, up
from l2harness.commands.variant import variant
from l2harness.errors import L2HarnessError, PrivilegeError, UsageError

#: Exit status of a fault of ours; those of everything else stand beside the errors.
_OUR_FAULT: Final = 3
#: As a shell has it for a program that died of SIGPIPE: 128 and the signal's number.
_NOBODY_READS: Final = 141
_PROGRAM: Final = "l2harness"


class _Commands(click.Group):
    """A group that keeps its commands in the order of their declaration and knows near misses."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, the most used first."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names."""
        name = args[0]
        if name not in self.commands and not name.startswith("-"):
            import difflib

            near = difflib.get_close_matches(name, self.commands, n=1, cutoff=0.5)
            every = ", ".join(it for it, known in self.commands.items() if not known.hidden)
            advice = f"did you mean {near[0]!r}?" if near else f"the commands are {every}"
            raise click.UsageError(f"there is no command {name!r}; {advice}", ctx)
        return super().resolve_command(ctx, args)


@click.group(
    cls=_Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 90},
    epilog="Exit status: 0 all checks passed, 1 some did not, 2 what was asked for cannot be done "
    "as asked, 3 the machine, l2harness itself or the instructor has to be looked at first, "
    "130 interrupted.",
)
@click.version_option(__version__, "-V", "--version", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """
    Run and grade labs about raw Ethernet frames.

    A lab asks for programs, such as pyng and pyngd, that send and receive frames. l2harness runs
    them on a network of its own, looks at what really crossed the wire, and says byte by byte what
    is wrong and why. It needs no root where the kernel has user namespaces.

    \b
    Examples:
      l2harness check                        the programs in this directory
      l2harness check solution --seed 42     the same addresses every time
      l2harness grade uploads --out results  a whole class
      l2harness labs pyng                    what the lab asks for, and the points
      l2harness doctor                       can this machine run labs?
      l2harness up lecture                   the lecture's machine, to try things on
      l2harness draw lecture                 a network as a picture
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


for command in (
    *(check, explain, grade, gradebook, report, replay),
    *(up, execute, shell, capture, ps, down),
    *(labs, lab, variant, package, audit, doctor, draw, completion),
    *(serve_orders, grade_enclosed, attack_enclosed, grade_on),
):
    cli.add_command(command)


def run(arguments: Sequence[str]) -> int:
    """
    Run a command line to its end, and say what went wrong.

    Args:
        arguments: What follows the program's name.

    Returns:
        The exit status of the process.
    """
    _have_three_streams()
    try:
        # In a context of its own, so that how it speaks ends with it.
        return copy_context().run(_status_of, arguments)
    finally:
        _flush()


def _status_of(arguments: Sequence[str]) -> int:
    try:
        status = _invoke(arguments)
    except click.ClickException as error:
        complain(error.format_message(), _where_to_read_on(error))
        return UsageError.exit_code
    except PrivilegeError as error:
        complain(f"{error.missing}.", error.remedy, f"`{_PROGRAM} doctor` tells more.")
        return error.exit_code
    except Interrupted as wish:
        tell(f"{_PROGRAM}: {wish}")
        return wish.exit_code
    except KeyboardInterrupt:
        tell(f"{_PROGRAM}: interrupted")
        return Interrupted.exit_code
    except L2HarnessError as error:
        complain(str(error))
        return error.exit_code
    except BrokenPipeError:  # whoever read our output has gone, as `head` does
        return _NOBODY_READS
    except Exception as error:  # noqa: BLE001 - whatever it is, it is ours, and is said to be
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            complain(f"what was to be written has no room: {error.strerror}")
            return _OUR_FAULT
        import traceback

        complain(
            "this is a fault in l2harness, not in your files. Please report it with these lines:",
            traceback.format_exc(),
        )
        return _OUR_FAULT
    return status if isinstance(status, int) else 0


def _invoke(arguments: Sequence[str]) -> object:
    """
    Run the command that is named; what click's own ``main`` does, without its exit statuses.

    A shell that completes a command line asks by a variable: see `l2harness.commands.completion`.
    """
    if instruction := os.environ.get(VARIABLE):
        from click.shell_completion import shell_complete

        return shell_complete(cli, {}, _PROGRAM, VARIABLE, instruction)
    try:
        with cli.make_context(_PROGRAM, list(arguments)) as ctx:
            return cli.invoke(ctx)
    except click.exceptions.Exit as end:
        return end.exit_code


def _where_to_read_on(error: click.ClickException) -> str:
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    path = ctx.command_path if ctx is not None else _PROGRAM
    return f"`{path} --help` says more."


def _have_three_streams() -> None:
    """Fill the standard descriptors that were closed, before something else gets their numbers."""
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        if getattr(sys, name) is None:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))


def _flush() -> None:
    """Write what is still buffered, or forget it: Python would complain about it at its end."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
