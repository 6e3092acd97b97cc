"""Autolab: the last line is the scores, as the platform repairs and reads it."""

from __future__ import annotations

import json
import re

import pytest
from audiences import LATER, SECRET, mixed
from hypothesis import given, settings
from hypothesis import strategies as st
from results import every, failing, hostile, passed, perfect, result, unjudged

from l2harness.grading.points import total
from l2harness.grading.result import Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.autolab import to_autolab


def scores(sample, audience=Audience.STUDENT):
    """The scores as the platform reads them from what was printed, with its repair of keys."""
    last = to_autolab(sample, audience).decode().rstrip().split("\n")[-1]
    return json.loads(re.sub(r"([a-zA-Z0-9]+):", r'"\1":', last))


def feedback(sample, audience=Audience.STUDENT):
    """The feedback, which is the line before."""
    document = json.loads(to_autolab(sample, audience).decode().rstrip().split("\n")[-2])
    assert document["_presentation"] == "semantic"
    assert document.keys() == {"_presentation", "stages", *document["stages"]}
    return {stage: document[stage] for stage in document["stages"]}


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("sample", [perfect(), failing(), mixed()])
def test_the_problems_are_the_score(sample, audience):
    """The problems are the groups of checks; their scores add up to the score."""
    document = scores(sample, audience)
    assert list(document["scores"]) == ["client", "server", "pair"]
    assert total(document["scores"].values()) == sample.score
    assert document["scoreboard"] == [sample.score]


@pytest.mark.parametrize("sample", [unjudged(), mixed(hidden=Verdict.ERROR)])
def test_no_grade_is_null(sample):
    """Where something could not be judged every problem is named and none has a number."""
    document = scores(sample)
    assert set(document["scores"].values()) == {None}
    assert len(document["scores"]) == 3
    assert "scoreboard" not in document
    (reason,) = feedback(sample)["No grade yet"].values()
    assert "could not be judged" in reason["hint"]


def test_two_lines():
    """It is two lines, whoever wrote what into them."""
    for sample in every():
        printed = to_autolab(sample)
        assert printed.endswith(b"\n")
        assert len(printed.decode().splitlines()) == 2


def test_feedback():
    """A stage for each group; what passed has no hint, what failed says why."""
    stages = feedback(failing())
    assert list(stages) == ["Checks: client", "Checks: server", "Checks: pair"]
    tests = stages["Checks: client"]
    assert tests["1. client.sends: At least one frame leaves the named interface."] == {
        "passed": True
    }
    (failed,) = (test for name, test in tests.items() if "client.ethertype" in name)
    assert failed["passed"] is False
    assert failed["hint"].startswith("0 of 6 points. Bytes 12–13: EtherType")
    assert "\n" not in failed["hint"]


def test_nothing_hidden_is_told():
    """What students may not see is a stage of its own without a word of it."""
    text = to_autolab(mixed()).decode().lower()
    assert SECRET.lower() not in text
    assert LATER.lower() not in text
    assert feedback(mixed())["Not shown"] == {
        "1. 2 checks not shown here": {"passed": False, "hint": "0.5 of 5 points."}
    }
    assert LATER in to_autolab(mixed(), Audience.AFTER_DUE).decode()


def test_names_with_colons_are_not_repaired():
    """The platform quotes each word in front of a colon, but finds none inside of our names."""
    sample = result((passed("a:b c:.x", "A.", 2), passed("stages.y", "B.", 1)))
    assert scores(sample)["scores"] == {"a:b c:": 2, "stages": 1}
    assert list(feedback(sample)) == ["Checks: a:b c:", "Checks: stages"]


def test_problems_that_look_the_same_are_one():
    """Two groups whose names are shown alike share a score, and none is lost."""
    sample = result((passed("\x1b.x", "A.", 2), passed("␛.y", "B.", 1)))
    assert scores(sample)["scores"] == {"␛": 3}
    assert len(feedback(sample)["Checks: ␛"]) == 2


@settings(max_examples=30)
@given(st.text(st.characters(), min_size=1, max_size=20))
def test_any_text(text):
    """Whatever a student wrote, the last line can be read, and all checks are in the feedback."""
    assert set(scores(hostile(text))["scores"].values()) == {None}
    tests = [name for stage in feedback(hostile(text)).values() for name in stage]
    assert len(tests) == 5
