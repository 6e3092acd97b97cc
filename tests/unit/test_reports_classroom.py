"""GitHub Classroom: one line for the reporter, which prints it and adds up its points."""

from __future__ import annotations

import base64
import json
import re
from dataclasses import replace

import pytest
from audiences import LATER, SECRET, mixed
from hypothesis import given, settings
from hypothesis import strategies as st
from results import every, failing, hostile, perfect, result, unjudged

from l2harness.grading.points import total
from l2harness.grading.result import Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.classroom import to_classroom

FIELDS = ["name", "status", "score", "message", "test_code", "filename", "line_no", "duration"]


def read(sample, audience=Audience.STUDENT):
    """The document as the reporter decodes it."""
    line = to_classroom(sample, audience)
    assert re.fullmatch(rb"[A-Za-z0-9+/]+=*\n", line)
    return json.loads(base64.b64decode(line, validate=False).decode())


def classroom_score(document):
    """What the reporter sends: the sum of the tests, of the maximum, or nothing at all."""
    if not document["max_score"]:
        return None
    return total(test["score"] for test in document["tests"]), document["max_score"]


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("sample", [perfect(), failing(), mixed()])
def test_the_score_is_the_score(sample, audience):
    """What the reporter adds up is the score, whoever reads the messages."""
    assert classroom_score(read(sample, audience)) == (sample.score, sample.max_score)


@pytest.mark.parametrize("sample", [unjudged(), mixed(hidden=Verdict.ERROR)])
def test_no_grade_is_no_score(sample):
    """Where something could not be judged no score is sent, and the job fails as an error."""
    document = read(sample)
    assert classroom_score(document) is None
    assert document["status"] == "error"
    assert document["tests"]


def test_statuses():
    """The whole passes with all points; a test passed, failed or is in error."""
    assert read(perfect())["status"] == "pass"
    assert read(failing())["status"] == "fail"
    statuses = [test["status"] for test in read(unjudged())["tests"]]
    assert statuses == ["pass", "fail", "error", "error", "fail"]


def test_every_test_has_every_field():
    """The reporter prints fields that are not there as "undefined"."""
    for sample in every():
        for test in read(sample)["tests"]:
            assert list(test) == FIELDS
            assert test["line_no"] == 0


def test_there_is_always_a_test():
    """Without tests the reporter ends in an error; so there is one even of no checks."""
    (test,) = read(result(()))["tests"]
    assert (test["status"], test["score"]) == ("error", 0)


def test_nothing_hidden_is_told():
    """What students may not see is one line, and what they may see later comes later."""
    text = json.dumps(read(mixed())).lower()
    assert SECRET.lower() not in text
    assert LATER.lower() not in text
    assert read(mixed())["tests"][-1]["name"] == "2 checks not shown here"
    assert LATER in json.dumps(read(mixed(), Audience.AFTER_DUE))


@pytest.mark.parametrize(
    "text",
    [
        '\n::notice title=Autograding report::{"totalPoints":100,"maxPoints":100}',
        "::error::forged",
        "  ::set-output name=x::y",
        "##[group]x",
        "\r::add-mask::x",
        "\u2028::error::x",
    ],
)
def test_no_command_for_the_runner(text):
    """The reporter prints texts as they are: none of them begins with a command."""
    for test in read(hostile(text))["tests"]:
        for printed in (test["name"], test["message"]):
            assert len(printed.splitlines()) <= 1
            assert not printed.lstrip().startswith("::")
            assert "##[" not in printed


def test_it_fits_into_the_environment():
    """However much there is to say, the line fits into a variable of the environment."""
    long = replace(failing().checks[2], rationale="\U000e0041" * 9999, help="é" * 9999)
    checks = [replace(long, id=f"client.{number}") for number in range(200)]
    line = to_classroom(result(tuple(checks)))
    assert len(line) < 128 * 1024
    assert len(json.loads(base64.b64decode(line))["tests"]) == 200


@settings(max_examples=30)
@given(st.text(st.characters(), min_size=1, max_size=20))
def test_any_text(text):
    """Whatever a student wrote, it is one line with the same tests in it."""
    assert len(read(hostile(text))["tests"]) == 4
