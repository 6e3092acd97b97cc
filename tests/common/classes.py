"""A class to be graded: a lab that takes a moment, submissions, and the command as it is."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

#: Long enough for a machine that is busy; nothing here waits for it.
PATIENCE_S = 110

_LAB = """
title = "One frame to everybody"
topology = "two.yaml"

[programs]
say = "./say INTERFACE sends one frame and ends"
"""
_TOPOLOGY = """
hosts:
  h1: {eth0: lan}
  h2: {eth0: lan}
segments:
  lan: {kind: hub, driver: wire}
"""
_RUNS = '''
"""What is done with a submission."""

from l2harness.frames import BROADCAST
from l2harness.labs.api import run
from l2harness.labs.records import Sending
from l2harness.labs.stage import Stage


@run
def once(stage: Stage) -> Sending:
    """The program on h1."""
    return stage.send_once("h1.eth0", "say", "eth0", target=BROADCAST, until_exit=True)
'''
_CHECKS = '''
"""What is asked."""

from l2harness.labs.api import check, expect


@check("say.sends", points=6)
def test_say_sends(once):
    """A frame leaves the interface."""
    expect(bool(once.frames), "No frame left h1.eth0.")


@check("say.ends", points=4, needs=["say.sends"])
def test_say_ends(once):
    """It ends with status 0."""
    expect(once.record.exit.succeeded, f"It ended otherwise: {once.record.exit}.")
'''
_SAY = """#!/usr/bin/python3 -IS
import socket, sys
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as out:
    out.bind((sys.argv[1], 0))
    out.send(b"\\xff" * 6 + b"\\x02\\0\\0\\0\\0\\1" + b"\\x88\\xb5Hi")
sys.exit({status})
"""


def write_lab(folder: Path) -> Path:
    """Write a lab of one run and two checks."""
    folder.mkdir(parents=True)
    (folder / "lab.toml").write_text(_LAB)
    (folder / "two.yaml").write_text(_TOPOLOGY)
    (folder / "runs.py").write_text(_RUNS)
    (folder / "test_say.py").write_text(_CHECKS)
    return folder


def hand_in(folder: Path, name: str, *, status: int = 0, silent: bool = False) -> Path:
    """Write a submission: right, with another status, or one that sends nothing."""
    place = folder / name
    place.mkdir(parents=True, exist_ok=True)
    text = "#!/bin/sh\nexit 0\n" if silent else _SAY.replace("{status}", str(status))
    (place / "say").write_text(text)
    (place / "say").chmod(0o755)
    return place


def clean_environment() -> dict[str, str]:
    """Our environment, without words that we stand in namespaces, or in a job of a platform."""
    forgotten = ("L2HARNESS_INSIDE", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY")
    kept = {name: value for name, value in os.environ.items() if name not in forgotten}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", "TERM": "dumb"}


def reap_orphans(pids: Iterable[int] = (-1,)) -> None:
    """Wait for some whose parents were killed: inside our namespaces they are our children now."""
    for pid in pids:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(pid, 0):
                pass


class Class:
    """Submissions, their lab, and what becomes of them. Everything lies in a directory."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.lab = write_lab(place / "lab")
        self.uploads = place / "uploads"
        self.uploads.mkdir()

    def hand_in(self, *names: str, status: int = 0, silent: bool = False) -> None:
        """Have some hand in."""
        for name in names:
            hand_in(self.uploads, name, status=status, silent=silent)

    def command(self, *options: object, out: str = "out", patch: str = "") -> list[str]:
        """The command line that grades the class, with something in the harness changed before."""
        line = [sys.executable, "-m", "l2harness"]
        if patch:
            run = "import sys\nfrom l2harness.cli import run\nsys.exit(run(sys.argv[1:]))"
            line = [sys.executable, "-c", f"{patch}\n{run}"]
        line += ["grade", str(self.uploads), "--out", str(self.place / out)]
        return [*line, "--lab", str(self.lab), *map(str, options)]

    @contextlib.contextmanager
    def start(
        self, *options: object, out: str = "out", patch: str = ""
    ) -> "Iterator[subprocess.Popen[str]]":
        """Have the class graded beside the block; whatever happens in it, it ends with that."""
        with subprocess.Popen(
            self.command(*options, out=out, patch=patch),
            cwd=self.place,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def grade(
        self, *options: object, out: str = "out", patch: str = ""
    ) -> "subprocess.CompletedProcess[str]":
        """Grade the class, and wait for the end."""
        return subprocess.run(
            self.command(*options, out=out, patch=patch),
            cwd=self.place,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
        )

    def told(self, out: str = "out") -> dict[str, object]:
        """
        Everything that was found out, without times: every report, and the class's documents.

        What is drawn from a report has times in it, so that it is looked at whether it is whole.
        """
        place = self.place / out
        found: dict[str, object] = {}
        for folder in sorted(path for path in place.iterdir() if path.is_dir()):
            report = json.loads((folder / "report.json").read_bytes())
            found[f"{folder.name}/report.json"] = {**report, "timing": None}
            found[f"{folder.name}/report.md"] = (folder / "report.md").read_bytes()
            found[f"{folder.name} files"] = sorted(os.listdir(folder))
            ElementTree.parse(folder / "report.xml")
            assert (folder / "report.html").read_text().rstrip().endswith("</html>")
        for name in ("gradebook.csv", "class.html", "class.json"):
            found[name] = (place / name).read_bytes()
        return found


def graded(said: str) -> list[str]:
    """Names of the submissions that were graded, as they were told on stderr."""
    lines = [line for line in said.splitlines() if line.startswith("[")]
    return [line.partition("] ")[2].partition(":")[0] for line in lines]
