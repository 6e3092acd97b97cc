"""Walking a stranger's directory: nothing is followed, nothing is opened that could bite.

Strategy: descend by descriptors (openat with O_NOFOLLOW), so that no name is looked up twice and a
link can never lead the walk astray; look at everything with lstat; open regular files alone, and
check after opening that it is one. A name is data: any bytes but ``/`` and NUL.

What version control and desktops leave behind is no part of a submission and is passed over.

Source: openat(2), symlink(7), path_resolution(7).
"""

from __future__ import annotations

import os
import stat
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from l2harness.errors import SubmissionError

#: Names of files and folders that are passed over wherever they lie.
CLUTTER: Final = frozenset({".git", ".hg", ".svn", "__MACOSX", ".DS_Store"})

#: The kernel's own limit on links met on the way to a file; path_resolution(7).
_MOST_LINKS: Final = 40

_OPEN_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_OPEN_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class Kind(Enum):
    """What lies under a name."""

    FILE = "file"
    DIRECTORY = "directory"
    LINK = "symbolic link"
    FIFO = "FIFO"
    SOCKET = "socket"
    DEVICE = "device"

    @classmethod
    def of(cls, mode: int) -> Kind:
        """Tell it from ``st_mode``."""
        for test, kind in (
            (stat.S_ISREG, cls.FILE),
            (stat.S_ISDIR, cls.DIRECTORY),
            (stat.S_ISLNK, cls.LINK),
            (stat.S_ISFIFO, cls.FIFO),
            (stat.S_ISSOCK, cls.SOCKET),
        ):
            if test(mode):
                return kind
        return cls.DEVICE


@dataclass(frozen=True, slots=True)
class Entry:
    """
    Something in the tree, looked at but not opened.

    Attributes:
        path: Where it lies below the top.
        kind: What it is.
        mode: All of ``st_mode``.
        size_bytes: Of a file, as it was when looked at.
        mtime_ns: Time of the last change, since 1970.
        directory_fd: The directory it lies in; good until the walk goes on.
    """

    path: PurePosixPath
    kind: Kind
    mode: int
    size_bytes: int
    mtime_ns: int
    directory_fd: int

    @property
    def has_run_bit(self) -> bool:
        """Whether anybody may execute it."""
        return bool(self.mode & 0o111)

    def open(self) -> int:
        """
        Open a regular file for reading; the caller closes the descriptor.

        Raises:
            SubmissionError: It may not be read, or is no regular file any more.
        """
        return open_regular(self.path.name, self.path, directory_fd=self.directory_fd)

    def target(self) -> str:
        """
        Return the text of a symbolic link.

        Raises:
            SubmissionError: It is none any more.
        """
        try:
            return os.readlink(self.path.name, dir_fd=self.directory_fd)
        except OSError as error:
            raise unreadable(self.path, error) from error


def shown(name: str | PurePosixPath | Path) -> str:
    r"""Return a name fit for a message: what cannot be printed is spelled, as in ``\x1b``."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in str(name)
    )


def unreadable(path: str | PurePosixPath | Path, error: OSError) -> SubmissionError:
    """Say that something in a submission cannot be read, and why."""
    return SubmissionError(f"{shown(path)} cannot be read: {os.strerror(error.errno or 0)}")


def open_regular(
    name: str, label: PurePosixPath | Path, *, directory_fd: int | None = None
) -> int:
    """
    Open a regular file for reading, and nothing else: no link, no FIFO, no device.

    Args:
        name: Path to open, below ``directory_fd`` if that is given.
        label: What to call it in an error.
        directory_fd: Directory to start from; None: the current one.

    Raises:
        SubmissionError: It may not be read, or is no regular file.
    """
    try:
        fd = os.open(name, _OPEN_FILE, dir_fd=directory_fd)
    except OSError as error:
        raise unreadable(label, error) from error
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        os.close(fd)
        raise SubmissionError(f"{shown(label)} is not a regular file")
    return fd


def walk(top: Path, *, max_entries: int = 100_000, max_depth: int = 64) -> Iterator[Entry]:
    """
    Yield everything below ``top``, sorted by name, a directory before what it holds.

    ``top`` is the caller's word: it alone may be a link.

    Raises:
        SubmissionError: A directory cannot be read, or there are more than ``max_entries`` things,
            or one lies more than ``max_depth`` directories deep; it names the first too many.
    """
    try:
        fd = os.open(top, _OPEN_DIRECTORY & ~os.O_NOFOLLOW)
    except OSError as error:
        raise unreadable(top, error) from error
    yield from _below(fd, PurePosixPath(), _Allowance(max_entries, max_depth))


class _Allowance:
    """How much a walk may still meet."""

    def __init__(self, max_entries: int, max_depth: int) -> None:
        self.entries_left = max_entries
        self._max_entries = max_entries
        self._max_depth = max_depth

    def spend(self, path: PurePosixPath) -> None:
        if self.entries_left == 0:
            raise SubmissionError(
                f"{shown(path)} is one too many: at most {self._max_entries} files and folders "
                "are allowed"
            )
        self.entries_left -= 1
        if len(path.parent.parts) > self._max_depth:
            raise SubmissionError(
                f"{shown(path)} lies too deep: at most {self._max_depth} folders inside each "
                "other are allowed"
            )


def _below(fd: int, directory: PurePosixPath, allowance: _Allowance) -> Iterator[Entry]:
    """Yield what an open directory holds, and close it."""
    try:
        try:
            # One more than may be: enough to find out, however many there are.
            names = sorted(islice(_names(fd), allowance.entries_left + 1))
        except OSError as error:
            raise unreadable(directory, error) from error
        for name in names:
            path = directory / name
            allowance.spend(path)
            entry = _looked_at(path, fd)
            yield entry
            if entry.kind is Kind.DIRECTORY:
                yield from _below(_open_directory(path, fd), path, allowance)
    finally:
        os.close(fd)


def _open_directory(path: PurePosixPath, parent: int) -> int:
    try:
        return os.open(path.name, _OPEN_DIRECTORY, dir_fd=parent)
    except OSError as error:
        raise unreadable(path, error) from error


def _names(fd: int) -> Iterator[str]:
    with os.scandir(fd) as entries:
        for entry in entries:
            if entry.name not in CLUTTER:
                yield entry.name


def _looked_at(path: PurePosixPath, directory_fd: int) -> Entry:
    try:
        status = os.stat(path.name, dir_fd=directory_fd, follow_symlinks=False)
    except OSError as error:
        raise unreadable(path, error) from error
    return Entry(
        path,
        Kind.of(status.st_mode),
        status.st_mode,
        status.st_size,
        status.st_mtime_ns,
        directory_fd,
    )


def resolve_inside(top: Path, path: PurePosixPath) -> PurePosixPath | None:
    """
    Follow links as the kernel would, as long as they stay below ``top``.

    Args:
        top: A directory, itself no link.
        path: What to look up below it; it need not exist.

    Returns:
        The path below ``top`` that is meant, free of links and of ``..``, whether or not something
        lies there; None if the way leads out of ``top``, even if back again, or in a circle.
    """
    done: list[str] = []
    ahead = deque(path.parts)
    links = 0
    while ahead:
        part = ahead.popleft()
        if part == "..":
            if not done:
                return None
            done.pop()
            continue
        try:
            target = os.readlink(top.joinpath(*done, part))
        except OSError:  # no link, or nothing there
            done.append(part)
            continue
        links += 1
        if target.startswith("/") or links > _MOST_LINKS:
            return None
        ahead.extendleft(reversed(PurePosixPath(target).parts))
    return PurePosixPath(*done)
