"""The kernel's own floor: a C program that does no more than is needed, compiled on the spot."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("floor.c")


class Floor:
    """
    ``floor.c``, compiled into a directory.

    Raises:
        LookupError: There is no C compiler.
    """

    def __init__(self, directory: Path) -> None:
        compiler = shutil.which("cc") or shutil.which("gcc")
        if compiler is None:
            raise LookupError("no C compiler")
        self._program = directory / "floor"
        subprocess.run([compiler, "-O2", "-o", self._program, _SOURCE], check=True)

    def up_ms(self, hosts: int) -> float:
        """Return how long it takes to make a network of so many hosts, in milliseconds."""
        return self._run("up", hosts)

    def frames_per_second(self, frames: int) -> float:
        """Return how fast so many frames of 60 bytes are put on a link."""
        return self._run("send", frames)

    def _run(self, what: str, number: int) -> float:
        command = [self._program, what, str(number)]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        return float(done.stdout)
