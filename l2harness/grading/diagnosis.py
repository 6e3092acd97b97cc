"""From failed checks to the wrong ideas behind them: the last step of a grading.

Strategy: the lab's detectors look at the records of the runs and yield signs. A sign that explains
no failed check is dropped, so a right submission has none. The others become findings: one for
each misconception, the root cause that costs most first, what follows from it right after.

Laws:
- Verdicts and points are settled before, and nothing here changes them.
- A detector that breaks costs its signs and nothing else; the report says so.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from l2harness.grading.points import total
from l2harness.grading.records import Finding
from l2harness.grading.result import CheckResult, Verdict
from l2harness.labs.misconceptions.catalogue import causes
from l2harness.labs.misconceptions.lesson import Misconception
from l2harness.labs.misconceptions.loading import Knowledge
from l2harness.labs.misconceptions.sign import Detector, Sign

#: Sentences of one finding: the same mistake in both halves, say. More of them teach no more.
_SENTENCES: Final = 2


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """
    What was found out about the ideas behind failed checks.

    Attributes:
        checks: All checks as before, the failed ones with the misconception that explains them.
        findings: As in the result.
        faults: What is wrong with detectors, in sentences for the lab's author.
    """

    checks: tuple[CheckResult, ...]
    findings: tuple[Finding, ...]
    faults: tuple[str, ...]


def diagnose(
    checks: Iterable[CheckResult], knowledge: Knowledge, seen: Mapping[str, object]
) -> Diagnosis:
    """
    Name the misconceptions behind the failed checks.

    Args:
        checks: With their verdicts, in the order of the rubric.
        knowledge: What the lab knows of misconceptions.
        seen: What detectors may ask for, by name: records of runs, and what the files showed. One
            that asks for something else, such as a run that could not be made, is not called.
    """
    checks = tuple(checks)
    lessons = knowledge.lessons
    failed = {check.id for check in checks if check.verdict is Verdict.FAIL}
    signs: list[Sign] = []
    faults: list[str] = []
    for detector in knowledge.detectors if failed else ():
        try:
            signs += _signs_of(detector, seen)
        except Exception as error:  # noqa: BLE001 - the lab's fault must not cost the grade
            faults.append(f"{_name(detector)} failed: {type(error).__name__}: {error}")
    for unknown in {it.misconception for it in signs} - lessons.keys():
        faults.append(f"there is no misconception {unknown!r} in the catalogue")
    signs = [it for it in signs if it.misconception in lessons and failed & set(it.checks)]
    explained: dict[str, str] = {}
    for sign in signs:
        for id in sign.checks:
            if id in failed:
                explained.setdefault(id, sign.misconception)
    return Diagnosis(
        tuple(replace(it, misconception=explained.get(it.id, it.misconception)) for it in checks),
        _findings(checks, failed, signs, lessons),
        tuple(faults),
    )


def _signs_of(detector: Detector, seen: Mapping[str, object]) -> list[Sign]:
    names = list(inspect.signature(detector).parameters)
    if any(name not in seen for name in names):
        return []
    return list(detector(*(seen[name] for name in names)))


def _name(detector: Detector) -> str:
    return getattr(detector, "__name__", "a detector")


def _findings(
    checks: Sequence[CheckResult],
    failed: set[str],
    signs: Sequence[Sign],
    lessons: Mapping[str, Misconception],
) -> tuple[Finding, ...]:
    """One finding for each misconception: roots by what they cost, each before its effects."""
    by_id: dict[str, list[Sign]] = {}
    for sign in signs:
        by_id.setdefault(sign.misconception, []).append(sign)
    lost = _lost(checks)

    def cost(id: str) -> float:
        return total(lost[name] for name in failed & {it for s in by_id[id] for it in s.checks})

    cause = {id: next((it for it in causes(id, lessons) if it in by_id), None) for id in by_id}
    ordered: list[str] = []

    def place(parent: str | None) -> None:
        children = [id for id in by_id if cause[id] == parent]
        for id in sorted(children, key=cost, reverse=True):
            ordered.append(id)
            place(id)

    place(None)
    order = [check.id for check in checks]
    return tuple(
        _finding(
            lessons[id],
            by_id[id],
            tuple(it for it in order if it in failed and any(it in s.checks for s in by_id[id])),
            cause[id],
        )
        for id in ordered
    )


def _lost(checks: Sequence[CheckResult]) -> dict[str, float]:
    """What each failed check costs, together with the checks that wait for it."""
    by_id = {check.id: check for check in checks}
    lost = {check.id: check.max_points - check.points for check in checks}
    for check in checks:
        blocker, seen = check, {check.id}
        while blocker.blocked_by in by_id and blocker.blocked_by not in seen:
            blocker = by_id[blocker.blocked_by]
            seen.add(blocker.id)
        if blocker is not check:
            lost[blocker.id] += check.max_points
    return lost


def _finding(
    lesson: Misconception, signs: Sequence[Sign], checks: tuple[str, ...], cause: str | None
) -> Finding:
    sentences: list[str] = []
    told: set[str] = set()
    for sign in signs:  # one that explains nothing new says the same of another frame
        news = set(sign.checks) & set(checks) - told
        if news and len(sentences) < _SENTENCES:
            sentences.append(sign.sentence)
        told |= news
    return Finding(
        lesson.id,
        lesson.title,
        " ".join(sentences),
        checks,
        cause,
        lesson.why,
        lesson.find_out,
        lesson.command,
        lesson.filter,
        lesson.question.value,
    )
