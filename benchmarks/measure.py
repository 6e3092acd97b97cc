"""What all benchmarks share: medians with spread, and a table of rows measured in one run."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


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
