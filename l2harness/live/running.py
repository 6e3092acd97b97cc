"""Which programs run on the hosts of a network: read from the kernel, by those who hold it.

A program is a process of the holder's PID namespace that stands in a host's network namespace,
whoever started it and whether or not he is still there.

Source: proc(5), namespaces(7).
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

#: Init, and the holder itself.
_OURS: Final = frozenset({1})
_LONGEST_COMMAND: Final = 300
_MOST: Final = 200
_READ_BYTES: Final = 4_096
_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")
#: Place of the start time among the fields of /proc/PID/stat behind the program's name.
_START_TIME: Final = 19
_STATE: Final = 0


@dataclass(frozen=True, slots=True)
class Running:
    """
    One process on a host.

    Attributes:
        host: Where.
        pid: Its number on the network's hosts, as ``ps`` and ``kill`` there have it.
        since_s: When it began, in seconds since 1970.
        command: As it was started, words joined by blanks, at most 300 characters.
    """

    host: str
    pid: int
    since_s: float
    command: str


def running(hosts: Mapping[str, int]) -> list[Running]:
    """
    Look at every process of our PID namespace; 200 at most are told.

    Args:
        hosts: Descriptor of each host's network namespace.

    Returns:
        Those on a host, in the order of their numbers.
    """
    names = {os.fstat(fd).st_ino: host for host, fd in hosts.items()}
    booted_s = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    found = []
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdecimal()):
        if pid in _OURS or pid == os.getpid():
            continue
        with suppress(OSError):  # it has ended meanwhile
            host = names.get(os.stat(f"/proc/{pid}/ns/net").st_ino)
            started_s = _started_s(_read(f"/proc/{pid}/stat"))
            if host is not None and started_s is not None:
                command = _command(pid)
                found.append(Running(host, pid, booted_s + started_s, command))
    return found[:_MOST]


def _started_s(stat: bytes) -> float | None:
    """Seconds from boot to the start of a process; None for one that has ended."""
    fields = stat.rpartition(b")")[2].split()
    if len(fields) <= _START_TIME or fields[_STATE] in (b"Z", b"X"):
        return None
    return int(fields[_START_TIME]) / _TICKS_A_SECOND


def _command(pid: int) -> str:
    words = _read(f"/proc/{pid}/cmdline").rstrip(b"\0").split(b"\0")
    told = b" ".join(words) or _read(f"/proc/{pid}/comm").strip()
    return told.decode("utf-8", "replace")[:_LONGEST_COMMAND]


def _read(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        return file.read(_READ_BYTES) or b""
