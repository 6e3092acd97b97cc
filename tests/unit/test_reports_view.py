"""Who sees what: what is not to be seen is in no document, and what is open stays open."""

from __future__ import annotations

from dataclasses import replace

import pytest
from audiences import LATER, SECRET, mixed
from hypothesis import given
from hypothesis import strategies as st
from results import every, perfect, result

from l2harness.grading.result import CheckResult, Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.json import from_json, to_json
from l2harness.reports.view import ANOTHER_CHECK, Withheld, shown_to, withheld_from


def ids(result):
    """The ids of its checks."""
    return [check.id for check in result.checks]


def find(result, id):
    """The check with this id."""
    (found,) = (check for check in result.checks if check.id == id)
    return found


class TestShownTo:
    """`shown_to` takes out what somebody may not see."""

    @pytest.mark.parametrize("sample", every(), ids=lambda it: it.submission.name[:8])
    @pytest.mark.parametrize("audience", Audience)
    def test_nothing_to_take_out(self, sample, audience):
        """A result that everybody may see is the same for everybody."""
        assert shown_to(sample, audience) is sample

    def test_the_instructor_sees_everything(self):
        """For the instructor nothing is taken out."""
        sample = mixed()
        assert shown_to(sample, Audience.INSTRUCTOR) is sample

    def test_a_student_sees_what_is_visible(self):
        """Before the due date only the visible checks are there, and their points add up."""
        shown = shown_to(mixed(), Audience.STUDENT)
        assert ids(shown) == ["client.sends", "server.receives", "pair.unicast"]
        assert (shown.score, shown.max_score) == (5, 15)

    def test_more_is_shown_when_the_work_is_due(self):
        """After the due date the checks for then are there too."""
        shown = shown_to(mixed(), Audience.AFTER_DUE)
        assert ids(shown) == ["client.sends", "client.once", "server.receives", "pair.unicast"]
        assert (shown.score, shown.max_score) == (5.5, 17)

    @pytest.mark.parametrize(
        ("audience", "words"),
        [
            (Audience.STUDENT, {SECRET, LATER}),
            (Audience.AFTER_DUE, {SECRET}),
            (Audience.INSTRUCTOR, set()),
        ],
    )
    def test_nothing_of_it_is_left(self, audience, words):
        """No word of what is taken out is in the canonical report; the others are."""
        text = to_json(shown_to(mixed(), audience)).decode().lower()
        assert {word for word in (SECRET, LATER) if word.lower() not in text} == words

    def test_what_is_left_is_a_report(self):
        """What is left can be written and read again."""
        for audience in Audience:
            shown = shown_to(mixed(), audience)
            assert from_json(to_json(shown)) == shown

    def test_a_note_says_what_there_is_more(self):
        """The reader is told how much there is, and when it will be shown."""
        assert shown_to(mixed(), Audience.STUDENT).submission.notes == (
            "1 more check, worth 2 points, is shown only after the due date.",
            "1 more check, worth 3 points, is not shown.",
        )
        assert shown_to(mixed(), Audience.AFTER_DUE).submission.notes == (
            "1 more check, worth 3 points, is not shown.",
        )

    def test_a_blocker_is_not_named(self):
        """A check that waits for one that is not shown waits for another check."""
        shown = shown_to(mixed(), Audience.STUDENT)
        waiting = find(shown, "server.receives")
        assert (waiting.blocked_by, waiting.needs) == (ANOTHER_CHECK, ())
        assert find(shown, "pair.unicast").blocked_by == "server.receives"
        assert shown.is_settled(waiting)

    def test_the_next_blocker_that_is_shown_is_named(self):
        """Behind a hidden check that waits itself, what it waits for is named."""
        checks = (
            CheckResult("a", "A.", Verdict.FAIL, 0, 1, rationale="No."),
            CheckResult(
                "b", "B.", Verdict.BLOCKED, 0, 1, ("a",), blocked_by="a", visibility="hidden"
            ),
            CheckResult("c", "C.", Verdict.BLOCKED, 0, 1, ("b",), blocked_by="b"),
        )
        shown = shown_to(result(tuple(checks)), Audience.STUDENT)
        assert find(shown, "c").blocked_by == "a"

    def test_what_is_open_stays_open(self):
        """Behind a hidden check that could not be judged there is no zero."""
        shown = shown_to(mixed(hidden=Verdict.ERROR), Audience.STUDENT)
        waiting = find(shown, "server.receives")
        assert waiting.verdict is Verdict.ERROR
        assert not shown.is_settled(find(shown, "pair.unicast"))
        assert not shown.complete

    def test_mistakes_go_with_their_checks(self):
        """A mistake that only a hidden check shows is not named; one of no check is."""
        assert shown_to(mixed(), Audience.STUDENT).misconceptions == ("not-executable",)
        shown = shown_to(mixed(), Audience.AFTER_DUE)
        assert shown.misconceptions == ("later-mistake", "not-executable")
        assert [finding.misconception for finding in shown.findings] == ["later-mistake"]

    def test_a_consequence_loses_its_hidden_cause(self):
        """A finding whose cause is not shown stands for itself."""
        sample = mixed()
        swapped = [
            *(it for it in sample.findings if it.misconception == "secret-mistake"),
            *(it for it in sample.findings if it.misconception == "later-mistake"),
        ]
        causes = [
            replace(it, follows_from=cause)
            for it, cause in zip(swapped, (None, "secret-mistake"), strict=True)
        ]
        shown = shown_to(result(sample.checks, findings=causes), Audience.AFTER_DUE)
        assert [finding.follows_from for finding in shown.findings] == [None]


class TestWithheld:
    """`withheld_from` counts what is not shown."""

    def test_nothing(self):
        """For whoever sees everything there is nothing."""
        assert withheld_from(perfect(), Audience.STUDENT) is None
        assert withheld_from(mixed(), Audience.INSTRUCTOR) is None

    def test_points(self):
        """The points that are not shown, and those that are, are all points."""
        assert withheld_from(mixed(), Audience.STUDENT) == Withheld(2, 0.5, 5)
        assert withheld_from(mixed(), Audience.AFTER_DUE) == Withheld(1, 0, 3)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("visible", "after_due", "hidden")),
            st.sampled_from(Verdict),
            st.integers(0, 4),
        ),
        min_size=1,
        max_size=8,
    ),
    st.sampled_from(Audience),
)
def test_any_chain_of_checks(drawn, audience):
    """Whatever waits for whatever: what is shown is a result that names nothing hidden."""
    checks = []
    for number, (visibility, verdict, blocker) in enumerate(drawn):
        blocked_by = f"c{blocker}" if blocker < number else None
        if verdict is Verdict.BLOCKED and blocked_by is None:
            verdict = Verdict.FAIL
        checks.append(
            CheckResult(
                f"c{number}",
                "A check.",
                verdict,
                1 if verdict is Verdict.PASS else 0,
                1,
                visibility=visibility,
                blocked_by=blocked_by if verdict is Verdict.BLOCKED else None,
            )
        )
    sample = result(tuple(checks))
    shown = shown_to(sample, audience)
    for check in shown.checks:
        assert check.blocked_by in {None, ANOTHER_CHECK, *ids(shown)}
        assert shown.is_settled(check) == sample.is_settled(find(sample, check.id))
