"""``l2harness completion``: what shells make of the script, asked of the shells themselves."""

import os
import pty
import select
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from l2harness import cli
from l2harness.topology import shipped_topologies

#: Long enough for a machine that is busy; nothing here waits for it.
PATIENCE_S = 90


@pytest.fixture
def shell(request):
    """Find a shell by its name; skip, or in CI fail, where it is not installed."""

    def find(name):
        if (found := shutil.which(name)) is None:
            problem = f"missing: {name}. Install it with: sudo apt-get install {name}"
            (pytest.fail if request.config.option.require_kernel else pytest.skip)(problem)
        return found

    return find


@pytest.fixture
def home(tmp_path, environment):
    """An environment in which ``l2harness`` is this source tree, and home is empty."""
    program = tmp_path / "bin" / "l2harness"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m l2harness "$@"\n')
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    return {**environment, "HOME": str(tmp_path), "PATH": path}


@pytest.fixture
def script(capsys, tmp_path):
    """Write the script for a shell into a file, as the help tells people to."""

    def write(name):
        assert cli.run(["completion", name]) == 0
        file = tmp_path / f"completion.{name}"
        file.write_text(capsys.readouterr().out)
        return file

    return write


def typed_in_bash(bash: str, script: Path, keys: bytes, until: bytes, env) -> bytes:
    """Press keys in an interactive bash with this script; return what its terminal shows."""
    # Debian's own start-up file, which is read whatever we say, has another prompt.
    start = script.with_name("bashrc")
    start.write_text(f"PS1='$ '\n{script.read_text()}")
    process, terminal = pty.fork()
    if process == 0:
        os.execve(bash, [bash, "--noprofile", "--rcfile", str(start), "-i"], env)
    shown, pressed, deadline = b"", False, time.monotonic() + PATIENCE_S
    try:
        while until not in shown and (left := deadline - time.monotonic()) > 0:
            if not select.select([terminal], [], [], left)[0]:
                break
            shown += os.read(terminal, 4096)
            if not pressed and shown.endswith(b"$ "):
                os.write(terminal, keys)
                pressed = True
    finally:
        os.close(terminal)
        os.waitpid(process, 0)
    return shown


@pytest.mark.parametrize(
    ("keys", "until"),
    [
        (b"l2harness compl\t", b"l2harness completion "),
        (b"l2harness draw lect\t", b"l2harness draw lecture "),
        (b"l2harness check --lab pyng-s\t", b"--lab pyng-strict "),
        (b"l2harness explain ethertype-b\t", b"explain ethertype-byte-order "),
        (b"l2harness check --lab ./completion.b\t", b"./completion.bash "),
    ],
)
def test_bash_completes(shell, script, home, tmp_path, keys, until, monkeypatch):
    """In a real bash, Tab completes a command, a topology, a lab, a lesson and a path."""
    monkeypatch.chdir(tmp_path)
    assert until in typed_in_bash(shell("bash"), script("bash"), keys, until, home)


def test_fish_completes(shell, script, home, tmp_path):
    """In a real fish the same question is answered the same way."""
    done = subprocess.run(
        [shell("fish"), "-N", "-c", f"source {script('fish')}; complete -C 'l2harness draw l'"],
        capture_output=True,
        text=True,
        env=home,
        cwd=tmp_path,
        timeout=PATIENCE_S,
        check=True,
    )
    offered = {line.split("\t")[0] for line in done.stdout.splitlines()}
    assert offered == {name for name in shipped_topologies() if name.startswith("l")}
    assert "lecture" in offered


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_a_shell_reads_its_script(shell, script, name):
    """Each script is free of syntax errors, and the shell finds one where there is one."""
    file = script(name)
    options = [shell(name), "-n", str(file)]
    assert subprocess.run(options, capture_output=True, timeout=PATIENCE_S).returncode == 0
    file.write_text(file.read_text() + "\nif (\n")
    assert subprocess.run(options, capture_output=True, timeout=PATIENCE_S).returncode != 0


def test_another_shell(capsys):
    """A shell that is not known is named with those that are; status 2."""
    assert cli.run(["completion", "tcsh"]) == 2
    told = capsys.readouterr().err
    assert "'tcsh' is not one of 'bash', 'zsh', 'fish'" in told
