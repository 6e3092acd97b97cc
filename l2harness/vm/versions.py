"""What a program says of its version, and so whether it is what its name says."""

from __future__ import annotations

import re
import subprocess
from typing import Final

#: Long enough for a machine that is busy, seconds.
_ANSWERS_WITHIN_S: Final = 20.0


def version_of(program: str, told: re.Pattern[bytes]) -> str | None:
    """
    Return the version that a program tells with ``--version``; None if it is something else.

    Args:
        program: Its path.
        told: What it says, from the beginning; its first group is the version.
    """
    try:
        said = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ANSWERS_WITHIN_S,
            check=False,
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = told.match(said)
    return match[1].decode() if match else None
