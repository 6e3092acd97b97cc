"""A job on GitHub Actions is told what came out; nobody else is."""

from __future__ import annotations

import pytest
from audiences import SECRET, mixed
from results import failing, perfect

from l2harness.commands.github import announce
from l2harness.reports.github import to_annotations, to_step_summary


@pytest.fixture
def summary(tmp_path):
    """The file that the runner gives a step."""
    path = tmp_path / "summary.md"
    path.write_text("Before.\n", encoding="utf-8")
    return path


def test_in_a_job(summary, capsys):
    """Annotations are printed, and the summary goes behind what is in it already."""
    announce([failing()], {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)})
    assert capsys.readouterr().out == to_annotations([failing()])
    assert summary.read_text(encoding="utf-8") == f"Before.\n{to_step_summary([failing()])}"


@pytest.mark.parametrize("environ", [{}, {"GITHUB_ACTIONS": ""}, {"GITHUB_ACTIONS": "false"}])
def test_anywhere_else(environ, summary, capsys):
    """Outside of such a job nothing is printed or written."""
    announce([failing()], {**environ, "GITHUB_STEP_SUMMARY": str(summary)})
    assert capsys.readouterr() == ("", "")
    assert summary.read_text(encoding="utf-8") == "Before.\n"


def test_without_a_summary(capsys):
    """A step that has no file for a summary gets its annotations."""
    announce([failing()], {"GITHUB_ACTIONS": "true"})
    assert capsys.readouterr().out == to_annotations([failing()])


def test_without_results(capsys):
    """Of no results there is nothing to say."""
    announce([], {"GITHUB_ACTIONS": "true"})
    assert capsys.readouterr().out == ""


def test_a_summary_that_cannot_be_written(tmp_path, capsys):
    """It is said on stderr, and the annotations are there all the same."""
    announce(
        [perfect()],
        {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(tmp_path / "gone" / "x")},
    )
    told = capsys.readouterr()
    assert told.out.startswith("::notice ")
    assert "summary of this step cannot be written" in told.err


def test_nothing_hidden_is_told(summary, capsys):
    """A log may be read by students: what they may not see is not in it."""
    announce([mixed()], {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)})
    assert SECRET not in capsys.readouterr().out + summary.read_text(encoding="utf-8")
