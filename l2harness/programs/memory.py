"""Seeing to it that a program and all that it starts keep within their memory.

Strategy: where there is a control group, the kernel counts and ends it, and all that is left to do
is to learn of that. Elsewhere what its processes keep is added up every few milliseconds, and the
harness ends it. Resource limits would not do: they bind each process alone, and an address space,
of which Go, Java and the sanitizers reserve far more than they touch.

Source: proc(5), Documentation/admin-guide/cgroup-v1/memory.rst, section 10.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import Final

from l2harness.network import linux
from l2harness.network.loop import Loop
from l2harness.programs.cgroup import Group

#: How often it is added up, seconds: a process can take in some 50 MB in that time.
_LOOK_EVERY_S: Final = 0.02
_PAGE: Final = 16_384
_PRIVATE: Final = re.compile(rb"^Rss(?:Anon|Shmem):\s*(\d+) kB", re.MULTILINE)
_SHARED_OUT: Final = re.compile(rb"^Pss_(?:Anon|Shmem):\s*(\d+) kB", re.MULTILINE)


class MemoryGuard:
    """
    Watches one program from the moment it begins.

    Args:
        loop: Of its network.
        limit_bytes: What it may keep; 0 for no limit.
        group: Its control group, which it has joined; None if there is none.
        pids: Returns its processes.
        end: Called once, by the loop, when it has exceeded the limit; ends it.
    """

    def __init__(
        self,
        loop: Loop,
        limit_bytes: int,
        group: Group | None,
        pids: Callable[[], list[int]],
        end: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._limit_bytes = limit_bytes
        self._group = group if group is not None and group.memory is not None else None
        self._pids = pids
        self._end = end
        self._fd: int | None = None
        if limit_bytes:
            self._fd = self._group.watch_memory() if self._group else linux.ticking(_LOOK_EVERY_S)
        if self._fd is not None:
            loop.add(self._fd, self._look)

    def _look(self) -> None:
        assert self._fd is not None
        os.read(self._fd, 8)
        if self._group is None:
            if kept_bytes(self._pids(), self._limit_bytes) <= self._limit_bytes:
                return
        elif not self._group.ran_out_of_memory():
            return
        self._end()

    def exceeded(self) -> bool:
        """Whether the kernel has ended a process of it for want of memory."""
        return self._group is not None and self._group.ran_out_of_memory()

    def close(self) -> None:
        """Watch no longer."""
        if self._fd is not None:
            self._loop.remove(self._fd)
            os.close(self._fd)
            self._fd = None


def kept_bytes(pids: Iterable[int], enough_bytes: int) -> int:
    """
    Return how much memory processes keep that is not in any file.

    Pages that a child shares with its parent are counted twice by the quick way of asking; only
    where that gives more than ``enough_bytes`` is the kernel asked to share them out.
    """
    pids = list(pids)
    quick = sum(_sum(f"/proc/{pid}/status", _PRIVATE) for pid in pids)
    if quick <= enough_bytes:
        return quick
    return sum(_sum(f"/proc/{pid}/smaps_rollup", _SHARED_OUT) for pid in pids)


def _sum(path: str, line: re.Pattern[bytes]) -> int:
    """Add up the lines of a file that match, in bytes; 0 where the process has ended."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return 0
    try:
        return 1024 * sum(map(int, line.findall(os.read(fd, _PAGE))))
    except OSError:
        return 0
    finally:
        os.close(fd)
