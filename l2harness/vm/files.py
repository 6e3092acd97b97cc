"""Which of this machine's files a virtual machine may see, and where it keeps its own."""

from __future__ import annotations

import mmap
import os
import stat
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

#: Where programs and libraries lie, and what they ask about the machine. Not /home, /root, /var,
#: /tmp, /srv: a machine sees of these what it is given.
_SYSTEM: Final = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/etc", "/nix", "/gnu"),
    *("/proc", "/sys/devices/system", "/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"),
)
#: Less room than this is not tried, bytes: a grading touches some 150 MB of a machine's memory.
ROOM_BYTES: Final = 320 << 20
_DEFAULT_MEMORY_BYTES: Final = 512 << 20
_LEAST_MEMORY_BYTES: Final = 192 << 20
_LIMITS_OF_GROUPS: Final = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)


def needed(paths: Iterable[Path]) -> list[str]:
    """
    Return the files and directories that a command needs which is run by this interpreter.

    Args:
        paths: What it needs beside the interpreter, libraries and this package.
    """
    found = [*_SYSTEM, sys.prefix, sys.base_prefix, *sysconfig.get_paths().values()]
    found += [str(Path(sys.executable).resolve().parent), str(Path(__file__).resolve().parents[2])]
    found += [path for path in sys.path if path and path != os.getcwd()]
    found += [str(path.resolve()) for path in paths]
    # Of a link both are needed: where it lies, to be followed, and where it leads.
    real = {os.path.realpath(path) for path in found}
    return sorted({path for path in (*found, *real) if path != "/"})


def left_in(directory: Path, wanted: Mapping[str, int]) -> dict[str, bytes]:
    """
    Return files that a machine has written, of those that are files, and not larger than allowed.

    Args:
        directory: Where to.
        wanted: Their names, with how many bytes each may have.
    """
    found = {name: _file(directory / name, limit) for name, limit in wanted.items()}
    return {name: data for name, data in found.items() if data is not None}


def _file(path: Path, limit: int) -> bytes | None:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        return None
    with open(fd, "rb") as file:
        data = file.read(limit + 1)
    return data if len(data) <= limit else None


def memory_bytes() -> int:
    """Return how much memory a machine is given; less where this one or its container has less."""
    room = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for path in _LIMITS_OF_GROUPS:
        try:
            said = Path(path).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if said.isdigit():
            room = min(room, int(said))
    return max(_LEAST_MEMORY_BYTES, min(_DEFAULT_MEMORY_BYTES, room // 2))


def place_for_machines() -> str:
    """
    Return the directory to keep machines in: one in memory if it has room, from which is executed.

    User-mode Linux keeps its memory in a file and executes it, which a file system mounted
    ``noexec``, such as a container's /dev/shm, refuses.
    """
    ordinary = tempfile.gettempdir()
    for place in ("/dev/shm", ordinary, "/var/tmp"):
        if _can_hold(place):
            return place
    return ordinary


def _can_hold(place: str) -> bool:
    try:
        about = os.statvfs(place)
        if about.f_bavail * about.f_frsize < ROOM_BYTES:
            return False
        with tempfile.TemporaryFile(dir=place) as file:
            file.truncate(mmap.PAGESIZE)
            rights = mmap.PROT_READ | mmap.PROT_EXEC
            mmap.mmap(file.fileno(), mmap.PAGESIZE, mmap.MAP_SHARED, rights).close()
    except OSError:
        return False
    return True
