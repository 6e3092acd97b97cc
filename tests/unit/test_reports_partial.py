"""A failure that is worth something: every format shows what it gives, and adds it up."""

import base64
import json

import pytest
from results import result

from l2harness.grading.result import CheckResult, Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.formats import FORMATS
from l2harness.reports.gradebook import to_gradebook

RESULT = result(
    (
        CheckResult("massive.all", "All arrive.", Verdict.FAIL, 1.6, 5, rationale="32 of 100."),
        CheckResult("massive.order", "In order.", Verdict.PASS, 2, 2),
    )
)
#: In which words each format says that it gave 1.6 of 5, and 3.6 of 7 altogether.
SAID = {
    "terminal": ("1.6/5", "3.6 of 7"),
    "html": ("1.6", "3.6"),
    "markdown": ("1.6/5", "3.6 of 7 points"),
    "json": ('"points": 1.6', '"score": 3.6'),
    "junit": ("1.6 of 5 points", 'value="3.6"'),
    "gradescope": ('"score": 1.6', '"max_score": 5'),
    "prairielearn": ('"points": 1.6', '"score": 0.51'),
    "autolab": ("1.6 of 5 points", '"massive": 3.6'),
    "markus": ('"marks_earned": 1.6', '"status": "partial"'),
    "github": ("massive.all (1.6 of 5)", "massive.all (1.6 of 5)"),
    "github-summary": ("1.6/5", "3.6 of 7 points"),
}


def test_every_format_is_asked():
    """Classroom's is asked below, for it is wrapped up; no other is forgotten."""
    assert FORMATS.keys() - SAID.keys() == {"classroom"}


@pytest.mark.parametrize("name", SAID)
def test_what_a_format_says(name):
    """The points of the check, and the sum."""
    text = FORMATS[name].render(RESULT, Audience.INSTRUCTOR).decode()
    for words in SAID[name]:
        assert words in text


def test_classroom():
    """The platform adds up the scores of tests, so they are the points."""
    line = FORMATS["classroom"].render(RESULT, Audience.INSTRUCTOR)
    document = json.loads(base64.b64decode(line))
    assert [it["score"] for it in document["tests"]] == [1.6, 2]


def test_gradebook():
    """A column for each check, and the sum."""
    header, row = to_gradebook([RESULT]).decode().splitlines()
    cells = dict(zip(header.split(","), row.split(","), strict=True))
    assert (cells["massive.all"], cells["massive.order"]) == ("1.6", "2")
    assert (cells["score"], cells["max_score"]) == ("3.6", "7")
