"""A result as other systems count it: lines with points, whose sum is the score.

Strategy: a platform shows a line for every test and adds up their points. So each check that may
be shown is a line, and all that may not be are one line together: what a reader adds up is the
score, whoever reads it. What is wrong with a check is told in plain text. Nothing here is escaped:
all of it is text for `l2harness.reports.escape`.

Law: the points of the items add up to the result's score, and their maxima to its maximum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from l2harness.grading.records import Finding
from l2harness.grading.result import CheckResult, Result, Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.comparison import compare, to_text
from l2harness.reports.escape import clip
from l2harness.reports.summary import Excerpt, excerpts, plural
from l2harness.reports.view import shown_to, withheld_from

#: Of one piece of text, in characters; what is longer is in `report.json`.
LONGEST_TEXT: Final = 2000
#: What is tried where a whole document must not be longer than a limit, in characters.
_LENGTHS: Final = (LONGEST_TEXT, 500, 100, 0)


@dataclass(frozen=True, slots=True)
class Item:
    """
    One line.

    Attributes:
        id: Of the check; empty for the line of those that are not shown.
        title: What is true of a right submission.
        verdict: What was found; ``fail`` also where some of those that are not shown failed.
        points: Given, in whole hundredths.
        max_points: What there was to be had.
        text: What is wrong and why, in plain text over several lines; empty after a pass.
    """

    id: str
    title: str
    verdict: Verdict
    points: float
    max_points: float
    text: str

    @property
    def name(self) -> str:
        """Id and title, in one line."""
        return f"{self.id}: {self.title}" if self.id else self.title


def items(result: Result, audience: Audience, *, longest: int = LONGEST_TEXT) -> list[Item]:
    """
    The lines of a result, for those who will read them.

    Args:
        result: What was found out.
        audience: Who will.
        longest: Characters of one piece of text, of which a check has a few.
    """
    shown = shown_to(result, audience)
    told = excerpts(shown)
    lines = [
        Item(
            check.id,
            clip(check.title, longest),
            check.verdict,
            check.points,
            check.max_points,
            explanation(check, told.get(check.id, ()), shown.findings, longest=longest),
        )
        for check in shown.checks
    ]
    if (rest := withheld_from(result, audience)) is not None:
        title = f"{plural(rest.checks, 'check')} not shown here"
        settled = Verdict.PASS if rest.points == rest.max_points else Verdict.FAIL
        unseen = (check for check in result.checks if not audience.sees(check))
        verdict = settled if all(map(result.is_settled, unseen)) else Verdict.ERROR
        lines.append(Item("", title, verdict, rest.points, rest.max_points, ""))
    return lines


def explanation(
    check: CheckResult,
    told: Iterable[Excerpt],
    findings: Iterable[Finding],
    *,
    longest: int = LONGEST_TEXT,
) -> str:
    """
    What is wrong with a check, in plain text.

    Args:
        check: The check.
        told: What programs wrote to their standard error about it.
        findings: The known mistakes of the whole result.
        longest: Characters of one piece of text.

    Returns:
        Paragraphs with an empty line between them; empty after a pass.
    """
    if check.verdict is Verdict.PASS:
        return ""
    if check.verdict is Verdict.BLOCKED:
        return clip(f"Not asked: it needs {check.blocked_by}.", longest)
    parts = [check.rationale]
    if not check.verdict.judged:
        parts.append("This could not be judged, which is not the submission's fault.")
    if both := compare(check.expected, check.actual):
        parts.append(to_text(both))
    else:
        sides = (("Expected", check.expected), ("Actual", check.actual))
        parts += [f"{label}:\n{value}" for label, value in sides if value is not None]
    behind = [finding for finding in findings if check.id in finding.checks]
    parts += [f"Behind it: {finding.title}\n{finding.why}" for finding in behind]
    if check.misconception and not behind:
        parts.append(f"Known mistake: {check.misconception}")
    parts.append(check.help or "")
    parts += ["\n".join((excerpt.title, *excerpt.lines)) for excerpt in told]
    return "\n\n".join(clip(part.strip("\n"), longest) for part in parts if part.strip())


def within(limit_bytes: int, draw: Callable[[int], bytes]) -> bytes:
    """
    A document with the longest texts with which it is not longer than it may be.

    Args:
        limit_bytes: How long it may be.
        draw: Makes it; gets how many characters one piece of text may have.

    Returns:
        The document; that with no texts at all where not even this is short enough.
    """
    data = b""
    for longest in _LENGTHS:
        data = draw(longest)
        if len(data) <= limit_bytes:
            break
    return data


def no_grade(result: Result) -> str:
    """
    Why there is no grade, in a sentence of nobody's words but ours.

    For what a platform shows instead of a score, where a zero would be wrong.
    """
    unjudged = len(result.needs_instructor)
    return (
        f"No grade yet: {plural(unjudged, 'check')} could not be judged, which is not the "
        "submission's fault. The instructor has to look at it."
    )
