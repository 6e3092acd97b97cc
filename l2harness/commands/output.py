"""What commands print: results on stdout, everything else on stderr.

Every text is drawn for the screen that it goes to, and a stranger's words in it are harmless.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar

from l2harness.commands.voice import Loudness, voice
from l2harness.errors import KernelError, L2HarnessError

if TYPE_CHECKING:
    from l2harness.reports.screen import Screen


class Interrupted(L2HarnessError):
    """The user pressed Ctrl-C; says what was kept. 130 is 128 and the number of SIGINT."""

    exit_code: ClassVar[int] = 130


def show(draw: Callable[[Screen], str]) -> None:
    """
    Print a result on stdout: what ``draw`` returns for the screen behind it.

    Raises:
        BrokenPipeError: Nobody reads it any more.
        KernelError: It could not be written, as when the disk is full.
    """
    from l2harness.reports.screen import Screen

    drawn = draw(Screen.of(sys.stdout))
    try:
        sys.stdout.write(drawn)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise KernelError("print to", "stdout", error.errno or 0) from error


def tell(*lines: str) -> None:
    """Say something about what is going on, on stderr."""
    from l2harness.reports.screen import Screen

    screen = Screen.of(sys.stderr)
    text = "".join(f"{harmless(line, screen)}\n" for line in lines)
    if voice().heard(text):
        _write(text)


def detail(*lines: str) -> None:
    """Say on stderr, where --verbose asks for it, what is being done."""
    from l2harness.reports.screen import Screen

    screen = Screen.of(sys.stderr)
    text = "".join(f"{harmless(line, screen)}\n" for line in lines)
    if voice().heard(text, Loudness.VERBOSE):
        _write(text)


def complain(problem: str, *more: str) -> None:
    """Say on stderr what was wrong, and on further lines what to do about it."""
    import click

    from l2harness.reports.screen import Screen

    screen = Screen.of(sys.stderr)
    label = click.style("error:", fg="red", bold=True) if screen.color else "error:"
    paragraphs = [f"l2harness: {label} {harmless(problem, screen)}"]
    paragraphs += [harmless(text, screen) for text in more]
    voice().heard("\n".join([f"error: {harmless(problem, screen)}", *paragraphs[1:]]))
    _write("".join(f"{text.rstrip()}\n" for text in paragraphs))


def _write(text: str) -> None:
    # Where nobody can be told, the exit status still tells.
    with suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


def harmless(text: str, screen: Screen) -> str:
    """Return a text of several lines as it can be shown there: nothing in it does anything."""
    from l2harness.reports.escape import break_commands, terminal

    return break_commands(terminal(text, multiline=True, ascii_only=not screen.unicode))
