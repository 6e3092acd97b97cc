"""The result of a runner for GitHub Classroom's autograding reporter: one line of base64.

Strategy: a workflow hands this line to the reporter as ``ID_RESULTS``, where ``ID`` is the name of
the runner in upper case, and names the runner in the reporter's input ``runners``::

    - id: l2harness
      run: echo "result=$(l2harness report . --format classroom)" >> "$GITHUB_OUTPUT"
    - uses: classroom-resources/autograding-grading-reporter@v1
      env: {L2HARNESS_RESULTS: "${{ steps.l2harness.outputs.result }}"}
      with: {runners: l2harness}

Classroom finds the score only in a workflow called ``Autograding Tests`` with one job called
``run-autograding-tests`` that may write ``checks``. The reporter prints names and messages into
the job's log as they are, and reads its score from the tests. So every text is one line in which
no workflow command is left.

Laws:
- There are always tests, and each has a score: without them the reporter ends in an error.
- Without a grade ``max_score`` is 0, for which the reporter sends no score to Classroom at all.

Source: classroom-resources/autograding-grading-reporter, src/main.js, src/notify-classroom.js and
src/helpers/test-helpers.js.
"""

from __future__ import annotations

import base64
from typing import Final

from l2harness.grading.points import number
from l2harness.grading.result import Result, Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.escape import break_commands, terminal
from l2harness.reports.items import Item, items, within
from l2harness.reports.json import Json, one_line

#: Of the shape; the reporter does not look at it.
_VERSION: Final = 1
_STATUSES: Final = {
    Verdict.PASS: "pass",
    Verdict.FAIL: "fail",
    Verdict.BLOCKED: "fail",
    Verdict.ERROR: "error",
    Verdict.UNAVAILABLE: "error",
}
#: Linux refuses to start a program with a variable of more than 128 KiB; Source: execve(2).
_MOST_BYTES: Final = 100_000


def to_classroom(result: Result, audience: Audience = Audience.STUDENT) -> bytes:
    """The line, with a newline at its end; base64 of UTF-8."""
    return within(_MOST_BYTES, lambda longest: _line(result, audience, longest))


def _line(result: Result, audience: Audience, longest: int) -> bytes:
    lines = items(result, audience, longest=longest)
    tests = [_test(item, graded=result.complete) for item in lines]
    document: Json = {
        "version": _VERSION,
        "status": _status(result),
        "max_score": number(result.max_score) if result.complete else 0,
        "tests": tests or [_shaped(result.lab, "error", 0, "This lab has no checks.")],
    }
    return base64.b64encode(one_line(document).encode()) + b"\n"


def _status(result: Result) -> str:
    if not result.complete:
        return "error"
    return "pass" if result.score == result.max_score else "fail"


def _test(item: Item, *, graded: bool) -> Json:
    return _shaped(item.name, _STATUSES[item.verdict], item.points if graded else 0, item.text)


def _shaped(name: str, status: str, points: float, message: str) -> Json:
    return {
        "name": _harmless(name),
        "status": status,
        "score": number(points),
        "message": _harmless(message),
        "test_code": "",
        "filename": "",
        "line_no": 0,
        "duration": 0,
    }


def _harmless(text: str) -> str:
    """The text in one line, which a runner prints and does not obey."""
    return break_commands(terminal(" ".join(text.split("\n"))))
