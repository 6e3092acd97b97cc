"""From the text of /proc to values, with nothing read and nothing believed.

Strategy: one function for each file, bytes in, a value out. They meet a stranger's data (a thread
may call itself ``") R 1 (``), so anything unexpected gives None or is left out; no other outcome
exists, and no error.

Source: proc(5), packet(7), net/packet/af_packet.c and fs/proc of Linux.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from l2harness.programs.syscalls import ARGUMENTS, Wait, wait_of

_DIGITS: Final = 20  # of the longest 64-bit number in decimal

_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_NANOSECOND_S: Final = 1e-9


@dataclass(frozen=True, slots=True)
class PacketSocket:
    """
    One AF_PACKET socket of a network namespace.

    Attributes:
        type: 3 for SOCK_RAW, 2 for SOCK_DGRAM.
        protocol: EtherType it wants: 3 is all of them, 0 none (a socket that only sends).
        ifindex: Interface it is bound to: 0 is every one, -1 one that was deleted.
        running: Whether frames are put into its queue.
        rmem_bytes: Memory of the frames that wait in its queue.
        uid: Its owner, as the user namespace of whoever opened the file sees it.
        inode: What /proc/PID/fd calls it.
    """

    type: int
    protocol: int
    ifindex: int
    running: bool
    rmem_bytes: int
    uid: int
    inode: int


@dataclass(frozen=True, slots=True)
class Stat:
    """
    What is used of /proc/PID/stat, for a process or a thread.

    Attributes:
        state: One letter: R runs, S sleeps, D sleeps and cannot be woken, T is stopped, Z ended.
        parent: Process id.
        cpu_s: CPU time, in steps of a tick (10 ms).
        children_cpu_s: CPU time of the children it has waited for, and of theirs.
    """

    state: str
    parent: int
    cpu_s: float
    children_cpu_s: float


@dataclass(frozen=True, slots=True)
class Turns:
    """
    What is used of /proc/PID/schedstat.

    Attributes:
        cpu_s: CPU time of the thread, as fine as the scheduler counts it.
        count: How often it was given a CPU: unchanged means that it has not run since.
    """

    cpu_s: float
    count: int


def parse_packet_table(data: bytes) -> list[PacketSocket]:
    """
    Read /proc/PID/net/packet; lines that are no rows are left out, the heading among them.

    A row: ``sk RefCnt Type Proto Iface R Rmem User Inode``. sk and Proto are hexadecimal.
    """
    sockets = []
    for line in data.splitlines():
        fields = line.split()
        if len(fields) != 9:
            continue
        protocol = _hexadecimals(fields[3:4])
        numbers = _decimals((fields[2], *fields[4:]))
        if protocol is None or numbers is None:
            continue
        kind, ifindex, running, rmem, uid, inode = numbers
        sockets.append(PacketSocket(kind, protocol[0], ifindex, running == 1, rmem, uid, inode))
    return sockets


def parse_stat(data: bytes) -> Stat | None:
    """
    Read /proc/PID/stat.

    The second field is a name of the program's choice, in parentheses; no field after it can hold
    one, so the last ``)`` ends it.
    """
    _, closed, rest = data.rpartition(b")")
    fields = rest.split()
    if not closed or len(fields) < 15 or len(fields[0]) != 1 or not fields[0].isalpha():
        return None
    numbers = _decimals((fields[1], *fields[11:15]))
    if numbers is None:
        return None
    parent, user, system, children_user, children_system = numbers
    return Stat(
        state=fields[0].decode(),
        parent=parent,
        cpu_s=(user + system) * _TICK_S,
        children_cpu_s=(children_user + children_system) * _TICK_S,
    )


def parse_turns(data: bytes) -> Turns | None:
    """
    Read /proc/PID/schedstat: nanoseconds run, nanoseconds waited for a CPU, turns.

    All zero is how a kernel says that it does not count; that gives None, too.
    """
    numbers = _decimals(data.split())
    if numbers is None or len(numbers) != 3 or not any(numbers):
        return None
    return Turns(cpu_s=numbers[0] * _NANOSECOND_S, count=numbers[2])


def parse_switches(data: bytes) -> int | None:
    """Read from /proc/PID/status how often a thread gave its CPU up, by itself or not."""
    wanted = (b"voluntary_ctxt_switches", b"nonvoluntary_ctxt_switches")
    lines = (line.partition(b":") for line in data.splitlines())
    numbers = _decimals(value.strip() for key, _, value in lines if key in wanted)
    return sum(numbers) if numbers else None


def parse_syscall(data: bytes, machine: str) -> Wait:
    """
    Read /proc/PID/syscall of a thread on ``machine``.

    It says ``running``; or the number, six arguments, stack and instruction pointer; or, asleep
    but in no system call (a page fault), ``-1`` and the two pointers.
    """
    fields = data.split()
    if fields == [b"running"] or (len(fields) == 3 and fields[0] == b"-1"):
        return Wait.NOT
    if len(fields) != 1 + ARGUMENTS + 2:
        return Wait.UNKNOWN
    number = _decimals(fields[:1])
    arguments = _hexadecimals(fields[1 : 1 + ARGUMENTS])
    if number is None or arguments is None:
        return Wait.UNKNOWN
    return wait_of(machine, number[0], arguments)


def parse_pids(data: bytes) -> list[int]:
    """Read /proc/PID/task/TID/children; a word that is no process id spoils the whole."""
    numbers = _decimals(data.split())
    return numbers if numbers is not None and all(number > 0 for number in numbers) else []


def parse_socket_link(target: bytes) -> int | None:
    """Read where a link in /proc/PID/fd points: the inode of a socket, None of anything else."""
    if not (target.startswith(b"socket:[") and target.endswith(b"]")):
        return None
    numbers = _decimals((target[8:-1],))
    return numbers[0] if numbers else None


def _decimals(fields: Iterable[bytes]) -> list[int] | None:
    """
    Return the numbers, None if one is none.

    Only digits, with or without a minus: int() takes underscores, blanks and more for a number.
    """
    fields = tuple(fields)
    lengths = tuple(map(len, fields))
    # Nearly always: looked at all together, for this is asked many times a millisecond.
    if fields and min(lengths) > 0 and max(lengths) <= _DIGITS and b"".join(fields).isdigit():
        return list(map(int, fields))
    numbers = []
    for field in fields:
        digits = field.removeprefix(b"-")
        if not digits.isdigit() or len(digits) > _DIGITS:
            return None
        numbers.append(int(field))
    return numbers


def _hexadecimals(fields: Iterable[bytes]) -> list[int] | None:
    """Return the numbers, with or without ``0x`` in front, None if one is none."""
    numbers = []
    for field in fields:
        digits = field.removeprefix(b"0x")
        if not 0 < len(digits) <= _DIGITS or digits.strip(b"0123456789abcdefABCDEF"):
            return None
        numbers.append(int(digits, 16))
    return numbers
