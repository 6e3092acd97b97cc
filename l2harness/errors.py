"""Every exception of ours, sorted by whose fault it is.

The type answers the first question of a grader: who has to act? The lab author (`SpecError`), the
student's upload (`SubmissionError`), bytes that are no frame (`FrameError`), the machine
(`KernelError`, `PrivilegeError`) or we ourselves (`SandboxError`, `TeardownError`). The door that
catches one prints its sentence without a traceback and exits with its `exit_code`.

Foreign exceptions cross into this hierarchy once, at the border of the layer that met them, always
``from`` their cause. A student's wrong program is NOT an error of ours: that is
`l2harness.labs.api.Failure`, which stands outside.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import ClassVar


class L2HarnessError(Exception):
    """
    Base of every error this package raises on purpose.

    Attributes:
        exit_code: Exit status of a command that ends with this error.
            2: usage or a file that the user can mend. 3: the machine or the harness.
    """

    exit_code: ClassVar[int] = 3

    def __reduce__(self) -> tuple[object, ...]:
        """Cross to another process as it is: its sentence is not what it was made from."""
        return _as_it_was, (type(self), self.args, self.__dict__)


def _as_it_was(
    kind: type[L2HarnessError], said: tuple[object, ...], attributes: dict[str, object]
) -> L2HarnessError:
    """Return an error that another process has sent."""
    error = kind.__new__(kind, *said)
    error.__dict__.update(attributes)
    return error


class UsageError(L2HarnessError):
    """What was asked for on the command line or by a marker cannot be done as asked."""

    exit_code = 2


class SpecError(L2HarnessError):
    """
    The lab author's: a topology or lab file says something that cannot be.

    Args:
        path: The file.
        line: Line in it, counted from 1; None where the file as a whole is meant.
        key: Dotted path of the key, as in ``hosts.h1.eth0``; empty for the whole file.
        problem: What is wrong, with the value, and the nearest right word where there is one.
    """

    exit_code = 2

    def __init__(self, path: Path | str, line: int | None, key: str, problem: str) -> None:
        self.path = Path(path)
        self.line = line
        self.key = key
        self.problem = problem
        where = f"{path}:{line}" if line is not None else f"{path}"
        super().__init__(f"{where}: {key}: {problem}" if key else f"{where}: {problem}")


class SubmissionError(L2HarnessError):
    """The student's upload cannot be opened, or is unsafe to open."""

    exit_code = 2


class FrameError(L2HarnessError):
    """
    These bytes are not an Ethernet frame.

    Args:
        problem: What is wrong, with the number of bytes.
        data: The offending bytes.
    """

    exit_code = 2

    def __init__(self, problem: str, data: bytes = b"") -> None:
        self.problem = problem
        self.data = data
        super().__init__(problem)


class KernelError(L2HarnessError):
    """
    The machine refused an operation.

    Args:
        operation: What was tried, as in ``create veth h1.eth0``.
        target: What it was tried on; may be empty.
        errno: The kernel's number, 0 where it gave none.
        detail: More, where the number does not say enough.
    """

    def __init__(self, operation: str, target: str = "", errno: int = 0, detail: str = "") -> None:
        self.operation = operation
        self.target = target
        self.errno = errno
        reason = ": ".join(part for part in (os.strerror(errno) if errno else "", detail) if part)
        what = f"{operation} {target}".strip()
        super().__init__(f"{what}: {reason}" if reason else what)


class TooBusyError(KernelError):
    """The machine took so long over something that what was seen proves nothing. Try again."""


class FramesLostError(TooBusyError):
    """
    The machine's own queues overflowed and dropped frames: what was seen of them proves nothing.

    The queues are shared by the whole machine, so it may be somebody else's flood. Try again.
    """


class PrivilegeError(L2HarnessError):
    """
    The machine would do it for somebody with more rights.

    Args:
        missing: Which right or tool is missing, as in ``CAP_NET_ADMIN``.
        remedy: What the user can do about it, shortest way first.
    """

    def __init__(self, missing: str, remedy: str) -> None:
        self.missing = missing
        self.remedy = remedy
        super().__init__(f"{missing}. {remedy}")


class SandboxError(L2HarnessError):
    """Ours: a program could not be started in its sandbox, so nothing can be said about it."""


class TeardownError(L2HarnessError):
    """
    Everything that went wrong while cleaning up; nothing was skipped because of it.

    Args:
        errors: One for each step that failed, in the order of the steps.
    """

    def __init__(self, errors: list[BaseException]) -> None:
        self.errors = errors
        super().__init__("; ".join(f"{type(e).__name__}: {e}" for e in errors))
