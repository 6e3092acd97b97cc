"""Where results are written: whole or not at all, to the right owner, never into a submission.

Strategy: an output directory is opened once and everything in it is reached through its
descriptor, one plain name at a time. Whoever may write into it can therefore plant links and
rename directories as they like: nothing is written outside of it.

Laws:
- A file appears under its name complete, by a rename; until then it has another name.
- The directory that the user named may be a link, as anywhere on the command line. Nothing below
  it may be one: a link there was not made by us.
- What ``sudo`` made us create belongs to whoever called it, and only that.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from l2harness.errors import KernelError, UsageError

#: Opening a directory in this way needs no right to list it, as on the way through ``/home``.
_DIRECTORY: Final = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

#: What `_temporary_name` returns.
_TEMPORARY: Final = re.compile(r"\.l2harness-[0-9a-f]{16}\.tmp")

#: Failures that the user can mend by naming another directory; any other is the machine's.
_MENDABLE: Final = frozenset(
    {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST}
    | {errno.ELOOP, errno.ENOENT, errno.ENAMETOOLONG, errno.EINVAL, errno.ENOTEMPTY}
)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who gets what we create: numbers of a user and a group."""

    uid: int
    gid: int

    @classmethod
    def behind_sudo(cls, environ: Mapping[str, str] = os.environ) -> Self | None:
        """
        Whoever called ``sudo``, or None without it.

        Source: sudo(8), Environment (SUDO_UID, SUDO_GID).
        """
        uid, gid = environ.get("SUDO_UID", ""), environ.get("SUDO_GID", "")
        if os.geteuid() != 0 or not (_is_number(uid) and _is_number(gid)):
            return None
        return cls(int(uid), int(gid))


def _is_number(text: str) -> bool:
    """Whether it is a decimal number that can be an id: 32 bits, the last one means nobody."""
    return text.isascii() and text.isdecimal() and len(text) <= 10 and int(text) < 2**32 - 1


class OutputDirectory:
    """
    A directory to write results into. Open one with `open_output`, and use it in a ``with``.

    Attributes:
        path: Where it is, without links.
    """

    def __init__(self, path: Path, descriptor: int, owner: Owner | None) -> None:
        self.path = path
        self._descriptor = descriptor
        self._owner = owner

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the directory; more than once is allowed."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def write(self, name: str, data: bytes) -> Path:
        """
        Write a file, or replace one, at once.

        Args:
            name: Of the file, without directories. A link of that name is replaced, not followed.
            data: All of it.

        Returns:
            Its path.

        Raises:
            UsageError: It cannot be written here.
            KernelError: The machine failed, as when the disk is full.
        """
        target = self.path / _plain_name(name)
        temporary = _temporary_name()
        try:
            descriptor = os.open(temporary, _NEW_FILE, 0o666, dir_fd=self._descriptor)
        except OSError as error:
            raise _failure("write", target, error) from error
        try:
            with open(descriptor, "wb") as file:
                _give(descriptor, self._owner)
                file.write(data)
                file.flush()
                os.fsync(descriptor)
            os.replace(temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.unlink(temporary, dir_fd=self._descriptor)
            if isinstance(error, OSError):
                raise _failure("write", target, error) from error
            raise
        return target

    def sweep(self) -> None:
        """
        Take away unfinished files, which whoever was killed while writing has left here.

        Call it only while nobody else writes here. What cannot be taken away stays.
        """
        with contextlib.suppress(OSError):
            listing = os.open(".", os.O_RDONLY | os.O_DIRECTORY, dir_fd=self._descriptor)
            try:
                for name in os.listdir(listing):
                    if _TEMPORARY.fullmatch(name):
                        with contextlib.suppress(OSError):
                            os.unlink(name, dir_fd=listing)
            finally:
                os.close(listing)

    def directory(self, name: str) -> OutputDirectory:
        """
        Open the directory of that name in this one, making it if there is none.

        Raises:
            UsageError: There is something else of that name, such as a link, or it cannot be made.
            KernelError: The machine failed.
        """
        target = self.path / _plain_name(name)
        try:
            descriptor = _enter(name, self._descriptor, self._owner)
        except OSError as error:
            raise _failure("open the directory", target, error) from error
        return OutputDirectory(target, descriptor, self._owner)


def open_output(
    path: Path, *, submissions: Iterable[Path] = (), owner: Owner | None = None
) -> OutputDirectory:
    """
    Open a directory for results, making it and those above it where they do not exist.

    Args:
        path: As the user named it. It may be a link to a directory.
        submissions: What will be graded. None of it is ever written into.
        owner: Who gets what is created, see `Owner.behind_sudo`.

    Raises:
        UsageError: It lies inside a submission, is no directory or cannot be written into.
        KernelError: The machine failed.
    """
    submissions = tuple(submissions)
    _refuse_inside(path, submissions)
    for submission in filter(Path.is_dir, submissions):
        above = _identity(submission.resolve().parent)
        if above is not None and above == _identity(path):
            raise UsageError(
                f"the results of {submission} would be written into it, because {path} is the "
                "directory above it. Name another directory for the results."
            )
    return _open(path, owner)


def write_file(
    path: Path, data: bytes, *, submissions: Iterable[Path] = (), owner: Owner | None = None
) -> Path:
    """
    Write one file where the user wants it, at once; directories above it are made.

    Args:
        path: As the user named it.
        data: All of it.
        submissions: What was graded. None of it is ever written into.
        owner: Who gets what is created, see `Owner.behind_sudo`.

    Returns:
        Its path, without links.

    Raises:
        UsageError: It cannot be written there.
        KernelError: The machine failed.
    """
    _refuse_inside(path.parent, submissions)
    with _open(path.parent, owner) as directory:
        return directory.write(path.name, data)


def _refuse_inside(path: Path, submissions: Iterable[Path]) -> None:
    """Refuse a directory that is a submission or in one, by whatever path or mount."""
    real = _real(path)
    above = {_identity(parent) for parent in (real, *real.parents)} - {None}
    for submission in submissions:
        if _identity(submission) in above:
            raise UsageError(
                f"{path} lies inside the submission {submission}, into which nothing is written. "
                "Name a directory outside of it for the results."
            )


def _open(path: Path, owner: Owner | None) -> OutputDirectory:
    """Open a directory, made if need be, and see that it can be written into."""
    real = _real(path)
    try:
        descriptor = _descend(real, owner)
    except OSError as error:
        raise _failure("open the directory", path, error) from error
    output = OutputDirectory(real, descriptor, owner)
    try:
        _probe(path, descriptor)
    except BaseException:
        output.close()
        raise
    return output


def _real(path: Path) -> Path:
    """The path without links; it need not exist, but no link may lead astray."""
    try:
        real = path.resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError is pathlib's word for a circle
        raise UsageError(f"{path} cannot be followed to its end: {error}") from error
    if os.path.islink(path) and not os.path.exists(path):  # pathlib's raise what they cannot see
        raise UsageError(f"{path} is a link to nowhere. Name another directory for the results.")
    return real


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode, which are the same by every path; None for what is not there."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _descend(real: Path, owner: Owner | None) -> int:
    """Open an absolute path from the root, making what is missing; returns a descriptor."""
    descriptor = os.open(real.anchor, _DIRECTORY)
    for name in real.parts[1:]:
        try:
            inner = _enter(name, descriptor, owner)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor


def _enter(name: str, parent: int, owner: Owner | None) -> int:
    """Open a directory, no link, in another one; make it and give it away if there is none."""
    with contextlib.suppress(FileNotFoundError):
        return os.open(name, _DIRECTORY, dir_fd=parent)
    with contextlib.suppress(FileExistsError):  # somebody else made it just now: not ours to give
        os.mkdir(name, dir_fd=parent)
        descriptor = os.open(name, _NEW_DIRECTORY, dir_fd=parent)
        _give(descriptor, owner)
        return descriptor
    return os.open(name, _DIRECTORY, dir_fd=parent)


def _give(descriptor: int, owner: Owner | None) -> None:
    """Hand over what was just created; a file system that has no owners loses no result."""
    if owner is not None:
        with contextlib.suppress(OSError):
            os.fchown(descriptor, owner.uid, owner.gid)


def _probe(path: Path, directory: int) -> None:
    """Find out now, not after an hour of grading, that nothing can be written here."""
    name = _temporary_name()
    try:
        os.close(os.open(name, _NEW_FILE, 0o600, dir_fd=directory))
        os.unlink(name, dir_fd=directory)
    except OSError as error:
        raise _failure("write into", path, error) from error


def _temporary_name() -> str:
    """A name that nobody has and nobody can guess, and that says whose it is if it stays."""
    return f".l2harness-{secrets.token_hex(8)}.tmp"


def _plain_name(name: str) -> str:
    """
    The name, if it is one: of an entry of a directory, not a path.

    Raises:
        UsageError: It is not.
    """
    if name in ("", ".", "..") or "/" in name or "\0" in name:
        raise UsageError(f"{name!r} is no name for a file of results")
    return name


def _failure(verb: str, path: Path, error: OSError) -> UsageError | KernelError:
    """Whose fault it is that something could not be written, in a sentence."""
    number = error.errno or 0
    if number not in _MENDABLE:
        return KernelError(verb, str(path), number)
    reason = os.strerror(number)
    if number in (errno.ELOOP, errno.ENOTDIR) and path.is_symlink():
        reason = "it is a link, and results are never written through one; remove it"
    return UsageError(f"cannot {verb} {path}: {reason}. Name another directory for the results.")
