"""The command line as a user has it: processes, and submissions to give them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from l2harness.labs.lab import find_lab
from l2harness.labs.mutants import reference_of

#: What a user's terminal and a surrounding harness would change.
_FORGOTTEN = (
    *("L2HARNESS_INSIDE", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "SUDO_UID", "SUDO_GID"),
    *("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"),
)
#: Long enough for a machine that is busy; nothing here waits for it.
_PATIENCE_S = 90

#: Runs the command line where a filter forbids namespaces, as in a container.
_FORBIDDEN = """
import ctypes, struct, os
from l2harness.programs.seccomp import Rule, assemble
code = assemble(os.uname().machine, (Rule(("unshare",), "test"),))
buffer = ctypes.create_string_buffer(code, len(code))
libc = ctypes.CDLL(None)
assert libc.prctl(38, 1, 0, 0, 0) == 0
program = struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer))
assert libc.prctl(22, 2, program, 0, 0) == 0
from l2harness.__main__ import main
main()
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def environment():
    """The environment that commands get."""
    kept = {name: value for name, value in os.environ.items() if name not in _FORGOTTEN}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "TERM": "xterm"}


@pytest.fixture
def command():
    """The beginning of every command line."""
    return [sys.executable, "-m", "l2harness"]


@pytest.fixture
def l2harness(command, environment, tmp_path) -> Run:
    """Run a command line to its end, in `tmp_path`: ``l2harness("check", "solution")``."""

    def run(*arguments, before=(), environ=None, **options):
        return subprocess.run(
            [*before, *command, *map(str, arguments)],
            **{
                "env": {**environment, **(environ or {})},
                "cwd": tmp_path,
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
                "text": True,
                "timeout": _PATIENCE_S,
                **options,
            },
        )

    return run


@pytest.fixture
def reference(tmp_path) -> Path:
    """A copy of the reference solution of lab pyng: a right submission."""
    return Path(shutil.copytree(reference_of(find_lab("pyng")), tmp_path / "reference"))


@pytest.fixture
def make_submission(tmp_path):
    """Make a submission of two shell scripts: ``make_submission("lazy", "exit 0")``."""

    def make(name: str, line: str) -> Path:
        directory = tmp_path / name
        directory.mkdir(parents=True)
        for program in ("pyng", "pyngd"):
            (directory / program).write_text(f"#!/bin/sh\n{line}\n")
            (directory / program).chmod(0o755)
        return directory

    return make


@pytest.fixture
def as_anybody():
    """
    The beginning of a line that runs a program which file modes stop.

    Root reads everything, and so does the harness in a user namespace with its own user's files.
    """
    without = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", "--"]
    return without if os.geteuid() == 0 else ["unshare", "--map-root-user", *without]


@pytest.fixture
def without_bubblewrap(tmp_path):
    """A PATH with everything that a shell script needs, but bubblewrap."""
    directory = tmp_path / "bin"
    directory.mkdir()
    for program in ("nsenter", "sh", "env"):
        found = shutil.which(program)
        assert found is not None
        (directory / program).symlink_to(found)
    return str(directory)


@pytest.fixture
def forbidden(environment, without_bubblewrap, tmp_path):
    """Run a command line on a machine that gives no namespaces, and has no virtual machine."""

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-c", _FORBIDDEN, *map(str, arguments)],
            capture_output=True,
            text=True,
            env={**environment, "PATH": without_bubblewrap},
            cwd=tmp_path,
            check=False,
        )

    return run
