"""Kills at random moments: does a class that is graded in spite of them end as if undisturbed?

The real command grades a class of the lab's mutants. Again and again one of its processes, whoever
that is, is ended with SIGKILL, and the same command is given again, until a round has ended by
itself. Then every report and the gradebook are compared with those of a run that nobody disturbed.

What a student's own programs are killed in the middle of, from outside of everything, nobody could
tell from what they do themselves; so the processes below a sandbox's init are left alone.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final

from benchmarks.measure import Row, Spread, descendants_of, ended, memory_mb

_KILLS: Final = 50
_CLASS: Final = 10
#: Until when somebody is killed, as a part of the time that the whole class takes: late enough
#: that anything may be under way, early enough that most runs are met.
_EARLY: Final = 0.4
#: A safety net: nothing here waits for it.
_PATIENCE_S: Final = 600.0
#: How long the kernel may take over what was killed, seconds.
_GONE_WITHIN_S: Final = 30.0
_MOST_MB: Final = 400
#: Whose names the processes that keep strangers in have.
_SANDBOX: Final = frozenset({"bwrap", "nsenter"})
#: What the oldest processes of a run are; and the others, by their names.
_FIRST: Final = ("outer", "init", "harness", "nursery")
_ROLES: Final = dict.fromkeys(_SANDBOX, "sandbox")


def killed(kills: int = _KILLS, seed: int = 1, people: int = _CLASS) -> list[Row]:
    """
    Kill so many times, and compare.

    Args:
        kills: How many.
        seed: Of the moments and of whom it meets.
        people: How many submissions there are.
    """
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="l2harness-kills-") as place:
        arena = _Arena(Path(place), people)
        before = _Left.now()
        undisturbed_s = arena.undisturbed()
        wrong: list[str] = []
        done = rounds = 0
        resumed_s: list[float] = []
        while done < kills:
            rounds += 1
            out = f"round{rounds}"
            begun_s = time.monotonic()
            while done < kills and arena.kill_once(out, draw, _EARLY * undisturbed_s):
                done += 1
            arena.finish(out)
            resumed_s.append(time.monotonic() - begun_s)
            wrong += arena.differences(out)
        left = before.until_nothing_is_beyond()
        for line in (*wrong, *arena.said, *left):
            print(f"    {line}", flush=True)
        note = f"{people} submissions, {rounds} rounds; killed: {arena.victims_in_words()}"
        return [
            Row(
                f"reports and gradebooks that differ after {done} kills",
                Spread.of([float(len(wrong))]),
                "",
                "0",
                not wrong,
                note,
            ),
            Row("left behind by them", Spread.of([float(len(left))]), "", "0", not left),
            Row(
                "memory of a whole run, at most",
                Spread.of([max(arena.memory_mb)]),
                "MB",
                f"≤ {_MOST_MB} MB",
                max(arena.memory_mb) <= _MOST_MB,
                "what all its processes have to themselves, and their share of what they share",
            ),
        ]


class _Arena:
    """A class, and what becomes of it."""

    def __init__(self, place: Path, people: int) -> None:
        from l2harness.labs.lab import find_lab
        from l2harness.labs.mutants import assemble, mutants_of

        self._place = place
        self.victims: dict[str, int] = {}
        self.memory_mb: list[float] = []
        self.said: list[str] = []
        lab = find_lab("pyng")
        mutants = mutants_of(lab)
        (place / "uploads").mkdir()
        for mutant in mutants[:: max(1, len(mutants) // people)][:people]:
            assemble(lab, mutant, place / "uploads" / mutant.name)
        (place / "uploads" / "broken.zip").write_bytes(b"no archive")

    def undisturbed(self) -> float:
        """Grade the class, and return how long that takes, seconds."""
        begun_s = time.monotonic()
        self.finish("undisturbed")
        return time.monotonic() - begun_s

    def finish(self, out: str) -> None:
        """Grade what is left, to its end."""
        with self._start(out) as process:
            while process.poll() is None:
                self.memory_mb.append(memory_mb([process.pid, *descendants_of(process.pid)]))
                ended(process, 0.5)
        if process.returncode != 3:  # because of the broken archive
            self.said.append(f"{out} ended with status {process.returncode}: see {out}.log")

    def kill_once(self, out: str, draw: random.Random, within_s: float) -> bool:
        """
        Begin or go on, and kill somebody at a random moment.

        Returns:
            False if the run had ended by itself by then.
        """
        with self._start(out) as process:
            if ended(process, draw.uniform(0, within_s)):
                return False
            everybody = [process.pid, *descendants_of(process.pid)]
            ours = [pid for pid in everybody if not _is_strangers(pid)]
            sandboxes = [pid for pid in ours if _name(pid) in _SANDBOX] or ours
            # Outer, init and harness, on whom all depend; a sandbox; or anybody at all.
            victim = draw.choice(
                [*ours[:3], *draw.choices(sandboxes, k=2), *draw.choices(ours, k=3)]
            )
            place = ours.index(victim)
            name = _FIRST[place] if place < len(_FIRST) else _ROLES.get(_name(victim), "worker")
            try:
                os.kill(victim, signal.SIGKILL)
            except ProcessLookupError:
                name = "nobody"
            self.victims[name] = self.victims.get(name, 0) + 1
            # What follows from it is for the harness to find out: the run ends, or goes on.
            if not ended(process, _PATIENCE_S):
                raise RuntimeError(f"after {name} was killed, {out} did not end")
            return True

    def differences(self, out: str) -> Iterator[str]:
        """Yield what is not as in the undisturbed run, times aside."""
        mine, theirs = _told(self._place / out), _told(self._place / "undisturbed")
        for name in sorted(mine.keys() | theirs.keys()):
            if mine.get(name) != theirs.get(name):
                yield f"{out}/{name}: {_first_difference(mine.get(name), theirs.get(name))}"

    def victims_in_words(self) -> str:
        """Who was killed, and how often."""
        return ", ".join(f"{name} {count}" for name, count in sorted(self.victims.items()))

    def _start(self, out: str) -> subprocess.Popen[bytes]:
        line = [sys.executable, "-m", "l2harness", "grade", "uploads", "--out", out]
        environment = {k: v for k, v in os.environ.items() if k != "L2HARNESS_INSIDE"}
        with open(self._place / f"{out}.log", "ab") as log:
            return subprocess.Popen(
                [*line, "--seed", "7"], cwd=self._place, env=environment, stdout=log, stderr=log
            )


@dataclass(frozen=True)
class _Left:
    """Everything that could be left behind."""

    processes: frozenset[str]
    mounts: frozenset[str]
    namespaces: frozenset[str]
    descriptors: frozenset[str]
    files: frozenset[str]

    @classmethod
    def now(cls) -> _Left:
        """Look around."""
        _reap()
        pids = [name for name in os.listdir("/proc") if name.isdecimal()]
        spaces = set()
        for pid in pids:
            for kind in ("net", "mnt", "pid", "user", "ipc"):
                try:
                    spaces.add(os.readlink(f"/proc/{pid}/ns/{kind}"))
                except OSError:
                    continue
        files = {f"{where}/{it}" for where in ("/dev/shm", "/tmp") for it in os.listdir(where)}
        return cls(
            frozenset(f"{_name(int(pid))} {pid}" for pid in pids),
            frozenset(Path("/proc/self/mountinfo").read_text().splitlines()),
            frozenset(spaces),
            frozenset(_descriptors()),
            frozenset(it for it in files if "l2harness" in it or "submission" in it),
        )

    def until_nothing_is_beyond(self) -> list[str]:
        """Return what is there now and was not before; the kernel has a while to take it away."""
        from l2harness.network.loop import Deadline, Loop

        loop = Loop()
        loop.wait(lambda: not self._beyond(), Deadline.after(_GONE_WITHIN_S), poll=True)
        loop.close()
        return self._beyond()

    def _beyond(self) -> list[str]:
        now = _Left.now()
        return [
            f"left: {it}"
            for field in fields(self)
            for it in sorted(getattr(now, field.name) - getattr(self, field.name))
        ]


def _descriptors() -> Iterator[str]:
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # that of the listing itself
            yield f"{name} to {os.readlink(f'/proc/self/fd/{name}')}"


def _reap() -> None:
    """Those whose parents were killed are our children, if this process is their namespace's."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return


def _is_strangers(pid: int) -> bool:
    """Whether it is a student's program, or what that has started."""
    parent = _parent(pid)
    while parent > 1:
        if _name(pid) not in _SANDBOX and _name(parent) in _SANDBOX:
            return True
        pid, parent = parent, _parent(parent)
    return False


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "nobody"


def _told(out: Path) -> dict[str, object]:
    found: dict[str, object] = {"gradebook.csv": (out / "gradebook.csv").read_bytes()}
    for folder in sorted(path for path in out.iterdir() if path.is_dir()):
        found[f"{folder.name} files"] = sorted(os.listdir(folder))
        report = json.loads((folder / "report.json").read_bytes())
        report.pop("timing")
        found[f"{folder.name}/report.json"] = report
    return found


def _first_difference(mine: object, theirs: object, where: str = "") -> str:
    if isinstance(mine, dict) and isinstance(theirs, dict):
        for key in sorted(mine.keys() | theirs.keys()):
            if mine.get(key) != theirs.get(key):
                return _first_difference(mine.get(key), theirs.get(key), f"{where}.{key}")
    if isinstance(mine, list) and isinstance(theirs, list) and len(mine) == len(theirs):
        for number, (left, right) in enumerate(zip(mine, theirs, strict=True)):
            if left != right:
                return _first_difference(left, right, f"{where}[{number}]")
    return f"{where} is {str(mine)[:400]}, and was {str(theirs)[:400]}"
