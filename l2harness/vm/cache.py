"""What is made once for each user, and found again by the next command."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from l2harness.errors import KernelError

#: How many files of a kind are kept; the others are removed, the longest unused first.
_KEPT: Final = 2


def directories() -> Iterator[Path]:
    """Yield where things can be kept, the better place first: nobody else can write there."""
    for place in _places():
        with contextlib.suppress(OSError):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        if _ours(place):
            yield place


def _places() -> tuple[Path, Path]:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    # Where the home cannot be written to, as in many a container: one of this user's alone.
    return Path(cache, "l2harness"), Path(tempfile.gettempdir(), f"l2harness-{os.geteuid()}")


def _ours(directory: Path) -> bool:
    """Whether nobody else can put a file into a directory, or another one in its place."""
    try:
        about = directory.lstat()
    except OSError:
        return False
    others_write = about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid() and not others_write


def find(name: str) -> Path | None:
    """Return a file that was kept; None if there is none. It counts as used."""
    for directory in _places():
        path = directory / name
        if _ours(directory) and path.is_file():
            with contextlib.suppress(OSError):
                os.utime(path)
            return path
    return None


def keep(kind: str, name: str, write: Callable[[BinaryIO], object]) -> Path:
    """
    Keep a file, whole or not at all.

    Args:
        kind: How its name begins; of each kind the `_KEPT` last used are left.
        name: Its name.
        write: Writes its content.

    Raises:
        KernelError: It could not be written anywhere.
    """
    assert name.startswith(kind)
    problem = KernelError("find a directory to keep files in", "~/.cache")
    for directory in directories():
        _forget(directory, kind)
        temporary = None
        try:
            fd, temporary = tempfile.mkstemp(dir=directory, suffix=".new")
            with open(fd, "wb") as file:
                write(file)
            os.chmod(temporary, 0o400)
            os.replace(temporary, directory / name)
        except OSError as error:
            problem = KernelError("write to", str(directory), error.errno or 0)
            problem.__cause__ = error
            continue
        finally:
            if temporary is not None:
                Path(temporary).unlink(missing_ok=True)
        return directory / name
    raise problem


def _forget(directory: Path, kind: str) -> None:
    """Make room for one more of a kind."""
    found = []
    for path in directory.glob(f"{kind}*"):
        with contextlib.suppress(OSError):
            found.append((path.lstat().st_mtime_ns, path))
    for _, path in sorted(found, reverse=True)[_KEPT - 1 :]:
        with contextlib.suppress(OSError):
            path.unlink()
