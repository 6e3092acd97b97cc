"""Waiting until something in a directory changes, by the kernel's own events.

Strategy: every directory of the tree is watched, new ones as soon as they appear. An editor saves
in several steps (a new file, a rename, a removal), so after the first event the rest is waited for
until the tree has been quiet for a moment.

Source: inotify(7).
"""

from __future__ import annotations

import ctypes
import os
import select
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from l2harness.errors import KernelError

# Source: <sys/inotify.h>.
_IN_ATTRIB: Final = 0x4
_IN_CLOSE_WRITE: Final = 0x8
_IN_MOVED: Final = 0x40 | 0x80
_IN_CREATE: Final = 0x100
_IN_DELETE: Final = 0x200
_IN_ONLYDIR: Final = 0x0100_0000
_EVENTS: Final = _IN_ATTRIB | _IN_CLOSE_WRITE | _IN_MOVED | _IN_CREATE | _IN_DELETE | _IN_ONLYDIR
_HEADER: Final = struct.Struct("iIII")
_READ_BYTES: Final = 65_536

#: Nothing for this long, and a save is over; seconds.
_QUIET_S: Final = 0.05
#: Directories of a submission beyond which nobody wrote it by hand.
_MOST_DIRECTORIES: Final = 4_000


class Changes:
    """What changes in a tree of directories. Get one from `changes_in`."""

    def __init__(self, root: Path, descriptor: int) -> None:
        self._root = root
        self._descriptor = descriptor
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self._watch_all()

    def wait(self) -> None:
        """Return once something that is no editor's own file has changed, and all is quiet."""
        while True:
            self._poll.poll()
            seen = self._read()
            while self._poll.poll(_QUIET_S * 1000):
                seen |= self._read()
            self._watch_all()
            if any(not _is_an_editors_own(name) for name in seen):
                return

    def _read(self) -> set[str]:
        """Return the names in the events that have come."""
        data = os.read(self._descriptor, _READ_BYTES)
        names = set()
        at = 0
        while at < len(data):
            *_, length = _HEADER.unpack_from(data, at)
            at += _HEADER.size
            names.add(os.fsdecode(data[at : at + length].rstrip(b"\0")))
            at += length
        return names

    def _watch_all(self) -> None:
        """
        Watch every directory there is; one that is watched already stays so.

        Raises:
            KernelError: The directory as a whole cannot be watched.
        """
        directories = [self._root]
        for path, names, _ in os.walk(self._root):
            names[:] = [name for name in names if not name.startswith(".")]
            directories += [Path(path, name) for name in names]
            if len(directories) > _MOST_DIRECTORIES:
                break
        for directory in directories[:_MOST_DIRECTORIES]:
            name = os.fsencode(directory)
            if self._libc.inotify_add_watch(self._descriptor, name, _EVENTS) < 0:
                number = ctypes.get_errno()
                if directory == self._root:
                    raise KernelError("watch", str(directory), number)


@contextmanager
def changes_in(root: Path) -> Iterator[Changes]:
    """
    Watch a directory and all below it while the block lasts.

    Raises:
        KernelError: The machine has no more room for watches, or the directory is gone.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(os.O_CLOEXEC)
    if descriptor < 0:
        raise KernelError("watch", str(root), ctypes.get_errno())
    try:
        yield Changes(root, descriptor)
    finally:
        os.close(descriptor)


def _is_an_editors_own(name: str) -> bool:
    """Whether a name is one that editors give to files of their own while they save."""
    return name.startswith((".", "#")) or name.endswith(("~", ".swp", ".tmp")) or name == "4913"
