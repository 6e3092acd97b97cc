"""What commands print: results on stdout, everything else on stderr.

Every text is drawn for the screen that it goes to, and a stranger's words in it are harmless.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from l2harness.errors import L2HarnessError

if TYPE_CHECKING:
    from l2harness.reports.screen import Screen


class Interrupted(L2HarnessError):
    """The user pressed Ctrl-C; says what was kept. 130 is 128 and the number of SIGINT."""

    exit_code: ClassVar[int] = 130


def show(draw: Callable[[Screen], str]) -> None:
    """Print a result on stdout: what ``draw`` returns for the screen behind it."""
    from l2harness.reports.screen import Screen

    sys.stdout.write(draw(Screen.of(sys.stdout)))
    sys.stdout.flush()


def tell(*lines: str) -> None:
    """Say something about what is going on, on stderr."""
    from l2harness.reports.screen import Screen

    screen = Screen.of(sys.stderr)
    sys.stderr.write("".join(f"{harmless(line, screen)}\n" for line in lines))
    sys.stderr.flush()


def complain(problem: str, *more: str) -> None:
    """Say on stderr what was wrong, and on further lines what to do about it."""
    import click

    from l2harness.reports.screen import Screen

    screen = Screen.of(sys.stderr)
    label = click.style("error:", fg="red", bold=True) if screen.color else "error:"
    paragraphs = [f"l2harness: {label} {harmless(problem, screen)}"]
    paragraphs += [harmless(text, screen) for text in more]
    sys.stderr.write("".join(f"{text.rstrip()}\n" for text in paragraphs))
    sys.stderr.flush()


def harmless(text: str, screen: Screen) -> str:
    """Return a text of several lines as it can be shown there: nothing in it does anything."""
    from l2harness.reports.escape import break_commands, terminal

    return break_commands(terminal(text, multiline=True, ascii_only=not screen.unicode))
