"""Finished reports in files: read as they were, or refused with a sentence."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from results import failing, hostile

from l2harness.errors import UsageError
from l2harness.reports.json import to_json
from l2harness.reports.stored import read_report


@pytest.mark.parametrize("name", ["report.json", "what ever"])
def test_a_file(tmp_path, name):
    """Under any name."""
    path = tmp_path / name
    path.write_bytes(to_json(failing()))
    assert read_report(path) == failing()


def test_a_directory(tmp_path):
    """The report lies in it."""
    (tmp_path / "report.json").write_bytes(to_json(hostile()))
    assert read_report(tmp_path) == hostile()


def test_what_is_not_there(tmp_path):
    """It is named, harmlessly, and why it cannot be read."""
    with pytest.raises(UsageError, match=r"␛no/report\.json cannot be read: No such file"):
        read_report(tmp_path / "\x1bno" / "report.json")
    with pytest.raises(UsageError, match=r"report\.json cannot be read: No such file"):
        read_report(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path):
    """Something that is no file is refused at once."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="it is no file"):
        read_report(tmp_path / "pipe")


@pytest.mark.parametrize("keep", [0, 1, 300, -2])
def test_a_damaged_one(tmp_path, keep):
    """A truncated report is no report."""
    (tmp_path / "report.json").write_bytes(to_json(failing())[:keep])
    with pytest.raises(UsageError, match="is no report: it is not readable as JSON"):
        read_report(tmp_path)


def test_a_file_that_cannot_be_read():
    """The reason is told; the memory of a process has nothing at its beginning."""
    with pytest.raises(UsageError, match=r"/proc/self/mem cannot be read: Input/output error"):
        read_report(Path("/proc/self/mem"))
