"""`results.json` for Gradescope, which adds up the tests and hides those students may not see.

Strategy: a test for every check, always, each with the visibility that its author gave it; the
platform keeps the calendar. What one test says is what those may know who see it. Texts are of the
format ``text``, in which nothing is rendered.

Laws:
- There is no score at the top, which would override the tests: their sum is the score. The total
  is not in any text either where some tests are not shown, because the platform hides it then.
- Without a grade no test has a score. Gradescope then takes the run for a failed one, and shows
  it to the instructor; a score would be taken for a grade, and a missing one for a zero.

Source: Gradescope autograder documentation, "Autograder Specifications" (output format) and
"Leaderboards". The file belongs in ``/autograder/results``.
"""

from __future__ import annotations

from typing import Final

from l2harness.grading.points import number
from l2harness.grading.result import CheckResult, Result, Verdict, Visibility
from l2harness.reports.audience import FIRST_TO_SEE
from l2harness.reports.escape import clip, terminal
from l2harness.reports.items import LONGEST_TEXT, explanation, no_grade
from l2harness.reports.json import Json, one_line
from l2harness.reports.summary import excerpts, score
from l2harness.reports.view import shown_to

#: What the platform calls it.
_VISIBILITIES: Final[dict[Visibility, str]] = {
    "visible": "visible",
    "after_due": "after_due_date",
    "hidden": "hidden",
}
_STATUSES: Final = {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.BLOCKED: "failed"}
_LONGEST_NAME: Final = 300


def to_gradescope(result: Result) -> bytes:
    """The document, with a newline at its end; visibility is the platform's to honour."""
    texts = _texts(result)
    document: dict[str, Json] = {
        "output": terminal(_summary(result), multiline=True),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "execution_time": number(round(result.timing.total_s, 3)),
        "tests": [_test(result, check, texts[check.id]) for check in result.checks],
        "extra_data": {
            "l2harness": {
                "harness": terminal(result.harness),
                "lab": terminal(result.lab),
                "lab_digest": terminal(result.lab_digest),
                "seed": terminal(result.seed),
                "submission_digest": terminal(result.submission.digest),
            }
        },
    }
    return one_line(document).encode() + b"\n"


def _summary(result: Result) -> str:
    """What everybody may know of the whole: the total only if it gives nothing away."""
    lines = [] if result.complete else [no_grade(result)]
    if result.complete and all(check.visibility == "visible" for check in result.checks):
        lines.append(f"{score(result)}.")
    lines += [f"Not protected: {missing}" for missing in result.protections]
    lines += [f"Note: {note}" for note in result.submission.notes]
    return "\n".join(clip(line, LONGEST_TEXT) for line in lines)


def _texts(result: Result) -> dict[str, str]:
    """What is said about each check, as far as those may know who are the first to see it."""
    texts = {}
    for visibility, audience in FIRST_TO_SEE.items():
        shown = shown_to(result, audience)
        told = excerpts(shown)
        for check in shown.checks:
            if check.visibility == visibility:
                texts[check.id] = explanation(check, told.get(check.id, ()), shown.findings)
    return texts


def _test(result: Result, check: CheckResult, text: str) -> Json:
    name = f"{check.id}: {clip(check.title, _LONGEST_NAME)}"
    test: dict[str, Json] = {
        "name": terminal(clip(name, LONGEST_TEXT)),
        "max_score": number(check.max_points),
        "visibility": _VISIBILITIES[check.visibility],
        "tags": [terminal(check.group)],
        "output": terminal(text, multiline=True),
    }
    if result.complete:
        test["score"] = number(check.points)
    if check.verdict in _STATUSES:
        test["status"] = _STATUSES[check.verdict]
    return test
