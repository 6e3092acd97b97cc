"""What grading again has changed: who gained or lost how much, and through which check."""

from l2harness.grading.regrade import difference, ordered
from l2harness.grading.result import CheckResult, Result, Submission, Verdict


def result(*checks, name="miller"):
    """A result of checks, each an id, a verdict and points of 5."""
    made = [
        CheckResult(id, "A sentence.", Verdict(verdict), points, 5.0)
        for id, verdict, points in checks
    ]
    return Result.of(
        made,
        harness="1",
        lab="lab",
        lab_title="A lab",
        lab_digest="sha256:0",
        seed="1",
        mode="root",
        submission=Submission(name, "sha256:1"),
    )


def test_the_same_is_no_difference():
    """Results that say the same of every check do not differ."""
    one = result(("a", "pass", 5), ("b", "fail", 2))
    assert difference(one, result(("a", "pass", 5), ("b", "fail", 2))) is None


def test_who_gained_how_much_through_what():
    """A check that passes now names itself and what it gives; others are not mentioned."""
    before = result(("a", "fail", 0), ("b", "pass", 5), ("c", "fail", 2.5))
    found = difference(before, result(("a", "pass", 5), ("b", "pass", 5), ("c", "fail", 1)))
    assert found is not None
    assert found.name == "miller"
    assert found.gained == 3.5
    assert [(it.check, it.gained) for it in found.changes] == [("a", 5.0), ("c", -1.5)]
    assert found.changes[0].verdicts == (Verdict.FAIL, Verdict.PASS)


def test_a_verdict_that_costs_nothing_is_a_difference():
    """Another verdict for the same points is told as well."""
    found = difference(result(("a", "fail", 0)), result(("a", "error", 0)))
    assert found is not None
    assert found.gained == 0
    assert found.changes[0].verdicts == (Verdict.FAIL, Verdict.ERROR)


def test_checks_that_come_and_go():
    """A check that is new gives all it gives, one that is gone takes all it gave."""
    found = difference(result(("a", "pass", 5)), result(("b", "pass", 5)))
    assert found is not None
    assert [(it.check, it.gained) for it in found.changes] == [("b", 5.0), ("a", -5.0)]
    assert found.changes[0].verdicts == (None, Verdict.PASS)
    assert found.gained == 0


def test_losses_come_first():
    """Who lost most stands first, who gained least last; equals by name."""
    differences = [
        difference(result(("a", "fail", then), name=name), result(("a", "fail", now), name=name))
        for name, then, now in (("d", 0, 1), ("c", 0, 4), ("b", 2, 1), ("a", 4, 0), ("e", 0, 1))
    ]
    assert [it.name for it in ordered(filter(None, differences))] == ["a", "b", "c", "d", "e"]
