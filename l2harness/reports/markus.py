"""The output of a custom tester for MarkUs: one JSON object a line, one line a test.

Strategy: a line for each item, with marks that add up to the score.

Law: without a grade there is no object at all, only a sentence. MarkUs leaves a mark alone where a
tester gave no results; a test in error among the others would be marked with 0. The sentence is
shown as what it could not read, so it is of our words only: anybody's JSON in it would count.

Source: MarkUs, app/models/test_run.rb and submission.rb (set_autotest_marks); markus-autotesting,
README (custom tester).
"""

from __future__ import annotations

from l2harness.grading.points import number
from l2harness.grading.result import Result, Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.escape import terminal
from l2harness.reports.items import Item, items, no_grade
from l2harness.reports.json import Json, one_line


def to_markus(result: Result, audience: Audience = Audience.STUDENT) -> bytes:
    """The lines, each with a newline at its end; a sentence where there is no grade."""
    if not result.complete:
        return f"{no_grade(result)}\n".encode()
    lines = (one_line(_test(item)) for item in items(result, audience))
    return "".join(f"{line}\n" for line in lines).encode()


def _test(item: Item) -> Json:
    return {
        "name": terminal(item.name),
        "output": terminal(item.text, multiline=True),
        "marks_earned": number(item.points),
        "marks_total": number(item.max_points),
        "status": _status(item),
        "time": None,
    }


def _status(item: Item) -> str:
    if item.verdict is Verdict.PASS:
        return "pass"
    return "partial" if item.points else "fail"
