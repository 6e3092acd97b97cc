"""``l2harness report`` and ``replay``: finished reports, drawn and asked again."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from l2harness.cli import run
from l2harness.labs.lab import find_lab
from l2harness.labs.mutants import assemble, mutants_of

# The sample results are those of the unit tests.
sys.path.append(str(Path(__file__).resolve().parent.parent / "unit"))
from results import failing, hostile, perfect

from l2harness.reports.html import to_html
from l2harness.reports.json import to_json


@pytest.fixture
def stored(tmp_path):
    """A directory with a report in it."""
    (tmp_path / "report.json").write_bytes(to_json(failing()))
    return tmp_path


class TestReport:
    """Drawing a report again."""

    def test_on_the_terminal(self, stored, capsys):
        """What `check` printed, whatever the verdicts: it was drawn, so the status is 0."""
        assert run(["report", str(stored)]) == 0
        out, err = capsys.readouterr()
        assert "Bytes 12–13: EtherType, expected 88 b5, got b5 88." in out
        assert err == ""

    @pytest.mark.parametrize(
        ("name", "begin"),
        [
            ("html", "<!DOCTYPE html>"),
            ("markdown", "## Ping over raw Ethernet"),
            ("json", "{\n"),
            ("junit", "<?xml"),
        ],
    )
    def test_other_formats(self, stored, capsys, name, begin):
        """Each to stdout, or into a file, the same."""
        assert run(["report", str(stored / "report.json"), "--format", name]) == 0
        out = capsys.readouterr().out
        assert out.startswith(begin)
        path = stored / "again"
        assert run(["report", str(stored), "--format", name, "-o", str(path)]) == 0
        assert path.read_text() == out

    def test_the_canonical_one_comes_back(self, stored):
        """Drawn as JSON it is the same file."""
        assert run(["report", str(stored), "--format", "json", "-o", str(stored / "b")]) == 0
        assert (stored / "b").read_bytes() == (stored / "report.json").read_bytes()

    def test_hostile_fields(self, tmp_path, capsys):
        """They are drawn as harmless text."""
        (tmp_path / "report.json").write_bytes(to_json(hostile()))
        assert run(["report", str(tmp_path)]) == 0
        assert "\x1b" not in capsys.readouterr().out
        assert run(["report", str(tmp_path), "--format", "html"]) == 0
        assert "<script" not in capsys.readouterr().out.lower()

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            (lambda data: data[:500], "is no report: it is not readable as JSON"),
            (
                lambda data: data.replace(b'"schema": 1', b'"schema": 9'),
                "its schema is 9, and this version reads 1",
            ),
            (
                lambda data: data.replace(b'"mode": "rootless"', b'"mode": "\\u001b[2J"'),
                "is no report: Expected `str` matching regex",
            ),
            (lambda data: b"", "is no report"),
        ],
    )
    def test_what_is_no_report(self, stored, capsys, change, sentence):
        """It is refused with a sentence, and nothing is written."""
        path = stored / "report.json"
        path.write_bytes(change(path.read_bytes()))
        assert run(["report", str(stored), "--format", "html", "-o", str(stored / "x")]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("l2harness: error: ")
        assert sentence in err
        assert len(err.splitlines()) == 1
        assert "\x1b[2J" not in err
        assert not (stored / "x").exists()

    def test_a_file_that_cannot_be_written(self, stored, capsys):
        """It is named."""
        target = stored / "report.json" / "x"
        assert run(["report", str(stored), "--format", "html", "-o", str(target)]) == 2
        assert "report.json" in capsys.readouterr().err

    def test_nothing_heavy_is_imported(self, stored, environment):
        """No kernel, no pytest: a report can be drawn anywhere."""
        script = (
            "import sys; from l2harness.cli import run; status = run(sys.argv[1:]);"
            "heavy = {'pytest', 'pyroute2', 'l2harness.network.port'};"
            "print(status, sorted(heavy & set(sys.modules)))"
        )
        for name in ("html", "markdown"):
            arguments = ["report", str(stored), "--format", name]
            done = subprocess.run(
                [sys.executable, "-c", script, *arguments],
                env=environment,
                capture_output=True,
                text=True,
                timeout=60,
            )
            assert done.stdout.splitlines()[-1] == "0 []"


class TestReplay:
    """Asking a check again."""

    @pytest.fixture
    def swapped(self, tmp_path):
        """A submission that forgot htons()."""
        lab = find_lab("pyng")
        (mutant,) = [it for it in mutants_of(lab) if it.name == "ethertype-without-htons"]
        return assemble(lab, mutant, tmp_path / "swapped")

    def test_what_was_mended(self, l2harness, swapped, reference, tmp_path):
        """The report's seed draws the same addresses; only the mended bytes differ."""
        done = l2harness("check", swapped, "--seed", "5", "--report-dir", "out")
        assert done.returncode == 1
        same = l2harness("replay", "out", "client.ethertype", "--submission", swapped)
        assert (same.returncode, same.stderr) == (1, "")
        assert "the same" in same.stdout
        mended = l2harness("replay", "out", "client.ethertype", "--submission", reference)
        assert mended.returncode == 0
        assert "the submission is not the same as in the report" in mended.stderr
        assert "bytes 12–13: EtherType, then b5 88, now 88 b5" in mended.stdout
        assert json.loads((tmp_path / "out" / "report.json").read_text())["seed"] == "5"

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            (
                ["client.ethrtype"],
                "has no check 'client.ethrtype'; did you mean client.ethertype?",
            ),
            (["client.ethertype", "--lab", "pong"], "there is no lab 'pong'"),
            (["client.once", "--submission", "nowhere"], "nowhere"),
        ],
    )
    def test_what_cannot_be_asked(self, stored, capsys, arguments, sentence):
        """It is said what is wrong, and nothing is run."""
        assert run(["replay", str(stored), *arguments]) == 2
        assert sentence in capsys.readouterr().err

    def test_a_check_that_the_lab_has_no_longer(self, tmp_path, capsys):
        """A report may be older than the lab."""
        old = to_json(perfect()).replace(b"client.once", b"client.twice")
        (tmp_path / "report.json").write_bytes(old)
        assert run(["replay", str(tmp_path), "client.twice"]) == 2
        assert "the lab pyng has none now" in capsys.readouterr().err


def test_the_page_is_the_one_beside_the_report(l2harness, reference, tmp_path):
    """`report` draws from the JSON alone what `check` had written."""
    assert l2harness("check", reference, "--report-dir", "out").returncode == 0
    drawn = l2harness("report", "out", "--format", "html")
    assert drawn.stdout == (tmp_path / "out" / "report.html").read_text()
    assert to_html(perfect()) != drawn.stdout
