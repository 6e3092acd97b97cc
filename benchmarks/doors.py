"""How long a user waits until something happens: help, and the first run of a check."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from benchmarks.measure import Row, Size, Spread, timed_ms

_HELP_MS = 120
_CHECK_MS = 400
#: Runs ``l2harness check``, and says on a descriptor when the first run of a check begins.
_UNTIL_A_RUN = """
import os, sys, time
from l2harness.grading.schedule import Schedule
observe = Schedule._observe
def told(self, *arguments):
    os.write(int(sys.argv[1]), str(time.monotonic()).encode() + b" ")
    return observe(self, *arguments)
Schedule._observe = told
from l2harness.cli import run
sys.exit(run(["check", sys.argv[2]]))
"""


def doors(size: Size) -> list[Row]:
    """Measure help and check as processes of their own, from start to what is waited for."""
    rounds = 1 if size.short else 9
    bare, shown, begun = [], [], []
    for _ in range(rounds):
        bare.append(_process_ms("-c", "pass"))
        shown.append(_process_ms("-m", "l2harness", "--help"))
        begun.append(_until_a_run_ms())
    helped, checked = Spread.of(shown), Spread.of(begun)
    note = f"a bare interpreter takes {Spread.of(bare).median:.0f} ms of it"
    return [
        Row("l2harness --help", helped, "ms", f"≤ {_HELP_MS} ms", helped.median <= _HELP_MS, note),
        Row(
            "l2harness check, until the first run begins",
            checked,
            "ms",
            f"≤ {_CHECK_MS} ms",
            checked.median <= _CHECK_MS,
            note,
        ),
    ]


def _process_ms(*arguments: str) -> float:
    command = [sys.executable, *arguments]
    return timed_ms(lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL))


def _until_a_run_ms() -> float:
    from l2harness.labs.lab import find_lab
    from l2harness.labs.mutants import reference_of

    told, telling = os.pipe()
    begun_s = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", _UNTIL_A_RUN, str(telling), str(reference_of(find_lab("pyng")))],
        pass_fds=[telling],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(telling)
    moment = os.read(told, 64).split()  # nothing, if it ended before that
    os.close(told)
    process.kill()  # with it goes everything that it has started
    process.wait()
    if not moment:
        raise LookupError("l2harness check made no run")
    return (float(moment[0]) - begun_s) * 1e3
