"""One submission, from its directory to its `Result`."""

from __future__ import annotations

import contextlib
import io
import os
import secrets
import time
from collections.abc import Iterator
from typing import Final

from l2harness import __version__
from l2harness.errors import L2HarnessError, UsageError
from l2harness.grading.equip import Order, Ready, equipped
from l2harness.grading.records import (
    ExitResult,
    FrameRecord,
    ProgramResult,
    RunResult,
    Submission,
)
from l2harness.grading.result import Result
from l2harness.grading.runner import CheckRunner, run_fixtures
from l2harness.grading.schedule import Observed, Schedule
from l2harness.labs.lab import Lab
from l2harness.labs.loading import runs_of
from l2harness.labs.records import ProgramRecord
from l2harness.network.entry import current_mode
from l2harness.network.timeline import FrameEvent, Timeline
from l2harness.programs.exit import Exit, signal_name
from l2harness.programs.submission import digest
from l2harness.programs.text import decode

_OUTPUT_BYTES: Final = 16_384
#: Of a run with more frames than both together, the first and the last ones are reported.
_FIRST_FRAMES, _LAST_FRAMES = 500, 100
_FRAME_BYTES: Final = 1_600
_EXIT_INTERRUPTED: Final = 2
_EXIT_USAGE: Final = 4


class Grading:
    """
    The grading of one submission with a pytest session that somebody else may drive.

    Attributes:
        order: What is graded.
        runner: The pytest plugin that gathers verdicts.
        fixtures: The pytest plugin that hands out records.
    """

    def __init__(self, order: Order) -> None:
        self.order = order
        self._runs = runs_of(order.lab)
        self.runner = CheckRunner(tuple(self._runs))
        self.fixtures = run_fixtures(self.runner)
        self._ready: Ready | None = None
        self._begun_s = time.monotonic()

    @contextlib.contextmanager
    def prepared(self) -> Iterator[None]:
        """Have everything ready for the runs while the block lasts. Raises as `equipped`."""
        with equipped(self.order) as ready:
            self._ready = ready
            self.runner.schedule = Schedule(self._runs, ready.slots, ready.equipment)
            yield

    def result(self) -> Result:
        """Return everything that was found out."""
        assert self._ready is not None, "a result needs a grading"
        assert self.runner.schedule is not None
        lab = self.order.lab
        observed = self.runner.schedule.observed
        made = [observed[name] for name in self._runs if name in observed]
        timing = {f"run.{it.name}_s": round(it.wall_s, 4) for it in made}
        return Result.of(
            self.runner.checks(),
            harness=__version__,
            lab=lab.name,
            lab_title=lab.title,
            lab_digest=lab.digest(),
            seed=self.order.seed,
            mode=current_mode() or "root",
            protections=() if self.order.sandboxed else ("no-sandbox",),
            submission=Submission(
                self.order.name, digest(self.order.directory), tuple(self._ready.notes)
            ),
            programs=[_program(record) for it in made for record in it.programs],
            runs=[_run(it) for it in made],
            timing={"total_s": round(time.monotonic() - self._begun_s, 4), **timing},
        )


def grade(order: Order) -> Result:
    """
    Grade one submission in this process, which has entered its own namespaces.

    Raises:
        SubmissionError: It cannot be opened, or is not safe to.
        SpecError: The lab's.
        KernelError, PrivilegeError, SandboxError: The machine's or ours.
        KeyboardInterrupt: The user's; everything has been taken down.
    """
    grading = Grading(order)
    with grading.prepared():
        _run_pytest(grading)
        return grading.result()


def default_jobs() -> int:
    """Return how many runs to make at a time: one for each core this process may use."""
    return max(1, len(os.sched_getaffinity(0)))


def draw_seed() -> str:
    """Return a seed that nobody could have known: eight hex digits."""
    return secrets.token_hex(4)


def _run_pytest(grading: Grading) -> None:
    import pytest

    lab = grading.order.lab
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        status = pytest.main(_arguments(lab), plugins=[grading.runner, grading.fixtures])
    if status == _EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    if status == _EXIT_USAGE:
        raise UsageError(said.getvalue().strip().removeprefix("ERROR: "))
    if not grading.runner.specs:
        raise L2HarnessError(f"the checks of lab {lab.name} could not be run: {said.getvalue()}")


def _arguments(lab: Lab) -> list[str]:
    """Nothing of the user's own pytest configuration may reach the checks, or the reverse."""
    return [
        *(str(path) for path in lab.check_files),
        f"--rootdir={lab.code}",
        "--config-file=/dev/null",
        "--noconftest",
        "--import-mode=importlib",
        "-q",
        *("-p", "no:cacheprovider"),
        *("-p", "no:l2harness"),
    ]


def _program(record: ProgramRecord) -> ProgramResult:
    return ProgramResult(
        record.run,
        tuple(decode(os.fsencode(argument), 512) for argument in record.argv),
        record.host,
        _exit(record.exit, record.problem),
        decode(record.stdout, _OUTPUT_BYTES),
        decode(record.stderr, _OUTPUT_BYTES),
    )


def _exit(end: Exit | None, problem: str | None) -> ExitResult:
    if end is None:
        return ExitResult(f"not tried: {problem}")
    return ExitResult(end.reason.value, end.code, signal_name(end.signal) if end.signal else None)


def _run(observed: Observed) -> RunResult:
    return RunResult(observed.name, observed.title, tuple(_frames(observed.timeline)))


def _frames(timeline: Timeline) -> Iterator[FrameRecord]:
    frames = list(timeline.of(FrameEvent))
    if len(frames) > _FIRST_FRAMES + _LAST_FRAMES:
        frames = frames[:_FIRST_FRAMES] + frames[-_LAST_FRAMES:]
    for event in frames:
        yield FrameRecord(
            event.interface,
            event.direction.value,
            event.origin.value,
            event.data[:_FRAME_BYTES].hex(),
            truncated=len(event.data) > _FRAME_BYTES,
        )
