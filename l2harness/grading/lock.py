"""One grading at a time in an output directory, and whoever comes second learns who is first.

Strategy: a lock (flock(2)) on a file that says who holds it. The kernel lets go of it when the
last process that has it open ends, however it ends; what the file says is for people alone.

Laws:

- Take it before moving into namespaces: inside, our process has another number.
- The file is removed with the lock, and whoever waited for neither makes a new one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from datetime import datetime
from pathlib import Path
from typing import Final, Self

from l2harness.errors import KernelError, UsageError
from l2harness.grading.files import Owner
from l2harness.programs.tree import shown

#: Name of the file in the output directory.
LOCK: Final = "journal.lock"
_OPEN: Final = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
_MOST_BYTES: Final = 500


class Lock:
    """The right to write into an output directory. Get one from `Lock.take`."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    @classmethod
    def take(cls, directory: Path, *, owner: Owner | None = None) -> Self:
        """
        Take the lock of a directory, or say who has it.

        Args:
            directory: It exists.
            owner: Who gets the file, see `Owner.behind_sudo`.

        Raises:
            UsageError: Somebody else is grading into it.
            KernelError: Its file system has no locks, or the machine failed.
        """
        path = directory / LOCK
        while True:
            try:
                descriptor = os.open(path, _OPEN, 0o666)
            except OSError as error:
                raise KernelError("open the lock", str(path), error.errno or 0) from error
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Whoever had it before may have removed the file after we had opened it.
                if _is_at(path, descriptor):
                    _sign(descriptor, owner)
                    return cls(path, descriptor)
            except BlockingIOError as error:
                said = os.pread(descriptor, _MOST_BYTES, 0).decode(errors="replace").strip()
                os.close(descriptor)
                raise UsageError(
                    f"somebody is grading into {shown(directory)} already: "
                    f"{shown(said) or 'it does not say who'}. Wait for its end, or name another "
                    "directory."
                ) from error
            except OSError as error:
                os.close(descriptor)
                raise KernelError("lock", str(path), error.errno or 0) from error
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Let others grade into the directory; more than once is allowed."""
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                self._path.unlink()
            os.close(self._descriptor)
            self._descriptor = -1


def _is_at(path: Path, descriptor: int) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return os.path.samestat(os.lstat(path), os.fstat(descriptor))
    return False


def _sign(descriptor: int, owner: Owner | None) -> None:
    """Write into the file who we are."""
    if owner is not None:
        with contextlib.suppress(OSError):
            os.fchown(descriptor, owner.uid, owner.gid)
    since = datetime.now().astimezone().isoformat(" ", "seconds")
    text = f"process {os.getpid()} on {socket.gethostname()}, since {since}\n"
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)
