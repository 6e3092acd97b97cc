"""One submission, from its directory to its `Result`."""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

from l2harness import __version__
from l2harness.errors import L2HarnessError, UsageError
from l2harness.grading.diagnosis import Diagnosis, diagnose
from l2harness.grading.equip import Closing, Order, Ready, equipped
from l2harness.grading.exhibits import with_exhibits
from l2harness.grading.network_record import TopologyRecord
from l2harness.grading.recording import Recorded, Recording, recorded
from l2harness.grading.records import Submission
from l2harness.grading.result import CheckResult, Result
from l2harness.grading.runner import CheckRunner, run_fixtures
from l2harness.grading.schedule import Schedule, Watch, unwatched
from l2harness.grading.timing import Timing
from l2harness.labs.lab import Lab
from l2harness.labs.loading import OPTIONS, importable, runs_of
from l2harness.labs.misconceptions.loading import knowledge_of
from l2harness.labs.rubric import expect_known_runs, rubric_of
from l2harness.network.entry import reported_mode

#: Parts of pytest that cost a millisecond a check and do nothing for one.
_NOT_NEEDED: Final = (
    *(
        "cacheprovider",
        "debugging",
        "doctest",
        "faulthandler",
        "junitxml",
        "legacypath",
        "logging",
    ),
    *(
        "monkeypatch",
        "nose",
        "pastebin",
        "recwarn",
        "setuponly",
        "setupplan",
        "stepwise",
        "subtests",
        "tmpdir",
        "unittest",
    ),
    *("threadexception", "unraisableexception", "warnings"),
)
#: For pytest while it runs checks; other plugins would be slow to load, too.
_PYTEST_SETTINGS: Final = {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "PYTEST_ADDOPTS": "",
    "PYTEST_PLUGINS": "",
}
_EXIT_INTERRUPTED: Final = 2
_EXIT_INTERNAL: Final = 3
_EXIT_USAGE: Final = 4


class _OnlyCheckFiles:
    """A pytest plugin that spares it looking at what lies beside the files with checks."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._wanted = {place for file in files for place in (file, *file.parents)}

    @pytest.hookimpl(tryfirst=True)
    def pytest_ignore_collect(self, collection_path: Path) -> bool:
        """Pass over everything else."""
        return collection_path not in self._wanted


class Grading:
    """
    The grading of one submission with a pytest session that somebody else may drive.

    Args:
        order: What to grade.
        watch: Is told how far it is.
        only: Ids of the checks to ask, with those that they need and the runs that these need;
            the others will be ``unavailable``. Empty for all.

    Attributes:
        order: What is graded.
        runner: The pytest plugin that gathers verdicts.
        fixtures: The pytest plugin that hands out records.
    """

    def __init__(
        self, order: Order, watch: Watch = unwatched, *, only: Iterable[str] = ()
    ) -> None:
        self.order = order
        self._watch = watch
        self._runs = runs_of(order.lab)
        rubric = rubric_of(order.lab)  # refuses what pytest would only stumble over
        expect_known_runs(order.lab, rubric)
        self._knowledge = knowledge_of(order.lab)
        self.runner = CheckRunner(
            tuple(self._runs), frozenset(only), {spec.id: spec for spec in rubric}
        )
        self.fixtures = run_fixtures(self.runner)
        self._ready: Ready | None = None
        self._interrupted = False
        self._begun_s = time.monotonic()

    def run(self, closing: Closing | None = None) -> Result:
        """Grade it, once. Arguments, result and errors are those of `grade`."""
        with self.prepared(closing):
            assert self.runner.schedule is not None
            # Every run will be wanted, so none need wait for the first check that asks for it.
            ahead = contextlib.nullcontext() if self.runner.only else self.runner.schedule.ahead()
            with ahead:
                _run_pytest(self)
            self._give_up_if_told()
            return self.result()

    def interrupt(self) -> None:
        """
        Have the grading end as soon as may be; made to be called by a handler of SIGINT.

        While runs are made they are told, and nothing is torn out of what is being done.
        Otherwise, or if that has been done before, the exception is raised here and now.

        Raises:
            KeyboardInterrupt: Then, or later by `run`.
        """
        asked_before, self._interrupted = self._interrupted, True
        if self.runner.schedule is None or asked_before:
            raise KeyboardInterrupt
        self.runner.schedule.stop()

    def _give_up_if_told(self) -> None:
        if self._interrupted:
            raise KeyboardInterrupt

    @contextlib.contextmanager
    def prepared(self, closing: Closing | None = None) -> Iterator[None]:
        """Have everything ready for the runs while the block lasts; arguments as `equipped`."""
        with equipped(self.order, closing) as ready:
            self._ready = ready
            self.runner.schedule = Schedule(
                self._runs, ready.slots, ready.equipment, watch=self._watch
            )
            self._give_up_if_told()
            yield

    def result(self) -> Result:
        """Return everything that was found out."""
        assert self._ready is not None, "a result needs a grading"
        lab = self.order.lab
        upload = self.order.handed_in
        runs = self._recorded()
        results = [run.result for run in runs]
        diagnosis = self._diagnosis(
            with_exhibits(self.runner.checks(), self.runner.exhibits, results, self._parts(runs))
        )
        return Result.of(
            diagnosis.checks,
            findings=diagnosis.findings,
            harness=__version__,
            lab=lab.name,
            lab_title=lab.title,
            lab_digest=lab.digest(),
            seed=self.order.seed,
            mode=reported_mode(),
            protections=self._ready.protections,
            submission=Submission(
                self.order.name,
                self._ready.digest,
                (*lab.drawn_notes, *self._ready.notes, *diagnosis.faults),
                upload.student,
                upload.student_id,
            ),
            topology=TopologyRecord.of(self._ready.topology),
            programs=[program for run in runs for program in run.programs],
            runs=results,
            timing=Timing(
                round(time.monotonic() - self._begun_s, 4), tuple(run.timing for run in runs)
            ),
        )

    @property
    def killed(self) -> bool:
        """
        Whether a program, or make, was ended by a SIGKILL that is not the harness's.

        It may be the program's own doing. Or somebody has killed it who thought of the harness, as
        the kernel does when the machine is out of memory; another time it would not be.
        """
        assert self._ready is not None
        assert self.runner.schedule is not None
        built = self._ready.built
        observed = self.runner.schedule.observed.values()
        ends = [program.exit for it in observed for program in it.programs]
        if built is not None:
            ends.append(built.exit)
        return any(it is not None and it.killed for it in ends)

    def _diagnosis(self, checks: Iterable[CheckResult]) -> Diagnosis:
        """Name the misconceptions behind the failed checks, as far as runs could be made."""
        assert self._ready is not None
        assert self.runner.schedule is not None
        observed = self.runner.schedule.observed.values()
        seen = {it.name: it.record for it in observed if it.fault is None}
        equipment = self._ready.equipment
        return diagnose(
            checks,
            self._knowledge,
            seen
            | {
                "found": equipment.found,
                "built": self._ready.built,
                OPTIONS: equipment.options,
            },
        )

    def _parts(self, runs: Iterable[Recorded]) -> dict[str, list[str]]:
        """For each run in which nothing happened, the runs whose records it was given."""
        assert self.runner.schedule is not None
        empty = [run.result.name for run in runs if not run.result.frames and not run.programs]
        return {name: self.runner.schedule.needs(name) for name in empty}

    def recording(self) -> Recording:
        """Return every frame with its time, for a capture beside the report."""
        clock_ns = time.time_ns() - time.monotonic_ns()
        return Recording(clock_ns, tuple(run.recording for run in self._recorded()))

    def _recorded(self) -> list[Recorded]:
        """The runs that were made, in the order of the lab's file."""
        assert self._ready is not None
        assert self.runner.schedule is not None
        observed = self.runner.schedule.observed
        topology = self._ready.topology
        return [recorded(observed[name], topology) for name in self._runs if name in observed]


def grade(order: Order, watch: Watch = unwatched, closing: Closing | None = None) -> Result:
    """
    Grade one submission in this process, which has entered its own namespaces.

    Args:
        order: What to grade.
        watch: Is told how far it is.
        closing: Takes the networks down beside what follows; the caller waits for it in the end.
            None waits here.

    Raises:
        SubmissionError: It cannot be opened, or is not safe to.
        SpecError: The lab's.
        KernelError, PrivilegeError, SandboxError: The machine's or ours.
        KeyboardInterrupt: The user's; everything has been taken down.
    """
    return Grading(order, watch).run(closing)


def default_jobs() -> int:
    """Return how many runs to make at a time: one for each core this process may use."""
    return max(1, len(os.sched_getaffinity(0)))


def _run_pytest(grading: Grading) -> None:
    lab = grading.order.lab
    said = io.StringIO()
    with (
        importable(lab),
        _no_settings_of_others(),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        plugins = [grading.runner, grading.fixtures, _OnlyCheckFiles(lab.check_files)]
        status = pytest.main(_arguments(lab), plugins=plugins)
    if status == _EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    if status == _EXIT_USAGE:
        raise UsageError(said.getvalue().strip().removeprefix("ERROR: "))
    if status == _EXIT_INTERNAL or not grading.runner.specs:
        raise L2HarnessError(f"the checks of lab {lab.name} could not be run: {said.getvalue()}")


@contextlib.contextmanager
def _no_settings_of_others() -> Iterator[None]:
    """What the user has set or installed for pytest is none of the checks' business."""
    before = {name: os.environ.get(name) for name in _PYTEST_SETTINGS}
    os.environ.update(_PYTEST_SETTINGS)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _arguments(lab: Lab) -> list[str]:
    """Nothing of the user's own pytest configuration may reach the checks, or the reverse."""
    return [
        *(str(path) for path in lab.check_files),
        f"--rootdir={lab.code}",
        # Else pytest lists every directory above, which need not be readable.
        f"--confcutdir={lab.code}",
        "--config-file=/dev/null",
        "--noconftest",
        "--import-mode=importlib",
        "-q",
        "--capture=no",
        *("-p", "pytest_timeout"),
        *(f"-pno:{name}" for name in _NOT_NEEDED),
    ]
