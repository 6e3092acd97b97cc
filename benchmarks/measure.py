"""What all benchmarks share: medians with spread, and a table of rows measured in one run."""

from __future__ import annotations

import json
import statistics
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Spread:
    """
    Some measurements of the same thing.

    Attributes:
        low: The least.
        median: The middle.
        high: The most.
    """

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> Spread:
        """Summarise at least one value."""
        return cls(min(values), statistics.median(values), max(values))


@dataclass(frozen=True, slots=True)
class Row:
    """
    One figure, beside what it is to reach.

    Attributes:
        what: In words.
        value: Measured.
        unit: ``ms``, ``MB`` or ``x`` for a ratio.
        reach: The figure to reach, in words.
        reached: Whether it was.
        note: What was compared with what.
    """

    what: str
    value: Spread
    unit: str
    reach: str
    reached: bool
    note: str = ""


def ended(process: subprocess.Popen[bytes], within_s: float) -> bool:
    """Wait for the end of a process, so many seconds at most; return whether it came."""
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        return False
    return True


def descendants_of(pid: int) -> list[int]:
    """Return all that a process has started, and what those have."""
    from l2harness.programs.procfs import descendants

    return descendants(pid)


def memory_mb(pids: Iterable[int]) -> float:
    """
    Return what processes have to themselves, and their share of what they share, in megabytes.

    Source: proc(5), smaps_rollup.
    """
    total_kb = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:  # it has ended
            continue
        total_kb += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total_kb / 1024


def timed_ms(action: Callable[[], object]) -> float:
    """Return how long an action takes, in milliseconds."""
    begun = time.perf_counter()
    action()
    return (time.perf_counter() - begun) * 1e3


def table(rows: list[Row]) -> str:
    """Return the rows as text."""
    lines = []
    for row in rows:
        value = f"{row.value.median:.2f} {row.unit}"
        spread = f"({row.value.low:.2f}–{row.value.high:.2f})"
        mark = "✓" if row.reached else "✗"
        lines.append(f"{mark} {row.what:<46} {value:>12} {spread:<18} reach {row.reach}")
        if row.note:
            lines.append(f"    {row.note}")
    return "\n".join(lines)


def as_json(rows: list[Row]) -> str:
    """Return the rows as JSON."""
    return json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False)
