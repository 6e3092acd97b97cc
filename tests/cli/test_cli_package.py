"""Autograders for learning platforms: what they are made of, and what they write."""

import io
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from classes import write_lab
from machines import fake_linux, locked_command

#: The directories that each platform mounts: what is handed in, and where results go.
MOUNTED = {
    "gradescope": ("autograder/submission", "autograder/results"),
    "prairielearn": ("grade/student", "grade/results"),
}
ANSWERS = 'print("l2harness: started", flush=True)\nreport()\nend()'


def packed(l2harness, tmp_path, platform, *options) -> zipfile.ZipFile:
    """Make an archive and open it."""
    done = l2harness("package", platform, "-o", "out.zip", *options)
    assert (done.returncode, done.stdout) == (0, "")
    assert f"out.zip: lab {'lab' if options else 'pyng'} for {platform}" in done.stderr
    return zipfile.ZipFile(io.BytesIO((tmp_path / "out.zip").read_bytes()))


class TestArchives:
    """What a platform is given."""

    @pytest.mark.parametrize(
        ("platform", "started", "beside"),
        [
            ("gradescope", ["setup.sh", "run_autograder"], []),
            ("prairielearn", ["grade"], ["Dockerfile"]),
        ],
    )
    def test_files(self, l2harness, tmp_path, platform, started, beside):
        """What is started can be, is a script that a shell reads, and is at the top."""
        archive = packed(l2harness, tmp_path, platform)
        modes = {it.filename: it.external_attr >> 16 for it in archive.infolist()}
        for name in (*started, "install.sh"):
            assert modes[name] == 0o100755
            text = archive.read(name)
            assert text.startswith(b"#!/bin/sh\n")
            subprocess.run(["sh", "-n"], input=text, check=True)
        for name in (*beside, "requirements.txt", "l2harness/labs/pyng/lab.toml"):
            assert modes[name] == 0o100644
        text = archive.read(started[-1]).decode()
        assert f"grade-on {platform} --lab pyng" in text
        assert "pytest>=8.0\n" in archive.read("requirements.txt").decode()
        # No solution, and nothing of this machine.
        assert not [it for it in modes if "/reference/" in it or "/mutants/" in it or ".pyc" in it]

    def test_the_same_bytes(self, l2harness, tmp_path):
        """Made twice, it is the same."""
        made = []
        for _ in range(2):
            packed(l2harness, tmp_path, "gradescope")
            made.append((tmp_path / "out.zip").read_bytes())
        assert made[0] == made[1]

    def test_what_is_packed_runs(self, l2harness, tmp_path, environment):
        """The package in the archive is whole: its labs and topologies are found."""
        lab = write_lab(tmp_path / "mine" / "lab")
        packed(l2harness, tmp_path, "gradescope", "--lab", lab).extractall(tmp_path / "source")
        text = (tmp_path / "source" / "run_autograder").read_text()
        assert "--lab /opt/l2harness/lab" in text
        for arguments in (
            ["labs", "pyng"],
            ["labs", tmp_path / "source" / "lab"],
            ["draw", "segment"],
        ):
            done = subprocess.run(
                [sys.executable, "-m", "l2harness", *map(str, arguments)],
                env={**environment, "PYTHONPATH": str(tmp_path / "source")},
                cwd=tmp_path / "source",
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, done.stderr) == (0, "")

    def test_no_such_lab(self, l2harness, tmp_path):
        """A lab that is not there is refused, and nothing is written; status 2."""
        done = l2harness("package", "gradescope", "--lab", "pynk", "-o", "out.zip")
        assert done.returncode == 2
        assert "did you mean pyng?" in done.stderr
        assert list(tmp_path.iterdir()) == []


@pytest.fixture
def on(l2harness, tmp_path, environment):
    """Grade as in a platform's container: its directories, no privilege, namespaces refused."""

    def run(platform, body=ANSWERS, files=("pyng", "pyngd")):
        submission, results = (tmp_path / "container" / it for it in MOUNTED[platform])
        submission.mkdir(parents=True)
        for name in files:
            (submission / name).write_text("#!/bin/sh\nexit 0\n")
        bin_ = fake_linux(tmp_path / "bin", body).parent
        done = l2harness(
            *("grade-on", platform, "--submission", submission, "--results", results),
            before=[*locked_command()[:3], str(os.geteuid())],
            environ={"PATH": f"{bin_}:{environment['PATH']}"},
        )
        return done, json.loads((results / "results.json").read_text())

    return run


class TestOnPlatforms:
    """What is written into the directory that a platform mounts."""

    def test_gradescope(self, on):
        """A test for each check with its points, and no score at the top."""
        done, document = on("gradescope")
        assert (done.returncode, done.stderr) == (0, "")
        tests = document["tests"]
        assert len(tests) == 29
        assert sum(it["max_score"] for it in tests) == 100
        assert sum(it["score"] for it in tests) == 95
        assert "It was silent." in tests[0]["output"]
        assert "score" not in document

    def test_prairielearn(self, on):
        """A score between 0 and 1, and points for each check."""
        done, document = on("prairielearn")
        assert (done.returncode, done.stderr) == (0, "")
        assert (document["gradable"], document["score"]) == (True, 0.95)
        assert sum(it["max_points"] for it in document["tests"]) == 100

    @pytest.mark.parametrize("platform", MOUNTED)
    def test_no_grade(self, on, platform):
        """A machine that comes to nothing gives no score; why is said to the instructor alone."""
        done, document = on(platform, 'print("Kernel panic: no memory")')
        assert "Kernel panic: no memory" in done.stderr
        if platform == "prairielearn":
            assert document["gradable"] is False
        else:
            assert "score" not in document
            assert all("score" not in it for it in document["tests"])

    @pytest.mark.parametrize("platform", MOUNTED)
    def test_nothing_handed_in(self, on, platform):
        """What is the student's to mend is said to the student, without a score."""
        done, document = on(platform, files=())
        assert done.returncode == 2
        said = document["output"] if platform == "gradescope" else document["format_errors"][0]
        assert "empty" in said
        assert "score" not in document
        assert done.stderr.startswith("l2harness: error: ")


def test_places_are_those_of_the_platforms():
    """Without options the directories are those that the platforms document."""
    from l2harness.commands.platform import _PLACES

    for platform, paths in MOUNTED.items():
        place = _PLACES[platform]
        assert (place.submission, place.results) == tuple(Path("/", it) for it in paths)
