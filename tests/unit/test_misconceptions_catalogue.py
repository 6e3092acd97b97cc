"""The catalogue of misconceptions: complete, consistent, and proven by mutants that ship."""

from __future__ import annotations

import re
import subprocess
from dataclasses import replace

import pytest

from l2harness.errors import UsageError
from l2harness.labs.lab import built_in_labs, find_lab
from l2harness.labs.misconceptions import CATALOGUE, Misconception, Question, causes, find_lesson
from l2harness.labs.misconceptions.catalogue import by_id
from l2harness.labs.misconceptions.loading import knowledge_of
from l2harness.labs.mutants import mutants_of

LESSONS = list(CATALOGUE.values())
#: Those of the catalogue, and those that labs add.
ALL = {it.id: it for lab in built_in_labs() for it in knowledge_of(find_lab(lab)).lessons.values()}
EVERY = pytest.mark.parametrize("lesson", ALL.values(), ids=list(ALL))


def lesson(id, *follows_from):
    """A lesson of no content."""
    return Misconception(
        id, "It.", "Seen.", "Why.", "How.", Question.DATA, follows_from=follows_from
    )


class TestLessons:
    """What every lesson keeps to."""

    @EVERY
    def test_it_is_short_enough_to_be_read(self, lesson):
        """A title of one line, and three parts of a few sentences, all of them said."""
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", lesson.id)
        assert lesson.title.endswith(".")
        assert len(lesson.title) <= 80
        for part in (lesson.seen, lesson.why, lesson.find_out):
            assert 20 <= len(part) <= 350
            assert part == " ".join(part.split())
            assert part.endswith((".", "?", ":"))

    @EVERY
    def test_something_can_be_tried(self, lesson):
        """There is a command or a filter, and a sentence that ends with a colon leads to it."""
        assert lesson.command or lesson.filter
        assert not lesson.seen.endswith(":")
        assert not lesson.why.endswith(":")

    @EVERY
    def test_its_command_is_one_for_a_shell(self, lesson):
        """bash reads the command, in one line."""
        if lesson.command is not None:
            assert "\n" not in lesson.command
            subprocess.run(["bash", "-n", "-c", lesson.command], check=True, timeout=30)

    @EVERY
    def test_it_speaks_of_the_idea(self, lesson):
        """No lesson blames whoever reads it."""
        said = " ".join((lesson.title, lesson.seen, lesson.why)).lower()
        assert not re.search(r"\b(you forgot|stupid|obviously|simply|just)\b", said)


def test_each_is_proven_by_a_mutant():
    """Every lesson is the label of a mutant that ships, and every label is a lesson."""
    shipped = [mutants_of(find_lab(name)) for name in built_in_labs()]
    labels = {mutant.misconception for mutants in shipped for mutant in mutants}
    assert labels == set(ALL)


def test_no_two_labs_mean_different_things_by_an_id():
    """A lesson that several labs add is the same in all of them."""
    for lab in built_in_labs():
        for it in knowledge_of(find_lab(lab)).lessons.values():
            assert it == ALL[it.id]


def test_a_lesson_is_found():
    """By its id; a wrong id is answered with the nearest right one."""
    assert find_lesson("vlan-tagged").id == "vlan-tagged"
    with pytest.raises(UsageError, match="did you mean source-zero"):
        find_lesson("source-zeros")
    with pytest.raises(UsageError, match=r"there is no misconception 'x'$"):
        find_lesson("x")


class TestPuttingTogether:
    """Lessons from several places."""

    def test_order_is_kept(self):
        """They stay in the order given."""
        assert list(by_id([lesson("b")], [lesson("a", "b")])) == ["b", "a"]

    def test_two_of_an_id_are_refused(self):
        """No lab can change what an id means."""
        with pytest.raises(UsageError, match="vlan-tagged is there twice"):
            by_id(LESSONS, [replace(LESSONS[0], id="vlan-tagged")])

    def test_an_unknown_cause_is_refused(self):
        """What a lesson follows from is a lesson."""
        with pytest.raises(UsageError, match="follows from b: no such id"):
            by_id([lesson("a", "b")])

    def test_a_circle_is_refused(self):
        """No mistake is its own cause, however far around."""
        with pytest.raises(UsageError, match="follows from itself"):
            by_id([lesson("a", "b"), lesson("b", "c"), lesson("c", "a")])

    def test_causes_of_causes(self):
        """The nearest come first, each once."""
        lessons = by_id([lesson("a", "b", "c"), lesson("b", "d"), lesson("c", "d"), lesson("d")])
        assert causes("a", lessons) == ["b", "c", "d"]
        assert causes("d", lessons) == []
