"""Confining a process to some files of this machine by its kernel: Landlock, which needs no right.

What is not allowed here is refused to the process and to everything that it starts, for ever.

Source: landlock(7), and Documentation/userspace-api/landlock.rst of Linux for the numbers, which
are the same on every architecture.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from collections.abc import Iterable
from typing import Final

_CREATE_RULESET: Final = 444
_ADD_RULE: Final = 445
_RESTRICT_SELF: Final = 446
_ASK_FOR_VERSION: Final = 1
_PATH_BENEATH: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38

_EXECUTE: Final = 1 << 0
_WRITE_FILE: Final = 1 << 1
_READ_FILE: Final = 1 << 2
_READ_DIR: Final = 1 << 3
#: Rights to files of each version: removing and making names (4-12), then moving between
#: directories, truncating, and controlling devices.
_RIGHTS_OF_VERSION: Final = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
_OF_A_FILE: Final = _EXECUTE | _WRITE_FILE | _READ_FILE | 1 << 14 | 1 << 15
#: From the fourth version on: TCP sockets, here none at all.
_NETWORK_VERSION: Final = 4
_NETWORK: Final = 0b11
#: From the sixth on: neither abstract sockets nor signals reach a process outside.
_SCOPE_VERSION: Final = 6
_SCOPE: Final = 0b11

_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """Return which version of Landlock the kernel has; 0 if it has none, or it is switched off."""
    found = _libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_FOR_VERSION)
    return max(0, int(found))


def confine(*, reads: Iterable[str], writes: Iterable[str]) -> bool:
    """
    Confine the calling process, which must have one thread.

    Args:
        reads: Files and directories, with all that is in them, that it may read and execute; what
            does not exist is left out.
        writes: … and change as well.

    Returns:
        Whether it is confined: False where the kernel has no Landlock.

    Raises:
        OSError: The kernel has Landlock, and refused.
    """
    abi = version()
    if abi == 0:
        return False
    handled = sum(bits for since, bits in _RIGHTS_OF_VERSION.items() if since <= abi)
    # struct landlock_ruleset_attr: access_fs, access_net, scoped.
    attributes = struct.pack(
        "=QQQ",
        handled,
        _NETWORK if abi >= _NETWORK_VERSION else 0,
        _SCOPE if abi >= _SCOPE_VERSION else 0,
    )
    size = 24 if abi >= _SCOPE_VERSION else 16 if abi >= _NETWORK_VERSION else 8
    ruleset = _called(_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0)
    try:
        for path in reads:
            _allow(ruleset, path, _EXECUTE | _READ_FILE | _READ_DIR)
        for path in writes:
            _allow(ruleset, path, handled)
        if _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0:
            raise _error()
        _called(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    return True


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # not there, or not for us: nothing to allow
    try:
        if not stat.S_ISDIR(os.fstat(beneath).st_mode):
            rights &= _OF_A_FILE
        # struct landlock_path_beneath_attr, packed: allowed_access, parent_fd.
        rule = struct.pack("=Qi", rights, beneath)
        _called(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)
    finally:
        os.close(beneath)


def _called(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        raise _error()
    return result


def _error() -> OSError:
    number = ctypes.get_errno()
    return OSError(number, os.strerror(number))
