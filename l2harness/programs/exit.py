"""How a program ended, as a value: its status is one thing, whose doing the end was another."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ExitReason(StrEnum):
    """Why a program is no longer running."""

    EXITED = "exited"  #: By itself, with a status.
    SIGNALLED = "signalled"  #: A signal that was not the harness's.
    STOPPED = "stopped"  #: The harness had no more use for it.
    NOT_STARTED = "not started"  #: The kernel could not execute the file.
    WALL_LIMIT = "time limit"
    CPU_LIMIT = "CPU limit"
    OUTPUT_LIMIT = "output limit"
    FRAME_LIMIT = "frame limit"
    MEMORY_LIMIT = "memory limit"
    SANDBOX_ERROR = "sandbox error"  #: Ours: nothing can be said about the program.


#: Ends that the program itself brought about; every other one was the harness's act.
OWN_DOING = frozenset({ExitReason.EXITED, ExitReason.SIGNALLED, ExitReason.NOT_STARTED})


@dataclass(frozen=True, slots=True)
class Exit:
    """
    The end of one program.

    Attributes:
        reason: Why it ended.
        code: Exit status 0–255 where it exited, else None.
        signal: Number of the signal that ended it, else None.
        wall_s: From its start to its end, seconds.
    """

    reason: ExitReason
    code: int | None
    signal: int | None
    wall_s: float

    @property
    def succeeded(self) -> bool:
        """Whether it ended by itself with status 0."""
        return self.reason is ExitReason.EXITED and self.code == 0

    @property
    def refused(self) -> bool:
        """Whether it ended by itself with a status that says something was wrong."""
        return self.reason in OWN_DOING and self.code != 0

    def __str__(self) -> str:
        match self.reason:
            case ExitReason.EXITED:
                return f"exited with status {self.code}"
            case ExitReason.SIGNALLED:
                return f"ended by {signal_name(self.signal)}"
            case ExitReason.STOPPED:
                return "stopped by the harness"
            case ExitReason.NOT_STARTED:
                return "could not be started"
            case _:
                return f"stopped: {self.reason.value}"


def signal_name(number: int | None) -> str:
    """Return ``SIGSEGV`` for 11; numbers without a name as they are."""
    import signal

    try:
        return signal.Signals(number or 0).name
    except ValueError:
        return f"signal {number}"
