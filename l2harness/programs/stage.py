"""Taking a submission in: from an untrusted directory to a small tree that is safe to work with.

Strategy: `stage` copies once, with suspicion: regular files, directories and links that stay
inside; nothing else is so much as opened. `copy_tree` then copies that tree, as often as programs
are started, with speed.

Laws:

- What is staged can be walked, copied and read without a thought: no link leaves it, no name or
  path is too long, nothing in it blocks, and it is no larger than its limits.
- The source is never written to. What is left out is named in a note; what is too much, or cannot
  be read, is a `SubmissionError` that names it.
- Times are kept, for make compares them. Owners are not, nor any permission but to run.

Source: openat(2), symlink(7), sendfile(2).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from l2harness.errors import KernelError, SubmissionError, UsageError
from l2harness.programs.tree import Entry, Kind, resolve_inside, shown, unreadable, walk

_FILE_MODE: Final = 0o644
_RUNNABLE_MODE: Final = 0o755
_DIRECTORY_MODE: Final = 0o755
_ID_BITS: Final = stat.S_ISUID | stat.S_ISGID

_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC
_CHUNK_BYTES: Final = 1 << 20
#: Up to this size reading and writing is faster than asking the kernel to copy.
_SMALL_FILE_BYTES: Final = 1 << 16
#: Well below PATH_MAX (4096), to leave room for the directory that it is copied into.
_LONGEST_PATH_BYTES: Final = 2_048
_MOST_NOTES: Final = 20


@dataclass(frozen=True, slots=True)
class StageLimits:
    """
    How large a submission may be.

    Attributes:
        max_bytes: Sum of the sizes of its files, holes counted.
        max_files: Number of files, folders and links.
        max_depth: How many folders may lie inside each other.
        max_name_bytes: Length of the name of one file or folder.
    """

    max_bytes: int = 64 << 20
    max_files: int = 4_096
    max_depth: int = 32
    max_name_bytes: int = 255


@dataclass(frozen=True, slots=True)
class Staged:
    """
    What became of a submission.

    Attributes:
        root: The directory it was copied to.
        files: Number of files, folders and links in it.
        size_bytes: Sum of the sizes of its files.
        notes: What was left out or changed, in sentences.
    """

    root: Path
    files: int
    size_bytes: int
    notes: tuple[str, ...]


def stage(source: Path, destination: Path, limits: StageLimits | None = None) -> Staged:
    """
    Copy a submission, safely.

    Args:
        source: The student's directory; it may change meanwhile, and hold anything.
        destination: An empty directory outside it, or one to make.
        limits: How large it may be; None: the defaults.

    Raises:
        SubmissionError: Something in it cannot be read, or it is larger than the limits.
        UsageError: The destination lies in the source, or is not empty.
        KernelError: The destination cannot be written.
    """
    _prepare(source, destination)
    staging = _Staging(source, destination, limits or StageLimits())
    entries = walk(
        source, max_entries=staging.limits.max_files, max_depth=staging.limits.max_depth
    )
    for entry in entries:
        staging.take(entry)
    staging.set_times()
    return Staged(destination, staging.files, staging.size_bytes, staging.all_notes())


def _prepare(source: Path, destination: Path) -> None:
    inside = source.resolve()
    if destination.resolve().is_relative_to(inside):
        raise UsageError(f"{shown(destination)} lies inside the submission {shown(source)}")
    with writing(destination):
        destination.mkdir(mode=_DIRECTORY_MODE, parents=True, exist_ok=True)
        if any(destination.iterdir()):
            raise UsageError(f"{shown(destination)} is not empty")


class _Staging:
    """One submission on its way in."""

    def __init__(self, source: Path, destination: Path, limits: StageLimits) -> None:
        self.limits = limits
        self.files = 0
        self.size_bytes = 0
        self._source = source
        self._destination = destination
        self._notes: list[str] = []
        self._times: list[tuple[Path, int]] = []

    def take(self, entry: Entry) -> None:
        """Copy one thing, or say why not. Its directory has been taken before it."""
        self._check_name(entry.path)
        target = self._destination / entry.path
        match entry.kind:
            case Kind.FILE:
                self._take_file(entry, target)
            case Kind.DIRECTORY:
                with writing(target):
                    target.mkdir()
                    target.chmod(_DIRECTORY_MODE)
                self._times.append((target, entry.mtime_ns))
            case Kind.LINK:
                if not self._take_link(entry, target):
                    return
            case _:
                self._note(f"{shown(entry.path)} is a {entry.kind.value} and was left out")
                return
        self.files += 1

    def set_times(self) -> None:
        """Give directories their times back, which making their contents has changed."""
        for directory, mtime_ns in reversed(self._times):
            with writing(directory):
                os.utime(directory, ns=(mtime_ns, mtime_ns))

    def all_notes(self) -> tuple[str, ...]:
        """Return the first notes, and how many more there would be."""
        more = len(self._notes) - _MOST_NOTES
        kept = tuple(self._notes[:_MOST_NOTES])
        return (*kept, f"and {more} more notes like these") if more > 0 else kept

    def _note(self, sentence: str) -> None:
        self._notes.append(sentence)

    def _check_name(self, path: PurePosixPath) -> None:
        longest = self.limits.max_name_bytes
        if len(os.fsencode(path.name)) > longest:
            raise SubmissionError(
                f"{shown(path)} has too long a name: at most {longest} bytes are allowed"
            )
        if len(os.fsencode(path)) > _LONGEST_PATH_BYTES:
            raise SubmissionError(
                f"{shown(path)} has too long a path: at most {_LONGEST_PATH_BYTES} bytes are "
                "allowed"
            )

    def _take_file(self, entry: Entry, target: Path) -> None:
        if entry.mode & _ID_BITS:
            self._note(f"{shown(entry.path)} lost its set-user-id or set-group-id bit")
        if entry.size_bytes > self.limits.max_bytes - self.size_bytes:
            raise self._too_much(entry.path)
        source = entry.open()
        try:
            with writing(target):
                copy = os.open(target, _CREATE, 0o600)
                try:
                    self._copy_content(entry.path, source, copy)
                    os.fchmod(copy, _RUNNABLE_MODE if entry.has_run_bit else _FILE_MODE)
                    os.utime(copy, ns=(entry.mtime_ns, entry.mtime_ns))
                finally:
                    os.close(copy)
        finally:
            os.close(source)

    def _copy_content(self, path: PurePosixPath, source: int, copy: int) -> None:
        """Copy as much as there is, not as much as there seemed to be, and stop at the limit."""
        while True:
            left = self.limits.max_bytes - self.size_bytes
            try:
                chunk = os.read(source, min(_CHUNK_BYTES, left + 1))
            except OSError as error:
                raise unreadable(path, error) from error
            if not chunk:
                return
            if len(chunk) > left:
                raise self._too_much(path)
            self.size_bytes += len(chunk)
            _write(copy, chunk)

    def _too_much(self, path: PurePosixPath) -> SubmissionError:
        return SubmissionError(
            f"{shown(path)} is too much: at most {self.limits.max_bytes} bytes in all are allowed"
        )

    def _take_link(self, entry: Entry, target: Path) -> bool:
        text = entry.target()
        if text.startswith("/"):
            self._note(f"{shown(entry.path)} is a link to {shown(text)} and was left out")
            return False
        if resolve_inside(self._source, entry.path) is None:
            self._note(f"{shown(entry.path)} is a link that leads out and was left out")
            return False
        with writing(target):
            os.symlink(text, target)
        return True


def copy_tree(
    source: Path, destination: Path, uid: int | None = None, gid: int | None = None
) -> None:
    """
    Copy a tree that `stage` has made, for one start of a program.

    Args:
        source: The staged tree; nobody else writes to it.
        destination: An empty directory, or one to make.
        uid: Whom to give the copy to; None: it stays ours.
        gid: The same for the group.

    Raises:
        KernelError: The copy cannot be made; its file system is full, for one.
    """
    owner = None if uid is None and gid is None else (_or_keep(uid), _or_keep(gid))
    with writing(destination):
        destination.mkdir(mode=_DIRECTORY_MODE, exist_ok=True)
        _copy_directory(str(source), str(destination), owner)


def _or_keep(number: int | None) -> int:
    """-1 tells chown(2) to leave it as it is."""
    return -1 if number is None else number


def _copy_directory(source: str, destination: str, owner: tuple[int, int] | None) -> None:
    with os.scandir(source) as entries:
        for entry in entries:
            target = f"{destination}/{entry.name}"
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), target)
                if owner:
                    os.lchown(target, *owner)
            elif entry.is_dir(follow_symlinks=False):
                os.mkdir(target, _DIRECTORY_MODE)
                _copy_directory(entry.path, target, owner)
            else:
                _copy_file(entry.path, target, owner)
    _finish(destination, os.stat(source), owner)


def _copy_file(source: str, destination: str, owner: tuple[int, int] | None) -> None:
    reader = os.open(source, _READ)
    try:
        status = os.fstat(reader)
        writer = os.open(destination, _CREATE, 0o600)
        try:
            if status.st_size <= _SMALL_FILE_BYTES:
                _write(writer, os.read(reader, _SMALL_FILE_BYTES))
            else:
                while os.sendfile(writer, reader, None, _CHUNK_BYTES):
                    pass
            _finish(writer, status, owner)
        finally:
            os.close(writer)
    finally:
        os.close(reader)


def _finish(target: str | int, status: os.stat_result, owner: tuple[int, int] | None) -> None:
    """Give a copy its owner, its permissions whatever our umask is, and its time."""
    if owner:
        os.chown(target, *owner)
    os.chmod(target, stat.S_IMODE(status.st_mode))
    os.utime(target, ns=(status.st_mtime_ns, status.st_mtime_ns))


def _write(fd: int, data: bytes) -> None:
    """Write all of it; write(2) may take less."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """What the kernel refuses here is the machine's fault."""
    try:
        yield
    except OSError as error:
        raise KernelError("copy the submission to", shown(target), error.errno or 0) from error
