"""Ctrl-C while grading: a quick and clean end, and nothing lost that was finished."""

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

#: A second is promised; a machine that is busy many times over gets more. Without an interrupt it
#: would take the limits of nine runs, more than half a minute.
_SOON_S = 15.0
#: Neither signal that a terminal or a polite harness sends ends it.
_STUBBORN = "trap '' INT TERM; while :; do :; done"


def descendants(pid):
    """Ids and names of all processes that descend from a process, without itself."""
    parents = {}
    for name in filter(str.isdecimal, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as file:
                before, _, after = file.read().rpartition(")")
        except OSError:
            continue
        parents[int(name)] = (int(after.split()[1]), before.partition("(")[2])
    found = {}
    todo = [pid]
    while todo:
        parent = todo.pop()
        for child, (its_parent, name) in parents.items():
            if its_parent == parent:
                found[child] = name
                todo.append(child)
    return found


@pytest.fixture
def grading(command, environment, make_submission, reference, tmp_path):
    """A grading that is in the middle of a submission that never ends, after a finished one."""
    make_submission("stubborn", _STUBBORN)
    process = subprocess.Popen(
        [*command, "grade", "reference", "stubborn", "--out", "out"],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in process.stderr:
            if line.startswith("[1/2]"):
                break
        while not {"pyng", "pyngd"} & set(descendants(process.pid).values()):
            assert process.poll() is None
            os.sched_yield()
        yield process
    finally:
        process.kill()
        process.communicate()


def _lives(pid):
    """Whether a process runs; one that has ended may wait for somebody to reap it."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state not in "ZX"


class TestInterrupt:
    """What SIGINT, SIGTERM and SIGKILL leave behind."""

    def test_what_is_finished_is_kept(self, grading, tmp_path):
        """Status 130, a sentence, the finished report and its gradebook, and no process."""
        children = descendants(grading.pid)
        assert len(children) > 3
        sent_s = time.monotonic()
        grading.send_signal(signal.SIGINT)
        printed, said = grading.communicate(timeout=60)
        assert time.monotonic() - sent_s < _SOON_S
        assert grading.returncode == 130
        assert printed == ""
        assert said == (
            "l2harness: interrupted; 1 of 2 submissions finished; their reports and the gradebook "
            "are in out. To go on: l2harness grade reference stubborn --out out --lab pyng\n"
        )
        assert sorted(os.listdir(tmp_path / "out")) == [
            "class.html",
            "class.json",
            "gradebook.csv",
            "journal.db",
            "reference",
        ]
        rows = (tmp_path / "out" / "gradebook.csv").read_text().splitlines()
        assert len(rows) == 2
        assert rows[1].startswith("reference,100,100,yes,")
        assert not [pid for pid in children if os.path.exists(f"/proc/{pid}")]

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
    def test_by_force(self, grading, number, tmp_path):
        """However it is killed: what was finished is there, and no process is left."""
        children = descendants(grading.pid)
        grading.send_signal(number)
        grading.communicate(timeout=60)
        assert {"gradebook.csv", "journal.db", "reference"} <= set(os.listdir(tmp_path / "out"))
        assert "reference,100,100,yes," in (tmp_path / "out" / "gradebook.csv").read_text()
        deadline_s = time.monotonic() + _SOON_S
        while any(map(_lives, children)):
            assert time.monotonic() < deadline_s
            os.sched_yield()

    def test_impatience(self, grading):
        """Pressed again and again it ends no later and no worse."""
        for _ in range(3):
            grading.send_signal(signal.SIGINT)
        assert "Traceback" not in grading.communicate(timeout=60)[1]
        assert grading.returncode == 130
