"""How a program ended, as a value: its status is one thing, whose doing the end was another."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

#: What a shell, and the sandbox, add to a signal's number to make an exit status of it.
_SIGNAL_BASE: Final = 128
#: By which signals the kernel ends a process that has used its CPU time, and which part of it must
#: have been counted: the kernel counts ticks for the limit, and more finely afterwards.
_BY_CPU_LIMIT: Final = {int(signal.SIGXCPU): 0.25, int(signal.SIGKILL): 0.9}


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
    PROCESS_LIMIT = "process limit"
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
        cpu_s: CPU time of it and of all that it started, some milliseconds of the sandbox's own
            counted in, seconds; None where it is not known.
    """

    reason: ExitReason
    code: int | None
    signal: int | None
    wall_s: float
    cpu_s: float | None = None

    @classmethod
    def of_status(
        cls, status: int, wall_s: float, cpu_s: float | None, cpu_limit_s: float
    ) -> Exit:
        """
        Return how a program ended that nobody stopped.

        Args:
            status: As a shell has it, 128 and a signal's number for one that a signal ended: so
                it cannot be told from a program that exits with that status itself. Or, as
                `subprocess` has it, a signal's number below 0.
            wall_s: From its start to its end, seconds.
            cpu_s: CPU time of it and of all that it started, seconds; None where not known.
            cpu_limit_s: At which the kernel ends one of its processes, seconds.
        """
        number = status - _SIGNAL_BASE if status > _SIGNAL_BASE else max(0, -status)
        if not 0 < number < signal.NSIG:
            return cls(ExitReason.EXITED, status, None, wall_s, cpu_s)
        part = _BY_CPU_LIMIT.get(number)
        if part is not None and cpu_s is not None and cpu_s >= part * cpu_limit_s:
            return cls(ExitReason.CPU_LIMIT, None, number, wall_s, cpu_s)
        return cls(ExitReason.SIGNALLED, None, number, wall_s, cpu_s)

    @property
    def succeeded(self) -> bool:
        """Whether it ended by itself with status 0."""
        return self.reason is ExitReason.EXITED and self.code == 0

    @property
    def refused(self) -> bool:
        """Whether it ended by itself with a status that says something was wrong."""
        return self.reason in OWN_DOING and self.code != 0

    @property
    def killed(self) -> bool:
        """Whether a SIGKILL ended it that was not the harness's: its own, or anybody's."""
        return self.reason is ExitReason.SIGNALLED and self.signal == signal.SIGKILL

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
    try:
        return signal.Signals(number or 0).name
    except ValueError:
        return f"signal {number}"
