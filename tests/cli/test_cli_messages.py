"""What commands say when something is wrong: what, where, the value, and the next step."""

import pytest

from l2harness import cli

BAD_TOPOLOGY = "hosts:\n  h1: {eth0: lan}\nsegments:\n  lan: {kind: hbu}\n"


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A directory in which much is wrong."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "bad.yaml").write_text(BAD_TOPOLOGY)
    (tmp_path / "bad.zip").write_bytes(b"garbage")
    (tmp_path / "roster.csv").write_text("name,email\nada,a@example.org\n")
    (tmp_path / "text").write_text("not a report")
    for name in ("ada", "bob"):
        (tmp_path / "uploads" / name).mkdir(parents=True)
        (tmp_path / "uploads" / name / "pyng").write_text("#!/bin/sh\n")


GRADE = ["grade", "uploads", "--out", "results"]


@pytest.mark.parametrize(
    ("arguments", "value", "next_step"),
    [
        (["check", "gone"], "gone", "see how it is spelt"),
        (["check", "empty"], "empty is empty", "Name the directory or archive"),
        (["check", "bad.zip"], "67 61 72 62", "Hand in a .zip or a .tar.gz"),
        (["check", "uploads"], "ada, bob", "l2harness grade uploads --out OUT"),
        (["check", "--lab", "pying"], "'pying'", "did you mean pyng?"),
        (["check", "--lab", "xyzzy"], "'xyzzy'", "pyng, pyng-strict"),
        (["check", "--lab", "./empty"], "./empty", "`l2harness labs` lists"),
        (["check", "-q", "-v"], "--quiet and --verbose", "drop one of them"),
        (["check", "ad", "--log-file", "gone/x"], "gone/x", "in a directory that exists"),
        (
            ["check", "uploads/ada", "--log-file", "uploads/ada/x"],
            "uploads/ada/x",
            "outside of it",
        ),
        (["check", "uploads/ada", "--report-dir", "uploads/ada/x"], "uploads/ada", "outside"),
        ([*GRADE[:-1], "uploads/x"], "uploads/x", "Name a directory outside of it"),
        ([*GRADE[:-1], "text"], "Not a directory", "Name another directory"),
        ([*GRADE, "--jobs", "0"], "0 is not in the range", "l2harness grade --help"),
        ([*GRADE, "--roster", "roster.csv"], "roster.csv:1: id", "should be id,name,email"),
        ([*GRADE, "--cluster", "here"], "here is no address", "tcp://HOST:8786"),
        (["report", "gone"], "gone cannot be read", "Name a report.json"),
        (["report", "text"], "text is no report", "Name a report.json"),
        (["explain", "xyzzy"], "'xyzzy'", "`l2harness explain` lists"),
        (["draw", "gone.yaml"], "gone.yaml", "there are lecture, line"),
        (["draw", "bad.yaml"], "bad.yaml:4: segments.lan.kind", "did you mean 'hub'?"),
        (["audit", "--only", "x"], "--only goes with --hostile", "l2harness audit --help"),
        (["audit", "--hostile", "--only", "x"], "'x'", "there are capabilities"),
    ],
    ids=lambda it: " ".join(it) if isinstance(it, list) else None,
)
def test_each_mistake(arguments, value, next_step, place, capsys):
    """Each is told on stderr with what was given and what to do; nothing on stdout; status 2."""
    assert cli.run(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    told = " ".join(printed.err.split())
    assert told.startswith("l2harness: error: ")
    assert value in told
    assert next_step in told
    assert "Traceback" not in told


@pytest.mark.kernel
class TestLoudness:
    """How much is said about what is going on."""

    def test_quiet_and_log(self, l2harness, make_submission, tmp_path):
        """With --quiet stderr is silent; all that would have been said is in the log."""
        make_submission("uploads/lazy", "exit 0")
        make_submission("uploads/busy", "exit 0")
        options = ["--out", "results", "--log-file", "log"]
        done = l2harness("grade", "uploads", *options, "--quiet")
        assert (done.returncode, done.stderr) == (1, "")
        assert "lazy" in done.stdout
        lines = (tmp_path / "log").read_text().splitlines()
        assert all(line[4] == "-" and line[26] == "Z" for line in lines)
        assert any("] lazy: " in line for line in lines)
        again = l2harness("grade", "uploads", *options)
        assert "lab pyng, 2 submissions" in again.stderr
        assert (tmp_path / "log").read_text().splitlines()[: len(lines)] == lines

    def test_errors_are_heard(self, l2harness, tmp_path):
        """--quiet does not silence an error, and the log has it too."""
        done = l2harness("check", "gone", "--quiet", "--log-file", "log")
        assert done.returncode == 2
        assert "there is no file or directory gone" in done.stderr
        assert "error: there is no file or directory gone" in (tmp_path / "log").read_text()

    def test_verbose(self, l2harness, make_submission):
        """With --verbose each run is told on stderr, else none; the report is the same."""
        directory = make_submission("lazy", "exit 0")
        loud = l2harness("check", directory, "--verbose", "--seed", "1")
        plain = l2harness("check", directory, "--seed", "1")
        assert "lazy: 1 of " in loud.stderr
        assert "seed 1, " in loud.stderr
        assert "lazy: 1 of " not in plain.stderr
        assert loud.stdout == plain.stdout
