"""Grading in virtual machines, from the command line: what comes back, and what goes wrong."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from classes import hand_in, write_lab
from machines import fake_linux, locked_command, places_of_nobody, small_command

from l2harness.reports.json import from_json
from l2harness.vm import qemu, uml

STARTS = 'print("l2harness: started", flush=True)\n'
#: Machines that come to nothing, and what their reports show.
DEATHS = {
    "does not boot": ('print("Kernel panic - not syncing: no memory")', "no memory"),
    "dies mid-run": (STARTS + 'print("Bus error")', "Bus error"),
    "disk full": (STARTS + 'print("[Errno 28] No space left on device")', "No space left"),
    "no report": (STARTS + 'print("Killed")\nend(137)', "ended with status 137"),
    "a report of something else": (STARTS + 'report(seed="x")\nend()', "not of what it was to"),
    "nonsense": (STARTS + 'open(results + "/report.json", "w").write("{}")\nend()', "no report"),
}
#: Longer than a grading in a slow virtual machine takes on a busy machine, seconds.
_PATIENCE_S = 300


@pytest.fixture
def with_linux(environment, tmp_path):
    """Make an environment in which a fake of user-mode Linux is found first."""

    def make(body):
        directory = fake_linux(tmp_path / "bin", body).parent
        return {"PATH": f"{directory}:{environment.get('PATH', os.defpath)}"}

    return make


class TestFakes:
    """With a program that is taken for user-mode Linux."""

    def test_a_report_comes_back(self, l2harness, with_linux, reference, tmp_path):
        """What the machine has found out is shown and written as if it had been found here."""
        done = l2harness(
            *("check", reference, "--backend", "vm:uml", "--report-dir", "out", "--seed", "3"),
            environ=with_linux(STARTS + "report()\nend()"),
        )
        assert (done.returncode, done.stderr) == (1, "")
        assert "It was silent." in done.stdout
        result = from_json((tmp_path / "out" / "report.json").read_bytes())
        assert (result.mode, result.seed) == ("vm:uml 6.15.9", "3")
        assert (tmp_path / "out" / "evidence.pcapng").read_bytes() == b"frames"
        assert "vm:uml 6.15.9" in (tmp_path / "out" / "report.md").read_text()

    def test_pytest_tells_it_again(self, with_linux, environment, reference, tmp_path):
        """Its verdicts are those of pytest's items, and nothing is run here."""
        done = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--lab", "pyng"),
                *("--submission", reference, "--backend", "vm:uml", "--report-dir", "out"),
            ],
            env={**environment, **with_linux(STARTS + "report()\nend()")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        assert done.returncode == 1
        assert "1 failed, 28 passed" in done.stdout
        assert "It was silent." in done.stdout
        assert json.loads((tmp_path / "out" / "report.json").read_text())["score"] == 95

    @pytest.mark.parametrize("death", DEATHS)
    def test_it_comes_to_nothing(self, l2harness, with_linux, reference, tmp_path, death):
        """The student loses no point, and the report shows the end of the console; status 3."""
        body, shown = DEATHS[death]
        done = l2harness(
            *("check", reference, "--backend", "vm:uml", "--report-dir", "out"),
            environ=with_linux(body),
        )
        assert done.returncode == 3
        assert "Traceback" not in done.stderr
        result = from_json((tmp_path / "out" / "report.json").read_bytes())
        assert not result.complete
        assert {check.verdict for check in result.checks} == {"error"}
        assert shown in result.checks[0].rationale
        assert result.mode == "vm:uml 6.15.9"

    def test_of_a_class(self, l2harness, with_linux, make_submission, tmp_path):
        """One machine that dies is tried again, and costs the others nothing."""
        make_submission("class/ada", "exit 0")
        make_submission("class/bob", "exit 0")
        dies_for_bob = (
            STARTS
            + 'order, _ = pickle.load(open(place + "/job/order.pickle", "rb"))\n'
            + 'if order.name == "bob":\n    print("Bus error")\n    sys.exit()\n'
            + "report()\nend()"
        )
        done = l2harness(
            *("grade", "class", "--backend", "vm:uml", "--out", "out", "--jobs", "2"),
            environ=with_linux(dies_for_bob),
        )
        assert done.returncode == 3
        ada, bob = (
            from_json((tmp_path / "out" / name / "report.json").read_bytes())
            for name in ("ada", "bob")
        )
        assert (ada.complete, ada.score) == (True, 95)
        assert (tmp_path / "out" / "ada" / "evidence.pcapng").read_bytes() == b"frames"
        assert {check.verdict for check in bob.checks} == {"error"}
        assert "Bus error" in bob.checks[0].rationale
        assert "(tried 3 times)" in bob.checks[0].rationale
        assert "bob" in (tmp_path / "out" / "gradebook.csv").read_text()

    def test_the_submission_is_at_fault(self, l2harness, with_linux, reference):
        """What the grading refuses inside is refused here with the same words and status."""
        refuses = (
            STARTS
            + 'said = {"kind": "SubmissionError", "parts": ["two programs of one name"]}\n'
            + 'json.dump(said, open(results + "/refusal.json", "w"))\nend()'
        )
        done = l2harness("check", reference, "--backend", "vm:uml", environ=with_linux(refuses))
        assert (done.returncode, done.stdout) == (2, "")
        assert "error: two programs of one name" in done.stderr

    def test_something_else_of_that_name(self, l2harness, tmp_path, environment, reference):
        """A program called linux that is none is not booted; what helps is said; status 3."""
        other = tmp_path / "bin" / "linux"
        other.parent.mkdir()
        other.write_text("#!/bin/sh\necho hello\n")
        other.chmod(0o755)
        (tmp_path / "bin" / "linux.uml").symlink_to(other)
        path = f"{other.parent}:{environment['PATH']}"
        done = l2harness("check", reference, "--backend", "vm:uml", environ={"PATH": path})
        assert (done.returncode, done.stdout) == (3, "")
        assert "there is no user-mode Linux on PATH" in done.stderr
        first = done.stderr.index("apt-get install user-mode-linux")
        assert first < done.stderr.index("pip install l2harness-uml")

    def test_doctor_shows_why_not(self, l2harness, with_linux):
        """One that does not boot is shown with the end of its console."""
        done = l2harness(
            "doctor", "--backend", "vm:uml", environ=with_linux('print("Kernel panic: no memory")')
        )
        assert "user-mode Linux" in done.stdout
        assert "Kernel panic: no" in done.stdout


@pytest.fixture
def open_place():
    """A directory that everybody may read, with one that everybody may write to."""
    place = Path(tempfile.mkdtemp(prefix="l2harness-test-", dir="/tmp"))
    place.chmod(0o755)
    (place / "writable").mkdir()
    (place / "writable").chmod(0o777)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def user_mode_linux(request):
    """Skip, or under --require-kernel fail, where there is none."""
    if uml.find() is None:
        reason = "user-mode Linux is not installed: sudo apt-get install user-mode-linux gcc"
        if request.config.option.require_kernel:
            pytest.fail(reason)
        pytest.skip(reason)


class TestWithoutAnyPrivilege:
    """As nobody, without capabilities, where a filter refuses namespaces and mounts.

    Root's tests have half a processor and 768 MB there, as a small container of a platform has.
    """

    @pytest.mark.timeout(600)
    def test_the_verdicts_of_root(self, user_mode_linux, open_place, l2harness, environment):
        """A class is graded in virtual machines, with the verdicts that it has otherwise."""
        lab = write_lab(open_place / "lab")
        hand_in(open_place / "class", "ada")
        hand_in(open_place / "class", "bob", status=3)
        arguments = ["grade", open_place / "class", "--lab", lab, "--seed", "7", "--out"]
        home = open_place / "writable"
        locked = l2harness(
            *arguments,
            home / "locked",
            before=[*small_command(), *locked_command()],
            environ={"HOME": str(home), "XDG_CACHE_HOME": str(home / "cache")},
            timeout=_PATIENCE_S,
        )
        ordinary = l2harness(*arguments, home / "ordinary", timeout=_PATIENCE_S)
        assert (locked.returncode, ordinary.returncode) == (1, 1), locked.stderr
        for name in ("ada", "bob"):
            reports = [
                from_json((home / kind / name / "report.json").read_bytes())
                for kind in ("locked", "ordinary")
            ]
            verdicts = [[(it.id, it.verdict, it.points) for it in r.checks] for r in reports]
            assert verdicts[0] == verdicts[1]
            assert reports[0].mode.startswith("vm:uml ")
            assert reports[1].mode in ("root", "rootless")
            assert (home / "locked" / name / "evidence.pcapng").stat().st_size > 0
        assert places_of_nobody() == []

    def test_nothing_is_installed(self, l2harness, without_bubblewrap, reference):
        """What is missing is said of every way, and what helps; status 3, no report."""
        done = l2harness(
            *("check", reference),
            before=[*locked_command()[:3], str(os.geteuid())],
            environ={"PATH": without_bubblewrap},
        )
        assert (done.returncode, done.stdout) == (3, "")
        assert "neither root nor a user namespace" in done.stderr
        assert "and there is no user-mode Linux" in done.stderr
        assert "apt-get install user-mode-linux" in done.stderr
        assert "for qemu, there is no qemu-system-x86_64 on PATH" in done.stderr
        assert "apt-get install --no-install-recommends qemu-system-x86" in done.stderr

    def test_no_qemu(self, l2harness, without_bubblewrap, reference):
        """One way that was asked for and is missing is told alone; status 3, no report."""
        done = l2harness(
            *("check", reference, "--backend", "vm:qemu"), environ={"PATH": without_bubblewrap}
        )
        assert (done.returncode, done.stdout) == (3, "")
        assert "there is no qemu-system-x86_64 on PATH" in done.stderr
        assert "apt-get install --no-install-recommends qemu-system-x86" in done.stderr
        assert "user-mode-linux" not in done.stderr
        shown = l2harness("doctor", "--backend", "vm:qemu", environ={"PATH": without_bubblewrap})
        assert "there is no qemu-system-x86_64 on PATH" in shown.stdout

    def test_forced(self, l2harness, reference):
        """Root that was asked for and is not there is refused by name; status 3."""
        done = l2harness(
            *("check", reference, "--backend", "root"),
            before=[*locked_command()[:3], str(os.geteuid())],
        )
        assert done.returncode == 3
        assert "is not root here, or a root without CAP_SYS_ADMIN" in done.stderr


@pytest.fixture
def emulated(request):
    """Skip, or under --require-kernel fail, where there is no qemu with a kernel."""
    found, problem = qemu.look_for()
    if found is None:
        reason = f"{problem}: scripts/setup test"
        if request.config.option.require_kernel:
            pytest.fail(reason)
        pytest.skip(reason)
    return found


class TestEmulated:
    """In a computer that qemu emulates: nothing but a program that computes."""

    @pytest.mark.timeout(1200)
    def test_the_verdicts_of_root(self, emulated, open_place, l2harness, reference):
        """As nobody, without capabilities, behind a filter: full marks, and nothing is left."""
        home = open_place / "writable"
        submission = shutil.copytree(reference, open_place / "submission")
        done = l2harness(
            *("check", submission, "--backend", "vm:qemu", "--report-dir", home / "out"),
            before=locked_command(),
            environ={"HOME": str(home), "TMPDIR": str(home), "XDG_CACHE_HOME": str(home / "kept")},
            timeout=1100,
        )
        assert (done.returncode, done.stderr) == (0, "")
        result = from_json((home / "out" / "report.json").read_bytes())
        assert {check.verdict for check in result.checks} == {"pass"}
        assert result.mode == f"vm:qemu {emulated.version}"
        assert (home / "out" / "evidence.pcapng").stat().st_size > 0
        assert sorted(it.name for it in home.iterdir()) == ["kept", "out"]
        kept = sorted(it.name.partition("-")[0] for it in (home / "kept" / "l2harness").iterdir())
        assert kept == ["manifest", "system"]
        assert places_of_nobody() == []
