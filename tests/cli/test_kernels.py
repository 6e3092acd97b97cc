"""``make kernels``: what it compares, and what it says of kernels that are not here."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from machines import fake_linux

from l2harness.vm import uml

SCRIPT = Path(__file__).resolve().parents[2] / "scripts" / "kernels"
#: Longer than it takes on a busy machine, seconds.
PATIENCE_S = 110


@pytest.fixture
def compare(l2harness, environment, tmp_path):
    """Run it on a small lab, with a fake in the place of every user-mode Linux."""
    assert l2harness("lab", "new", "greet").returncode == 0
    body = 'print("l2harness: started", flush=True)\nreport()\nend()'
    fake = fake_linux(tmp_path / "bin", body)

    def run(*arguments):
        return subprocess.run(
            [sys.executable, SCRIPT, "--lab", tmp_path / "greet", *arguments],
            env={**environment, uml.VARIABLE: str(fake)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    return run


def test_what_differs(compare):
    """A kernel on which verdicts are others is told with each of them; what is missing, too."""
    backends = ("root",) if os.geteuid() == 0 else ("rootless",)
    done = compare(*("--backend", backends[0]), "--backend", "vm:uml")
    assert done.returncode == 1, done.stdout + done.stderr
    assert (
        f"{backends[0]}, Linux {os.uname().release}: 4 of 4 submissions, 8 verdicts" in done.stdout
    )
    assert "vm:uml, Linux 6.15.9: 4 of 4 submissions, 8 verdicts" in done.stdout
    assert "  reference: greet.sends: pass 4 → fail 0" in done.stdout
    assert "Linux 6.1.x by user-mode Linux: not here (Debian 12's user-mode-linux)" in done.stdout


def test_nothing_to_compare(compare, tmp_path):
    """One way alone proves nothing; status 3. Its reports are kept where that was asked for."""
    done = compare("--backend", "rootless", "--out", "kept")
    assert (done.returncode, done.stderr) == (3, "")
    assert "there are not two ways here to compare" in done.stdout
    assert len(list((tmp_path / "kept" / "0").glob("*/report.json"))) == 4


def test_no_kernel(compare, tmp_path):
    """What was named and is no user-mode Linux is refused by name."""
    done = compare("--kernel", SCRIPT)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{SCRIPT} is no user-mode Linux" in done.stderr
