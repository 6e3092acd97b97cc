"""From failed checks and signs to findings: which comes first, and what follows from what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from l2harness.errors import SpecError
from l2harness.grading.diagnosis import diagnose
from l2harness.grading.result import CheckResult, Verdict
from l2harness.labs.lab import find_lab
from l2harness.labs.misconceptions import CATALOGUE, Misconception, Question, Sign, detector
from l2harness.labs.misconceptions.catalogue import by_id
from l2harness.labs.misconceptions.loading import Knowledge, knowledge_of


def check(id, verdict=Verdict.FAIL, points=1.0, **more):
    """A check worth some points."""
    got = points if verdict is Verdict.PASS else 0
    return CheckResult(id, "It is so.", verdict, got, points, **more)


def lesson(id, *follows_from):
    """A lesson of no content."""
    return Misconception(
        id, f"{id}.", "Seen.", f"Why {id}.", "How.", Question.DATA, follows_from=follows_from
    )


LESSONS = by_id([lesson("a"), lesson("b"), lesson("c", "b"), lesson("d", "c"), lesson("e")])
CHECKS = (check("x"), check("y", points=5), check("z", points=2), check("ok", Verdict.PASS))


def diagnosed(*signs, checks=CHECKS, lessons=LESSONS):
    """What becomes of these signs."""
    return diagnose(checks, Knowledge((lambda: list(signs),), lessons), {})


class TestFindings:
    """What is told of the mistakes, and in which order."""

    def test_a_finding_tells_the_lesson(self):
        """It holds all of the lesson, what was seen, and the failed checks that it explains."""
        found = diagnosed(Sign("a", "Bytes.", ("y", "ok", "x")))
        (finding,) = found.findings
        assert (finding.title, finding.why, finding.find_out) == ("a.", "Why a.", "How.")
        assert (finding.sentence, finding.checks) == ("Bytes.", ("x", "y"))
        assert (finding.question, finding.follows_from) == (Question.DATA.value, None)

    def test_failed_checks_say_what_they_fail_by(self):
        """The first sign that explains a check names it; others keep what they had."""
        found = diagnosed(Sign("a", "A.", ("x",)), Sign("b", "B.", ("x", "z")))
        assert [it.misconception for it in found.checks] == ["a", None, "b", None]

    def test_what_costs_most_comes_first(self):
        """Signs of unrelated mistakes are ordered by the points that they hold back."""
        found = diagnosed(
            Sign("a", "A.", ("x",)), Sign("e", "E.", ("y",)), Sign("b", "B.", ("z",))
        )
        assert [it.misconception for it in found.findings] == ["e", "b", "a"]

    def test_blocked_checks_count(self):
        """What waits for a failed check is held back by the same mistake."""
        checks = (*CHECKS, check("w", Verdict.BLOCKED, 9, blocked_by="x"))
        found = diagnosed(Sign("e", "E.", ("y",)), Sign("a", "A.", ("x",)), checks=checks)
        assert [it.misconception for it in found.findings] == ["a", "e"]
        assert found.findings[0].checks == ("x",)

    def test_what_follows_comes_right_after_its_cause(self):
        """Also through a mistake that was not met, and however much it costs."""
        found = diagnosed(
            Sign("d", "D.", ("y",)), Sign("b", "B.", ("x",)), Sign("a", "A.", ("z",))
        )
        told = [(it.misconception, it.follows_from) for it in found.findings]
        assert told == [("a", None), ("b", None), ("d", "b")]

    def test_the_nearest_cause_is_named(self):
        """A chain of three is told link by link."""
        found = diagnosed(
            Sign("d", "D.", ("y",)), Sign("c", "C.", ("x",)), Sign("b", "B.", ("z",))
        )
        told = [(it.misconception, it.follows_from) for it in found.findings]
        assert told == [("b", None), ("c", "b"), ("d", "c")]

    def test_the_same_is_not_said_twice(self):
        """Of signs of one mistake those are told that explain something new, two at most."""
        found = diagnosed(
            Sign("a", "One.", ("x",)),
            Sign("a", "Again.", ("x",)),
            Sign("a", "Two.", ("y",)),
            Sign("a", "Three.", ("z",)),
        )
        assert found.findings[0].sentence == "One. Two."
        assert found.findings[0].checks == ("x", "y", "z")


class TestSilence:
    """What is no finding."""

    def test_a_sign_without_a_failed_check_counts_nothing(self):
        """A right submission has no misconception, whatever a detector thinks."""
        right = tuple(replace(it, verdict=Verdict.PASS, points=it.max_points) for it in CHECKS)
        found = diagnosed(Sign("a", "A.", ("x",)), checks=right)
        assert found.findings == ()
        assert found.checks == right
        assert diagnosed(Sign("a", "A.", ("ok",))).findings == ()

    def test_what_could_not_be_judged_has_no_misconception(self):
        """A fault of ours is not explained by one of the student's."""
        checks = (check("x", Verdict.ERROR), check("y", Verdict.UNAVAILABLE))
        found = diagnosed(Sign("a", "A.", ("x", "y")), checks=checks)
        assert found.findings == ()

    def test_a_detector_that_misses_its_run_is_not_asked(self):
        """What could not be run shows nothing."""

        def needs_a_run(a_run):
            yield Sign("a", a_run, ("x",))

        knowledge = Knowledge((needs_a_run,), LESSONS)
        assert diagnose(CHECKS, knowledge, {}).findings == ()
        assert diagnose(CHECKS, knowledge, {"a_run": "Seen."}).findings[0].sentence == "Seen."


class TestFaults:
    """A detector that breaks costs nobody a point."""

    def test_the_others_go_on(self):
        """Its fault is told, and what others found stands."""

        def broken():
            raise KeyError("gone")

        def whole():
            return [Sign("a", "A.", ("x",))]

        found = diagnose(CHECKS, Knowledge((broken, whole), LESSONS), {})
        assert found.faults == ("broken failed: KeyError: 'gone'",)
        assert [it.misconception for it in found.findings] == ["a"]

    def test_an_id_that_there_is_not(self):
        """A sign of an unknown misconception is told, and is no finding."""
        found = diagnosed(Sign("nothing-known", "N.", ("x",)))
        assert found.faults == ("there is no misconception 'nothing-known' in the catalogue",)
        assert found.findings == ()
        assert found.checks == CHECKS


LAB = """
title = "mine: one question"
topology = "pair"
[programs]
mine = "./mine asks"
"""
MINE = """
from l2harness.labs.misconceptions import Misconception, Question, Sign, detector

LESSONS = (
    Misconception("mine-alone", "Mine.", "Seen.", "Why.", "How.", Question.DATA,
                  follows_from=("crashed",)),
)

@detector
def second(it):
    yield Sign("mine-alone", "So.", ("one.two",))

@detector
def first(it):
    return ()
"""


class TestKnowledge:
    """What a lab knows of misconceptions."""

    @pytest.fixture
    def lab(self, tmp_path):
        """A lab of somebody else's, with files by name."""

        def make(**files):
            folder = tmp_path / "my-lab"
            folder.mkdir()
            for name, text in {"lab.toml": LAB, "runs.py": ""}.items():
                (folder / name).write_text(text)
            for name, text in files.items():
                (folder / f"{name}.py").write_text(text)
            return find_lab(str(folder))

        return make

    def test_a_lab_of_ours(self):
        """Lab pyng has detectors and adds no lesson; a lab that extends it has the same ones."""
        pyng, strict = knowledge_of(find_lab("pyng")), knowledge_of(find_lab("pyng-strict"))
        assert pyng.lessons == CATALOGUE
        assert len(pyng.detectors) > 10
        assert strict == pyng

    def test_a_lab_without_any(self, lab):
        """Its reports name no misconception."""
        assert knowledge_of(lab()) == Knowledge((), CATALOGUE)

    def test_a_lab_adds_its_own(self, lab):
        """Its lessons stand beside ours and may follow from them; detectors keep their order."""
        knowledge = knowledge_of(lab(misconceptions=MINE))
        assert [it.__name__ for it in knowledge.detectors] == ["second", "first"]
        assert knowledge.lessons["mine-alone"].title == "Mine."
        assert "crashed" in knowledge.lessons

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("import nowhere_to_be_found", "misconceptions.py:1: cannot be imported"),
            ("LESSONS = ('crashed',)", "LESSONS: must be a tuple of Misconception"),
            (MINE.replace("mine-alone", "crashed"), "LESSONS: the misconception crashed is there"),
        ],
    )
    def test_a_broken_one(self, lab, text, problem):
        """What is wrong with it is the lab author's, with the file."""
        with pytest.raises(SpecError, match=problem):
            knowledge_of(lab(misconceptions=text))

    def test_a_mark_changes_nothing(self):
        """A detector can be called like any function."""

        @detector
        def one(it):
            yield Sign("a", it)

        assert list(one("seen")) == [Sign("a", "seen")]
        assert Sign("a", "seen").explaining("x", "y").checks == ("x", "y")
