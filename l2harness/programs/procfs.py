"""What /proc tells of running programs: their packet sockets, their threads, what these wait for.

Strategy: thin readers around the parsers of `proctext`. Processes end while they are looked at; a
reader answers that with nothing, not with an error.

Laws:

- Everything read is bounded.
- No answer claims more than the kernel said. Where it hides the system call of a thread (no
  CAP_SYS_PTRACE over it, or a kernel built without), a sleeping thread counts as blocked but never
  as blocked for ever, and `Activity.precise` is false.
- One look proves nothing about the next moment. A second one in which nothing has run since
  (`Activity.unmoved_since`) proves that what the first saw was so all the time in between.

Source: proc(5), packet(7).
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

from l2harness.errors import KernelError
from l2harness.programs.proctext import (
    PacketSocket,
    parse_packet_table,
    parse_pids,
    parse_socket_link,
    parse_stat,
    parse_switches,
    parse_syscall,
    parse_turns,
)
from l2harness.programs.syscalls import Wait, this_machine

__all__ = [
    "Activity",
    "PacketSocket",
    "PacketTable",
    "Thread",
    "Wait",
    "children",
    "descendants",
    "socket_inodes",
]

_PART_BYTES: Final = 16_384
_FILE_BYTES: Final = 4_194_304
_DESCRIPTORS: Final = 4_096
_PROCESSES: Final = 4_096


class PacketTable:
    """
    The packet sockets of one network namespace, read again and again without entering it.

    Args:
        fd: A descriptor of /proc/PID/net/packet, opened by a thread of that namespace; this object
            closes it.
    """

    def __init__(self, fd: int) -> None:
        self._fd = fd

    @classmethod
    def of_this_thread(cls) -> Self:
        """
        Open the table of the network namespace in which the calling thread is now.

        Raises:
            KernelError: There is none: the kernel was built without packet sockets.
        """
        path = "/proc/thread-self/net/packet"
        try:
            return cls(os.open(path, os.O_RDONLY | os.O_CLOEXEC))
        except OSError as error:
            raise KernelError("open", path, error.errno or 0) from error

    def rows(self) -> list[PacketSocket]:
        """
        Return all packet sockets of the namespace; some 10 µs.

        The kernel hands the table out a page at a time. When sockets come and go in between, one
        may be missing or appear twice; what fits a page (some 60 sockets) is of one moment.

        Raises:
            KernelError: The table cannot be read.
        """
        try:
            return parse_packet_table(_whole(self._fd))
        except OSError as error:
            raise KernelError("read", "/proc/net/packet", error.errno or 0) from error

    def close(self) -> None:
        """Let go of the table, and of the namespace with it. A second call does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Thread:
    """
    One thread at one moment.

    Attributes:
        pid: Its process.
        tid: Itself; equal to ``pid`` for the main thread.
        state: One letter as in proc(5): S sleeps, R runs.
        wait: What it waits for.
        turns: Grows when it runs; only good for comparing.
    """

    pid: int
    tid: int
    state: str
    wait: Wait
    turns: int


@dataclass(frozen=True, slots=True)
class Activity:
    """
    What some processes were doing at one moment.

    Attributes:
        threads: Every thread that had not ended.
        cpu_s: CPU time of the processes, of their ended threads, and of the children that they
            have waited for.
    """

    threads: tuple[Thread, ...]
    cpu_s: float

    @classmethod
    def sample(cls, pids: Iterable[int]) -> Self:
        """Look at all threads of ``pids``, about 40 µs each; what has ended is left out."""
        machine = this_machine()
        threads: list[Thread] = []
        cpu_s = 0.0
        for pid in pids:
            own, used_s = _look_at(pid, machine)
            threads += own
            cpu_s += used_s
        return cls(tuple(threads), cpu_s)

    @property
    def gone(self) -> bool:
        """Whether nothing is left that could do anything."""
        return not self.threads

    @property
    def precise(self) -> bool:
        """Whether the kernel told of every thread what it waits for."""
        return all(thread.wait is not Wait.UNKNOWN for thread in self.threads)

    @property
    def all_blocked(self) -> bool:
        """
        Whether there are threads, and each of them is asleep in a call that waits for an event.

        Where the kernel does not say in which call (`precise` is false), asleep is enough.
        """
        return not self.gone and all(
            thread.state == "S" and thread.wait is not Wait.NOT for thread in self.threads
        )

    @property
    def blocked_forever(self) -> bool:
        """Whether all are blocked, are known to be, and in calls that set no time limit."""
        return self.all_blocked and all(thread.wait is Wait.FOREVER for thread in self.threads)

    @property
    def switches(self) -> int:
        """How often the threads have run, all together; only good for comparing."""
        return sum(thread.turns for thread in self.threads)

    def unmoved_since(self, earlier: Activity) -> bool:
        """Whether the same threads are there as in the ``earlier`` sample, and none ran since."""
        return self._turns() == earlier._turns()

    def _turns(self) -> set[tuple[int, int]]:
        return {(thread.tid, thread.turns) for thread in self.threads}


_ENDED: Final = frozenset("ZXx")


def _look_at(pid: int, machine: str) -> tuple[list[Thread], float]:
    """Return the living threads of a process and its CPU time, both empty if there is none."""
    process = parse_stat(beginning_of(f"/proc/{pid}/stat"))
    if process is None:
        return [], 0.0
    threads = []
    threads_cpu_s = 0.0
    for tid in _numbers_in(f"/proc/{pid}/task"):
        task = f"/proc/{pid}/task/{tid}"
        # The turns come first: if a later sample shows the same, then the thread was, all that
        # time, in the state that is read here after them.
        turns = parse_turns(beginning_of(f"{task}/schedstat"))
        count = turns.count if turns else parse_switches(beginning_of(f"{task}/status"))
        stat = parse_stat(beginning_of(f"{task}/stat"))
        if stat is None or stat.state in _ENDED:
            continue
        wait = parse_syscall(beginning_of(f"{task}/syscall"), machine)
        threads.append(Thread(pid, tid, stat.state, wait, count or 0))
        threads_cpu_s += turns.cpu_s if turns else stat.cpu_s
    # The threads' sum is finer; the process's own knows of threads that have ended.
    return threads, max(threads_cpu_s, process.cpu_s) + process.children_cpu_s


def children(pid: int) -> list[int]:
    """Return the processes that the threads of ``pid`` have started, zombies among them."""
    found: list[int] = []
    for tid in _numbers_in(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{tid}/children", "rb", buffering=0) as file:
                found += parse_pids(_whole(file.fileno()))
        except OSError:
            if os.path.exists(f"/proc/{pid}/task/{tid}"):
                # A kernel without CONFIG_PROC_CHILDREN.
                return [other for other in _numbers_in("/proc") if _parent(other) == pid]
    return found


def descendants(pid: int) -> list[int]:
    """
    Return the children of ``pid``, theirs, and so on, nearest first; 4096 at most.

    They are looked at one after the other. One that ends meanwhile leaves its children to the init
    of its PID namespace: ask for what is below that init, and the next call finds them again.
    """
    found: dict[int, None] = {}
    waiting = [pid]
    for process in waiting:
        for child in children(process):
            if child not in found and len(found) < _PROCESSES:
                found[child] = None
                waiting.append(child)
    return list(found)


def socket_inodes(pid: int) -> frozenset[int]:
    """Return the inodes of the sockets that ``pid`` has open, none if it may not be looked at."""
    directory = f"/proc/{pid}/fd"
    inodes: set[int] = set()
    for fd in _numbers_in(directory)[:_DESCRIPTORS]:
        try:
            target = os.readlink(f"{directory}/{fd}".encode())
        except OSError:
            continue  # closed meanwhile
        if (inode := parse_socket_link(target)) is not None:
            inodes.add(inode)
    return frozenset(inodes)


def _parent(pid: int) -> int | None:
    stat = parse_stat(beginning_of(f"/proc/{pid}/stat"))
    return stat.parent if stat else None


def _numbers_in(directory: str) -> list[int]:
    try:
        return sorted(int(name) for name in os.listdir(directory) if name.isdecimal())
    except OSError:
        return []


def beginning_of(path: str) -> bytes:
    """Return the first part of a file of /proc, nothing where its process has ended."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, _PART_BYTES)
    except OSError:
        return b""
    finally:
        os.close(fd)


def _whole(fd: int) -> bytes:
    """Return a file of /proc from its start, as far as 4 MiB; it comes in parts of a page."""
    parts: list[bytes] = []
    length = 0
    while length < _FILE_BYTES and (part := os.pread(fd, _PART_BYTES, length)):
        parts.append(part)
        length += len(part)
    return b"".join(parts)
