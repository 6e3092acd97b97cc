"""``l2harness explain``: lessons on the terminal, without a submission and without privileges."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from l2harness.commands.explain import explain
from l2harness.errors import UsageError
from l2harness.labs.lab import find_lab
from l2harness.labs.misconceptions import CATALOGUE
from l2harness.labs.rubric import rubric_of


@pytest.fixture
def explained(monkeypatch):
    """What the command prints, as one line of words."""
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments):
        done = CliRunner().invoke(explain, arguments, standalone_mode=False)
        if done.exception:
            raise done.exception
        assert done.return_value == 0
        return " ".join(done.stdout.split())

    return run


class TestMistakes:
    """The lesson of a known mistake."""

    @pytest.mark.parametrize("id", CATALOGUE)
    def test_the_whole_lesson_is_told(self, explained, id):
        """Title, the three parts, what to type, and the lecture's question."""
        lesson = CATALOGUE[id]
        told = explained(id)
        for part in (lesson.title, lesson.seen, lesson.why, lesson.find_out, lesson.question):
            assert " ".join(part.split()) in told
        for typed in (lesson.command, lesson.filter):
            if typed is not None and len(typed) < 70:
                assert typed in told

    def test_causes_are_named(self, explained):
        """What it may follow from is to be mended first."""
        told = explained("payload-shifted")
        assert "It may follow from another mistake; mend that first: vlan-tagged" in told
        assert "It may follow" not in explained("vlan-tagged")

    def test_all_of_them(self, explained):
        """Without a word, every known mistake has its line."""
        told = explained()
        assert all(id in told for id in CATALOGUE)

    def test_a_mistake_of_another_lab(self, explained):
        """What a report names is explained, also without the lab's name."""
        assert "broadcast-for-one" in explained("broadcast-for-one")
        assert "broadcast-for-one" in explained("--lab", "hello-frame")
        assert "broadcast-for-one" not in explained()


class TestChecks:
    """What there is to learn about a check."""

    def test_what_it_asks_and_how_it_is_failed(self, explained):
        """Its sentence, its points, what it needs, and the mistakes proven to fail it."""
        told = explained("client.ethertype")
        assert "Bytes 12–13 are 88 b5. client.ethertype · 6 points" in told
        assert "passes client.sends." in told
        assert "ethertype-byte-order The two bytes" in told
        assert "drops-broadcast" not in told

    @pytest.mark.parametrize("spec", rubric_of(find_lab("pyng")), ids=lambda spec: spec.id)
    def test_every_check_has_a_lesson(self, explained, spec):
        """For each check of the lab at least one mistake is known."""
        assert "Mistakes that are known to fail it" in explained(spec.id)

    def test_of_another_lab(self, explained):
        """A lab that extends another knows its mistakes as well, its own first."""
        told = explained("client.minimum-frame", "--lab", "pyng-strict")
        assert told.index("not-padded") < told.index("fcs-appended")
        assert "not-padded" not in explained("client.minimum-frame")


class TestWrongWords:
    """What is neither a check nor a mistake."""

    def test_a_near_miss(self, explained):
        """The nearest check or mistake is offered."""
        with pytest.raises(UsageError, match=r"Did you mean 'client\.ethertype'\?"):
            explained("client.ethertyp")
        with pytest.raises(UsageError, match="Did you mean 'source-zero'"):
            explained("source-zeros")

    def test_anything(self, explained):
        """Otherwise it is said where all of them are listed."""
        with pytest.raises(UsageError, match="`l2harness labs pyng` lists the checks"):
            explained("42")
