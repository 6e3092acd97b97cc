"""Keeping a program from running, or its terminal from being read, while something else happens.

What comes to a program that stands still waits in its sockets, as far as these have room: so how
much it can be late for is what its buffers hold, on every machine and under any load. A program
whose terminal nobody reads can print until that is full, and then stands still by itself.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from l2harness.errors import SandboxError
from l2harness.network.loop import Deadline, Loop
from l2harness.programs.killing import kill
from l2harness.programs.process import Program
from l2harness.programs.procfs import Activity

#: How long the kernel may take to stop the threads of a program, seconds.
_STOPPED_WITHIN_S: Final = 20.0
_STOPPED: Final = frozenset("Tt")


@contextmanager
def stopped(loop: Loop, program: Program) -> Iterator[None]:
    """
    Have a program stand still, with all that it has started, as after Ctrl-Z.

    Where it has ended nothing is done. It goes on at the end, whatever happens.

    Raises:
        SandboxError: It could not be stopped.
    """
    try:
        if not loop.wait(
            lambda: _stands_still(program), Deadline.after(_STOPPED_WITHIN_S), poll=True
        ):
            raise SandboxError(f"{program.argv[0]} could not be made to stand still")
        yield
    finally:
        for pid in program.pids():
            kill(pid, signal.SIGCONT)


def _stands_still(program: Program) -> bool:
    """Stop what runs of it, and say whether nothing was left to stop."""
    pids = program.pids()
    running = {it.pid for it in Activity.sample(pids).threads if it.state not in _STOPPED}
    for pid in running:
        kill(pid, signal.SIGSTOP)
    return not running


@contextmanager
def unheard(loop: Loop, program: Program) -> Iterator[None]:
    """Leave what a program prints in its terminals, as after Ctrl-S, and read on at the end."""
    terminals = [it for it in program.terminals.values() if it.open]
    for terminal in terminals:
        loop.remove(terminal.ours)
    try:
        yield
    finally:
        for terminal in terminals:
            if terminal.open:
                loop.add(terminal.ours, terminal.read)
