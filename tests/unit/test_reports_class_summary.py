"""A class adds up: every number on its page is right, whoever was graded first."""

from __future__ import annotations

import json
import random
from dataclasses import replace

import pytest
from class_samples import a_class, every_class, half, named
from hypothesis import given, settings
from hypothesis import strategies as st
from results import failing, hostile, passed, perfect, result, unjudged

from l2harness.grading.result import CheckResult, Timing, Verdict
from l2harness.reports.class_summary import Alike, Bar, OpenCheck, OpenSeat, to_class_json
from l2harness.reports.class_sums import sum_up


def check(summary, id):
    """The count of one check."""
    (found,) = (it for it in summary.checks if it.id == id)
    return found


def mistake(summary, id):
    """The count of one mistake."""
    (found,) = (it for it in summary.misconceptions if it.misconception == id)
    return found


def test_the_class_in_numbers():
    """Submissions, grades, full marks, mean and median; what is open counts in none of them."""
    summary = sum_up(a_class())
    assert (summary.submissions, summary.looked_at, summary.graded) == (7, 6, 6)
    assert (summary.full_marks, summary.max_score) == (2, 34.5)
    assert summary.mean == round((2 * 34.5 + 3 * 14 + 32) / 6, 2)
    assert summary.median == (14 + 32) / 2
    assert (summary.lab, summary.lab_title) == ("pyng", "Ping over raw Ethernet")


def test_the_distribution():
    """Tenths of the maximum and full marks by themselves; together they are all grades."""
    bars = sum_up(a_class()).distribution
    assert [(bar.lowest, bar.highest) for bar in bars[:2]] == [(0, 10), (10, 20)]
    assert {bar.lowest: bar.submissions for bar in bars if bar.submissions} == {
        40: 3,
        90: 1,
        100: 2,
    }
    assert bars[-1] == Bar(100, 100, 2)


@pytest.mark.parametrize(
    ("points", "lowest"), [(0, 0), (0.99, 0), (1, 10), (9.98, 90), (9.99, 90), (10, 100)]
)
def test_where_a_bar_begins(points, lowest):
    """A bar has those who have its lower end, and not those who have its upper one."""
    check = CheckResult("a", "A.", Verdict.FAIL, points, 10)
    if points == 10:
        check = passed("a", "A.", 10)
    (bar,) = (it for it in sum_up([result((check,))]).distribution if it.submissions)
    assert bar.lowest == lowest


def test_checks():
    """Each check is counted: who passed, who failed, who was not asked, who was not judged."""
    summary = sum_up(a_class())
    assert [it.id for it in summary.checks] == [it.id for it in perfect().checks]
    ethertype = check(summary, "client.ethertype")
    assert (ethertype.passed, ethertype.failed, ethertype.blocked) == (3, 3, 0)
    assert (ethertype.unjudged, ethertype.asked) == (1, 6)
    waiting = check(summary, "pair.unicast")
    assert (waiting.passed, waiting.failed, waiting.blocked, waiting.asked) == (3, 0, 3, 3)
    assert ethertype.title == "Bytes 12–13, the EtherType, are 88 b5."


def test_the_hardest():
    """By the share of those asked who failed; what nobody failed is none of them."""
    hard = [
        result(
            (
                CheckResult("easy", "E.", Verdict.PASS, 1, 1),
                CheckResult(
                    "often", "O.", Verdict.FAIL if n < 6 else Verdict.PASS, 0 if n < 6 else 1, 1
                ),
                CheckResult(
                    "seldom asked",
                    "S.",
                    Verdict.FAIL if n < 2 else Verdict.BLOCKED,
                    0,
                    1,
                    blocked_by=None if n < 2 else "often",
                ),
            ),
            f"s{n}",
        )
        for n in range(8)
    ]
    assert [it.id for it in sum_up(hard).hardest] == ["seldom asked", "often"]


def test_mistakes():
    """The most frequent first, with all who made it, and how often it only followed."""
    summary = sum_up(a_class())
    assert [(it.misconception, len(it.submissions)) for it in summary.misconceptions] == [
        ("ethertype-byte-order", 4),
        ("not-executable", 3),
        ("frame-too-long", 1),
    ]
    order = mistake(summary, "ethertype-byte-order")
    assert order.submissions == ("bob", "dan", "Eve", "grace")
    assert (order.title, order.consequence) == ("Bytes in the wrong order.", 0)
    assert order.why == "Networks send the high byte of a number first."
    assert mistake(summary, "frame-too-long").consequence == 1
    untold = mistake(summary, "not-executable")
    assert (untold.title, untold.why) == ("not-executable", "")


def test_who_needs_the_instructor():
    """By name, with each open check and why."""
    summary = sum_up([named(unjudged(), "zack"), named(unjudged(), "Amy"), perfect()])
    assert [seat.name for seat in summary.needs_instructor] == ["Amy", "zack"]
    assert summary.needs_instructor[0] == OpenSeat(
        "Amy",
        (
            OpenCheck(
                "client.exits", "The sandbox did not start: bwrap: No such file or directory."
            ),
            OpenCheck(
                "server.idle", "This kernel does not tell how much CPU time a program has used."
            ),
        ),
    )


def test_identical_uploads():
    """Those with the same digest are named together; what could not be read is like nothing."""
    unread = [named(perfect(), name) for name in ("x", "y")]
    unread = [replace(it, submission=replace(it.submission, digest="")) for it in unread]
    summary = sum_up([*a_class(), *unread])
    assert summary.alike == (Alike("sha256:same", ("bob", "Eve", "grace")),)


def test_seats():
    """A line for each submission, by name, with a verdict for each check."""
    summary = sum_up(a_class())
    assert [seat.name for seat in summary.seats] == [
        "ada", "bob", "dan", "Eve", "grace", "linus", "Zoë",
    ]  # fmt: skip
    ada, bob, *_, linus, _ = summary.seats
    assert (ada.student, ada.score, set(ada.verdicts)) == ("Ada Lovelace", 34.5, {Verdict.PASS})
    assert bob.verdicts == tuple(it.verdict for it in failing().checks)
    assert (linus.score, set(linus.verdicts)) == (None, {Verdict.ERROR})


def test_who_is_absent():
    """Whoever handed in nothing is told as given."""
    assert sum_up([perfect()], absent=["Bo", "Al"]).absent == ("Bo", "Al")


def test_versions_of_a_lab():
    """All checks of all versions are there; who was not asked one has no verdict for it."""
    old = result((passed("client.sends", "It sends.", 5),), "old", lab_digest="sha256:old")
    summary = sum_up([old, perfect()])
    assert summary.terms.lab_digest == ("sha256:" + "1f" * 32, "sha256:old")
    assert [it.id for it in summary.checks] == [it.id for it in perfect().checks]
    assert summary.seats[1].verdicts == (Verdict.PASS, *([None] * 7))
    assert (summary.max_score, summary.mean, summary.median) == (None, None, None)
    assert check(summary, "client.once").passed == 1


def test_nothing():
    """Of no results there is a summary with nothing in it."""
    summary = sum_up([])
    assert (summary.submissions, summary.graded, summary.mean) == (0, 0, None)
    assert (summary.distribution, summary.checks, summary.seats, summary.lab) == ((), (), (), "")


@pytest.mark.parametrize("name", every_class())
def test_the_order_does_not_matter(name):
    """Whoever was graded first, it is the same class; and the same bytes."""
    results = every_class()[name]
    shuffled = random.Random(7).sample(results, len(results))
    assert sum_up(shuffled) == sum_up(results)
    assert to_class_json(sum_up(shuffled)) == to_class_json(sum_up(results))


def test_results_are_read_once():
    """It takes a stream, so that a class need not be held in memory."""
    assert sum_up(iter(a_class())) == sum_up(a_class())


def test_what_happened_is_not_needed():
    """Without topology, programs, runs and times it is the same class."""
    nothing = {"topology": None, "programs": (), "runs": (), "timing": Timing()}
    bare = [replace(it, **nothing) for it in a_class()]
    assert sum_up(bare) == sum_up(a_class())


class TestJson:
    """``class.json`` says the same to programs."""

    def test_it_is_the_summary(self):
        """Every attribute is there under its name."""
        document = json.loads(to_class_json(sum_up(a_class(), absent=["Bo"])))
        assert document["schema"] == 1
        assert document["mean"] == 23.83
        assert document["absent"] == ["Bo"]
        assert document["alike"] == [
            {"digest": "sha256:same", "submissions": ["bob", "Eve", "grace"]}
        ]
        assert document["seats"][0] == {
            "name": "ada",
            "student": "Ada Lovelace",
            "score": 34.5,
            "max_score": 34.5,
            "verdicts": ["pass"] * 8,
        }
        assert document["misconceptions"][0]["submissions"] == ["bob", "dan", "Eve", "grace"]

    @settings(max_examples=20)
    @given(st.text(st.characters(), min_size=1, max_size=20))
    def test_any_text(self, text):
        """Whatever a student wrote, it is one document of JSON in UTF-8."""
        document = json.loads(to_class_json(sum_up([hostile(text), half()])).decode())
        assert document["submissions"] == 2
