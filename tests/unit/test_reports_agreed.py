"""Sentences that differ in a student's values, and what a page about the class says of them."""

import random

import pytest
from results import passed, result

from l2harness.reports.agreed import agreed
from l2harness.reports.class_summary import ClassSummary
from l2harness.reports.class_sums import sum_up


@pytest.mark.parametrize(
    ("sentences", "said"),
    [
        (["It is so."], "It is so."),
        (["It is so.", "It is so."], "It is so."),
        (["Bytes 12–13 are 88 b5.", "Bytes 12–13 are 12 34."], "Bytes 12–13 are …"),
        (["It is 1 and ends.", "It is 2 and ends.", "It is 10 and ends."], "It is … and ends."),
        (["It says Hi all.", "It says all."], "It says … all."),
        (["One thing.", "Quite another."], "One thing."),
        (
            ["It sends a frame through the interface named.", "It is what was asked for, or not."],
            "It is what was asked for, or not.",
        ),
    ],
)
def test_what_is_said(sentences, said):
    """What all of them say stays, with an ellipsis for a value; one of them if more differs."""
    assert agreed(sentences) == said


def test_in_any_order():
    """The order of the sentences makes no difference."""
    sentences = [f"It begins with “{word}” here." for word in ("Ahoy", "Moin moin", "Salve")]
    for _ in range(10):
        random.shuffle(sentences)
        assert agreed(sentences) == "It begins with … here."


def test_of_a_class():
    """A check that asks each student for another value has one line on the page of the class."""
    results = [
        result((passed("a.type", f"Bytes 12–13 are 8{number} b{number}.", 5),), f"s{number}")
        for number in range(3)
    ]
    summary = sum_up(results)
    assert isinstance(summary, ClassSummary)
    assert [(it.id, it.title) for it in summary.checks] == [("a.type", "Bytes 12–13 are …")]


def test_versions_of_a_lab_are_not_mixed():
    """Where the lab was changed, the sentence of one version stands, not what both have."""
    one = result((passed("a.b", "It is one.", 5),), "s1", lab_digest="sha256:1")
    two = result((passed("a.b", "It is two.", 5),), "s2", lab_digest="sha256:2")
    [check] = sum_up([one, two]).checks
    assert check.title in ("It is one.", "It is two.")
