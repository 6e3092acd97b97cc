"""What the page says in words of its own: the report in a sentence, and what a mistake costs."""

from __future__ import annotations

from l2harness.grading.points import total
from l2harness.grading.records import Finding
from l2harness.grading.result import CheckResult, Result, Verdict
from l2harness.reports.summary import plural, plural_points


def sentence(result: Result) -> str:
    """The whole report in one sentence, after the score."""
    if not result.complete:
        unjudged = len(result.needs_instructor)
        return (
            f"{plural(unjudged, 'check')} could not be judged, which is not the submission's "
            "fault; until then this is no grade."
        )
    if result.score == result.max_score:
        return "Everything that was asked of it is right."
    passed = len(result.with_verdict(Verdict.PASS))
    begin = f"{passed} of {plural(len(result.checks), 'check')} passed"
    if result.findings:
        title = result.findings[0].title.rstrip(".")
        roots = sum(finding.follows_from is None for finding in result.findings) - 1
        more = "" if roots < 1 else f", and {plural(roots, 'more mistake')}"
        return f"{begin}. Behind the rest: {title[:1].lower()}{title[1:]}{more}."
    lost = plural_points(total([result.max_score, -result.score]))
    return f"{begin}, and {lost} can still be gained."


def _explained(result: Result, finding: Finding) -> tuple[list[CheckResult], list[CheckResult]]:
    """The checks that a finding explains, and those that were not asked because of these."""
    explained = [check for check in result.checks if check.id in finding.checks]
    blocked = result.with_verdict(Verdict.BLOCKED)
    return explained, [check for check in blocked if result.blocker(check) in explained]


def worth(result: Result, finding: Finding) -> str:
    """What a finding costs: ``2 checks, for which 3 more wait, worth 9 points``."""
    explained, waiting = _explained(result, finding)
    lost = total(check.max_points - check.points for check in [*explained, *waiting])
    verb = "waits" if len(waiting) == 1 else "wait"
    others = f", for which {len(waiting)} more {verb}" if waiting else ""
    return f"{plural(len(explained), 'check')}{others}, worth {plural_points(lost)}"
