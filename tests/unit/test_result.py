"""The result: what it says of itself always follows from its checks."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results import every, failing, finding, passed, perfect, result, unjudged

from l2harness.grading.points import number, points_text, total
from l2harness.grading.result import CheckResult, Evidence, FrameRecord, Verdict, exit_code


def check(verdict=Verdict.PASS, points=0.0, whole=5.0, id="client.sends", **more):
    """A check of any kind."""
    if verdict is Verdict.BLOCKED:
        more.setdefault("blocked_by", "client.other")
    return CheckResult(id, "It sends.", verdict, points, whole, **more)


class TestCheckResult:
    """A check's points follow from its verdict."""

    def test_a_pass_is_worth_all_of_it(self):
        """Passing gives all points, and not more or fewer."""
        assert check(Verdict.PASS, 5, 5).points == 5
        for points in (0, 4, 6):
            with pytest.raises(ValueError, match=r"client\.sends"):
                check(Verdict.PASS, points, 5)

    def test_a_failure_may_be_worth_a_part(self):
        """Partial credit is a failure with points, from 0 to all."""
        assert check(Verdict.FAIL, 2.5, 5).points == 2.5
        for points in (-1, 5.01):
            with pytest.raises(ValueError, match="for fail"):
                check(Verdict.FAIL, points, 5)

    @pytest.mark.parametrize("verdict", [Verdict.BLOCKED, Verdict.ERROR, Verdict.UNAVAILABLE])
    def test_what_was_not_asked_gives_nothing(self, verdict):
        """Nobody gets points for what nobody looked at."""
        assert check(verdict, 0, 5).max_points == 5
        with pytest.raises(ValueError, match="1 of 5"):
            check(verdict, 1, 5)

    @pytest.mark.parametrize("points", [float("nan"), float("inf"), 0.125])
    def test_points_are_whole_hundredths(self, points):
        """What cannot be written with two decimals is refused, or a sum would look wrong."""
        with pytest.raises(ValueError, match="hundredths"):
            check(Verdict.FAIL, 0, points)
        assert check(Verdict.FAIL, 0.12, 0.13).points == 0.12

    def test_blocked_says_by_what(self):
        """Exactly a blocked check names what blocks it."""
        assert check(Verdict.BLOCKED, blocked_by="client.x").blocked_by == "client.x"
        with pytest.raises(ValueError, match="blocked by None"):
            check(Verdict.BLOCKED, blocked_by=None)
        with pytest.raises(ValueError, match=r"blocked by client\.x"):
            check(Verdict.FAIL, blocked_by="client.x")

    @pytest.mark.parametrize(("id", "group"), [("client.a.b", "client"), ("alone", "alone")])
    def test_group(self, id, group):
        """The group is what stands before the first dot."""
        assert check(points=5, id=id).group == group


class TestResult:
    """A result's summary follows from its checks."""

    def test_it_is_summed_up(self):
        """Score, maximum, completeness and known mistakes are those of the checks."""
        got = failing()
        assert (got.score, got.max_score, got.complete) == (14, 34.5, True)
        assert got.misconceptions == ("ethertype-byte-order", "not-executable")

    def test_the_maximum_never_drops(self):
        """What could not be judged counts for the maximum, and the result is incomplete."""
        got = unjudged()
        assert (got.score, got.max_score, got.complete) == (5.5, 16, False)
        assert [c.id for c in got.needs_instructor] == ["client.exits", "server.idle"]

    def test_a_mistake_met_twice_is_listed_once(self):
        """Known mistakes come in the order of the checks, without repetition."""
        twice = [check(Verdict.FAIL, id=id, misconception="m") for id in ("a", "b")]
        assert result(tuple(twice), misconceptions=["n", "m"]).misconceptions == ("m", "n")

    def test_findings_come_first(self):
        """Known mistakes begin with those of the findings, or the summary is refused."""
        failed = [check(Verdict.FAIL, id=id, misconception=id) for id in ("a", "b")]
        found = [finding("b", "Seen.", "b", follows_from=None), finding("a", "Seen.", "a")]
        got = result(tuple(failed), findings=found, misconceptions=["n"])
        assert got.misconceptions == ("b", "a", "n")
        with pytest.raises(ValueError, match="do not begin with those of the findings"):
            replace(got, misconceptions=("a", "b", "n"))

    @pytest.mark.parametrize("change", [{"score": 1}, {"max_score": 1}, {"complete": False}])
    def test_it_cannot_contradict_its_checks(self, change):
        """A summary that is not that of the checks is refused."""
        with pytest.raises(ValueError, match="but the checks say"):
            replace(perfect(), **change)

    def test_two_checks_of_one_id_are_refused(self):
        """Every format would lose one of them."""
        one = passed("client.sends", "It sends.", 5)
        with pytest.raises(ValueError, match="twice"):
            result((one, one))

    def test_it_is_frozen(self):
        """Nobody changes a grade in passing."""
        with pytest.raises(FrozenInstanceError):
            perfect().score = 0

    def test_with_verdict(self):
        """Checks are picked by verdict, in the order of the rubric."""
        picked = failing().with_verdict(Verdict.FAIL, Verdict.BLOCKED)
        assert [c.id for c in picked] == [
            "client.ethertype",
            "server.receives",
            "server.source",
            "pair.unicast",
        ]

    def test_points_behind_an_error_are_not_settled(self):
        """A check that an unjudged one blocks is open as well; one behind a failure is not."""
        got = unjudged()
        assert [c.id for c in got.checks if got.is_settled(c)] == ["client.sends", "client.once"]
        assert all(failing().is_settled(c) for c in failing().checks)

    def test_a_chain_of_blocking_is_followed_to_its_end(self):
        """The blocker of a check is the one that was asked; also if a report has a circle."""
        first = check(Verdict.FAIL, id="a")
        second = check(Verdict.BLOCKED, id="b", blocked_by="a")
        third = check(Verdict.BLOCKED, id="c", blocked_by="b")
        got = result((first, second, third))
        assert [got.blocker(c).id for c in got.checks] == ["a", "a", "a"]
        round_and_round = result(
            (
                check(Verdict.BLOCKED, id="a", blocked_by="b"),
                check(Verdict.BLOCKED, id="b", blocked_by="a"),
            )
        )
        assert [round_and_round.blocker(c).id for c in round_and_round.checks] == ["b", "a"]


class TestRecords:
    """The records of what happened."""

    @pytest.mark.parametrize("bad", ["8", "88 b5", "88B5", "0x88", "zz"])
    def test_bytes_are_hex(self, bad):
        """Whoever reads a report can decode every byte in it."""
        assert bytes.fromhex(Evidence("run", bytes="88b5").bytes) == b"\x88\xb5"
        with pytest.raises(ValueError, match="hex"):
            Evidence("run", bytes=bad)
        with pytest.raises(ValueError, match="hex"):
            FrameRecord("h1.eth0", "out", "program", bad)


class TestExitCode:
    """`exit_code` tells what a command found."""

    @pytest.mark.parametrize(
        ("results", "code"),
        [
            ([], 0),
            ([perfect()], 0),
            ([perfect(), failing()], 1),
            ([result((check(Verdict.BLOCKED),))], 1),
            ([failing(), unjudged()], 3),
            ([result((check(Verdict.UNAVAILABLE),))], 3),
        ],
    )
    def test_worst_first(self, results, code):
        """What could not be judged outweighs a failure, and that a pass."""
        assert exit_code(results) == code


class TestPoints:
    """Sums and spellings of points."""

    @pytest.mark.parametrize(
        ("value", "text"), [(5, "5"), (5.0, "5"), (2.5, "2.5"), (1 / 3, "0.33"), (0, "0")]
    )
    def test_spelling(self, value, text):
        """Whole points have no decimal point, others two decimals at most."""
        assert points_text(value) == text

    def test_numbers(self):
        """A whole number is an int, so that JSON has no ``5.0``."""
        assert repr(number(5.0)) == "5"
        assert repr(number(2.5)) == "2.5"
        assert repr(number(-0.0)) == "0"

    @given(st.lists(st.integers(0, 1000).map(lambda n: n / 100)), st.randoms())
    def test_the_order_does_not_matter(self, points, random):
        """The same points give the same sum in any order, in whole hundredths."""
        shuffled = random.sample(points, len(points))
        assert total(points) == total(shuffled) == round(sum(round(p * 100) for p in points)) / 100


def test_the_samples_are_what_they_claim():
    """The results that other tests use have every verdict between them."""
    assert {c.verdict for r in every() for c in r.checks} == set(Verdict)
