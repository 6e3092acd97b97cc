"""What is said first, how it is counted, and which program's words explain a failure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from results import failing, finding, passed, perfect, result, unjudged

from l2harness.grading.result import (
    CheckResult,
    Evidence,
    ExitResult,
    ProgramResult,
    Submission,
    Verdict,
)
from l2harness.reports import summary
from l2harness.reports.markdown import to_markdown
from l2harness.reports.terminal import to_terminal


def failed(id, points=2.0, whole=5.0, **more):
    """A failed check."""
    return CheckResult(id, "It sends.", Verdict.FAIL, points, whole, **more)


def blocked(id, by, whole=5.0):
    """A blocked check."""
    return CheckResult(id, "It sends.", Verdict.BLOCKED, 0, whole, blocked_by=by)


class TestMendFirst:
    """`mend_first` finds the failure that holds back the most."""

    def test_what_waits_counts(self):
        """A small failure that blocks much comes before a greater one that blocks nothing."""
        advice = summary.mend_first(failing())
        assert advice
        assert advice.check.id == "server.receives"
        assert [check.id for check in advice.waiting] == ["server.source", "pair.unicast"]
        assert advice.points == 14.5
        assert str(advice) == (
            "server.receives, worth 5 points; 2 more checks worth 9.5 points wait for it"
        )

    def test_what_waits_for_what_waits_counts(self):
        """A check behind a blocked check waits for the same failure."""
        chain = result((failed("a"), blocked("b", "a"), blocked("c", "b")))
        advice = summary.mend_first(chain)
        assert advice
        assert advice.points == 13
        assert "2 more checks worth 10 points wait" in str(advice)

    def test_partial_credit_is_not_lost(self):
        """Only what is still to be gained counts, and the first of several equals is named."""
        advice = summary.mend_first(result((failed("a", 4, 5), failed("b", 0, 1))))
        assert advice
        assert str(advice) == "a, worth 1 point"

    def test_one_waits(self):
        """One check waits, it does not wait in the plural."""
        advice = summary.mend_first(result((failed("a"), blocked("b", "a"))))
        assert str(advice) == "a, worth 3 points; 1 more check worth 5 points waits for it"

    def test_nothing_to_mend(self):
        """Without a failure there is no advice."""
        assert summary.mend_first(perfect()) is None


class TestWords:
    """Counts and scores as sentences."""

    def test_counts(self):
        """Every verdict that occurs is counted; all passed is said shorter."""
        assert summary.counts(perfect()) == "all 8 checks passed"
        assert summary.counts(failing()) == "4 passed · 2 failed · 2 blocked"
        assert summary.counts(unjudged()) == (
            "1 passed · 1 failed · 1 blocked · 1 in error · 1 unavailable"
        )

    def test_score(self):
        """A score that is no grade says so."""
        assert summary.score(failing()) == "14 of 34.5 points"
        assert summary.score(unjudged()) == "No grade yet: 5.5 of 16 points so far"

    def test_points(self):
        """Full points stand alone; what nobody knows yet is a question mark."""
        got = unjudged()
        assert [summary.check_points(got, check) for check in got.checks] == [
            "5",
            "0.5/2",
            "?/2",
            "?/2",
            "?/5",
        ]

    def test_groups_keep_their_order(self):
        """Groups come as they first appear, and collect what belongs to them."""
        checks = [passed(id, "It sends.", 1) for id in ("b.1", "a.1", "b.2", "c")]
        assert [(name, [check.id for check in some]) for name, some in summary.groups(checks)] == [
            ("b", ["b.1", "b.2"]),
            ("a", ["a.1"]),
            ("c", ["c"]),
        ]

    @pytest.mark.parametrize(
        ("exit", "text"),
        [
            (ExitResult("exited", 1), "exited with status 1"),
            (ExitResult("signalled", None, "SIGSEGV"), "was ended by SIGSEGV"),
            (ExitResult("stopped"), "was stopped by the harness"),
            (ExitResult("stopped", None, "SIGTERM"), "was stopped by the harness"),
            (ExitResult("not started"), "could not be started"),
            (ExitResult("time limit"), "was stopped at the time limit"),
            (ExitResult("not tried: it is missing"), "ended: not tried: it is missing"),
        ],
    )
    def test_exits(self, exit, text):
        """How a program ended reads as the rest of a sentence."""
        assert summary.exit_text(exit) == text


class TestBehind:
    """`behind` says what a finding explains."""

    def test_checks_and_cause(self):
        """Its id, the checks, and the mistake to mend first where it follows from one."""
        got = result(
            tuple(failed(id, misconception="cause") for id in ("a", "b", "c")),
            findings=[
                finding("cause", "Seen.", "a", "b", "c"),
                finding("effect", "Seen.", "c", follows_from="cause"),
                finding("alone", "Seen."),
                finding("other", "Seen.", "a", follows_from="gone"),
            ],
        )
        assert [summary.behind(got, it) for it in got.findings] == [
            "cause, behind a, b and c",
            "effect, behind c, follows from cause: mend that first",
            "alone",
            "other, behind a",
        ]


class TestExcerpts:
    """`excerpts` finds what a program's standard error explains."""

    def program(self, run="r", stderr="1\n2\n3\n4\n5\n6\n7\n8\n", name="./pyng"):
        """A program that wrote to its standard error."""
        return ProgramResult(run, (name, "a b"), "h1", ExitResult("exited", 1), "", stderr)

    def test_the_end_is_shown(self):
        """The last lines stand with the failure whose evidence names the run."""
        got = result((failed("a", evidence=(Evidence("r"),)),), programs=[self.program()])
        (excerpt,) = summary.excerpts(got)["a"]
        assert excerpt.lines == ("3", "4", "5", "6", "7", "8")
        assert excerpt.title == (
            "./pyng 'a b' on h1 exited with status 1. It wrote to stderr, the last 6 of 8 lines:"
        )

    def test_the_same_is_not_said_twice(self):
        """What a program wrote in the same way in another run is told once."""
        checks = tuple(failed(id, evidence=(Evidence(id),)) for id in ("a", "b", "c"))
        programs = [self.program("a"), self.program("b"), self.program("c", "other")]
        assert list(summary.excerpts(result(checks, programs=programs))) == ["a", "c"]

    def test_many_are_counted(self):
        """Of a run with many programs two are shown, and the others are counted."""
        got = result(
            (failed("a", evidence=(Evidence("r"),)),),
            programs=[self.program("r", f"{n}\n") for n in range(5)],
        )
        shown = summary.excerpts(got)["a"]
        assert [excerpt.lines for excerpt in shown] == [("0",), ("1",), ()]
        assert shown[-1].title == "3 more programs wrote to stderr; report.json has it."
        for text in (to_terminal(got), to_markdown(got)):
            assert "3 more programs wrote to stderr" in text

    def test_only_what_explains(self):
        """Silent programs, other runs and checks that passed are not mentioned."""
        checks = (
            failed("a", evidence=(Evidence("r"),)),
            replace(passed("b", "It sends.", 5), evidence=(Evidence("s"),)),
        )
        programs = [self.program("r", " \n"), self.program("s"), self.program("t")]
        assert summary.excerpts(result(checks, programs=programs)) == {}


class TestClass:
    """What can be said about many results."""

    def test_they_are_added_up(self):
        """The mean is of those that have a grade; the most frequent failures come first."""
        lines = summary.class_lines([perfect(), failing(), failing("joan"), unjudged()])
        assert lines == [
            "4 submissions · 1 with full points · 1 without a grade",
            "mean 20.83 of 34.5 points",
            "failed most often: client.ethertype (2), server.receives (2), client.once (1)",
        ]

    def test_one_has_no_mean(self):
        """A mean of one says nothing."""
        assert summary.class_lines([perfect()]) == ["1 submission · 1 with full points"]
        assert summary.class_lines([]) == []

    def test_they_are_ordered_by_name(self):
        """As people look for them: upper and lower case together."""
        named = [replace(perfect(), submission=Submission(n, "")) for n in ("b", "C", "a", "A")]
        assert [r.submission.name for r in summary.by_name(named)] == ["A", "a", "b", "C"]
