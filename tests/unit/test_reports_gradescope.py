"""Gradescope: every test with its points and its visibility, and no score without a grade."""

from __future__ import annotations

import json
import unicodedata

import pytest
from audiences import LATER, SECRET, mixed
from hypothesis import given, settings
from hypothesis import strategies as st
from results import every, failing, hostile, perfect, unjudged

from l2harness.grading.points import total
from l2harness.grading.result import Verdict
from l2harness.reports.gradescope import to_gradescope

GRADED = [perfect(), failing(), mixed()]


def read(sample):
    """The document as the platform reads it."""
    return json.loads(to_gradescope(sample))


def strings(value):
    """Every text in a document, keys too."""
    if isinstance(value, dict):
        return [*value, *(text for part in value.values() for text in strings(part))]
    if isinstance(value, list):
        return [text for part in value for text in strings(part)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("sample", GRADED)
def test_the_tests_are_the_score(sample):
    """Their sum is the score, their maxima the assignment's points, and nothing overrides it."""
    document = read(sample)
    assert total(test["score"] for test in document["tests"]) == sample.score
    assert total(test["max_score"] for test in document["tests"]) == sample.max_score
    assert "score" not in document


@pytest.mark.parametrize("sample", [unjudged(), mixed(hidden=Verdict.UNAVAILABLE)])
def test_no_grade_is_no_score(sample):
    """Where something could not be judged no test has a score, but each still has its maximum."""
    document = read(sample)
    assert not any("score" in test for test in document["tests"])
    assert total(test["max_score"] for test in document["tests"]) == sample.max_score
    assert document["output"].startswith("No grade yet: ")


def test_statuses():
    """A test passed or failed; one that could not be judged did neither."""
    statuses = {
        test["name"].split(":")[0]: test.get("status") for test in read(unjudged())["tests"]
    }
    assert statuses == {
        "client.sends": "passed",
        "client.once": "failed",
        "client.exits": None,
        "server.idle": None,
        "pair.unicast": "failed",
    }


def test_visibilities():
    """Each test has the visibility that its author gave it, in the platform's words."""
    assert [test["visibility"] for test in read(mixed())["tests"]] == [
        "visible",
        "after_due_date",
        "hidden",
        "visible",
        "visible",
    ]


def test_no_test_speaks_of_what_is_less_visible():
    """What everybody sees has no word of what is shown later, and that none of what is hidden."""
    document = read(mixed())
    by_visibility = {}
    for test in document["tests"]:
        by_visibility.setdefault(test["visibility"], []).extend(strings(test))
    for_all = [document["output"], *by_visibility["visible"]]
    assert not any(word.lower() in text.lower() for text in for_all for word in (SECRET, LATER))
    assert not any(SECRET.lower() in text.lower() for text in by_visibility["after_due_date"])
    assert any(SECRET in text for text in by_visibility["hidden"])


def test_the_total_is_hidden_with_a_test():
    """The platform hides the total when a test is not visible, so no text tells it."""
    assert read(failing())["output"].startswith("14 of 34.5 points.\n")
    assert "points" not in read(mixed())["output"]


def test_notes_are_told():
    """What the student should know of the submission as a whole is there."""
    assert read(failing())["output"].endswith(
        "Not protected: no-sandbox\nNote: pyng has no run bit; it was run all the same."
    )


def test_everything_is_text():
    """Nothing is rendered: no HTML, no Markdown, no escape sequences; and stdout is not shown."""
    document = read(failing())
    formats = ("output_format", "test_output_format", "test_name_format")
    assert {document[key] for key in formats} == {"text"}
    assert not any(key.endswith("format") for test in document["tests"] for key in test)
    assert document["stdout_visibility"] == "hidden"


def test_where_it_comes_from():
    """Seed and digests are there, for whoever wants to see it again."""
    assert read(perfect())["extra_data"]["l2harness"]["seed"] == "42"
    assert read(perfect())["execution_time"] == 1.25


@pytest.mark.parametrize("sample", every())
def test_no_control_characters(sample):
    """No text has a character without a shape, but for line feeds and tabs."""
    for text in strings(read(sample)):
        assert not [c for c in text if unicodedata.category(c)[0] == "C" and c not in "\n\t"]


@settings(max_examples=30)
@given(st.text(st.characters(), min_size=1, max_size=20))
def test_any_text(text):
    """Whatever a student wrote, it is one document of UTF-8 with the same tests in it."""
    data = to_gradescope(hostile(text))
    assert data.count(b"\n") == 1
    assert len(json.loads(data.decode())["tests"]) == 4
