"""Try what must be refused, and say of each thing whether it was: beside many of these programs."""

import ctypes
import os

_LIBC = ctypes.CDLL(None, use_errno=True)
#: System calls that Python has no name for: on x86-64, on 64-bit ARM.
_NUMBERS = {
    "add_key": (248, 217), "bpf": (321, 280), "capset": (126, 91), "clone": (56, 220),
    "fsopen": (430, 430), "io_setup": (206, 0), "io_uring_setup": (425, 425),
    "kcmp": (312, 272), "keyctl": (250, 219), "memfd_create": (319, 279), "mount": (165, 40),
    "move_pages": (279, 239), "msgget": (68, 186), "open_by_handle_at": (304, 265),
    "perf_event_open": (298, 241), "personality": (135, 92), "pidfd_getfd": (438, 438),
    "pidfd_open": (434, 434), "pivot_root": (155, 41), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "ptrace": (101, 117), "semget": (64, 190),
    "setns": (308, 268), "sethostname": (170, 161), "settimeofday": (164, 170),
    "shmget": (29, 194), "syslog": (103, 116), "umount2": (166, 39), "unshare": (272, 97),
    "userfaultfd": (323, 282),
}


def attempt(what, action, *arguments):
    """Do something that must not work."""
    try:
        result = action(*arguments)
    except (OSError, ValueError, MemoryError, RuntimeError) as error:
        print(f"held: {what}: {error}"[:160], flush=True)
    else:
        print(f"ESCAPED: {what}: {result!r}"[:200], flush=True)


def call(name, *arguments):
    """Make a system call by its name. Raises OSError."""
    number = _NUMBERS[name][os.uname().machine == "aarch64"]
    values = [
        ctypes.c_char_p(it) if isinstance(it, bytes) else ctypes.c_long(it) for it in arguments
    ]
    ctypes.set_errno(0)
    result = _LIBC.syscall(ctypes.c_long(number), *values)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
