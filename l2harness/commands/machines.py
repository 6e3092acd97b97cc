"""Grading in virtual machines: for one submission, and for the crew of a class.

Importing this module imports everything that drawing reports takes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, ParamSpec, TypeVar

from l2harness.commands.work import drawn, longest_s
from l2harness.errors import UsageError
from l2harness.grading.classwork import Graded
from l2harness.grading.enclosed import CAPTURE, grade_enclosed
from l2harness.grading.equip import Order
from l2harness.grading.result import Result
from l2harness.grading.ungraded import ungraded
from l2harness.reports.json import from_json
from l2harness.vm.machine import Cancel, Hypervisor, MachineLost

P = ParamSpec("P")
T = TypeVar("T")

#: One machine has one processor.
_JOBS: Final = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What came of one submission.

    Attributes:
        result: Of its grading; where the machine came to nothing, one that says so.
        capture: Every frame, as a pcapng file; None if there is none.
        problem: What became of the machine; None if it did what it should.
    """

    result: Result
    capture: bytes | None = None
    problem: str | None = None


def grade_in_machine(
    order: Order,
    hypervisor: Hypervisor,
    *,
    only: Iterable[str] = (),
    cancel: Cancel | None = None,
) -> Outcome:
    """
    Grade one submission in a virtual machine of its own.

    A machine that comes to nothing is an outcome, too: a result in which nothing is failed.

    Raises:
        L2HarnessError: As `grade_enclosed`, but for MachineLost.
    """
    try:
        return _grade(order, hypervisor, only, cancel)
    except MachineLost as error:
        return Outcome(lost(order, hypervisor, error), problem=str(error))


def grade_in_machines(
    orders: Iterable[Order], hypervisor: Hypervisor, workers: int = 0
) -> list[Result]:
    """
    Grade submissions, each in a virtual machine of its own, and return their results in order.

    Args:
        orders: What to grade.
        hypervisor: What to boot the machines with.
        workers: How many at a time; 0 for one on each processor.

    Raises:
        L2HarnessError: As `grade_in_machine`.
    """
    with machine_pool(workers or len(os.sched_getaffinity(0))) as (pool, cancel):
        grade = partial(grade_in_machine, hypervisor=hypervisor, cancel=cancel)
        return [outcome.result for outcome in pool.map(grade, orders)]


@contextmanager
def machine_pool(workers: int) -> Iterator[tuple[MachinePool, Cancel]]:
    """Have threads that boot machines while the block lasts; what fails ends those that run."""
    cancel = Cancel()
    pool = MachinePool(workers, cancel)
    try:
        yield pool, cancel
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    else:
        pool.shutdown()
    finally:
        cancel.close()


def lost(order: Order, hypervisor: Hypervisor, error: MachineLost) -> Result:
    """Return the result of a submission whose machine came to nothing."""
    result = ungraded(order, str(error))
    return replace(result, mode=f"{hypervisor.mode} {hypervisor.version}")


def _grade(
    order: Order, hypervisor: Hypervisor, only: Iterable[str], cancel: Cancel | None
) -> Outcome:
    """Grade it. Raises MachineLost as well."""
    order = replace(order, jobs=_JOBS)
    limit_s = longest_s(order.lab)
    enclosed = grade_enclosed(order, hypervisor, limit_s=limit_s, only=only, cancel=cancel)
    try:
        result = from_json(enclosed.report, source="the virtual machine's report")
    except UsageError as error:
        raise MachineLost(str(error)) from error
    ours = (order.lab.name, order.lab.digest(), order.seed, order.name)
    theirs = (result.lab, result.lab_digest, result.seed, result.submission.name)
    if ours != theirs or not result.mode.startswith(f"{hypervisor.mode} "):
        raise MachineLost("the virtual machine's report is not of what it was to grade")
    return Outcome(result, enclosed.capture)


@dataclass(frozen=True, slots=True)
class MachineGrader:
    """Grades orders for a class, each in a machine of its own."""

    hypervisor: Hypervisor
    cancel: Cancel

    def __call__(self, order: Order) -> Graded:
        """
        Grade a submission, and draw its reports.

        Raises:
            MachineLost: Its machine came to nothing; another one may not.
            L2HarnessError: As `grade_enclosed`.
        """
        outcome = _grade(order, self.hypervisor, (), self.cancel)
        graded = drawn(outcome.result)
        if outcome.capture is None:
            return graded
        return replace(graded, files={**graded.files, CAPTURE: outcome.capture})


class MachinePool(Executor):
    """
    So many virtual machines at a time, each for one task, watched by a thread each.

    Args:
        workers: How many.
        cancel: Ends them when the pool is shut down in haste.
    """

    def __init__(self, workers: int, cancel: Cancel) -> None:
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="machine")
        self._cancel = cancel

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a thread call a function."""
        return self._threads.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """See `concurrent.futures.Executor`; what has begun is ended by ``cancel_futures``."""
        if cancel_futures:
            self._cancel.ask()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)
