"""A network that stays up, from the shell: until it is ready, a program on it, and down again."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable

from benchmarks.measure import Row, Spread, timed_ms

REACH_MS = 300.0


def lecture(times: int = 9) -> list[Row]:
    """Measure `up lecture`, `exec` and `down`, beside the start of the command alone."""
    ups, programs, downs, alone = [], [], [], []
    with tempfile.TemporaryDirectory() as place:
        os.chmod(place, 0o700)
        kept = {key: it for key, it in os.environ.items() if key != "L2HARNESS_INSIDE"}
        environment = {**kept, "XDG_RUNTIME_DIR": place}

        def command(*arguments: str) -> Callable[[], object]:
            line = [sys.executable, "-m", "l2harness", *arguments]
            return lambda: subprocess.run(
                line, env=environment, check=True, stdout=subprocess.DEVNULL
            )

        for _ in range(times + 1):
            alone.append(timed_ms(command("--version")))
            ups.append(timed_ms(command("up", "lecture")))
            programs.append(timed_ms(command("exec", "vm", "--", "true")))
            downs.append(timed_ms(command("down")))
    # The first round reads everything from the disk.
    ready = Spread.of(ups[1:])
    reach = f"≤ {REACH_MS:.0f} ms"
    start = f"of which the command's own start {Spread.of(alone[1:]).median:.0f} ms"
    return [
        Row("up lecture, ready", ready, "ms", reach, ready.median <= REACH_MS, start),
        Row("exec vm -- true", Spread.of(programs[1:]), "ms", "–", True),
        Row("down", Spread.of(downs[1:]), "ms", "–", True),
    ]
