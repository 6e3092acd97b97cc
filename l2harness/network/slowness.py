"""How fast this machine is: a virtual one may be many times slower than those people work on.

Strategy: what a student's program does most of its time is to start. So the start of an
interpreter is measured, and every wait that guards against hanging takes so many times as long as
it is slower than on an ordinary machine; see `loop.patience`.
"""

from __future__ import annotations

import os
import sys
import time
from typing import Final

from l2harness.network.loop import PACE_VARIABLE

#: The start of a Python without its site on an ordinary machine, seconds. Measured: 16 ms on a
#: quiet machine, 57 ms in user-mode Linux, 450 ms in a qemu that emulates the processor.
_ORDINARY_S: Final = 0.025
_TRIES: Final = 3
_AT_MOST: Final = 60.0


def set_pace() -> None:
    """Measure it if the environment asks for that, and let this process and its children know."""
    if os.environ.get(PACE_VARIABLE) == "measure":
        os.environ[PACE_VARIABLE] = f"{measured():.2f}"


def measured() -> float:
    """Return how many times slower than an ordinary machine this one is; at least 1.0."""
    return min(_AT_MOST, max(1.0, min(_start_s() for _ in range(_TRIES)) / _ORDINARY_S))


def _start_s() -> float:
    begun_s = time.monotonic()
    arguments = [sys.executable, "-I", "-S", "-c", "pass"]
    os.waitpid(os.posix_spawn(sys.executable, arguments, {}), 0)
    return time.monotonic() - begun_s
