"""The few system calls that Python 3.11 has no name for, as functions that raise OSError.

Everything here works on the calling thread or process only and says so. Numbers are those of
``<linux/sched.h>``, ``<sys/mount.h>`` and ``<sys/prctl.h>``, the same on every architecture.
"""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

CLONE_NEWNS: Final = 0x0002_0000
CLONE_NEWUTS: Final = 0x0400_0000
CLONE_NEWIPC: Final = 0x0800_0000
CLONE_NEWUSER: Final = 0x1000_0000
CLONE_NEWPID: Final = 0x2000_0000
CLONE_NEWNET: Final = 0x4000_0000

MS_RDONLY: Final = 0x1
MS_NOSUID: Final = 0x2
MS_NODEV: Final = 0x4
MS_NOEXEC: Final = 0x8
MS_REMOUNT: Final = 0x20
MS_NOATIME: Final = 0x400
MS_NODIRATIME: Final = 0x800
MS_BIND: Final = 0x1000
MS_REC: Final = 0x4000
MS_PRIVATE: Final = 0x4_0000
MS_SLAVE: Final = 0x8_0000
MS_RELATIME: Final = 0x20_0000
MNT_DETACH: Final = 0x2

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_SECCOMP: Final = 22
_PR_SET_CHILD_SUBREAPER: Final = 36
_SECCOMP_MODE_FILTER: Final = 2
_TFD_NONBLOCK: Final = os.O_NONBLOCK
_TFD_CLOEXEC: Final = os.O_CLOEXEC
_TFD_TIMER_ABSTIME: Final = 1

_MSG_DONTWAIT: Final = 0x40

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mount.argtypes = (
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_char_p,
    ctypes.c_ulong,
    ctypes.c_char_p,
)


_MMSG_ARGUMENTS: Final = (ctypes.c_int, ctypes.c_void_p, ctypes.c_uint, ctypes.c_int)
_libc.sendmmsg.argtypes = _MMSG_ARGUMENTS
_libc.recvmmsg.argtypes = (*_MMSG_ARGUMENTS, ctypes.c_void_p)


def _checked(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def unshare(flags: int) -> None:
    """
    Leave the namespaces named by ``flags`` for new ones; unshare(2).

    ``CLONE_NEWNET`` concerns the calling thread; ``CLONE_NEWUSER`` needs a process of one thread.
    """
    _checked(_libc.unshare(flags))


def setns(fd: int, kind: int) -> None:
    """Move the calling thread into the namespace that ``fd`` refers to; setns(2)."""
    _checked(_libc.setns(fd, kind))


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """Mount a file system in the caller's mount namespace; mount(2)."""
    _checked(
        _libc.mount(
            source.encode(),
            os.fsencode(target),
            kind.encode(),
            flags,
            options.encode() or None,
        )
    )


def unmount(target: str) -> None:
    """Detach a mount now; the kernel cleans up once nothing uses it; umount2(2)."""
    _checked(_libc.umount2(os.fsencode(target), MNT_DETACH))


def die_with_parent(signal_number: int) -> None:
    """Get ``signal_number`` when the thread that started this process ends; prctl(2)."""
    _checked(_libc.prctl(_PR_SET_PDEATHSIG, signal_number, 0, 0, 0))


def adopt_orphans() -> None:
    """Become the parent of whatever the process's descendants leave behind alive; prctl(2)."""
    _checked(_libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))


class _FilterProgram(ctypes.Structure):
    """``struct sock_fprog``: how many instructions, and where."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def filter_calls(code: bytes) -> None:
    """
    Put a filter on this process and all that it starts; seccomp(2). It takes CAP_SYS_ADMIN.

    ``code`` is an array of ``struct sock_filter``, 8 bytes each.
    """
    program = _FilterProgram(len(code) // 8, code)
    _checked(_libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0))


def ticking(seconds: float) -> int:
    """Return a descriptor, close-on-exec, that can be read every so often; timerfd_create(2)."""
    fd = _libc.timerfd_create(time.CLOCK_MONOTONIC, _TFD_NONBLOCK | _TFD_CLOEXEC)
    _checked(fd)
    whole, part = divmod(seconds, 1)
    every = (ctypes.c_long * 4)(int(whole), int(part * 1e9), int(whole), int(part * 1e9))
    _checked(_libc.timerfd_settime(fd, 0, every, None))
    return int(fd)


def send_messages(fd: int, headers: int, count: int) -> int:
    """Send from an array of ``struct mmsghdr`` without waiting; sendmmsg(2). Return how many."""
    sent = _libc.sendmmsg(fd, headers, count, _MSG_DONTWAIT)
    _checked(sent)
    return int(sent)


def receive_messages(fd: int, headers: int, count: int) -> int:
    """Fill an array of ``struct mmsghdr`` without waiting; recvmmsg(2). Return how many."""
    received = _libc.recvmmsg(fd, headers, count, _MSG_DONTWAIT, None)
    _checked(received)
    return int(received)


def timer() -> int:
    """Return a descriptor, close-on-exec, that `set_timer` makes readable; timerfd_create(2)."""
    fd = _libc.timerfd_create(time.CLOCK_MONOTONIC, _TFD_NONBLOCK | _TFD_CLOEXEC)
    _checked(fd)
    return int(fd)


def set_timer(fd: int, at_s: float) -> None:
    """Let a timer become readable once, at a time of the monotonic clock; timerfd_settime(2)."""
    whole, part = divmod(at_s, 1)
    # All zero would switch it off; a time that has passed is as good as any other.
    once = (ctypes.c_long * 4)(0, 0, int(whole), max(1, int(part * 1e9)))
    _checked(_libc.timerfd_settime(fd, _TFD_TIMER_ABSTIME, once, None))


def open_own_netns() -> int:
    """Return a descriptor of the calling thread's network namespace, close-on-exec."""
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)


@contextmanager
def entered(netns_fd: int) -> Iterator[None]:
    """
    Keep the calling thread in another network namespace for the length of the block.

    A descriptor opened inside (a socket, a file of /proc/thread-self/net) stays with that
    namespace afterwards; a process started inside is born there.
    """
    home = open_own_netns()
    try:
        setns(netns_fd, CLONE_NEWNET)
        try:
            yield
        finally:
            setns(home, CLONE_NEWNET)
    finally:
        os.close(home)
