"""Ending processes for good: with their sandbox where there is one, else as far as they are found.

Where a sandbox's init dies, everything inside it dies, and the kernel sees to that. Without one,
what a program has started is found by its parents, or by its session once it has come to us
(`linux.adopt_orphans`); who has left both is out of reach until the harness itself ends.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Iterable
from typing import Final

from l2harness.programs.procfs import children

#: How often we look for what has come to us: each time the children of the last ones have.
_GENERATIONS: Final = 100


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process; one that has ended is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def kill_init(pidfd: int) -> None:
    """Kill the init of a sandbox, and with it everything inside."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def reap_init(pidfd: int, pid: int, within_s: float) -> tuple[bool, float | None]:
    """
    Wait until the init of a sandbox has ended, and everything inside it.

    Returns:
        Whether it has, in that many seconds; and the CPU time of everything it has waited for, in
        seconds, None where somebody else was told of that.
    """
    poll = select.poll()
    poll.register(pidfd, select.POLLIN)
    if not poll.poll(within_s * 1000):
        return False, None
    with contextlib.suppress(ChildProcessError):
        _, _, usage = os.wait4(pid, 0)
        return True, usage.ru_utime + usage.ru_stime
    return True, None


def end_session(leader: int, killed: Iterable[int]) -> None:
    """
    End what a program without a sandbox has left behind, and reap it.

    Args:
        leader: Process id of the program, which has ended; its session bears the same number.
        killed: What else has been killed of it.
    """
    for pid in killed:
        with contextlib.suppress(ChildProcessError):  # each ours once its parent is reaped
            os.waitpid(pid, 0)
    for _ in range(_GENERATIONS):
        left = [pid for pid in children(os.getpid()) if _session_of(pid) == leader]
        if not left:
            return
        for pid in left:
            kill(pid)
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0
