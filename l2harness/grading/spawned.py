"""A warm worker that is started as a program, where it cannot be forked.

Strategy: the hidden command ``l2harness serve-orders`` moves into namespaces of its own and does
what comes through its stdin; see `l2harness.grading.worker`. Killing the process that was started
ends all of it.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
from typing import Any, Final, TypeVar

from l2harness.grading.channel import Channel, Hangup, TooLate
from l2harness.grading.worker import Answer, Task, WorkerLost
from l2harness.network.loop import Deadline

T = TypeVar("T")

#: The command, as `l2harness.cli` knows it.
COMMAND: Final = "serve-orders"
#: How long one may take from its start until it stands in its namespaces, seconds.
_READY_WITHIN_S: Final = 60.0
_DEATH_WITHIN_S: Final = 10.0


class Spawned:
    """A worker of this kind, seen by the process that has started it and sends it tasks."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "l2harness", COMMAND],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is not for it
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._channel = Channel(self._process.stdout.fileno(), self._process.stdin.fileno())

    def expect_ready(self) -> None:
        """
        Wait until it stands in its namespaces.

        Raises:
            WorkerLost: It does not.
            PrivilegeError, KernelError: The machine does not let it.
        """
        self._receive(_READY_WITHIN_S).result()

    def ask(self, task: Task[T], limit_s: float) -> Answer[T]:
        """
        Have it do a task.

        Raises:
            WorkerLost: It died, or took too long.
        """
        try:
            self._channel.send(task)
        except Hangup as error:
            raise WorkerLost("the process that was to do it has died") from error
        return self._receive(limit_s)

    def end(self) -> None:
        """End it, with everything that it has started; more than once is allowed."""
        self._process.kill()
        self._process.wait(_DEATH_WITHIN_S)
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()

    def _receive(self, limit_s: float) -> Answer[Any]:
        try:
            answer = self._channel.receive(Deadline.after(limit_s))
        except Hangup as error:
            raise WorkerLost("the process that was at it died") from error
        except TooLate as error:
            raise WorkerLost(f"it was not finished after {limit_s:g} s") from error
        assert isinstance(answer, Answer)
        return answer
