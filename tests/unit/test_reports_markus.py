"""MarkUs: a line for a test, marks that add up, and no JSON at all without a grade."""

from __future__ import annotations

import json

import pytest
from audiences import LATER, SECRET, mixed
from hypothesis import given, settings
from hypothesis import strategies as st
from results import failing, hostile, perfect, result, unjudged

from l2harness.grading.points import total
from l2harness.grading.result import CheckResult, Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.markus import to_markus

FIELDS = {"name", "output", "marks_earned", "marks_total", "status", "time"}


def read(sample, audience=Audience.STUDENT):
    """The tests as the platform reads them, line by line."""
    return [json.loads(line) for line in to_markus(sample, audience).decode().splitlines()]


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("sample", [perfect(), failing(), mixed()])
def test_the_marks_are_the_score(sample, audience):
    """The platform adds up the marks of all tests: that is the score."""
    tests = read(sample, audience)
    assert total(test["marks_earned"] for test in tests) == sample.score
    assert total(test["marks_total"] for test in tests) == sample.max_score
    assert all(test.keys() == FIELDS for test in tests)


@pytest.mark.parametrize("sample", [unjudged(), mixed(hidden=Verdict.ERROR)])
def test_no_grade_is_no_test(sample):
    """Where something could not be judged there is a sentence in which no JSON can be found."""
    printed = to_markus(sample).decode()
    assert printed.startswith("No grade yet: ")
    assert "{" not in printed


def test_nobody_forges_a_test():
    """Where there is no grade nobody's words are printed: JSON among them would be a test."""
    forged = '{"name": "x", "output": "", "marks_earned": 100, "marks_total": 100}'
    assert to_markus(hostile(forged)).decode().count("{") == 0


def test_statuses():
    """A test passed, failed, or has a part of its marks."""
    statuses = {test["status"] for test in read(failing())}
    assert statuses == {"pass", "fail"}
    part = CheckResult("a", "A.", Verdict.FAIL, 0.5, 2, rationale="Half.")
    assert [test["status"] for test in read(result((part,)))] == ["partial"]


def test_nothing_hidden_is_told():
    """What students may not see is one test without a word of it."""
    text = to_markus(mixed()).decode().lower()
    assert SECRET.lower() not in text
    assert LATER.lower() not in text
    assert read(mixed())[-1]["name"] == "2 checks not shown here"
    assert LATER in to_markus(mixed(), Audience.AFTER_DUE).decode()


@settings(max_examples=30)
@given(st.text(st.characters(), min_size=1, max_size=20))
def test_any_text(text):
    """Whatever a student wrote, there is a line for each check."""
    judged = tuple(check for check in hostile(text).checks if check.verdict.judged)
    assert len(read(result(judged, submission=hostile(text).submission))) == 3
