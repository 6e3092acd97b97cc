"""Audits and replays in virtual machines, from the command line, with fakes in their place."""

import os

import pytest
from machines import fake_linux

from l2harness.labs.lab import find_lab
from l2harness.labs.rubric import rubric_of

STARTS = 'print("l2harness: started", flush=True)\n'
#: What an audit inside has found of a submission, as far as it is not right by itself.
FOUND = """
from l2harness.grading.assault_enclosed import TASK
lab, hostile, seed = pickle.load(open(f"{{place}}/job/{{TASK}}", "rb"))
found = {{"name": hostile.name, "title": hostile.title, "wall_s": 1.0, "allowed_s": 9.0, {more}}}
json.dump(found, open(results + "/assault.json", "w"))
end()
"""


@pytest.fixture
def in_fake(l2harness, environment, tmp_path):
    """Run a command line with ``--backend vm:uml`` and a fake whose body this is."""

    def run(body, *arguments):
        directory = fake_linux(tmp_path / "bin", STARTS + body).parent
        path = f"{directory}:{environment.get('PATH', os.defpath)}"
        return l2harness(*arguments, "--backend", "vm:uml", environ={"PATH": path})

    return run


class TestHostile:
    """The hostile corpus."""

    def test_contained(self, in_fake):
        """What the audit in the machine has found is shown as if it had been found here."""
        audited = in_fake(FOUND.format(more=""), "audit", "--hostile", "--only", "cpu")
        assert audited.returncode == 0, audited.stderr
        assert "lab pyng, vm:uml, seed " in audited.stderr
        assert "[1/1] cpu: contained" in audited.stderr
        assert "1 of 1 contained, 0 points gained" in audited.stdout

    @pytest.mark.parametrize(
        ("body", "said"),
        [
            (FOUND.format(more='"escapes": ["ESCAPED: everything"]'), "escaped: ESCAPED: every"),
            (FOUND.format(more='"wall_s": 10.0'), "took 10.0 s of 9.0 s"),
            ('print("Kernel panic: no memory", flush=True)', "Kernel panic: no memory"),
            ("end(3)", "the audit in it ended with status 3"),
            ('open(results + "/assault.json", "w").write("{}")\nend()', "missing required"),
        ],
        ids=["it escaped", "it took long", "the machine died", "a refusal", "nonsense"],
    )
    def test_not_contained(self, in_fake, body, said):
        """What has escaped, and what nobody knows anything about, is not called contained."""
        audited = in_fake(body, "audit", "--hostile", "--only", "cpu")
        assert audited.returncode == 1
        assert said in " ".join(audited.stderr.split())
        assert "0 of 1 contained" in audited.stdout

    def test_nowhere_else(self, l2harness):
        """What runs in the machine says so where there is none."""
        done = l2harness("attack-enclosed")
        assert done.returncode == 2
        assert "this is no virtual machine of l2harness's" in done.stderr


class TestMutants:
    """Whether a lab grades rightly."""

    def test_each_in_a_machine(self, in_fake, l2harness):
        """References, nothing, and mutants get the verdicts of machines, each its own."""
        assert l2harness("lab", "new", "greet").returncode == 0
        last = "order, only = open_order(Path(place, 'job'))\n"
        imports = "from pathlib import Path\nfrom l2harness.grading.enclosed import open_order\n"
        dies = "if order.name == 'silent':\n    print('Bus error')\n    sys.exit()\n"
        audited = in_fake(imports + last + dies + "report()\nend()", "audit", "greet")
        assert audited.returncode == 1
        told = " ".join(audited.stdout.split())
        assert "the reference: greet.sends fail: It was silent." in told
        assert "silent: greet.sends: error" in told
        assert "2 mutants, 2 checks: not as it should be" in told


class TestReplay:
    """One check again."""

    def test_in_a_machine(self, in_fake, reference):
        """The check alone is asked, in a machine, and its verdict is the status."""
        first, second, *_ = (spec.id for spec in rubric_of(find_lab("pyng")))
        in_fake("report()\nend()", "check", reference, "--seed", "5", "--report-dir", "out")
        for check, status in ((first, 1), (second, 0)):
            again = in_fake(
                "from pathlib import Path\n"
                "from l2harness.grading.enclosed import open_order\n"
                "order, only = open_order(Path(place, 'job'))\n"
                f"assert (only, order.seed) == ({{{check!r}}}, '5')\n"
                "report()\nend()",
                *("replay", "out", check, "--submission", reference),
            )
            assert again.returncode == status, again.stdout + again.stderr

    def test_it_comes_to_nothing(self, in_fake, reference):
        """A machine that dies is no verdict; status 3."""
        check = rubric_of(find_lab("pyng"))[0].id
        in_fake("report()\nend()", "check", reference, "--report-dir", "out")
        died = in_fake("print('Bus error')", "replay", "out", check, "--submission", reference)
        assert died.returncode == 3
        assert "Bus error" in died.stdout
