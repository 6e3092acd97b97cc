"""``l2harness grade``: a class, on real frames, as whoever runs the tests."""

import csv
import os
import shutil
import zipfile
from dataclasses import replace

import pytest

from l2harness.reports.json import from_json, stable


def gradebook(out):
    """The rows of a gradebook by the names of the submissions."""
    with open(out / "gradebook.csv", newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def report(out, name):
    """The canonical report on a submission."""
    return from_json((out / name / "report.json").read_bytes())


class TestClass:
    """Several submissions at once."""

    def test_right_wrong_and_broken(self, l2harness, reference, make_submission, tmp_path):
        """Each gets its reports; what cannot be opened costs the others nothing; status 3."""
        uploads = tmp_path / "uploads"
        uploads.mkdir()
        reference.rename(uploads / "alice")
        make_submission("uploads/bob", "exit 0")
        (uploads / "carol").mkdir()
        done = l2harness("grade", "uploads", "--out", "out", "--seed", "7")
        out = tmp_path / "out"
        assert done.returncode == 3
        assert {"alice", "bob", "carol", "gradebook.csv", "journal.db"} <= set(os.listdir(out))
        for name in ("alice", "bob", "carol"):
            files = set(os.listdir(out / name))
            assert {"report.json", "report.html", "report.md", "report.xml"} <= files
            assert ("evidence.pcapng" in files) == (name != "carol")
        rows = gradebook(out)
        assert [rows[name]["score"] for name in rows] == ["100", "0", ""]
        assert [rows[name]["complete"] for name in rows] == ["yes", "yes", "no"]
        assert rows["carol"]["needs_instructor"].split()[:1] == ["client.sends"]
        assert "carol" in done.stdout
        assert "every check" in done.stdout

        told = done.stderr.splitlines()
        assert told[0].startswith("lab pyng, 3 submissions, seed 7, ")
        assert [line[:6] for line in told[1:4]] == ["[1/3] ", "[2/3] ", "[3/3] "]
        lines = sorted(line[6:] for line in told[1:4])
        assert lines[0].startswith("alice: 100 of 100 points (")
        assert lines[2] == "carol: could not be graded: carol is empty; hand it in again"
        assert told[4] == "reports, class.html and gradebook.csv are in out"

        carol = report(out, "carol")
        assert (carol.complete, carol.score, carol.max_score) == (False, 0, 100)
        assert carol.submission.notes == (
            "it could not be graded: carol is empty; hand it in again",
        )
        assert {check.verdict for check in carol.checks} == {"error"}
        assert [check.id for check in carol.checks] == [
            check.id for check in report(out, "alice").checks
        ]
        assert str(tmp_path) not in (out / "carol" / "report.json").read_text()

    def test_exit_status(self, l2harness, reference, make_submission):
        """0 where everything passed, 1 where something failed."""
        assert l2harness("grade", reference, "--out", "a").returncode == 0
        lazy = make_submission("lazy", "exit 0")
        assert l2harness("grade", reference, lazy, "--out", "b").returncode == 1

    def test_the_same_seed_is_the_same_report(self, l2harness, make_submission, tmp_path):
        """Once drawn, a seed gives the same again; each submission has its own from it."""
        for name in ("alice", "bob"):
            make_submission(f"uploads/{name}", "echo $*; exit 0")
        told = l2harness("grade", "uploads", "--out", "one").stderr
        first = {name: report(tmp_path / "one", name) for name in ("alice", "bob")}
        assert first["alice"].seed != first["bob"].seed
        seed = told.partition("seed ")[2].partition(",")[0]
        l2harness("grade", "uploads/bob", "uploads/alice", "--out", "two", "--seed", seed)
        for name, result in first.items():
            assert stable(report(tmp_path / "two", name)) == stable(result)

    def test_an_empty_one_among_named_ones(self, l2harness, make_submission, tmp_path):
        """As a shell's ``uploads/*`` names them: the empty one is listed, the other graded."""
        make_submission("uploads/alice", "exit 0")
        (tmp_path / "uploads" / "bob").mkdir()
        done = l2harness("grade", "uploads/alice", "uploads/bob", "--out", "out")
        assert done.returncode == 3
        assert [row["score"] for row in gradebook(tmp_path / "out").values()] == ["0", ""]

    def test_unreadable(self, l2harness, make_submission, as_anybody, tmp_path):
        """A file that may not be read needs the instructor; the report names it."""
        make_submission("uploads/alice", "exit 0")
        secret = make_submission("uploads/bob", "exit 0") / "pyng"
        secret.chmod(0)
        done = l2harness("grade", "uploads", "--out", "out", before=as_anybody)
        assert done.returncode == 3
        assert "bob: could not be graded: bob/pyng cannot be read" in done.stderr
        assert gradebook(tmp_path / "out")["alice"]["complete"] == "yes"

    def test_names(self, l2harness, make_submission, tmp_path):
        """Names that are no text, or would do something to a terminal, do nothing."""
        make_submission("uploads/a\x1b[31m\nb", "exit 0")
        make_submission("uploads/" + os.fsdecode(b"\xff"), "exit 0")
        done = l2harness("grade", "uploads", "--out", "out")
        assert done.returncode == 1
        assert "part of no submission" not in done.stderr
        assert "\x1b" not in done.stdout + done.stderr
        assert len(done.stderr.splitlines()) == 4
        assert len(gradebook(tmp_path / "out")) == 2

    @pytest.mark.parametrize(
        ("count", "told"),
        [
            (1, "uploads/a.txt;"),
            (3, "uploads/a.txt, uploads/b.txt, uploads/c.txt;"),
            (5, "uploads/a.txt, uploads/b.txt, uploads/c.txt and 2 more;"),
        ],
    )
    def test_files_of_nobody(self, l2harness, make_submission, tmp_path, count, told):
        """One line says that they are not graded, and what would be."""
        uploads = make_submission("uploads/ada", "exit 0").parent
        make_submission("uploads/bob", "exit 0")
        for name in "abcde"[:count]:
            (uploads / f"{name}.txt").touch()
        done = l2harness("grade", "uploads", "--out", "out", "--dry-run")
        assert done.returncode == 0
        assert f"part of no submission, and not graded: {told} " in done.stdout

    def test_unprotected(self, l2harness, make_submission, without_bubblewrap, tmp_path):
        """Without bubblewrap nothing is graded, unless it is told to; then it says so."""
        arguments = ["grade", make_submission("lazy", "exit 0"), "--out", "out"]
        environ = {"PATH": without_bubblewrap}
        done = l2harness(*arguments, environ=environ)
        assert done.returncode == 3
        assert "sudo apt-get install bubblewrap" in done.stderr
        assert "gradebook.csv" not in os.listdir(tmp_path / "out")
        done = l2harness(*arguments, "--no-sandbox", environ=environ)
        assert done.returncode == 1
        assert "this machine is not protected" in done.stderr
        assert report(tmp_path / "out", "lazy").protections == ("no-sandbox",)


class TestDownload:
    """What a learning platform hands out is graded as it is."""

    def test_one_for_each_student(self, l2harness, reference, tmp_path):
        """Names and ids are kept; what one student has packed costs the others nothing."""
        packed = shutil.make_archive(str(tmp_path / "pyng"), "zip", reference)
        download = tmp_path / "submissions.zip"
        with zipfile.ZipFile(download, "w") as archive:
            archive.write(packed, "doejane_LATE_11_21_pyng-1.zip")
            archive.write(reference / "pyng", "otherann_13_23_pyng")
            archive.writestr("roerick_12_22_pyng.rar", b"Rar!\x1a\x07\x00")
        before = download.read_bytes()
        done = l2harness("grade", "submissions.zip", "--out", "out")
        assert done.returncode == 3
        rows = gradebook(tmp_path / "out")
        assert {name: row["score"] for name, row in rows.items()} == {
            "doejane_11": "100",
            "otherann_13": "0",
            "roerick_12": "",
        }
        assert "roerick_12: could not be graded: pyng.rar is packed with RAR" in done.stderr
        reports = [report(tmp_path / "out", name).submission for name in rows]
        assert [(it.student, it.student_id) for it in reports] == [
            ("doejane", "11"),
            ("otherann", "13"),
            ("roerick", "12"),
        ]
        assert "it was handed in late, its name says" in reports[0].notes
        assert download.read_bytes() == before

    def test_an_archive_is_the_directory_that_was_packed(self, l2harness, reference, tmp_path):
        """The same digest, and under the same name the same report."""
        shutil.make_archive(str(tmp_path / reference.name), "xztar", reference)
        l2harness("grade", reference, "--out", "one", "--seed", "5")
        l2harness("grade", "reference.tar.xz", "--out", "other", "--seed", "5")
        one, other = (report(tmp_path / out, reference.name) for out in ("one", "other"))
        assert one.submission.digest == other.submission.digest
        assert stable(one) == stable(replace(other, submission=one.submission))


class TestBadInput:
    """What is wrong with the command line is told before anything is graded; status 2."""

    @pytest.fixture
    def uploads(self, make_submission, tmp_path):
        """Two submissions in a directory."""
        make_submission("uploads/alice", "exit 0")
        make_submission("uploads/bob", "exit 0")
        return tmp_path / "uploads"

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (["nowhere"], "there is no file or directory nowhere"),
            (["uploads", "nowhere"], "there is no file or directory nowhere"),
            (["empty"], "empty is empty"),
            (["uploads", "--lab", "pyngg"], "did you mean pyng?"),
        ],
    )
    def test_what_to_grade(self, l2harness, uploads, tmp_path, arguments, sentence):
        """No output directory is made."""
        (tmp_path / "empty").mkdir()
        done = l2harness("grade", *arguments, "--out", "out")
        assert (done.returncode, done.stdout) == (2, "")
        assert sentence in done.stderr
        assert done.stderr.count("\n") == 1
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        ("out", "sentence"),
        [
            ("uploads/alice/out", "lies inside"),
            ("uploads/alice", "lies inside"),
            ("uploads/results", "lies inside uploads, which is graded"),
            ("uploads", "lies inside"),
            ("file", "Name another directory"),
            ("file/out", "Name another directory"),
            ("/dev/shm/l2harness-test", "where the harness keeps its own files"),
        ],
    )
    def test_where_to_write(self, l2harness, uploads, tmp_path, out, sentence):
        """Nothing is graded, and nothing is written among the submissions."""
        (tmp_path / "file").write_text("mine")
        before = sorted(tmp_path.rglob("*"))
        done = l2harness("grade", "uploads", "--out", out)
        assert (done.returncode, done.stdout) == (2, "")
        assert sentence in done.stderr
        assert sorted(tmp_path.rglob("*")) == before
        assert not os.path.exists("/dev/shm/l2harness-test")

    def test_forbidden(self, l2harness, uploads, as_anybody, tmp_path):
        """An output directory that may not be written into is refused, without a traceback."""
        locked = tmp_path / "locked"
        locked.mkdir(mode=0)
        for out in ("locked", "locked/out"):
            done = l2harness("grade", "uploads", "--out", out, before=as_anybody)
            assert done.returncode == 2
            assert f"{out}: Permission denied. Name another directory" in done.stderr
            assert "Traceback" not in done.stderr

    def test_a_name_of_ours(self, l2harness, make_submission, tmp_path):
        """A submission called as the gradebook is cannot have its folder there."""
        done = l2harness("grade", make_submission("gradebook.csv", "exit 0"), "--out", "out")
        assert done.returncode == 2
        assert "rename its directory" in done.stderr
