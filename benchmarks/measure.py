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
        value: Measured; None where it could not be.
        unit: ``ms``, ``MB`` or ``x`` for a ratio.
        reach: The figure to reach, in words.
        reached: Whether it was; true where it could not be measured.
        note: What was compared with what, or why it could not be.
    """

    what: str
    value: Spread | None
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


@dataclass(frozen=True, slots=True)
class Size:
    """
    How much to measure.

    Attributes:
        short: As little as shows that everything can be measured; its figures mean nothing.
    """

    short: bool = False


def not_measured(what: str, why: str) -> Row:
    """Return the row of something that cannot be measured here."""
    return Row(what, None, "", "–", True, why)


def at_most(
    what: str, ours: list[float], theirs: list[float], factor: float, name: str, unit: str = "ms"
) -> Row:
    """Return a row of ratios, round by round, that are to be small."""
    ratio = _ratio(ours, theirs)
    note = _beside("ours", ours, name, theirs, unit)
    return Row(what, ratio, "x", f"≤ {factor:g} x", ratio.median <= factor, note)


def at_least(
    what: str, ones: list[float], others: list[float], factor: float, name: str, unit: str = "ms"
) -> Row:
    """Return a row of ratios, round by round, that are to be large; 0 asks for nothing."""
    ratio = _ratio(ones, others)
    note = _beside("ours" if name != "ours" else "theirs", ones, name, others, unit)
    reach = f"≥ {factor:g} x" if factor else "–"
    return Row(what, ratio, "x", reach, ratio.median >= factor, note)


def columns(pairs: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Return the first ones and the second ones of pairs."""
    return [one for one, _ in pairs], [other for _, other in pairs]


def _ratio(ones: list[float], others: list[float]) -> Spread:
    return Spread.of([one / other for one, other in zip(ones, others, strict=True)])


def _beside(one: str, ones: list[float], other: str, others: list[float], unit: str) -> str:
    texts = (
        f"{name} {Spread.of(values).median:,.{0 if unit == '/s' else 1}f}{unit}"
        for name, values in ((one, ones), (other, others))
    )
    return f"{len(ones)} rounds; medians: {', '.join(texts)}"


def timed_ms(action: Callable[[], object]) -> float:
    """Return how long an action takes, in milliseconds."""
    begun = time.perf_counter()
    action()
    return (time.perf_counter() - begun) * 1e3


def table(rows: list[Row], *, judged: bool = True) -> str:
    """Return the rows as text, with a mark at each where they are judged."""
    lines = []
    for row in rows:
        if row.value is None:
            lines.append(f"– {row.what:<50} {row.note}")
            continue
        digits = 0 if row.unit == "/s" else 2
        value = f"{row.value.median:.{digits}f} {row.unit}"
        spread = f"({row.value.low:.{digits}f}–{row.value.high:.{digits}f})"
        mark = ("✓" if row.reached else "✗") if judged else "·"
        lines.append(f"{mark} {row.what:<50} {value:>12} {spread:<20} reach {row.reach}")
        if row.note:
            lines.append(f"    {row.note}")
    return "\n".join(lines)


def as_json(rows: list[Row]) -> str:
    """Return the rows as JSON."""
    return json.dumps([asdict(row) for row in rows], indent=2, ensure_ascii=False)
