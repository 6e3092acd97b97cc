"""``l2harness lab new``, and what belongs to labs of one's own: lists, schemas, sheets."""

import json
import subprocess
import sys

import pytest
from docs_tutorial import follow

from l2harness.cli import run
from l2harness.labs.places import VARIABLE


@pytest.fixture
def greet(tmp_path, monkeypatch, capsys):
    """A lab as `l2harness lab new` makes it."""
    monkeypatch.chdir(tmp_path)
    assert run(["lab", "new", "greet"]) == 0
    assert "l2harness audit ./greet" in capsys.readouterr().out
    return tmp_path / "greet"


class TestNew:
    """A lab to begin with."""

    def test_it_grades_rightly(self, greet, l2harness):
        """The audit of a new lab passes at once: reference, nothing, and each mutant."""
        audited = l2harness("audit", greet, "--seed", "7", "--times", "2")
        assert audited.returncode == 0, audited.stdout + audited.stderr
        assert audited.stdout.count("2 mutants, 2 checks: all as it should be") == 2
        assert "2 rounds, 8 submissions graded: the same every time" in audited.stdout

    def test_a_grade_by_luck(self, greet, l2harness):
        """A check that depends on an address is not the same every time; the audit names it."""
        checks = greet / "test_checks.py"
        right = "data[12:14] == right"
        assert right in checks.read_text()
        checks.write_text(checks.read_text().replace(right, f"{right} and data[10] % 2"))
        audited = l2harness("audit", greet, "--seed", "7", "--times", "3")
        assert audited.returncode == 1
        told = " ".join(audited.stdout.split())
        assert "reference, greet.ethertype: fail in round 1, 2; pass in round 3" in told
        assert "not always the same" in told

    def test_a_mistake_is_explained(self, greet, l2harness):
        """A submission is told what is wrong in the lab's own words."""
        (greet / "mutants" / "silent" / "mutant.toml").unlink()
        checked = l2harness("check", greet / "mutants" / "silent", "--lab", greet)
        assert checked.returncode == 1, checked.stdout + checked.stderr
        assert "greet-bound-is-not-sent" in checked.stdout
        assert "./greet eth0" in checked.stdout

    def test_a_reference_that_fails(self, greet, l2harness):
        """The audit says which check the reference fails, and what was seen."""
        program = greet / "reference" / "greet"
        program.write_text(program.read_text().replace("0x88B5", "0x88B6"))
        audited = l2harness("audit", greet, "--seed", "7")
        assert audited.returncode == 1
        told = " ".join(audited.stdout.split())
        assert "the reference: greet.ethertype fail: Bytes 12–13 are 88 b6." in told

    def test_its_own_test(self, greet):
        """The test that comes with it passes, and its checks are not taken for tests."""
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        tested = subprocess.run(command, cwd=greet, capture_output=True, text=True, check=False)
        assert tested.returncode == 0, tested.stdout
        assert "2 passed" in tested.stdout

    @pytest.mark.parametrize(
        ("name", "problem"),
        [
            ("Greet", "a lab cannot be called Greet: names have 2 to 32 small letters"),
            ("a", "cannot be called a"),
            ("../up", "cannot be called ../up"),
            ("-x", "no such option"),
            ("pyng", "a lab pyng comes with l2harness: take another name"),
            ("there", "there is there already: take another name, or remove it"),
            ("link", "link is there already"),
        ],
    )
    def test_what_is_refused(self, name, problem, tmp_path, monkeypatch, capsys):
        """A bad name, and whatever is there already, with nothing written."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "there").mkdir()
        (tmp_path / "link").symlink_to("nowhere")
        assert run(["lab", "new", name]) == 2
        assert problem.casefold() in capsys.readouterr().err.casefold()
        assert sorted(it.name for it in tmp_path.iterdir()) == ["link", "there"]

    def test_elsewhere(self, tmp_path, capsys):
        """It is made where one says, if that is a directory."""
        assert run(["lab", "new", "greet", "--directory", str(tmp_path)]) == 0
        assert (tmp_path / "greet" / "lab.toml").is_file()
        assert run(["lab", "new", "greet", "--directory", str(tmp_path / "no")]) == 2
        assert "there is no directory" in capsys.readouterr().err


class TestTutorial:
    """``docs/labs.md``, followed to its end."""

    @pytest.mark.parametrize("lab", ["greet", "autumn"])
    def test_it_grades_rightly(self, tmp_path, monkeypatch, l2harness, lab):
        """The lab of the page is proven by its audit, and so is the course that varies it."""
        monkeypatch.chdir(tmp_path)
        follow(tmp_path)
        audited = l2harness("audit", tmp_path / lab, "--seed", "7")
        assert audited.returncode == 0, audited.stdout + audited.stderr
        assert "3 mutants, 3 checks: all as it should be" in audited.stdout


class TestList:
    """``l2harness labs`` shows where labs come from."""

    def test_from_everywhere(self, greet, monkeypatch, capsys):
        """Those of a directory are listed beside those that come with l2harness."""
        monkeypatch.setenv(VARIABLE, f"./../{greet.parent.name}")
        monkeypatch.setenv("COLUMNS", "200")
        assert run(["labs"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [it for it in lines if it.split()[:1] == ["pyng"] and " l2harness " in it]
        assert [
            it for it in lines if it.split()[:1] == ["greet"] and f"./../{greet.parent.name}" in it
        ]

    def test_of_a_directory(self, greet, capsys):
        """A directory of labs is listed alone."""
        assert run(["labs", str(greet.parent)]) == 0
        told = capsys.readouterr().out
        assert "greet" in told
        assert "pyng" not in told

    def test_a_broken_one(self, greet, monkeypatch, capsys):
        """What is wrong in one is said, with the place, and the others are listed."""
        (greet / "test_checks.py").write_text("def broken(:\n")
        monkeypatch.setenv(VARIABLE, str(greet.parent))
        assert run(["labs"]) == 2
        said = capsys.readouterr()
        assert "pyng-strict" in said.out
        assert "greet/test_checks.py:1: is not Python" in said.err

    def test_two_of_a_name(self, greet, tmp_path, monkeypatch, capsys):
        """Names that two labs have are said."""
        (tmp_path / "more").mkdir()
        assert run(["lab", "new", "greet", "--directory", str(tmp_path / "more")]) == 0
        (tmp_path / "pyng").mkdir()
        (tmp_path / "pyng" / "lab.toml").write_text("")
        monkeypatch.setenv(VARIABLE, f"{tmp_path}:{tmp_path / 'more'}")
        assert run(["labs"]) == 0
        told = capsys.readouterr().err
        assert "several labs are called greet" in told
        assert "pyng is the one that comes with l2harness; give a path for" in told

    def test_options(self, greet, capsys):
        """A lab's description has its options, their values and what they mean."""
        assert run(["labs", str(greet)]) == 0
        told = capsys.readouterr().out
        assert "Options" in told
        assert "0x88b5" in told
        assert "bytes 12–13 of the frame" in told

    @pytest.mark.parametrize("which", ["lab", "topology", "report"])
    def test_schemas(self, which, capsys):
        """Each schema is printed as JSON."""
        assert run(["labs", "--schema", which]) == 0
        assert json.loads(capsys.readouterr().out)["type"] == "object"
        assert run(["labs", "pyng", "--schema", which]) == 2


class TestVariant:
    """``l2harness variant`` prints what is asked of a student."""

    @pytest.fixture
    def varied(self, tmp_path, monkeypatch):
        """A lab that differs from student to student."""
        monkeypatch.chdir(tmp_path)
        (tmp_path / "autumn").mkdir()
        (tmp_path / "autumn" / "lab.toml").write_text(
            'title = "x"\nextends = "pyng"\n[variants]\nethertype = {from = 0x8900, to = 0x8fff}\n'
            '[checks."client.usage"]\nvisibility = "hidden"\n'
        )
        return "./autumn"

    def test_a_sheet(self, varied, capsys):
        """Values, points and how to try are on it; hidden checks are counted, and not told."""
        assert run(["variant", "Anna <b>", "--lab", varied, "--seed", "7"]) == 0
        sheet = capsys.readouterr().out
        assert "For Anna \\<b>." in sheet or "For Anna &lt;b" in sheet
        kind = next(line for line in sheet.splitlines() if line.startswith("- ethertype: `0x8"))
        wire = kind.partition("(bytes ")[2].partition(")")[0]
        assert f"| Bytes 12–13 are {wire}. | 6 |" in sheet
        assert "| together | 99 |" in sheet
        assert "1 more check, worth 1 point, cannot be seen yet." in sheet
        assert "Without arguments" not in sheet
        assert "l2harness check --lab autumn --variant " in sheet

    def test_files(self, varied, tmp_path, capsys):
        """A sheet for each student, the same every time, and different from each other."""
        names = [f"student {number}" for number in range(5)]
        for out in ("one", "two"):
            assert run(["variant", *names, "--lab", varied, "--seed", "7", "--out", out]) == 0
        sheets = {it.name: it.read_text() for it in (tmp_path / "one").glob("*.md")}
        assert sorted(sheets) == [f"{it}.md" for it in names]
        assert sheets == {it.name: it.read_text() for it in (tmp_path / "two").glob("*.md")}
        values = {text.partition("ethertype: ")[2][:8] for text in sheets.values()}
        assert len(values) > 1
        assert run(["variant", "../x", "--lab", varied, "--seed", "7", "--out", "one"]) == 2
        assert "cannot name a file" in capsys.readouterr().err

    def test_without_a_seed(self, varied, capsys):
        """A lab that varies needs the seed of the class; one that does not has sheets, too."""
        assert run(["variant", "anna", "--lab", varied]) == 2
        assert "say the seed of the class, --seed N" in capsys.readouterr().err
        assert run(["variant", "anna", "--lab", "pyng"]) == 0
        assert "--variant" not in capsys.readouterr().out

    def test_check_needs_to_know_whose(self, varied, tmp_path, capsys):
        """Whoever checks is asked for the word on the sheet."""
        (tmp_path / "mine").mkdir()
        (tmp_path / "mine" / "pyng").write_text("#!/bin/sh\n")
        assert run(["check", str(tmp_path / "mine"), "--lab", varied]) == 2
        assert "--variant WORD" in capsys.readouterr().err
