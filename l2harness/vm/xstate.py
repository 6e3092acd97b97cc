"""The small library that mends user-mode Linux before 6.13, compiled where it is needed.

See ``xstate.c`` for what it does. It is compiled once for each user, by the machine's C compiler.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from l2harness.vm.cache import directories

_SOURCE: Final = Path(__file__).with_name("xstate.c")
_COMPILED_WITHIN_S: Final = 60.0


def shim() -> str | None:
    """Return the library's path; None where it cannot be compiled: many CPUs do without."""
    name = f"xstate-{hashlib.sha256(_SOURCE.read_bytes()).hexdigest()[:16]}.so"
    for directory in directories():
        path = directory / name
        if path.is_file() or _compile(path):
            return str(path)
    return None


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
