"""Numbers of the system calls that this package names, and which of them wait, and for how long.

Strategy: two tables and no logic beyond looking things up. The first gives the number of a call on
each machine that is known; the seccomp filter is made from it and /proc is read with it. The
second says of every call in which a healthy program waits where its time limit stands among the
arguments, so that "waits for ever" can be told from "will go on by itself".

What a call without a limit cannot tell: a socket with SO_RCVTIMEO ends its wait all the same, and
so does a signal from a timer. "For ever" means that the call itself sets no limit.

Source: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux;
since 424 a new call has the same number everywhere. The arguments: section 2 of the manual.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Final

from l2harness.errors import KernelError

#: Machines as `os.uname` names them, in the order of the columns below.
MACHINES: Final = ("x86_64", "aarch64")

# name: (x86_64, aarch64); None where the machine never had it.
_TABLE: Final[Mapping[str, tuple[int | None, int | None]]] = {
    "_sysctl": (156, None),
    "accept": (43, 202),
    "accept4": (288, 242),
    "acct": (163, 89),
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_nanosleep": (230, 115),
    "clock_settime": (227, 112),
    "clone": (56, 220),
    "clone3": (435, 435),
    "create_module": (174, None),
    "delete_module": (176, 106),
    "epoll_pwait": (281, 22),
    "epoll_pwait2": (441, 441),
    "epoll_wait": (232, None),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "flock": (73, 32),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "futex": (202, 98),
    "futex_waitv": (449, 449),
    "init_module": (175, 105),
    "io_setup": (206, 0),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioctl": (16, 29),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "mbind": (237, 235),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "migrate_pages": (256, 238),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "move_pages": (279, 239),
    "mq_timedreceive": (243, 183),
    "msgget": (68, 186),
    "msgrcv": (70, 188),
    "name_to_handle_at": (303, 264),
    "nanosleep": (35, 101),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "pause": (34, None),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "poll": (7, None),
    "ppoll": (271, 73),
    "process_madvise": (440, 440),
    "process_mrelease": (448, 448),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pselect6": (270, 72),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "read": (0, 63),
    "readv": (19, 65),
    "reboot": (169, 142),
    "recvfrom": (45, 207),
    "recvmmsg": (299, 243),
    "recvmsg": (47, 212),
    "request_key": (249, 218),
    "restart_syscall": (219, 128),
    "rt_sigsuspend": (130, 133),
    "rt_sigtimedwait": (128, 137),
    "select": (23, None),
    "semget": (64, 190),
    "semop": (65, 193),
    "semtimedop": (220, 192),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "setsockopt": (54, 208),
    "settimeofday": (164, 170),
    "shmget": (29, 194),
    "socket": (41, 198),
    "socketpair": (53, 199),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "sysfs": (139, None),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "uselib": (134, None),
    "userfaultfd": (323, 282),
    "ustat": (136, None),
    "vhangup": (153, 58),
    "wait4": (61, 260),
    "waitid": (247, 95),
}


def this_machine() -> str:
    """Return the name of the machine the harness runs on, as in `MACHINES` if it is known."""
    return os.uname().machine


def numbers(machine: str) -> dict[str, int]:
    """
    Return the calls that ``machine`` has, by name.

    Raises:
        KernelError: The machine is none of `MACHINES`.
    """
    if machine not in MACHINES:
        raise KernelError(
            "look up the system calls of", machine, detail=f"known are {', '.join(MACHINES)}"
        )
    column = MACHINES.index(machine)
    return {name: number for name, row in _TABLE.items() if (number := row[column]) is not None}


class Wait(Enum):
    """What a thread is doing, as far as waiting goes."""

    #: Asleep in a call that has no time limit: only an event ends it.
    FOREVER = "waits for ever"
    #: Asleep in a call that ends by itself, or that may.
    TIMED = "waits for a time"
    #: Running, or asleep in a call that is no waiting for an event.
    NOT = "does not wait"
    #: Asleep, and the kernel does not say in which call.
    UNKNOWN = "unknown"


Arguments = Sequence[int]
_Reader = Callable[[Arguments], Wait]


def _forever(_: Arguments) -> Wait:
    """A call without a time limit."""
    return Wait.FOREVER


def _timed(_: Arguments) -> Wait:
    """A call that ends by itself, or of which that cannot be told."""
    return Wait.TIMED


def _pointer(position: int) -> _Reader:
    """A limit behind a pointer: none if that is NULL."""
    return lambda arguments: Wait.TIMED if arguments[position] else Wait.FOREVER


def _milliseconds(position: int) -> _Reader:
    """A limit as an ``int`` of milliseconds: none if negative. The upper half is not defined."""
    return lambda arguments: Wait.FOREVER if arguments[position] & 1 << 31 else Wait.TIMED


# <linux/futex.h>. The two flags say where the futex lies and which clock counts.
_FUTEX_FLAGS: Final = 128 | 256
_FUTEX_WAITS: Final = frozenset({0, 6, 9, 11, 13})  # WAIT, LOCK_PI, _BITSET, _REQUEUE_PI, _PI2


def _futex(arguments: Arguments) -> Wait:
    """Many operations in one call; the limit of those that wait is behind the fourth argument."""
    if arguments[1] & 0xFFFF_FFFF & ~_FUTEX_FLAGS not in _FUTEX_WAITS:
        return Wait.NOT
    return Wait.TIMED if arguments[3] else Wait.FOREVER


_WAITING: Final[Mapping[str, _Reader]] = {
    "accept": _forever,
    "accept4": _forever,
    "clock_nanosleep": _timed,
    "epoll_pwait": _milliseconds(3),
    "epoll_pwait2": _pointer(3),
    "epoll_wait": _milliseconds(3),
    "flock": _forever,
    "futex": _futex,
    "futex_waitv": _pointer(3),
    "mq_timedreceive": _pointer(4),
    "msgrcv": _forever,
    "nanosleep": _timed,
    "pause": _forever,
    "poll": _milliseconds(2),
    "ppoll": _pointer(2),
    "pselect6": _pointer(4),
    "read": _forever,
    "readv": _forever,
    "recvfrom": _forever,
    "recvmmsg": _pointer(4),
    "recvmsg": _forever,
    # A wait that a stop and a continue interrupted: its limit is the kernel's secret.
    "restart_syscall": _timed,
    "rt_sigsuspend": _forever,
    "rt_sigtimedwait": _pointer(2),
    "select": _pointer(4),
    "semop": _forever,
    "semtimedop": _pointer(3),
    "wait4": _forever,
    "waitid": _forever,
}

_READERS: Final[Mapping[str, Mapping[int, _Reader]]] = {
    machine: {
        number: _WAITING[name] for name, number in numbers(machine).items() if name in _WAITING
    }
    for machine in MACHINES
}

#: A system call has at most this many arguments; /proc/PID/syscall shows all of them.
ARGUMENTS: Final = 6


def wait_of(machine: str, number: int, arguments: Arguments) -> Wait:
    """
    Tell how a thread waits that is asleep in a system call.

    Args:
        machine: Whose number it is.
        number: The system call.
        arguments: All `ARGUMENTS` of them, as unsigned 64-bit values.

    Returns:
        ``FOREVER`` or ``TIMED`` in a call that waits for an event, ``NOT`` in any other,
        ``UNKNOWN`` on a machine that is none of `MACHINES`.
    """
    readers = _READERS.get(machine)
    if readers is None:
        return Wait.UNKNOWN
    reader = readers.get(number)
    return Wait.NOT if reader is None else reader(arguments)
