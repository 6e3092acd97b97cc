"""A result as lines with points: they add up, whoever reads them."""

from __future__ import annotations

import pytest
from audiences import SECRET, mixed
from results import every, failing, passed, perfect, result, unjudged

from l2harness.grading.points import total
from l2harness.grading.result import CheckResult, Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.items import items, no_grade, within

SAMPLES = [*every(), mixed(), mixed(hidden=Verdict.ERROR)]


@pytest.mark.parametrize("audience", Audience)
@pytest.mark.parametrize("sample", SAMPLES)
def test_they_add_up(sample, audience):
    """The points of all lines are the score, and their maxima the maximum."""
    lines = items(sample, audience)
    assert total(line.points for line in lines) == sample.score
    assert total(line.max_points for line in lines) == sample.max_score


def test_a_line_for_each_check():
    """Where everybody sees everything there is a line for each check, in its order."""
    sample = failing()
    assert [line.id for line in items(sample, Audience.STUDENT)] == [c.id for c in sample.checks]


def test_one_line_for_all_that_is_not_shown():
    """What is not shown is one line without a word of it, at the end."""
    *shown, last = items(mixed(), Audience.STUDENT)
    assert [line.id for line in shown] == ["client.sends", "server.receives", "pair.unicast"]
    assert (last.id, last.title, last.text) == ("", "2 checks not shown here", "")
    assert (last.verdict, last.points, last.max_points) == (Verdict.FAIL, 0.5, 5)
    assert SECRET not in repr([*shown, last])


@pytest.mark.parametrize(
    ("hidden", "verdict"),
    [(Verdict.ERROR, Verdict.ERROR), (Verdict.FAIL, Verdict.FAIL)],
)
def test_what_is_not_shown_may_be_open(hidden, verdict):
    """The line of what is not shown is open where one of its checks is."""
    assert items(mixed(hidden=hidden), Audience.AFTER_DUE)[-1].verdict is verdict


def test_what_is_not_shown_may_have_passed():
    """The line of what is not shown passed where all of its checks did."""
    sample = result(
        (CheckResult("a", "A.", Verdict.PASS, 1, 1, visibility="hidden"), passed("b", "B.", 2))
    )
    assert items(sample, Audience.STUDENT)[-1].verdict is Verdict.PASS


def test_a_pass_needs_no_words():
    """There is nothing to say about what is right."""
    assert {line.text for line in items(perfect(), Audience.STUDENT)} == {""}


def test_a_failure_is_explained():
    """What was seen, the bytes side by side, the reason, and the program's own words."""
    lines = {line.id: line.text for line in items(failing(), Audience.STUDENT)}
    assert lines["client.ethertype"].startswith(
        "Bytes 12–13: EtherType, expected 88 b5, got b5 88.\n\n"
        "expected     0  ff ff ff ff ff ff 02 00 00 4a 1b 2c 88 b5 48 69\n"
        "actual       0  ff ff ff ff ff ff 02 00 00 4a 1b 2c b5 88 48 69\n"
        "                                                    ^^ ^^\n\n"
        "Behind it: Bytes in the wrong order.\n"
        "Networks send the high byte of a number first.\n\n"
        "Numbers on the wire are big-endian"
    )
    assert "Expected:\na line for the frame\n\nActual:\nno line" in lines["server.receives"]
    assert "AF_PACKET address must be a tuple, not str" in lines["server.receives"]
    assert lines["server.source"] == "Not asked: it needs server.receives."


def test_a_finding_is_told_with_its_check():
    """What is behind a failure is told instead of the mistake's id."""
    lines = {line.id: line.text for line in items(mixed(), Audience.AFTER_DUE)}
    assert lines["client.once"].startswith(
        "Later rationale.\n\nBehind it: Later title.\nLater why.\n\n"
    )


def test_a_mistake_without_a_finding_is_named():
    """Where nothing more is known of a mistake, its id is told."""
    lines = {line.id: line.text for line in items(unjudged(), Audience.STUDENT)}
    assert "\n\nKnown mistake: sent-more-than-once" in lines["client.once"]


def test_what_could_not_be_judged_is_nobodys_fault():
    """A check in error says so; the whole says why there is no grade."""
    lines = {line.id: line.text for line in items(unjudged(), Audience.STUDENT)}
    assert "could not be judged, which is not the submission's fault" in lines["client.exits"]
    assert no_grade(unjudged()).startswith("No grade yet: 2 checks could not be judged")


def test_texts_are_bounded():
    """No piece of text is longer than it may be, and what is cut is counted."""
    long = CheckResult("a", "A.", Verdict.FAIL, 0, 1, rationale="x" * 5000)
    (line,) = items(result((long,)), Audience.STUDENT, longest=10)
    assert line.text == "xxxxxxxxxx… (4990 more)"


def test_within_a_limit():
    """The longest texts that fit are taken; where none do, the document without texts."""
    assert within(600, lambda longest: b"x" * longest) == b"x" * 500
    assert within(5000, lambda longest: b"x" * longest) == b"x" * 2000
    assert within(3, lambda longest: b"head" + b"x" * longest) == b"head"
