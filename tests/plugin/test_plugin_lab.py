"""``pytest --lab``: the checks of a lab as ordinary items, and nothing of a stranger's loaded."""

import json
import os
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from l2harness.labs.lab import find_lab
from l2harness.reports.json import from_json

pytestmark = pytest.mark.kernel


def break_ethertype(submission):
    """Let a submission write the EtherType the wrong way round."""
    path = submission / "ethernet.py"
    text = path.read_text()
    assert "ETH_P_LAB = 0x88B5" in text
    path.write_text(text.replace("ETH_P_LAB = 0x88B5", "ETH_P_LAB = 0xB588"))


class TestItems:
    """Checks are items like any other."""

    def test_all_of_them_by_their_ids(self, run, submission):
        """Every check is an item with the rubric's id, and the header says how to do it again."""
        result = run("--lab", "pyng", "--submission", submission, "--seed", "7", "-v")
        result.assert_outcomes(passed=29)
        result.stdout.fnmatch_lines(
            [
                f"lab: pyng, submission: {submission}, seed: 7",
                "*::client.sends PASSED*",
                "*::client.ethertype PASSED*",
                "*::pair.broadcast PASSED*",
            ]
        )
        assert result.ret == 0

    def test_what_is_wrong(self, run, submission, pytester):
        """A failure shows its sentence and bytes, no traceback; JUnit and reports say the same."""
        break_ethertype(submission)
        result = run(
            *("--lab", "pyng", "--submission", submission, "--seed", "7"),
            *("--junitxml", "junit.xml", "--report-dir", "out"),
        )
        result.assert_outcomes(passed=28, failed=1)
        assert result.ret == 1
        result.stdout.fnmatch_lines(
            [
                "_* client.ethertype: Bytes 12–13 are 88 b5. _*",
                "Bytes 12–13 are b5 88: 0xb588. (6 points)",
                "*expected: 88 b5*",
                "*actual:   b5 88*",
                "*what is behind it*",
                "The two bytes of the EtherType are the wrong way round.",
                "*`l2harness explain ethertype-byte-order` tells*",
            ]
        )
        assert "Traceback" not in result.stdout.str()
        assert "test_pyng.py:" not in result.stdout.str()
        cases = ElementTree.parse(pytester.path / "junit.xml").iter("testcase")
        failed = [case.get("name") for case in cases if case.find("failure") is not None]
        assert failed == ["client.ethertype"]
        report = from_json((pytester.path / "out" / "report.json").read_bytes())
        assert (report.score, report.max_score, report.seed) == (94, 100, "7")
        assert {"report.md", "report.xml"} <= {it.name for it in (pytester.path / "out").iterdir()}

    def test_a_selection_brings_what_it_needs(self, run, submission):
        """With ``-k`` a check runs after those that it needs, and after nothing else."""
        selection = ("-k", "client.ethertype or server.idle")
        result = run("--lab", "pyng", "--submission", submission, *selection, "-v")
        result.assert_outcomes(passed=4, deselected=27)
        ran = [line.split()[0].partition("::")[2] for line in result.outlines if "PASSED" in line]
        assert ran == ["client.sends", "client.ethertype", "server.receives", "server.idle"]

    def test_stopping_at_the_first_failure(self, run, submission):
        """``-x`` stops there; what was not run is not counted as passed."""
        break_ethertype(submission)
        result = run("--lab", "pyng", "--submission", submission, "-x")
        result.assert_outcomes(passed=5, failed=1)
        result.stdout.fnmatch_lines(["*stopping after 1 failures*"])

    def test_blocked_checks_are_skipped(self, run, submission):
        """Checks that say nothing because another one failed are skipped, and say of which."""
        (submission / "pyng").unlink()
        result = run("--lab", "pyng", "--submission", submission, "-rs")
        result.assert_outcomes(passed=12, failed=1, skipped=16)
        result.stdout.fnmatch_lines(["SKIPPED*blocked: needs client.sends"])
        assert result.ret == 1

    def test_another_lab(self, run, submission):
        """The strict lab asks more of the same submission."""
        result = run("--lab", "pyng-strict", "--submission", submission, "-k", "minimum-frame")
        result.assert_outcomes(passed=1, failed=1, deselected=28)


class TestCollecting:
    """Looking without doing."""

    def test_without_privilege(self, run, submission, never_enter):
        """``--collect-only`` lists the ids and moves nowhere; running does."""
        arguments = ("--lab", "pyng", "--submission", submission, *never_enter)
        result = run(*arguments, "--collect-only", "-q")
        assert result.ret == 0
        ids = [line.partition("::")[2] for line in result.outlines if "::" in line]
        assert len(ids) == 29
        assert ids[0] == "client.sends"
        assert run(*arguments).ret == 99

    def test_nothing_selected(self, run, submission, never_enter):
        """Where no check is left there is nothing to enter for."""
        result = run("--lab", "pyng", "--submission", submission, "-k", "gravity", *never_enter)
        assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


class TestWhere:
    """From any directory."""

    def test_the_current_directory(self, run, submission, monkeypatch):
        """Without --submission it is where we are."""
        monkeypatch.chdir(submission)
        result = run("--lab", "pyng", "-k", "client.sends")
        result.assert_outcomes(passed=1, deselected=28)
        result.stdout.fnmatch_lines([f"lab: pyng, submission: {submission}, seed: *"])

    def test_a_relative_one(self, run, submission, monkeypatch):
        """A relative path is one from where we are, for submission and reports alike."""
        monkeypatch.chdir(submission.parent)
        arguments = ("--submission", "ada", "--report-dir", "out")
        run("--lab", "pyng", *arguments, "-k", "client.sends").assert_outcomes(
            passed=1, deselected=28
        )
        report = json.loads((submission.parent / "out" / "report.json").read_bytes())
        assert report["submission"]["name"] == "ada"
        assert report["complete"] is False

    def test_a_lab_of_ones_own(self, run, submission, tmp_path):
        """A folder can be named instead of a lab that ships."""
        folder = tmp_path / "mylab"
        folder.mkdir()
        (folder / "lab.toml").write_text('title = "Mine"\nextends = "pyng"\n')
        result = run("--lab", folder, "--submission", submission, "-k", "client.sends")
        result.assert_outcomes(passed=1, deselected=28)


class TestStrangersFiles:
    """What a submission brings along for Python and pytest is never loaded."""

    @pytest.fixture
    def trapped(self, submission, monkeypatch):
        """A submission full of traps, from within which pytest is started."""
        for name in ("conftest.py", "sitecustomize.py", "usercustomize.py", "pyroute2.py"):
            (submission / name).write_text("import os\nos._exit(66)\n")
        (submission / "test_mine.py").write_text("import os\nos._exit(67)\n")
        monkeypatch.chdir(submission)
        return submission

    def pytest_here(self, *arguments):
        """Exit status of a pytest that is started as a user starts it, where we are."""
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments]
        done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL, timeout=110)
        return done.returncode

    def test_modules_and_conftest(self, trapped):
        """Neither conftest.py nor modules named like ours, though we stand beside them."""
        assert self.pytest_here("--lab", "pyng", "-k", "client.sends") == 0

    def test_they_would_be_loaded(self, trapped):
        """The control: without --lab pytest does load them."""
        assert self.pytest_here() == 66

    def test_the_submission_elsewhere(self, trapped, monkeypatch, tmp_path):
        """The same from another place."""
        monkeypatch.chdir(tmp_path)
        arguments = ("--lab", "pyng", "--submission", str(trapped), "-k", "client.sends")
        assert self.pytest_here(*arguments) == 0

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("pytest.ini", "[pytest]\naddopts = --no-sandbox\n"),
            ("tox.ini", "[pytest]\naddopts = --no-sandbox\n"),
            ("pyproject.toml", '[tool.pytest.ini_options]\naddopts = "--no-sandbox"\n'),
        ],
    )
    def test_settings(self, run, submission, monkeypatch, name, text):
        """Settings that pytest finds in the submission are refused, with a way out."""
        (submission / name).write_text(text)
        monkeypatch.chdir(submission)
        result = run("--lab", "pyng", "-k", "client.sends")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: *{name} belongs to the submission*-c /dev/null*"])
        result = run("--lab", "pyng", "-k", "client.sends", "-c", "/dev/null")
        result.assert_outcomes(passed=1, deselected=28)


class TestMisuse:
    """What cannot be, is said in a sentence before anything is done."""

    def test_no_such_lab(self, run):
        """The nearest one is suggested."""
        result = run("--lab", "ping")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: there is no lab 'ping'; did you mean pyng?*"])

    @pytest.mark.parametrize("option", ["--submission", "--report-dir"])
    def test_options_without_a_lab(self, run, option):
        """They go with --lab."""
        result = run(option, ".")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines(["ERROR: *go with --lab"])

    def test_no_such_submission(self, run, tmp_path):
        """The directory is named, and the exit status says whose fault it is."""
        result = run("--lab", "pyng", "--submission", tmp_path / "nobody")
        assert result.ret == 2
        assert "there is no" in result.stdout.str() + result.stderr.str()
        assert "nobody" in result.stdout.str() + result.stderr.str()

    def test_reports_inside_the_submission(self, run, submission):
        """A submission is never written to."""
        before = sorted(os.listdir(submission))
        result = run(
            "--lab", "pyng", "--submission", submission, "--report-dir", submission / "out"
        )
        assert result.ret != 0
        assert sorted(os.listdir(submission)) == before

    def test_our_own_fault(self, run, submission, pytester):
        """When a run breaks, checks are errors and the exit status is 3."""
        pytester.makepyfile(
            breaking="""
            from l2harness.labs.pyng import runs
            def broken(stage):
                "Breaks."
                raise RuntimeError("a bug of ours")
            runs.server = runs.run(broken)
            """
        )
        result = run("--lab", "pyng", "--submission", submission, "-p", "breaking")
        assert result.ret == 3
        assert result.parseoutcomes()["errors"] >= 1


def test_the_lab_that_these_tests_count_on():
    """There are 29 checks, so the numbers above are all of them."""
    text = "".join(path.read_text() for path in find_lab("pyng").check_files)
    assert text.count("\n@check(") == 29
