"""Every submission of the hostile corpus: it does no harm, gains nothing, and leaves nothing."""

import os
from types import SimpleNamespace

import msgspec
import pytest

from l2harness.grading.assault import Assault, attack, judge
from l2harness.grading.assault_enclosed import FINDINGS, TASK, answer, task_for
from l2harness.grading.audit import graded, kill_table, short_of_full_marks
from l2harness.labs.hostiles import hostile_corpus, load_hostile
from l2harness.labs.lab import find_lab
from l2harness.labs.mutants import reference_of

pytestmark = [pytest.mark.usefixtures("bubblewrap"), pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def lab(namespaces):
    """Lab pyng, on a machine on which its reference is right."""
    lab = find_lab("pyng")
    assert short_of_full_marks(graded(lab, reference_of(lab), "reference", "1")) == []
    return lab


@pytest.mark.parametrize("hostile", hostile_corpus(), ids=lambda it: it.name)
def test_it_is_contained(lab, hostile):
    """It escapes nowhere, forges nothing and leaves nothing; the reference beside it is right."""
    outcome = attack(lab, hostile, "7")
    assert outcome.complaints == []
    assert outcome.wall_s > 0


def test_as_in_a_machine(lab, tmp_path):
    """What a machine is told to attack it attacks, and what it has found can be read."""
    hostile = load_hostile(hostile_corpus()[0].file)
    (tmp_path / "job").mkdir()
    blind = SimpleNamespace(sees_files=False)  # so that the lab's files travel, too
    (tmp_path / "job" / TASK).write_bytes(task_for(lab, hostile, "7", blind))
    answer(tmp_path / "job", tmp_path)
    found = msgspec.json.decode((tmp_path / FINDINGS).read_bytes(), type=Assault)
    assert (found.name, found.title) == (hostile.name, hostile.title)
    assert found.wall_s > 0
    assert (found.escapes, found.forged, found.left) == ((), (), ())


class TestAnAuditCanFail:
    """The same audit, of submissions that are worse than those of the corpus."""

    def test_a_client_that_is_right(self, lab, tmp_path):
        """Points that are not expected count as forged, whoever earned them honestly."""
        client = reference_of(lab) / "pyng"
        path = tmp_path / "honest.py"
        path.write_text(
            "#!/usr/bin/env python3\n# Does all that is asked.\n"
            '#: as = ["pyng"]\n#: ends = ["exited"]\n' + client.read_text()
        )
        outcome = attack(lab, load_hostile(path), "7")
        assert "client.sends" in outcome.forged
        assert outcome.points > 40

    def test_a_program_that_says_it_has_escaped(self, lab, tmp_path):
        """A claim to have escaped is believed; a way to end that is not expected is reported."""
        path = tmp_path / "boasts.py"
        path.write_text(
            "#!/usr/bin/env python3\n# Boasts.\n"
            '#: as = ["pyng"]\n#: ends = ["signalled"]\nprint("ESCAPED: everything")\n'
        )
        outcome = attack(lab, load_hostile(path), "7")
        assert outcome.escapes
        assert "a program ended so: exited" in outcome.complaints

    def test_a_grader_that_dies(self, lab, monkeypatch):
        """If the process that grades ends early, that is said, and nothing is called contained."""
        monkeypatch.setattr("l2harness.grading.assault.judge", lambda *_: None)
        outcome = attack(lab, hostile_corpus()[0], "7")
        assert not outcome.contained

    def test_a_grader_that_keeps_too_much(self, lab, monkeypatch):
        """Memory is counted from where the process that grades began, and too much is named."""
        kept = []

        def judge_and_keep(*words):
            kept.append(bytearray(os.urandom(1 << 20) * 150))
            return judge(*words)

        monkeypatch.setattr("l2harness.grading.assault.judge", judge_and_keep)
        outcome = attack(lab, hostile_corpus()[0], "7")
        assert outcome.peak_bytes > 150 << 20
        assert [it for it in outcome.complaints if it.startswith("made the harness keep ")]

    def test_a_lab_whose_checks_cannot_fail(self, lab, monkeypatch):
        """Without mutants every check is named as one that nobody has seen fail."""
        monkeypatch.setattr("l2harness.grading.audit.mutants_of", lambda _: [])
        table = kill_table(lab, "7")
        assert table.surprises == ()
        assert len(table.survivors) == len(table.checks) > 20
        assert not table.right
