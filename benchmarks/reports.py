"""The student's page of a wrong submission: how long it takes to draw, and how large it is.

Processor time, because drawing waits for nothing.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from benchmarks.measure import Row, Spread

_MOST_MS = 50
_MOST_KB = 300


def page(times: int = 15) -> list[Row]:
    """Grade a mutant that fails many checks, and draw its page again and again."""
    from l2harness.grading.session import Order, default_jobs, grade
    from l2harness.labs.lab import find_lab
    from l2harness.labs.mutants import assemble, mutants_of
    from l2harness.reports.html import to_html

    lab = find_lab("pyng")
    mutant = next(it for it in mutants_of(lab) if it.name == "header-as-text")
    with tempfile.TemporaryDirectory() as directory:
        submission = assemble(lab, mutant, Path(directory) / mutant.name)
        result = grade(Order(lab, submission, mutant.name, "1", jobs=default_jobs()))
    to_html(result)  # imports, and compiles the templates
    drawn_ms = []
    for _ in range(times):
        begun_s = time.process_time()
        document = to_html(result)
        drawn_ms.append((time.process_time() - begun_s) * 1e3)
    took = Spread.of(drawn_ms)
    size_kb = len(document.encode()) / 1e3
    note = f"{len(result.runs)} runs, {len(result.findings)} known mistakes"
    return [
        Row("report.html drawn", took, "ms", f"≤ {_MOST_MS} ms", took.median <= _MOST_MS, note),
        Row("report.html", Spread.of([size_kb]), "kB", f"≤ {_MOST_KB} kB", size_kb <= _MOST_KB),
    ]
