"""Sending at a rate: how many frames are due by now, and waiting until one is.

What is due follows from the clock alone, so that a moment's delay is made up for and the average
is the rate that was asked for. A timer of the kernel wakes the loop, which goes on handling
whatever else happens meanwhile.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from typing import Final, Self

from l2harness.errors import UsageError
from l2harness.network import linux
from l2harness.network.loop import Deadline, Loop

#: How often to look at the clock at most, seconds; frames due meanwhile are sent together.
_SHORTEST_TICK_S: Final = 0.0005
_LONGEST_TICK_S: Final = 1.0
#: How much later than due the loop may wake, seconds, before something is wrong with the machine.
_LATE_S: Final = 60.0


class Pace:
    """
    A rate, from now on.

    Args:
        loop: Waits.
        per_second: How many frames a second; None for as many as can be.

    Raises:
        UsageError: Not a positive number.
    """

    def __init__(self, loop: Loop, per_second: float | None) -> None:
        if per_second is not None and not (per_second > 0 and math.isfinite(per_second)):
            raise UsageError(f"per_second is {per_second!r}; it has to be a positive number")
        self._loop = loop
        self._rate = per_second
        self._begun_s = time.monotonic()
        self._taken = 0
        self._timer = -1
        if per_second is not None:
            tick_s = min(max(1 / per_second, _SHORTEST_TICK_S), _LONGEST_TICK_S)
            self._timer = linux.ticking(tick_s)
            loop.add(self._timer, self._tick)

    def take(self, most: int) -> int:
        """Wait until a frame is due, and return how many are, at most ``most``."""
        if self._rate is None:
            return most
        late = Deadline.after(1 / self._rate + _LATE_S)
        due = min(most, self._loop.wait(self._due, late)) or 1
        self._taken += due
        return due

    def _due(self) -> int:
        assert self._rate is not None
        return 1 + int((time.monotonic() - self._begun_s) * self._rate) - self._taken

    def _tick(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self._timer, 8)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._timer >= 0:
            self._loop.remove(self._timer)
            os.close(self._timer)
