"""``l2harness check``: one submission, on real frames, as whoever runs the tests."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from l2harness.reports.json import from_json


class TestVerdict:
    """What is printed, and the exit status."""

    def test_a_right_one(self, l2harness, reference):
        """All points and status 0; the seed is in the report; nothing but the report is said."""
        done = l2harness("check", reference, "--seed", "42")
        assert (done.returncode, done.stderr) == (0, "")
        assert "reference · lab pyng · seed 42 · " in done.stdout
        assert "100 of 100 points   all 29 checks passed" in done.stdout
        assert "no-sandbox" not in done.stdout
        assert max(map(len, done.stdout.splitlines())) <= 80

    def test_a_wrong_one(self, l2harness, make_submission):
        """No points and status 1, from the current directory too; the name is the directory's."""
        done = l2harness("check", cwd=make_submission("lazy", "exit 0"))
        assert (done.returncode, done.stderr) == (1, "")
        assert "lazy · lab pyng · seed " in done.stdout
        assert "0 of 100 points" in done.stdout

    def test_a_drawn_seed(self, l2harness, make_submission):
        """Without --seed one is drawn and printed, and it is another one every time."""
        directory = make_submission("lazy", "exit 0")
        seeds = {
            re.search(r"seed (\w+)", l2harness("check", directory).stdout)[1] for _ in range(2)
        }
        assert len(seeds) == 2

    def test_a_wrapped_one(self, l2harness, reference, tmp_path):
        """An archive's folder around everything is looked into."""
        (tmp_path / "upload").mkdir()
        shutil.move(reference, tmp_path / "upload" / "pyng-1.0")
        done = l2harness("check", "upload")
        assert done.returncode == 0
        assert "everything lies in the folder pyng-1.0" in done.stdout

    def test_a_line_that_changes(self, l2harness, make_submission, tmp_path):
        """On a terminal one line says how far it is, and is taken away before the report."""
        ours, theirs = os.openpty()
        with open(theirs, "wb") as terminal:
            done = l2harness("check", make_submission("lazy", "exit 0"), stderr=terminal)
        said = b""
        with open(ours, "rb", buffering=0) as reader:
            # Every descriptor of the other end is closed: what is left can be read, then EIO.
            while chunk := _read(reader):
                said += chunk
        assert done.returncode == 1
        assert "lazy · getting ready".encode() in said
        assert re.search(rb"run 1 of \d", said)
        assert said.endswith(b"\r\x1b[2K")
        assert b"\n" not in said


def _read(reader):
    try:
        return reader.read(4096)
    except OSError:
        return b""


class TestNothingIsWritten:
    """A check leaves no trace that was not asked for."""

    def test_nowhere(self, l2harness, make_submission, tmp_path):
        """What a program writes to its directory is gone, and no report appears."""
        directory = make_submission("busy", "echo x > trace; echo x > ../trace; exit 0")
        before = sorted(tmp_path.rglob("*"))
        assert l2harness("check", directory, cwd=tmp_path).returncode == 1
        assert sorted(tmp_path.rglob("*")) == before

    def test_where_it_was_asked_for(self, l2harness, make_submission, tmp_path):
        """With --report-dir there are reports, which say what was printed."""
        directory = make_submission("lazy", "exit 0")
        done = l2harness("check", directory, "--report-dir", "out/here", "--seed", "7")
        assert done.returncode == 1
        out = tmp_path / "out" / "here"
        assert {"report.json", "report.html", "report.md", "report.xml"} < set(os.listdir(out))
        result = from_json((out / "report.json").read_bytes())
        assert (result.submission.name, result.seed, result.score) == ("lazy", "7", 0)
        assert "no-sandbox" not in result.protections

    @pytest.mark.parametrize("out", [".", "inside", "inside/deeper"])
    def test_never_into_the_submission(self, l2harness, make_submission, out):
        """A report directory inside the submission is refused before anything is run."""
        directory = make_submission("lazy", "exit 0")
        done = l2harness("check", "--report-dir", out, cwd=directory)
        assert (done.returncode, done.stdout) == (2, "")
        assert "inside the submission" in done.stderr
        assert sorted(os.listdir(directory)) == ["pyng", "pyngd"]


class TestUploads:
    """What is handed in need not be a directory."""

    def test_an_archive(self, l2harness, reference, tmp_path):
        """It is checked as the directory would be that was packed, and not changed."""
        archive = Path(shutil.make_archive(str(tmp_path / "mine"), "gztar", reference))
        before = archive.read_bytes()
        done = l2harness("check", archive)
        assert done.returncode == 0
        assert "mine · lab pyng" in done.stdout
        assert archive.read_bytes() == before

    def test_a_file(self, l2harness, make_submission):
        """A program alone is a submission that lacks the others, and is told so."""
        done = l2harness("check", make_submission("lazy", "exit 0") / "pyng")
        assert done.returncode == 1
        assert "note: only the file pyng was looked at" in done.stdout
        assert "no file named pyngd; found: pyng" in done.stdout


class TestBadInput:
    """Each is one sentence with the name as it was given, and status 2."""

    def refused(self, done, *words):
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert done.stderr.startswith("l2harness: error: ")
        for word in words:
            assert word in done.stderr

    def test_no_such_directory(self, l2harness):
        """It is named."""
        self.refused(l2harness("check", "gone/here"), "there is no file or directory gone/here")

    def test_an_empty_one(self, l2harness, tmp_path):
        """Nothing in it is nothing to check; what version control keeps does not count."""
        (tmp_path / "empty" / ".git").mkdir(parents=True)
        self.refused(l2harness("check", "empty"), "empty is empty")

    def test_submissions(self, l2harness, make_submission):
        """A directory of submissions is not one: the folders and the right command are named."""
        for name in ("alice", "bob", "carol", "dave"):
            make_submission(f"uploads/{name}", "exit 0")
        done = l2harness("check", "uploads")
        self.refused(done, "alice, bob, carol and 1 more", "`l2harness grade uploads --out OUT`")

    @pytest.mark.parametrize("kind", ["program", "other file", "directory"])
    def test_unreadable(self, l2harness, make_submission, as_anybody, kind):
        """What may not be read is named; where it may, the same directory is checked."""
        directory = make_submission("mine", "exit 0")
        secret = {
            "program": directory / "pyng",
            "other file": directory / "notes",
            "directory": directory,
        }[kind]
        if kind == "other file":
            secret.write_text("x")
        secret.chmod(0)
        try:
            done = l2harness("check", directory, before=as_anybody)
        finally:
            secret.chmod(0o755)
        self.refused(done, f"{secret.name} cannot be read: Permission denied")
        assert l2harness("check", directory).returncode == 1

    def test_no_current_directory(self, l2harness, tmp_path):
        """A current directory that has been removed is told, not met by accident."""
        (tmp_path / "gone").mkdir()
        line = ["sh", "-c", 'cd gone && rmdir ../gone && exec "$@"', "sh"]
        self.refused(l2harness("check", before=line), "the current directory cannot be named")

    def test_where_the_harness_keeps_its_own(self, l2harness, make_submission):
        """/dev/shm is covered while labs run: a report there would be lost, so it is refused."""
        out = "/dev/shm/l2harness-test/out"
        done = l2harness("check", make_submission("lazy", "exit 0"), "--report-dir", out)
        self.refused(done, out, "where the harness keeps its own files")
        assert not os.path.exists("/dev/shm/l2harness-test")

    def test_a_report_that_cannot_be_written(self, l2harness, make_submission, tmp_path):
        """It is found out before the programs are run."""
        (tmp_path / "file").write_text("mine")
        done = l2harness(
            "check", make_submission("lazy", "exit 0"), "--report-dir", "file/reports"
        )
        self.refused(done, "file/reports", "Name another directory")


class TestFaults:
    """What goes wrong on our side, or the lab author's, is never the student's."""

    def test_a_fault_in_a_check(self, l2harness, make_submission, tmp_path):
        """The check has no verdict and costs no point, the others have theirs; status 3."""
        lab = tmp_path / "my-lab"
        lab.mkdir()
        (lab / "lab.toml").write_text(
            'title = "mine"\ntopology = "pair"\n[programs]\npyng = "./pyng runs"\n'
        )
        (lab / "runs.py").write_text(
            "from l2harness.labs.api import run\n\n\n"
            '@run\ndef once(stage):\n    """Nothing."""\n    return 0\n'
        )
        (lab / "test_mine.py").write_text(
            "from l2harness.labs.api import check\n\n\n"
            '@check("a.broken", points=60)\ndef test_broken(once):\n    """It breaks."""\n'
            "    assert 1 / once\n\n\n"
            '@check("a.fine", points=40)\ndef test_fine(once):\n    """It holds."""\n'
            "    assert once == 0\n"
        )
        done = l2harness("check", make_submission("lazy", "exit 0"), "--lab", lab)
        assert done.returncode == 3
        assert "No grade yet: 40 of 100 points so far   1 passed · 1 in error" in done.stdout
        assert "ZeroDivisionError" in done.stdout
        assert "not the submission's fault" in done.stdout


class TestWithoutBubblewrap:
    """A machine on which strangers' programs cannot be contained."""

    def test_it_is_refused(self, l2harness, make_submission, without_bubblewrap):
        """Nothing is run; how to install it, and the way around; status 3."""
        directory = make_submission("lazy", "exit 0")
        done = l2harness("check", directory, environ={"PATH": without_bubblewrap})
        assert (done.returncode, done.stdout) == (3, "")
        assert "bwrap is not installed" in done.stderr
        assert "sudo apt-get install bubblewrap" in done.stderr
        assert "`--no-sandbox`" in done.stderr

    def test_unprotected(self, l2harness, make_submission, without_bubblewrap, tmp_path):
        """With --no-sandbox it goes on, and every report says so."""
        directory = make_submission("lazy", "exit 0")
        done = l2harness(
            "check",
            directory,
            "--no-sandbox",
            "--report-dir",
            "out",
            environ={"PATH": without_bubblewrap},
        )
        assert done.returncode == 1
        assert "! not protected: no-sandbox" in done.stdout
        report = json.loads((tmp_path / "out" / "report.json").read_bytes())
        assert report["protections"] == ["no-sandbox"]
