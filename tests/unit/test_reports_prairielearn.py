"""PrairieLearn: a score from 0 to 1 with tests that add up to it, or an attempt given back."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import replace

import pytest
from audiences import LATER, SECRET, mixed
from hypothesis import given, settings
from hypothesis import strategies as st
from results import failing, hostile, passed, perfect, result, unjudged

from l2harness.grading.points import total
from l2harness.grading.result import CheckResult, Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.prairielearn import to_prairielearn


def read(sample, audience=Audience.STUDENT):
    """The document as the platform reads it."""
    return json.loads(to_prairielearn(sample, audience).decode())


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("sample", [perfect(), failing(), mixed()])
def test_the_tests_are_the_score(sample, audience):
    """The page adds up the tests and shows the score beside: both say the same."""
    document = read(sample, audience)
    assert document["gradable"] is True
    assert document["score"] == sample.score / sample.max_score
    assert total(test["points"] for test in document["tests"]) == sample.score
    assert total(test["max_points"] for test in document["tests"]) == sample.max_score


@pytest.mark.parametrize("sample", [unjudged(), mixed(hidden=Verdict.UNAVAILABLE)])
def test_no_grade_is_no_attempt(sample):
    """Where something could not be judged the attempt is given back, with the reason."""
    document = read(sample)
    assert document["gradable"] is False
    assert "score" not in document
    (reason,) = document["format_errors"]
    assert reason.startswith("No grade yet: ")


def test_every_test_has_points():
    """One test without points would take away those of all others on the page."""
    for test in read(mixed())["tests"]:
        assert {"points", "max_points"} <= test.keys()


def test_a_failure_is_explained():
    """The message of a test says what is wrong; that of the whole has its notes."""
    document = read(failing())
    messages = {test["name"]: test["message"] for test in document["tests"]}
    assert messages["client.ethertype"].startswith("Bytes 12–13: EtherType, expected 88 b5")
    assert document["message"] == "pyng has no run bit; it was run all the same."


def test_nothing_hidden_is_told():
    """What students may not see is one test without a word of it."""
    text = json.dumps(read(mixed())).lower()
    assert SECRET.lower() not in text
    assert LATER.lower() not in text
    assert read(mixed())["tests"][-1]["name"] == "2 checks not shown here"
    assert LATER in json.dumps(read(mixed(), Audience.AFTER_DUE))


def test_worth_nothing():
    """A lab without points has a score all the same."""
    assert read(result((passed("a", "A.", 0),)))["score"] == 0


def test_it_is_never_too_long():
    """However much there is to say, the document is shorter than 1 MiB and has every test."""
    long = CheckResult("a", "A.", Verdict.FAIL, 0, 1, rationale="\U000e0041" * 9999)
    checks = tuple(replace(long, id=f"client.{number}", help="é" * 9999) for number in range(100))
    data = to_prairielearn(result(checks))
    assert len(data) < 1024 * 1024
    assert len(json.loads(data)["tests"]) == 100


def test_no_escape_sequences():
    """No text has a character that could begin one: its reader would stumble over a broken one."""
    sample = hostile()
    judged = tuple(check for check in sample.checks if check.verdict.judged)
    for test in read(replace_checks(sample, judged))["tests"]:
        for text in (test["name"], test["description"], test["message"]):
            assert not [c for c in text if unicodedata.category(c)[0] == "C" and c not in "\n\t"]


def replace_checks(sample, checks):
    """A result with the same submission and only these checks."""
    return result(checks, submission=sample.submission)


@settings(max_examples=30)
@given(st.text(st.characters(), min_size=1, max_size=20))
def test_any_text(text):
    """Whatever a student wrote, it is one document with the same tests in it."""
    judged = tuple(check for check in hostile(text).checks if check.verdict.judged)
    assert len(read(replace_checks(hostile(text), judged))["tests"]) == 3
