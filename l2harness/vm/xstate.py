"""The small library that mends user-mode Linux before 6.13, compiled where it is needed.

See ``xstate.c`` for what it does. It is compiled once for each user, by the machine's C compiler.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Final

_SOURCE: Final = Path(__file__).with_name("xstate.c")
_COMPILED_WITHIN_S: Final = 60.0


def shim() -> str | None:
    """Return the library's path; None where it cannot be compiled: many CPUs do without."""
    name = f"xstate-{hashlib.sha256(_SOURCE.read_bytes()).hexdigest()[:16]}.so"
    for directory in _places():
        path = directory / name
        if _ours(directory) and (path.is_file() or _compile(path)):
            return str(path)
    return None


def _places() -> list[Path]:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    # Where the home cannot be written to, as in many a container: one of this user's alone.
    return [Path(cache, "l2harness"), Path(tempfile.gettempdir(), f"l2harness-{os.geteuid()}")]


def _ours(directory: Path) -> bool:
    """Make a directory, or see that it is one that nobody else can put a library into."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        about = directory.lstat()
    except OSError:
        return False
    others_write = about.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid() and not others_write


def _compile(path: Path) -> bool:
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return False
    fd, temporary = tempfile.mkstemp(dir=path.parent, suffix=".new")
    os.close(fd)
    command = [compiler, "-shared", "-fPIC", "-O2", "-o", temporary, str(_SOURCE)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_COMPILED_WITHIN_S,
            check=False,
        )
        if done.returncode == 0:
            os.chmod(temporary, 0o500)
            os.replace(temporary, path)
        return done.returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
    finally:
        Path(temporary).unlink(missing_ok=True)
