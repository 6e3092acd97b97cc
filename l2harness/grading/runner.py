"""Running a lab's checks with pytest: collecting them, blocking, judging, gathering verdicts.

pytest is the only runner of checks. A `CheckRunner` is registered as a plugin for one session
that grades one submission; it gives each check the id of the rubric, orders checks after those
they need, gives them the records of the runs they name, and turns what they raise into verdicts:

    nothing                      pass
    `Failure`, a bare assertion  fail: the student's
    anything else                error: ours or the lab author's; it costs no points
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, Final

import pytest

from l2harness.errors import PrivilegeError
from l2harness.grading.points import points_text
from l2harness.grading.result import CheckResult, Evidence, Verdict
from l2harness.grading.schedule import Schedule
from l2harness.labs.api import CheckSpec, Exhibit, Failure, check_of
from l2harness.labs.loading import OPTIONS
from l2harness.labs.options import Option

#: A check that hangs is a fault of the lab's; its runs have limits of their own. Seconds.
CHECK_TIMEOUT_S: Final = 600


class RunFailed(Exception):
    """A run that a check looks at could not be made: not the student's fault."""


class CheckItem(pytest.Function):
    """
    A check as a pytest item: its id is its name, its sentence stands above its failure.

    Attributes:
        spec: What it says about itself, in this lab.
    """

    spec: CheckSpec

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return file, line and headline. pytest would write an id's dots as ``::``."""
        path, line, _ = super().reportinfo()
        return path, line, f"{self.name}: {self.spec.title}"


@dataclass(slots=True, eq=False)  # pytest 8.0 keeps plugins in a set
class CheckRunner:
    """
    pytest plugin for one submission.

    Attributes:
        run_names: Every run of the lab, each a fixture.
        only: Ids of the checks to ask, with those that they need; empty for all.
        rubric: What checks say about themselves in this lab, by id, where that is not what their
            decorators say.
        schedule: Makes the runs; None while checks are only collected.
        elsewhere: Verdicts by id, where the checks have been asked in another process: they are
            told again, and nothing is run.
        specs: What was collected, in the order of the rubric.
        results: Verdicts so far, by id.
        used_runs: Names of the runs that a check looks at, by its id.
        exhibits: Frames that a failed check speaks of, by its id.
    """

    run_names: tuple[str, ...]
    only: frozenset[str] = frozenset()
    rubric: Mapping[str, CheckSpec] = field(default_factory=dict)
    schedule: Schedule | None = None
    elsewhere: Mapping[str, CheckResult] | None = None
    specs: dict[str, CheckSpec] = field(default_factory=dict)
    results: dict[str, CheckResult] = field(default_factory=dict)
    used_runs: dict[str, tuple[str, ...]] = field(default_factory=dict)
    exhibits: dict[str, tuple[Exhibit, ...]] = field(default_factory=dict)
    _wanted_runs: list[str] = field(default_factory=list)

    # -- collecting -------------------------------------------------------------------------

    def pytest_pycollect_makeitem(
        self, collector: pytest.Collector, name: str, obj: object
    ) -> list[pytest.Item] | None:
        """Give a check the id of the rubric for a name."""
        spec = check_of(obj)
        if spec is None:
            return None
        item = CheckItem.from_parent(
            collector,
            name=spec.id,
            callobj=obj,
        )
        item.spec = self.rubric.get(spec.id, spec)
        item.add_marker(pytest.mark.timeout(CHECK_TIMEOUT_S))
        return [item]

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(
        self, items: list[pytest.Item]
    ) -> Generator[None, None, None]:
        """Order checks after those they need, and bring back those that a selection left out."""
        every = {item.name: item for item in items if _spec(item) is not None}
        self.specs = {name: _require_spec(item) for name, item in every.items()}
        self.used_runs = {
            name: tuple(run for run in self.run_names if run in _arguments(item))
            for name, item in every.items()
        }
        yield
        if self.only:
            items[:] = [item for item in items if item.name in self.only]
        chosen: dict[str, pytest.Item] = {}
        others = [item for item in items if item.name not in every]
        for item in items:
            if item.name in every:
                _add_with_needs(item, every, chosen)
        items[:] = [*others, *chosen.values()]
        self._wanted_runs = sorted({run for name in chosen for run in self.used_runs[name]})

    # -- running ----------------------------------------------------------------------------

    def record_of(self, run: str) -> Any:  # noqa: ANN401 - a record is whatever the lab's run returns
        """
        Return a run's record; the first call makes every run that the selected checks need.

        Raises:
            RunFailed: The run could not be made.
        """
        if self.elsewhere is not None:
            return None
        assert self.schedule is not None, "records are asked for while checks run"
        self.schedule.make([*self._wanted_runs, run])
        observed = self.schedule.observed[run]
        if observed.fault is not None:
            raise RunFailed(f"run {run}: {observed.fault}") from observed.fault
        return observed.record

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Block a check that needs one which did not pass."""
        spec = _spec(item)
        if spec is None:
            return
        if self.elsewhere is not None:
            if (by := self.elsewhere[spec.id].blocked_by) is not None:
                pytest.skip(f"blocked: needs {by}")
            return
        for needed in spec.needs:
            if self.results[needed].verdict is not Verdict.PASS:
                self._add(spec, Verdict.BLOCKED, blocked_by=needed)
                pytest.skip(f"blocked: needs {needed}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Tell again what has been found out in another process."""
        spec = _spec(pyfuncitem)
        if spec is None or self.elsewhere is None:
            return None
        told = self.elsewhere[spec.id]
        if told.verdict is Verdict.FAIL:
            raise Failure(
                told.rationale, help=told.help, expected=told.expected, actual=told.actual
            )
        if not told.verdict.judged:
            raise RunFailed(told.rationale)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Turn what a check raised into a verdict, and show it as a sentence, not a traceback."""
        report = yield
        spec = _spec(item)
        if spec is None or spec.id in self.results:
            return report
        if call.excinfo is None:
            if call.when == "call":
                self._add(spec, Verdict.PASS)
            return report
        error = call.excinfo.value
        if isinstance(error, KeyboardInterrupt | pytest.exit.Exception):
            return report
        if call.when == "call" and isinstance(error, AssertionError):
            failure = error if isinstance(error, Failure) else Failure(str(error))
            try:
                given = spec.given_for(failure)
            except ValueError as wrong:
                self._add(spec, Verdict.ERROR, failure=Failure(f"{wrong}. {failure.rationale}"))
                return report
            self._add(spec, Verdict.FAIL, failure=failure, given=given)
            report.longrepr = _readable(spec, failure, given)
            return report
        cause = error.__cause__ if isinstance(error, RunFailed) and error.__cause__ else error
        lacking = any(isinstance(it, PrivilegeError) for it in _causes(error))
        verdict = Verdict.UNAVAILABLE if lacking else Verdict.ERROR
        self._add(spec, verdict, failure=Failure(f"{type(cause).__name__}: {cause}"))
        return report

    def _add(
        self,
        spec: CheckSpec,
        verdict: Verdict,
        *,
        failure: Failure | None = None,
        given: float = 0,
        blocked_by: str | None = None,
    ) -> None:
        if failure is not None:
            self.exhibits[spec.id] = failure.exhibits
        self.results[spec.id] = CheckResult(
            spec.id,
            spec.title,
            verdict,
            spec.points if verdict is Verdict.PASS else given,
            spec.points,
            spec.needs,
            blocked_by,
            spec.visibility,
            rationale=failure.rationale if failure else "",
            help=failure.help if failure else None,
            expected=failure.expected if failure else None,
            actual=failure.actual if failure else None,
            evidence=tuple(Evidence(run) for run in self.used_runs.get(spec.id, ())),
        )

    def checks(self) -> Iterator[CheckResult]:
        """
        Return a verdict for every check of the rubric, in its order.

        One that did not run, because of a selection or an interrupt, is ``unavailable``: it stays
        in the maximum, and the result is incomplete.
        """
        for name, spec in self.specs.items():
            if name not in self.results:
                self._add(spec, Verdict.UNAVAILABLE, failure=Failure("This check was not run."))
            yield self.results[name]


def run_fixtures(runner: CheckRunner) -> object:
    """
    Return a pytest plugin with one fixture for each run of the lab, and one for its options.

    pytest looks for fixtures among the functions of a module, so one is made up.
    """
    plugin = ModuleType("l2harness_runs")

    def fixture_for(name: str) -> object:
        @pytest.fixture(name=name, scope="session")
        def record() -> Any:  # noqa: ANN401 - a record is whatever the run returns
            return runner.record_of(name)

        return record

    for name in runner.run_names:
        setattr(plugin, name, fixture_for(name))

    @pytest.fixture(name=OPTIONS, scope="session")
    def options() -> Mapping[str, Option]:
        assert runner.schedule is not None, "options are asked for while checks run"
        return runner.schedule.equipment.options

    plugin.options = options  # type: ignore[attr-defined]  # a module, where pytest looks
    return plugin


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error, and what it was raised from, and so on."""
    while error is not None:
        yield error
        error = error.__cause__


def _spec(item: pytest.Item) -> CheckSpec | None:
    return item.spec if isinstance(item, CheckItem) else None


def _require_spec(item: pytest.Item) -> CheckSpec:
    spec = _spec(item)
    assert spec is not None
    return spec


def _arguments(item: pytest.Item) -> list[str]:
    assert isinstance(item, pytest.Function)
    return list(inspect.signature(item.obj).parameters)


def _add_with_needs(
    item: pytest.Item, every: dict[str, pytest.Item], chosen: dict[str, pytest.Item]
) -> None:
    for needed in _require_spec(item).needs:
        if needed not in chosen:
            _add_with_needs(every[needed], every, chosen)
    chosen[item.name] = item


def _readable(spec: CheckSpec, failure: Failure, given: float) -> str:
    given_of = f"{points_text(given)} of " if given else ""
    lines = [f"{failure.rationale} ({given_of}{points_text(spec.points)} points)"]
    if failure.expected is not None:
        lines.append(f"  expected: {failure.expected}")
    if failure.actual is not None:
        lines.append(f"  actual:   {failure.actual}")
    if failure.help:
        lines.append(failure.help)
    return "\n".join(lines)
