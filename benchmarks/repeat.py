"""The same again and again: identical reports under load, and floods that stay small."""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import signal
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import Row, Spread

_TIMES = 200
_FLOODS = {
    "frames": "#!/usr/bin/env python3\nimport socket, sys\n"
    "s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)\ns.bind((sys.argv[2], 0))\n"
    "while True:\n    s.send(bytes.fromhex('ffffffffffff020000000001') + b'\\x88\\xb5Hi')\n",
    "output": "#!/usr/bin/env python3\nimport os\nwhile True:\n    os.write(1, b'x' * 65536)\n",
}


def identical(times: int = _TIMES) -> list[Row]:
    """Grade the reference many times, half of them with every core busy four times over."""
    from l2harness.grading.session import Order, default_jobs, grade
    from l2harness.labs.lab import find_lab
    from l2harness.labs.mutants import reference_of
    from l2harness.reports.json import stable, to_json

    lab = find_lab("pyng")
    order = Order(lab, reference_of(lab), "reference", "1", jobs=default_jobs())
    seen: Counter[str] = Counter()

    def once() -> None:
        seen[hashlib.sha256(to_json(stable(grade(order)))).hexdigest()] += 1

    for _ in range(times // 2):
        once()
    with busy_cores(4):
        for _ in range(times - times // 2):
            once()
    share = 100 * seen.most_common(1)[0][1] / times
    value = Spread(share, share, share)
    what = f"{times} gradings, half of them under load"
    return [Row(what, value, "%", "100 % identical", len(seen) == 1)]


def floods() -> list[Row]:
    """Grade programs that flood the network and the terminal; the harness stays small."""
    from l2harness.grading.session import Order, default_jobs, grade
    from l2harness.labs.lab import find_lab

    lab = find_lab("pyng")
    lab = replace(lab, limits=replace(lab.limits, wall_s=5.0, start_s=5.0))
    with TemporaryDirectory() as place:
        for name, text in _FLOODS.items():
            for program in ("pyng", "pyngd"):
                path = Path(place, name, program)
                path.parent.mkdir(exist_ok=True)
                path.write_text(text)
                path.chmod(0o755)
            grade(Order(lab, Path(place, name), name, "1", jobs=default_jobs()))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    value = Spread(peak_mb, peak_mb, peak_mb)
    return [Row("memory of the harness after floods", value, "MB", "≤ 200 MB", peak_mb <= 200)]


@contextlib.contextmanager
def busy_cores(times: int) -> Iterator[None]:
    """Keep every core busy, so many times over."""
    children = []
    for _ in range(times * len(os.sched_getaffinity(0))):
        if (pid := os.fork()) == 0:
            while True:
                pass
        children.append(pid)
    try:
        yield
    finally:
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
