"""What of a result a reader may see.

Strategy: `shown_to` takes out of a result what one reader may not see, and gives a result again:
so every format honours it, and none has to know. The formats of other platforms, which add up
points, count what is left out in one line: see `l2harness.reports.items`.

Laws:
- What is taken out leaves nothing behind but its number and its points: no id, no verdict, no
  run that only it looked at, no mistake that only it showed.
- What could not be judged stays open, also where the check that says so is not shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from l2harness.grading.points import total
from l2harness.grading.records import Finding
from l2harness.grading.result import CheckResult, Result, Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.summary import plural, plural_points

#: Stands for the id of a check that is not shown, in sentences about others.
ANOTHER_CHECK: Final = "another check"
_OPEN_BEHIND: Final = "A check that it needs, and that is not shown here, could not be judged."


@dataclass(frozen=True, slots=True)
class Withheld:
    """
    The checks that somebody may not see, as far as they may know.

    Attributes:
        checks: How many.
        points: Given for them.
        max_points: What the rubric gives for them.
    """

    checks: int
    points: float
    max_points: float


def withheld_from(result: Result, audience: Audience) -> Withheld | None:
    """What ``audience`` may not see of a result; None if it sees everything."""
    unseen = [check for check in result.checks if not audience.sees(check)]
    if not unseen:
        return None
    return Withheld(
        len(unseen),
        total(check.points for check in unseen),
        total(check.max_points for check in unseen),
    )


def shown_to(result: Result, audience: Audience) -> Result:
    """
    The result as ``audience`` may see it: a result of the checks that are left.

    Score and maximum are those of what is left, and a note says what there is more.

    Returns:
        The same result if nothing has to be left out.
    """
    unseen = [check for check in result.checks if not audience.sees(check)]
    if not unseen:
        return result
    checks = _shown_checks(result, audience)
    ids = {check.id for check in checks}
    findings = tuple(_shown_findings(result.findings, ids))
    runs = _runs_to_show(result, ids)
    timing = result.timing
    return Result.of(
        checks,
        harness=result.harness,
        lab=result.lab,
        lab_title=result.lab_title,
        lab_digest=result.lab_digest,
        seed=result.seed,
        mode=result.mode,
        protections=result.protections,
        submission=replace(
            result.submission, notes=(*result.submission.notes, *_notes(unseen, audience))
        ),
        misconceptions=_shown_mistakes(result, unseen),
        findings=findings,
        topology=result.topology,
        programs=(program for program in result.programs if program.run in runs),
        runs=(run for run in result.runs if run.name in runs),
        timing=replace(timing, runs=tuple(run for run in timing.runs if run.run in runs)),
    )


def _shown_checks(result: Result, audience: Audience) -> tuple[CheckResult, ...]:
    by_id = {check.id: check for check in result.checks}
    shown = {check.id for check in result.checks if audience.sees(check)}
    return tuple(
        replace(
            _without_its_blocker(check, by_id, shown),
            needs=tuple(needed for needed in check.needs if needed in shown),
        )
        for check in result.checks
        if check.id in shown
    )


def _without_its_blocker(
    check: CheckResult, by_id: dict[str, CheckResult], shown: set[str]
) -> CheckResult:
    """The check, blocked by what is shown: by the next one in the chain that is, if there is."""
    blocker, seen = check.blocked_by, {check.id}
    while blocker in by_id and blocker not in shown and blocker not in seen:
        seen.add(blocker)
        behind = by_id[blocker]
        if not behind.verdict.judged:
            return replace(check, verdict=Verdict.ERROR, blocked_by=None, rationale=_OPEN_BEHIND)
        blocker = behind.blocked_by
    if check.blocked_by is None or blocker == check.blocked_by:
        return check
    return replace(check, blocked_by=blocker if blocker in shown else ANOTHER_CHECK)


def _shown_findings(findings: Iterable[Finding], shown: set[str]) -> Iterable[Finding]:
    """Those that explain something that is shown, or nothing in particular."""
    kept: set[str] = set()
    for finding in findings:
        checks = tuple(id for id in finding.checks if id in shown)
        if finding.checks and not checks:
            continue
        kept.add(finding.misconception)
        cause = finding.follows_from if finding.follows_from in kept else None
        yield replace(finding, checks=checks, follows_from=cause)


def _shown_mistakes(result: Result, unseen: Iterable[CheckResult]) -> tuple[str, ...]:
    """Those that no check and no finding is about: of the rest, what is shown brings its own."""
    told = {finding.misconception for finding in result.findings}
    told |= {check.misconception for check in unseen if check.misconception}
    return tuple(mistake for mistake in result.misconceptions if mistake not in told)


def _runs_to_show(result: Result, shown: set[str]) -> set[str]:
    """Names of the runs that a check which is shown looked at, or none at all."""
    looked_at: dict[str, set[str]] = {}
    for check in result.checks:
        for evidence in check.evidence:
            looked_at.setdefault(evidence.run, set()).add(check.id)
    every = {*(run.name for run in result.runs), *(program.run for program in result.programs)}
    return {name for name in every if not looked_at.get(name) or looked_at[name] & shown}


def _notes(unseen: Iterable[CheckResult], audience: Audience) -> Iterable[str]:
    later = audience is Audience.STUDENT
    kinds: dict[str, list[CheckResult]] = {}
    for check in unseen:
        when = "only after the due date" if later and check.visibility == "after_due" else ""
        kinds.setdefault(when, []).append(check)
    for when, checks in kinds.items():
        worth = plural_points(total(check.max_points for check in checks))
        verb = "is" if len(checks) == 1 else "are"
        shown = f"shown {when}" if when else "not shown"
        yield f"{plural(len(checks), 'more check')}, worth {worth}, {verb} {shown}."
