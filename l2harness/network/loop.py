"""Waiting for events with a deadline: the one place where the harness spends time doing nothing.

A `Loop` watches descriptors and calls back; `Loop.wait` returns as soon as a condition holds.
Where the kernel offers no event (a stranger's socket being bound, a stranger's thread falling
asleep) the condition is looked at again every millisecond or so, still bounded by the deadline.
Nothing here waits for time to pass; time is only ever the safety net. On a machine that has been
found to be slow, every deadline is further away by the same factor.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

T = TypeVar("T")

#: Says how many times slower than an ordinary machine this one is; see `slowness`.
PACE_VARIABLE: Final = "L2HARNESS_PACE"

#: How often a condition without a kernel event is looked at, in seconds: first, and at most.
_LOOK_FIRST_S: Final = 0.0005
_LOOK_AT_MOST_S: Final = 0.004


def patience(seconds: float) -> float:
    """Return what ``seconds`` on an ordinary machine are here, seconds."""
    try:
        return seconds * max(1.0, float(os.environ.get(PACE_VARIABLE, "1")))
    except ValueError:
        return seconds


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on the monotonic clock, in seconds."""

    at_s: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """Return the deadline ``seconds`` from now, as an ordinary machine counts them."""
        return cls(time.monotonic() + patience(seconds))

    @property
    def remaining_s(self) -> float:
        """Seconds that are left; 0.0 once it has passed."""
        return max(0.0, self.at_s - time.monotonic())

    @property
    def expired(self) -> bool:
        """Whether it has passed."""
        return time.monotonic() >= self.at_s

    def or_sooner(self, seconds: float) -> Deadline:
        """Return the earlier of this deadline and the one ``seconds`` from now."""
        return Deadline(min(self.at_s, time.monotonic() + patience(seconds)))


class Interrupted(Exception):
    """Another thread has asked this loop to stop waiting, as when the user presses Ctrl-C."""


class Loop:
    """Descriptors and what to do when one can be read. Used by one thread at a time."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._alarm = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self.add(self._alarm, self._interrupted)

    def interrupt(self) -> None:
        """Make the thread that waits here raise `Interrupted`, once; from any thread."""
        os.eventfd_write(self._alarm, 1)

    def _interrupted(self) -> None:
        os.eventfd_read(self._alarm)
        raise Interrupted

    def add(self, fd: int, callback: Callable[[], None]) -> None:
        """Call ``callback`` whenever ``fd`` can be read or has been hung up."""
        self._epoll.register(fd, select.EPOLLIN)
        self._callbacks[fd] = callback

    def remove(self, fd: int) -> None:
        """Forget ``fd``; one that is not watched is no error."""
        if self._callbacks.pop(fd, None) is not None:
            self._epoll.unregister(fd)

    def step(self, timeout_s: float = 0.0) -> bool:
        """
        Handle what is ready, waiting at most ``timeout_s`` seconds for the first event.

        Returns:
            Whether anything was ready.
        """
        events = self._epoll.poll(timeout_s)
        for fd, _ in events:
            # A callback may have removed a descriptor that comes later in the same batch.
            if (callback := self._callbacks.get(fd)) is not None:
                callback()
        return bool(events)

    def wait(self, condition: Callable[[], T], deadline: Deadline, *, poll: bool = False) -> T:
        """
        Return what ``condition`` returns, as soon as that is true, or at the deadline.

        Args:
            condition: Looked at now and after every batch of events.
            deadline: When to give up.
            poll: Look again without an event too, because the kernel has none for this condition.

        Returns:
            The last value of ``condition``: a false one means that the deadline has passed.
        """
        look_s = patience(_LOOK_FIRST_S)
        while True:
            if value := condition():
                return value
            remaining_s = deadline.remaining_s
            if remaining_s <= 0:
                self.drain()
                return condition()
            if not poll:
                self.step(remaining_s)
            elif self.step(min(look_s, remaining_s)):
                look_s = patience(_LOOK_FIRST_S)
            else:
                look_s = min(look_s * 1.5, patience(_LOOK_AT_MOST_S))

    def drain(self, batches: int = 64) -> None:
        """Handle what is ready now, at most ``batches`` times, without waiting."""
        for _ in range(batches):
            if not self.step(0.0):
                return

    def close(self) -> None:
        """Forget everything; the watched descriptors stay open."""
        self._callbacks.clear()
        self._epoll.close()
        os.close(self._alarm)
