"""Letting programs believe that they have become another user where there is only one.

Without root a host has one user, uid 0, who is the caller outside. A program that has done what
needs root and then wants to be somebody else, as tcpdump does, would be refused and give up. So
the calls that change users succeed without doing anything, which takes no right from anybody: the
program stays the caller.

Source: seccomp(2), <linux/seccomp.h>: SECCOMP_RET_ERRNO with 0 skips the call and returns 0.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from typing import Final

from l2harness.network import linux

#: Numbers of setuid, setgid, setreuid, setregid, setgroups, setresuid, setresgid; <asm/unistd.h>.
_CALLS: Final[Mapping[str, tuple[int, ...]]] = {
    "x86_64": (105, 106, 113, 114, 116, 117, 119),
    "aarch64": (146, 144, 145, 143, 159, 147, 149),
}

# <linux/filter.h>, <linux/audit.h>; offsets in struct seccomp_data.
_INSTRUCTION: Final = struct.Struct("=HBBI")
_LOAD: Final = 0x20
_IF_EQUAL: Final = 0x15
_RETURN: Final = 0x06
_NUMBER: Final = 0
_ARCHITECTURE: Final = 4
_ARCHITECTURES: Final = {"x86_64": 0xC000_003E, "aarch64": 0xC000_00B7}
_ALLOW: Final = 0x7FFF_0000
_SUCCEED: Final = 0x0005_0000


def alone() -> bool:
    """Whether our user namespace has one user only; user_namespaces(7)."""
    with open("/proc/self/uid_map") as file:
        return sum(int(line.split()[2]) for line in file) == 1


def filter_bytes(machine: str) -> bytes:
    """
    Return the filter: the calls succeed, every other is made.

    Args:
        machine: As `os.uname` names it.

    Returns:
        An array of ``struct sock_filter``, 8 bytes each; empty for a machine whose calls are not
        known.
    """
    if machine not in _CALLS:
        return b""
    known, architecture = _CALLS[machine], _ARCHITECTURES[machine]
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_IF_EQUAL, 0, len(known) + 1, architecture),
        (_LOAD, 0, 0, _NUMBER),
        *((_IF_EQUAL, len(known) - at, 0, number) for at, number in enumerate(known)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _SUCCEED),
    ]
    return b"".join(_INSTRUCTION.pack(*line) for line in lines)


def pretend() -> None:
    """
    Put the filter on this process and all that it starts.

    Raises:
        OSError: The kernel refuses.
    """
    code = filter_bytes(os.uname().machine)
    if code:
        linux.filter_calls(code)
