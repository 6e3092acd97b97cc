"""Grading again whenever a file of the submission is saved: what ``check --watch`` does.

Strategy: the same seed every time, so that what changes is the program's doing. The whole report
is shown each time, and below it what is better and what is worse than the time before.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from l2harness.commands.output import Interrupted, complain, show, tell
from l2harness.errors import KernelError, PrivilegeError, SpecError, TeardownError

if TYPE_CHECKING:
    from l2harness.grading.result import Result

#: Everything away, and the cursor home. Source: ECMA-48, ED and CUP.
_CLEAR: Final = "\x1b[2J\x1b[3J\x1b[H"
#: What saving a file does not mend.
_FOR_GOOD: Final = (KernelError, PrivilegeError, SpecError, TeardownError)


def watch(place: Path, grade: Callable[[], Result]) -> int:
    """
    Grade now, and again after every change, until the user has enough.

    Call it where `l2harness.commands.options.enter_backend` has been.

    Args:
        place: The submission's directory, or a file that lies in one.
        grade: Grades it, always with the same seed; shows how far it is.

    Returns:
        The exit status of the last grading, when the user presses Ctrl-C while nothing is graded.

    Raises:
        Interrupted: The user pressed Ctrl-C before there was a result.
        L2HarnessError: What no change of a file can mend.
    """
    from l2harness.commands.inotify import changes_in
    from l2harness.grading.result import exit_code

    directory = place if place.is_dir() else place.parent
    before: Result | None = None
    with changes_in(directory) as changes:
        while True:
            try:
                after = _graded(grade)
                if after is not None:
                    _show(before, after)
                    before = after
                tell(f"waiting for a change in {directory}; Ctrl-C ends")
                changes.wait()
            except KeyboardInterrupt:
                if before is None:
                    raise Interrupted("interrupted; nothing was kept") from None
                return exit_code([before])


def _graded(grade: Callable[[], Result]) -> Result | None:
    """Grade, or say why the submission cannot be as it is now."""
    from l2harness.errors import L2HarnessError

    try:
        return grade()
    except Interrupted as error:
        raise KeyboardInterrupt from error
    except _FOR_GOOD:
        raise
    except L2HarnessError as error:
        _clear()
        complain(str(error))
        return None


def _show(before: Result | None, after: Result) -> None:
    from l2harness.reports.changes import changes_to_terminal
    from l2harness.reports.terminal import to_terminal

    _clear()
    show(lambda screen: to_terminal(after, screen))
    if before is not None:
        show(lambda screen: changes_to_terminal(before, after, screen))


def _clear() -> None:
    """Begin on an empty screen, if there is one to be cleared."""
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        sys.stdout.write(_CLEAR)
        sys.stdout.flush()
