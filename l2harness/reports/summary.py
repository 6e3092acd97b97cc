"""What every rendering for people says about a result: in which order, and what first.

Strategy: decide here, once, what is worth saying; the formats only decide how it looks. Nothing
here is escaped: all of it is text for `l2harness.reports.escape`.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from l2harness.grading.points import points_text, total
from l2harness.grading.result import (
    CheckResult,
    ExitResult,
    Finding,
    ProgramResult,
    Result,
    Verdict,
)
from l2harness.programs.exit import ExitReason

MARKS: Final = {
    Verdict.PASS: "✓",
    Verdict.FAIL: "✗",
    Verdict.BLOCKED: "⊘",
    Verdict.ERROR: "!",
    Verdict.UNAVAILABLE: "!",
}

#: How a verdict is counted in a sentence: "2 failed".
VERDICT_WORDS: Final = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.BLOCKED: "blocked",
    Verdict.ERROR: "in error",
    Verdict.UNAVAILABLE: "unavailable",
}

#: Of a program's standard error, the end is what tells: a traceback has its message there.
_EXCERPT_LINES: Final = 6

#: Programs whose words are shown with one check; a run of wrong calls has many alike.
_EXCERPTS: Final = 2


def plural(count: int, noun: str) -> str:
    """``1 check``, ``2 checks``."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def groups(checks: Iterable[CheckResult]) -> list[tuple[str, list[CheckResult]]]:
    """The checks by group, in the order in which the groups first appear."""
    checks = list(checks)
    first: dict[str, int] = {}
    for check in checks:
        first.setdefault(check.group, len(first))
    ordered = sorted(checks, key=lambda check: first[check.group])
    return [(name, list(some)) for name, some in groupby(ordered, key=lambda c: c.group)]


def counts(result: Result) -> str:
    """How many checks ended how, as in ``24 passed · 2 failed · 3 blocked``."""
    numbers = Counter(check.verdict for check in result.checks)
    if numbers[Verdict.PASS] == len(result.checks):
        return f"all {plural(len(result.checks), 'check')} passed"
    return " · ".join(f"{numbers[v]} {VERDICT_WORDS[v]}" for v in Verdict if numbers[v])


def score(result: Result) -> str:
    """The score as a sentence begins: ``87 of 100 points``, or that there is no grade."""
    points = f"{points_text(result.score)} of {points_text(result.max_score)} points"
    return points if result.complete else f"No grade yet: {points} so far"


def check_points(result: Result, check: CheckResult) -> str:
    """A check's points: ``5`` for all of them, ``0/5`` for less, ``?/5`` if nobody knows yet."""
    whole = points_text(check.max_points)
    if not result.is_settled(check):
        return f"?/{whole}"
    return whole if check.verdict is Verdict.PASS else f"{points_text(check.points)}/{whole}"


@dataclass(frozen=True, slots=True)
class Advice:
    """
    What to mend first.

    Attributes:
        check: The failed check that holds back the most points.
        waiting: The checks that were not asked because of it.
        points: What can be gained: its own and theirs.
    """

    check: CheckResult
    waiting: tuple[CheckResult, ...]
    points: float

    def __str__(self) -> str:
        """In one sentence, without a full stop."""
        worth = plural_points(total([self.check.max_points - self.check.points]))
        if not self.waiting:
            return f"{self.check.id}, worth {worth}"
        held = plural_points(total(check.max_points for check in self.waiting))
        waits = "waits" if len(self.waiting) == 1 else "wait"
        others = f"{plural(len(self.waiting), 'more check')} worth {held} {waits} for it"
        return f"{self.check.id}, worth {worth}; {others}"


def plural_points(points: float) -> str:
    """``1 point``, ``2.5 points``."""
    return "1 point" if points == 1 else f"{points_text(points)} points"


def mend_first(result: Result) -> Advice | None:
    """The failed check that holds back the most points, the first of several; None without."""
    blocked = result.with_verdict(Verdict.BLOCKED)
    advice = []
    for failed in result.with_verdict(Verdict.FAIL):
        waiting = tuple(check for check in blocked if result.blocker(check) is failed)
        lost = [failed.max_points - failed.points, *(check.max_points for check in waiting)]
        advice.append(Advice(failed, waiting, total(lost)))
    return max(advice, key=lambda item: item.points, default=None)


def behind(result: Result, finding: Finding) -> str:
    """A finding's id, what it explains, and what it follows from, without a full stop."""
    parts = [finding.misconception]
    if finding.checks:
        parts.append(f"behind {_and(finding.checks)}")
    if any(it.misconception == finding.follows_from for it in result.findings):
        parts.append(f"follows from {finding.follows_from}: mend that first")
    return ", ".join(parts)


def _and(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


@dataclass(frozen=True, slots=True)
class Excerpt:
    """
    The end of what a program wrote to its standard error.

    Attributes:
        title: Which program, how it ended, and how much is left out.
        lines: At most a few, or none where the title says it all.
    """

    title: str
    lines: tuple[str, ...]


def excerpts(result: Result) -> dict[str, tuple[Excerpt, ...]]:
    """
    What programs wrote to their standard error, by the id of the check it explains.

    A check that was not passed names its runs as evidence; what the programs of these wrote is
    told with the first such check, and not again with the next.
    """
    told: set[tuple[str, str]] = set()
    found: dict[str, tuple[Excerpt, ...]] = {}
    for check in result.with_verdict(Verdict.FAIL, Verdict.ERROR):
        runs = {evidence.run for evidence in check.evidence}
        some = []
        for program in result.programs:
            key = (program.argv[0] if program.argv else "", program.stderr)
            if program.run in runs and program.stderr.strip() and key not in told:
                told.add(key)
                some.append(_excerpt(program))
        if more := some[_EXCERPTS:]:
            others = f"{plural(len(more), 'more program')} wrote to stderr; report.json has it."
            some[_EXCERPTS:] = [Excerpt(others, ())]
        if some:
            found[check.id] = tuple(some)
    return found


def _excerpt(program: ProgramResult) -> Excerpt:
    lines = program.stderr.rstrip().split("\n")
    kept = tuple(lines[-_EXCERPT_LINES:])
    which = f", the last {len(kept)} of {len(lines)} lines" if len(kept) < len(lines) else ""
    command = shlex.join(program.argv)
    return Excerpt(
        f"{command} on {program.host} {exit_text(program.exit)}. It wrote to stderr{which}:", kept
    )


def exit_text(exit: ExitResult) -> str:
    """How a program ended, as the rest of a sentence: ``exited with status 1``."""
    match exit.reason:
        case ExitReason.EXITED:
            return f"exited with status {exit.code}"
        case ExitReason.SIGNALLED:
            return f"was ended by {exit.signal}"
        case ExitReason.STOPPED:
            return "was stopped by the harness"
        case ExitReason.NOT_STARTED:
            return "could not be started"
        case reason if reason.endswith(" limit"):
            return f"was stopped at the {reason}"
        case reason:
            return f"ended: {reason}"


def most_failed(results: Sequence[Result]) -> list[tuple[str, int]]:
    """Ids of the checks that failed, with how often, the most frequent first."""
    ids = (check.id for result in results for check in result.with_verdict(Verdict.FAIL))
    return sorted(Counter(ids).items(), key=lambda item: -item[1])


def class_lines(results: Sequence[Result]) -> list[str]:
    """What can be said about many results at once, a sentence a line; empty for none."""
    if not results:
        return []
    graded = [result for result in results if result.complete]
    full = sum(result.score == result.max_score for result in graded)
    numbers = [plural(len(results), "submission"), f"{full} with full points"]
    if len(graded) < len(results):
        numbers.append(f"{len(results) - len(graded)} without a grade")
    lines = [" · ".join(numbers)]
    maximum = {result.max_score for result in graded}
    if len(graded) > 1 and len(maximum) == 1:
        mean = total(result.score for result in graded) / len(graded)
        lines.append(f"mean {points_text(mean)} of {plural_points(maximum.pop())}")
    if often := most_failed(results)[:3]:
        lines.append("failed most often: " + ", ".join(f"{id} ({n})" for id, n in often))
    return lines


def by_name(results: Iterable[Result]) -> list[Result]:
    """In the order of the submissions' names, the way people look for them."""
    return sorted(results, key=lambda r: (r.submission.name.casefold(), r.submission.name))
