"""Proving that strangers' programs cannot hurt whoever grades them, with the hostile corpus.

While each hostile submission is graded by a process of its own, the reference is graded beside it,
and after it by the same process: both must get full marks. Then everything is looked for that
could be left.

An audit judges nothing by what a program says of itself, except that it has escaped: that it
believes.
"""

from __future__ import annotations

import json
import os
import resource
import secrets
import select
import signal
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from l2harness.errors import L2HarnessError
from l2harness.grading.audit import graded, short_of_full_marks
from l2harness.grading.result import Result, Verdict
from l2harness.grading.traces import Traces
from l2harness.labs.hostiles import ESCAPED, Hostile, hand_in
from l2harness.labs.lab import Lab
from l2harness.labs.mutants import reference_of
from l2harness.network import linux
from l2harness.network.entry import WORKSPACE
from l2harness.network.loop import Deadline, Loop, patience

#: A hostile submission may take so much longer than all of its limits together, seconds.
MORE_S: Final = 2.0
#: The most that a process of the harness may keep in memory beyond what it began with: whoever
#: forks it, a short command or a long run of tests, hands down its own.
PEAK_BYTES: Final = 128 << 20
#: What a program outside of its sandbox writes to tell us so.
ESCAPED_FILE: Final = Path("/tmp/l2harness-escaped")

#: With a submission's own limits an audit would take hours and prove no more.
_START_S: Final = 2.0
_WALL_S: Final = 2.0
_BUILD_S: Final = 3.0
_CPU_S: Final = 1
#: How long a run waits for a program that is always busy, once, whatever its limits; seconds.
_PATIENCE_S: Final = 3.0
#: So begins what reports say of a program that was not even started.
_NOT_TRIED: Final = "not tried"
#: Nothing that is graded takes as long, seconds: the grader itself hangs.
_HANGS_S: Final = 300.0
#: How long what was left may take to go, seconds: the kernel cleans up in the background.
_GONE_WITHIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Assault:
    """
    What became of one hostile submission, and of those that graded it.

    Attributes:
        name: Of the submission.
        title: What it tried.
        escapes: What it did that must not be possible.
        forged: Ids of the checks that it passed and should not have.
        points: What it gained by that.
        lost: Ids of the checks that it should have passed all the same.
        surprises: What else is not as it should be, in sentences.
        left: What was left of it.
        peak_bytes: The most that the process kept in memory that graded it, beyond what it had
            when it began.
        wall_s: How long its grading took, seconds.
        allowed_s: How long it may take: as long as the reference, all its limits, and `MORE_S`.
    """

    name: str
    title: str
    escapes: tuple[str, ...] = ()
    forged: tuple[str, ...] = ()
    points: float = 0.0
    lost: tuple[str, ...] = ()
    surprises: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    peak_bytes: int = 0
    wall_s: float = 0.0
    allowed_s: float = 0.0

    @property
    def complaints(self) -> list[str]:
        """Everything that is not as it should be, in sentences."""
        found = [f"escaped: {it}" for it in self.escapes]
        found += [f"passed {it}" for it in self.forged]
        found += [f"lost {it}" for it in self.lost]
        found += [f"left behind: {it}" for it in self.left]
        if self.wall_s > self.allowed_s:
            found.append(f"took {self.wall_s:.1f} s of {self.allowed_s:.1f} s")
        if self.peak_bytes > PEAK_BYTES:
            found.append(f"made the harness keep {self.peak_bytes >> 20} MiB more")
        return [*found, *self.surprises]

    @property
    def contained(self) -> bool:
        """Whether it did no harm and gained nothing."""
        return not self.complaints


def assault(lab: Lab, corpus: list[Hostile], seed: str) -> Iterator[Assault]:
    """
    Grade hostile submissions, one after the other, and yield what became of each.

    Raises:
        L2HarnessError: The reference cannot be graded here, or does not get full marks.
    """
    if short := short_of_full_marks(graded(lab, reference_of(lab), "reference", seed)):
        raise L2HarnessError(f"the reference of lab {lab.name} is not right here: {short[0]}")
    for hostile in corpus:
        yield attack(lab, hostile, seed)


def attack(lab: Lab, hostile: Hostile, seed: str) -> Assault:
    """
    Grade one hostile submission, and say what became of it.

    Raises:
        L2HarnessError: The reference beside it could not be graded at all.
    """
    with tempfile.TemporaryDirectory(prefix="audit-", dir=WORKSPACE) as place:
        return _attack(lab, hostile, hand_in(lab, hostile, Path(place) / "submission"), seed)


def _attack(lab: Lab, hostile: Hostile, directory: Path, seed: str) -> Assault:
    ESCAPED_FILE.unlink(missing_ok=True)
    before = Traces.now()
    canary = Path(WORKSPACE) / "canary-of-a-neighbour"
    canary.write_text(secret := secrets.token_hex(16))
    reading, writing = os.pipe2(os.O_CLOEXEC)
    child = os.fork()
    if child == 0:
        _grade_in_child(lab, hostile, directory, seed, secret, writing)
    os.close(writing)
    beside = graded(lab, reference_of(lab), "neighbour", seed, jobs=1)
    said = _hear(reading, child)
    _, status = os.waitpid(child, 0)
    os.close(reading)
    outcome = _understood(hostile, said, status)
    surprises = list(outcome.surprises)
    surprises += [f"the reference beside it: {it}" for it in short_of_full_marks(beside)]
    escapes = list(outcome.escapes)
    if canary.read_text() != secret:
        escapes.append("a neighbour's file was changed")
    if ESCAPED_FILE.exists():
        escapes.append(ESCAPED_FILE.read_text(errors="replace"))
    canary.unlink()
    return replace(
        outcome,
        escapes=tuple(escapes),
        surprises=tuple(surprises),
        left=(*outcome.left, *_left_since(before)),
    )


def _grade_in_child(
    lab: Lab, hostile: Hostile, directory: Path, seed: str, secret: str, writing: int
) -> None:
    """Grade, say on a pipe what became of it, and end, whatever happens."""
    try:
        linux.adopt_orphans()
        outcome = _graded_and_judged(lab, hostile, directory, seed, secret)
        data = json.dumps(asdict(outcome)).encode()
    except BaseException as error:  # noqa: BLE001 - the parent has to hear of it
        data = json.dumps({"surprises": [f"{type(error).__name__}: {error}"]}).encode()
    try:
        with open(writing, "wb") as pipe:
            pipe.write(data)
    finally:
        os._exit(0)


def _graded_and_judged(
    lab: Lab, hostile: Hostile, directory: Path, seed: str, secret: str
) -> Assault:
    inherited_bytes = _peak_bytes()
    limits = replace(lab.limits, start_s=_START_S, wall_s=_WALL_S, build_s=_BUILD_S, cpu_s=_CPU_S)
    before = Traces.now()
    begun_s = time.monotonic()
    result = graded(replace(lab, limits=limits), directory, hostile.name, seed)
    wall_s = time.monotonic() - begun_s
    builds = any(name.lower().endswith("makefile") for name in hostile.places)
    executed = [it.run for it in result.programs if not it.exit.reason.startswith(_NOT_TRIED)]
    allowed_s = MORE_S + len(executed) * max(_START_S, _WALL_S) + builds * _BUILD_S
    allowed_s = patience(allowed_s + len(set(executed)) * _PATIENCE_S)
    begun_s = time.monotonic()
    after = graded(lab, reference_of(lab), "reference", seed)
    # What an honest one takes beside it: the machine may be busy.
    allowed_s += time.monotonic() - begun_s
    outcome = judge(hostile, result, secret)
    surprises = [f"the reference after it: {it}" for it in short_of_full_marks(after)]
    return replace(
        outcome,
        surprises=(*outcome.surprises, *surprises),
        left=tuple(_left_since(before)),
        peak_bytes=_peak_bytes() - inherited_bytes,
        wall_s=wall_s,
        allowed_s=allowed_s,
    )


def _peak_bytes() -> int:
    """Return the most that this process has kept, without the programs that it has waited for."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def judge(hostile: Hostile, result: Result, secret: str) -> Assault:
    """
    Return what a hostile submission achieved, by its result alone.

    Args:
        hostile: The submission.
        result: Of grading it.
        secret: What stands in a file that it must not be able to read.
    """
    words = [text for it in result.programs for text in (it.stdout, it.stderr)]
    text = "\n".join([*words, *result.submission.notes])
    escapes = [line for line in text.splitlines() if line.startswith(ESCAPED)]
    if secret in text:
        escapes.append("read a neighbour's file")
    passed = {check.id: check.points for check in result.with_verdict(Verdict.PASS)}
    forged = [name for name in passed if not hostile.may_pass(name)]
    surprises = [f"{it.id}: {it.verdict.value}: {it.rationale}" for it in result.needs_instructor]
    own = [it for it in result.programs if it.argv[0].removeprefix("./") in hostile.programs]
    ends = {it.exit.reason for it in own if not it.exit.reason.startswith(_NOT_TRIED)}
    surprises += [f"a program ended so: {it}" for it in sorted(ends - hostile.ends)]
    if hostile.says and hostile.says not in text:
        surprises.append(f"it has not said {hostile.says!r}: it may not have tried at all")
    return Assault(
        hostile.name,
        hostile.title,
        tuple(escapes),
        tuple(forged),
        sum(passed[name] for name in forged),
        tuple(
            check.id
            for check in result.checks
            if hostile.must_pass(check.id) and check.id not in passed
        ),
        tuple(surprises),
    )


def _understood(hostile: Hostile, said: bytes, status: int) -> Assault:
    told: dict[str, Any]
    try:
        told = json.loads(said)
    except ValueError:
        code = os.waitstatus_to_exitcode(status)
        told = {"surprises": [f"the process that graded it ended with {code}"]}
    told = {key: tuple(it) if isinstance(it, list) else it for key, it in told.items()}
    return Assault(**{"name": hostile.name, "title": hostile.title, **told})


def _hear(reading: int, child: int) -> bytes:
    """Return what a child writes until it ends; one that hangs is killed."""
    deadline = Deadline.after(_HANGS_S)
    parts: list[bytes] = []
    while select.select([reading], [], [], deadline.remaining_s)[0]:
        if not (part := os.read(reading, 1 << 16)):
            break
        parts.append(part)
    else:
        os.kill(child, signal.SIGKILL)
    return b"".join(parts)


def _left_since(before: Traces) -> list[str]:
    """Return what is left, once the kernel has had time to clean up."""
    loop = Loop()
    try:
        # A loop has descriptors of its own, which were not there before.
        loop.wait(lambda: not _but_loop(before), Deadline.after(_GONE_WITHIN_S), poll=True)
        return _but_loop(before)
    finally:
        loop.close()


def _but_loop(before: Traces) -> list[str]:
    return [
        it
        for it in Traces.now().beyond(before)
        if "[eventpoll]" not in it and "[eventfd]" not in it
    ]
