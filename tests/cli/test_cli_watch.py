"""``l2harness check --watch``: a terminal beside the editor."""

from __future__ import annotations

import signal
import subprocess

import pytest

PATIENCE_S = 90


@pytest.fixture
def watching(command, environment, tmp_path):
    """Start ``check --watch`` on a directory; killed at the end if it still runs."""
    started = []

    def start(directory, *options):
        with (tmp_path / "stdout").open("w") as stdout:
            process = subprocess.Popen(
                [*command, "check", str(directory), "--watch", "--seed", "3", *options],
                env=environment,
                cwd=tmp_path,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.PIPE,
                text=True,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait(PATIENCE_S)
        process.stderr.close()


def waits(process):
    """Read what it says until it waits for a change; it ends with that event."""
    return any(line.startswith("waiting for a change") for line in process.stderr)


def test_a_mistake_made_and_mended(watching, reference, tmp_path):
    """Each save is graded by itself, with the same seed; the last status is the command's."""
    source = reference / "ethernet.py"
    right = source.read_text()
    process = watching(reference, "--report-dir", str(tmp_path / "out"))
    assert waits(process)
    assert "0x88b5" in right.lower()
    source.write_text(right.replace("0x88B5", "0x88B6").replace("0x88b5", "0x88b6"))
    assert waits(process)
    page = (tmp_path / "out" / "report.html").read_text()
    assert "bytes 12–13: EtherType, expected 88 b5, got 88 b6" in page
    source.write_text(right)
    assert waits(process)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE_S) == 0
    shown = (tmp_path / "stdout").read_text()
    worse = shown.index("worse  ✗ client.ethertype: passed, now failed (-6)")
    assert worse < shown.index("better ✓ client.ethertype: failed, now passed (+6)")


def test_a_directory_that_is_none(l2harness):
    """It is said at once, and nothing is waited for."""
    done = l2harness("check", "nowhere", "--watch")
    assert done.returncode == 2
    assert "nowhere" in done.stderr
