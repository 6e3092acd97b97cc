"""Seeing to it that a program and all that it starts keep within their memory and their number.

Strategy: every few milliseconds a program is looked at. Where there are control groups the kernel
counts and binds, and all that is left to do is to learn of it; elsewhere its processes are counted
here, and what they keep is added up. Whoever is beyond the limit is ended at once.

Resource limits alone would not do: they bind each process by itself, and an address space, of
which Go, Java and the sanitizers reserve far more than they touch. And a program with all the
processes that it may have would go on trying to start more, at the cost of everybody else.

Source: proc(5), Documentation/admin-guide/cgroup-v1/memory.rst, section 10, and …/pids.rst.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from l2harness.network import linux
from l2harness.network.loop import Loop, patience
from l2harness.programs.cgroup import Group
from l2harness.programs.exit import ExitReason
from l2harness.programs.limits import Limits
from l2harness.programs.procfs import beginning_of

#: How often it is looked at, seconds: a process can take in some 50 MB in that time.
_LOOK_EVERY_S: Final = 0.02
_PRIVATE: Final = re.compile(rb"^Rss(?:Anon|Shmem):\s*(\d+) kB", re.MULTILINE)
_THREADS: Final = re.compile(rb"^Threads:\s*(\d+)", re.MULTILINE)
_SHARED_OUT: Final = re.compile(rb"^Pss_(?:Anon|Shmem):\s*(\d+) kB", re.MULTILINE)


class Guard:
    """
    Watches one program from the moment it begins.

    Args:
        loop: Of its network.
        limits: Of the program.
        group: Its control group, which it has joined; None if there is none.
        pids: Returns its processes.
        end: Called by the loop with the limit that it has exceeded; ends it.
    """

    def __init__(
        self,
        loop: Loop,
        limits: Limits,
        group: Group | None,
        pids: Callable[[], list[int]],
        end: Callable[[ExitReason], None],
    ) -> None:
        self._loop = loop
        self._limits = limits
        self._group = group
        self._pids = pids
        self._end = end
        self._clock = linux.ticking(patience(_LOOK_EVERY_S))
        loop.add(self._clock, self._look)

    def _look(self) -> None:
        os.read(self._clock, 8)
        limits, group = self._limits, self._group
        if group is not None and group.counts:
            too_much, count = self.memory_exceeded(), group.processes()
        else:
            seen = Kept.by(self._pids(), limits.memory_bytes)
            too_much, count = self._is_too_much(seen), seen.threads
        if too_much:
            self._end(ExitReason.MEMORY_LIMIT)
        elif count > self._most:
            self._end(ExitReason.PROCESS_LIMIT)

    @property
    def _most(self) -> int:
        """How many it may have: half, where two would use up what the kernel lets all have."""
        counted = self._group is not None and self._group.pids is not None
        return self._limits.processes // (1 if counted else 2)

    def _is_too_much(self, seen: Kept) -> bool:
        if self._group is not None and self._group.memory is not None:
            return self.memory_exceeded()
        return 0 < self._limits.memory_bytes < seen.size_bytes

    def memory_exceeded(self) -> bool:
        """Whether the kernel has ended a process of it for want of memory."""
        return self._group is not None and self._group.ran_out_of_memory()

    def close(self) -> None:
        """Watch no longer."""
        self._loop.remove(self._clock)
        os.close(self._clock)


@dataclass(frozen=True, slots=True)
class Kept:
    """
    What some processes keep.

    Attributes:
        threads: How many they are, each thread counted.
        size_bytes: Their memory that is not in any file.
    """

    threads: int
    size_bytes: int

    @classmethod
    def by(cls, pids: Iterable[int], enough_bytes: int) -> Kept:
        """
        Look at processes; those that have ended keep nothing.

        Pages that a child shares with its parent are counted twice by the quick way of asking;
        only where that gives more than ``enough_bytes`` is the kernel asked to share them out.
        """
        pids = list(pids)
        texts = [beginning_of(f"/proc/{pid}/status") for pid in pids]
        threads = sum(_sum(text, _THREADS) for text in texts)
        size = 1024 * sum(_sum(text, _PRIVATE) for text in texts)
        if size > enough_bytes:
            shared = (beginning_of(f"/proc/{pid}/smaps_rollup") for pid in pids)
            size = 1024 * sum(_sum(text, _SHARED_OUT) for text in shared)
        return cls(threads, size)


def _sum(text: bytes, number: re.Pattern[bytes]) -> int:
    return sum(map(int, number.findall(text)))
