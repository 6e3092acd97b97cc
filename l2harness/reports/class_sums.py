"""Adding up a class: from the results of all submissions to a `ClassSummary`.

Strategy: results are read once, one after the other, and of each only a line is kept, so that a
class of any size can be summed up.

Laws:
- Shares are of those who were asked: a check that waited for another one taught nothing about it.
- The order of the results does not matter; the same class is the same summary.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from l2harness.grading.points import total
from l2harness.grading.result import Result, Verdict
from l2harness.reports.agreed import agreed
from l2harness.reports.class_summary import (
    SCHEMA,
    Alike,
    Bar,
    CheckCount,
    ClassSummary,
    MistakeCount,
    OpenCheck,
    OpenSeat,
    Seat,
    Terms,
)

#: Bars of the distribution below full marks, each a tenth of the maximum wide.
_TENTHS: Final = 10


def sum_up(results: Iterable[Result], *, absent: Iterable[str] = ()) -> ClassSummary:
    """
    Sum up a class.

    Args:
        results: Of all submissions; read once, in any order. Of their runs, programs and times
            nothing is used.
        absent: What those are called who should have handed in and did not, in their order.
    """
    sums = _Sums()
    for result in results:
        sums.add(result)
    return sums.summary(tuple(absent))


@dataclass(frozen=True, slots=True, order=True)
class _Asked:
    """A check without what it says of one submission."""

    id: str
    title: str
    max_points: float


_Rubric: TypeAlias = tuple[_Asked, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """What is kept of one result until the order of all checks is known."""

    name: str
    student: str | None
    score: float | None
    max_score: float
    verdicts: Mapping[str, Verdict]

    @property
    def key(self) -> tuple[str, str]:
        """In this order people look for names."""
        return self.name.casefold(), self.name


class _Sums:
    """Adds up results, one at a time."""

    def __init__(self) -> None:
        self._lines: list[_Line] = []
        self._labs: dict[str, str] = {}
        self._harness: set[str] = set()
        self._digests: set[str] = set()
        self._protections: set[str] = set()
        self._rubrics: dict[str, set[_Rubric]] = defaultdict(set)
        self._mistakes: dict[str, list[tuple[str, bool]]] = defaultdict(list)
        self._lessons: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._open: list[OpenSeat] = []
        self._alike: dict[str, list[str]] = defaultdict(list)

    def add(self, result: Result) -> None:
        """Take in one more."""
        name = result.submission.name
        title = self._labs.setdefault(result.lab, result.lab_title)
        self._labs[result.lab] = min(title, result.lab_title)
        self._harness.add(result.harness)
        self._digests.add(result.lab_digest)
        self._protections.update(result.protections)
        rubric = tuple(_Asked(it.id, it.title, it.max_points) for it in result.checks)
        self._rubrics[result.lab_digest].add(rubric)
        verdicts = {check.id: check.verdict for check in result.checks}
        score = result.score if result.complete else None
        self._lines.append(
            _Line(name, result.submission.student, score, result.max_score, verdicts)
        )
        self._add_mistakes(result)
        if open_ := result.needs_instructor:
            checks = tuple(OpenCheck(check.id, check.rationale) for check in open_)
            self._open.append(OpenSeat(name, checks))
        if result.submission.digest:
            self._alike[result.submission.digest].append(name)

    def _add_mistakes(self, result: Result) -> None:
        follows = {it.misconception for it in result.findings if it.follows_from is not None}
        for finding in result.findings:
            self._lessons[finding.misconception].add((finding.title, finding.why))
        for mistake in result.misconceptions:
            self._mistakes[mistake].append((result.submission.name, mistake in follows))

    def summary(self, absent: tuple[str, ...]) -> ClassSummary:
        """What it all adds up to."""
        lines = sorted(self._lines, key=lambda line: line.key)
        rubric = self._rubric()
        ids = [check.id for check in rubric]
        maxima = {line.max_score for line in lines}
        grades = sorted(line.score for line in lines if line.score is not None)
        one_maximum = len(maxima) == 1
        return ClassSummary(
            schema=SCHEMA,
            lab=", ".join(sorted(self._labs)),
            lab_title=", ".join(title for _, title in sorted(self._labs.items())),
            terms=Terms(
                tuple(sorted(self._harness)),
                tuple(sorted(self._digests)),
                tuple(sorted(self._protections)),
            ),
            submissions=len(lines),
            looked_at=sum(any(v.judged for v in line.verdicts.values()) for line in lines),
            graded=len(grades),
            full_marks=sum(line.score == line.max_score for line in lines),
            max_score=maxima.pop() if one_maximum else None,
            mean=round(total(grades) / len(grades), 2) if grades and one_maximum else None,
            median=round(statistics.median(grades), 2) if grades and one_maximum else None,
            distribution=_distribution(lines),
            checks=tuple(_counted(check, lines) for check in rubric),
            misconceptions=self._counted_mistakes(),
            needs_instructor=tuple(sorted(self._open, key=lambda it: _by_name(it.name))),
            alike=self._groups(),
            absent=absent,
            seats=tuple(
                Seat(
                    line.name,
                    line.student,
                    line.score,
                    line.max_score,
                    tuple(line.verdicts.get(id) for id in ids),
                )
                for line in lines
            ),
        )

    def _rubric(self) -> list[_Asked]:
        """The checks of all versions of the lab, each id once, the longest version first."""
        every = {it for rubrics in self._rubrics.values() for it in _of_one_version(rubrics)}
        versions = sorted(every, key=lambda rubric: (-len(rubric), rubric))
        first: dict[str, _Asked] = {}
        for asked in (asked for rubric in versions for asked in rubric):
            first.setdefault(asked.id, asked)
        return list(first.values())

    def _counted_mistakes(self) -> tuple[MistakeCount, ...]:
        counted = []
        for id, seen in self._mistakes.items():
            title, why = map(agreed, zip(*self._lessons.get(id, {(id, "")}), strict=True))
            names = tuple(sorted((name for name, _ in seen), key=_by_name))
            counted.append(MistakeCount(id, title, names, sum(late for _, late in seen), why))
        return tuple(sorted(counted, key=lambda it: (-len(it.submissions), it.misconception)))

    def _groups(self) -> tuple[Alike, ...]:
        groups = [
            Alike(digest, tuple(sorted(names, key=_by_name)))
            for digest, names in self._alike.items()
            if len(names) > 1
        ]
        return tuple(sorted(groups, key=lambda it: (-len(it.submissions), it.submissions)))


def _of_one_version(rubrics: Iterable[_Rubric]) -> Iterator[_Rubric]:
    """The rubrics of one version of the lab: those that differ in students' values are one."""
    alike: dict[tuple[tuple[str, float], ...], list[_Rubric]] = defaultdict(list)
    for rubric in rubrics:
        alike[tuple((it.id, it.max_points) for it in rubric)].append(rubric)
    for some in alike.values():
        yield tuple(
            _Asked(asked[0].id, agreed([it.title for it in asked]), asked[0].max_points)
            for asked in zip(*some, strict=True)
        )


def _by_name(name: str) -> tuple[str, str]:
    return name.casefold(), name


def _counted(check: _Asked, lines: Iterable[_Line]) -> CheckCount:
    numbers = Counter(line.verdicts[check.id] for line in lines if check.id in line.verdicts)
    return CheckCount(
        check.id,
        check.title,
        check.max_points,
        numbers[Verdict.PASS],
        numbers[Verdict.FAIL],
        numbers[Verdict.BLOCKED],
        numbers[Verdict.ERROR] + numbers[Verdict.UNAVAILABLE],
    )


def _distribution(lines: Iterable[_Line]) -> tuple[Bar, ...]:
    """Tenths of the maximum, and full marks by themselves, which are worth knowing."""
    numbers: Counter[int] = Counter()
    for line in lines:
        if line.score is not None:
            full = line.score >= line.max_score
            tenth = _TENTHS if full else int(_TENTHS * line.score / line.max_score)
            numbers[tenth] += 1
    if not numbers:
        return ()
    width = 100 // _TENTHS
    bars = [Bar(n * width, (n + 1) * width, numbers[n]) for n in range(_TENTHS)]
    return (*bars, Bar(100, 100, numbers[_TENTHS]))
