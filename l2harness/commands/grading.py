"""What ``check`` and ``grade`` do once they stand in namespaces of their own.

Importing this module imports everything that grading takes, so import it there and not before.

Laws:

- One submission that cannot be graded costs none of the others anything. It gets a report that
  says so, in which nothing is failed.
- A report is written as soon as its submission is finished, and the gradebook with it: whatever
  ends the command, all that was finished is there and right.
"""

from __future__ import annotations

import signal
import sys
import time
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from l2harness.commands.output import Interrupted
from l2harness.commands.progress import Progress, progress
from l2harness.errors import L2HarnessError, PrivilegeError, SpecError, UsageError
from l2harness.grading.equip import Closing, Order
from l2harness.grading.recording import Recording
from l2harness.grading.result import Result, Timing
from l2harness.grading.session import Grading, default_jobs
from l2harness.grading.ungraded import ungraded
from l2harness.labs.lab import Lab
from l2harness.programs.tree import shown
from l2harness.programs.uploads import Upload
from l2harness.reports.files import write_gradebook, write_reports
from l2harness.reports.summary import score


def order_for(lab: Lab, upload: Upload, seed: str, *, sandboxed: bool) -> Order:
    """Return the order to grade a submission with all cores of this machine."""
    return Order(
        lab,
        upload.path,
        upload.name,
        seed,
        sandboxed=sandboxed,
        jobs=default_jobs(),
        upload=upload,
    )


@dataclass(frozen=True, slots=True)
class Graded:
    """
    What came of one submission.

    Attributes:
        result: Of its grading; where that was not possible, one that says so.
        recording: Every frame; None where there was no grading.
        problem: Why it could not be graded, in a sentence; None if it could.
    """

    result: Result
    recording: Recording | None = None
    problem: str | None = None


def grade_one(order: Order) -> Graded:
    """
    Grade one submission, and show how far it is.

    Raises:
        Interrupted: By the user.
        L2HarnessError: As `l2harness.grading.session.grade`.
    """
    try:
        with progress(1) as line:
            line.begin(order.name)
            return _run(Grading(order, watch=line.runs))
    except KeyboardInterrupt as interrupt:
        raise Interrupted("interrupted; nothing was kept") from interrupt


def grade_all(orders: Sequence[Order], out: Path) -> list[Result]:
    """
    Grade one submission after the other, write what comes of it, and show how far it is.

    Returns:
        A result for each, in the same order, without what happened in its runs.

    Raises:
        Interrupted: By the user; says what was kept.
        PrivilegeError, SpecError, UsageError: What every submission would meet, such as a full or
            forbidden output directory.
        TeardownError: What was graded has been written, but something of it stayed behind.
    """
    finished = _Finished(out, orders)
    closing = Closing()
    try:
        with progress(len(orders)) as line:
            for order in orders:
                line.begin(order.name)
                begun_s = time.monotonic()
                graded = _graded(order, closing, line)
                finished.add(order, graded)
                if graded.problem is None:
                    line.finish(f"{score(graded.result)} ({time.monotonic() - begun_s:.1f} s)")
                else:
                    line.finish(f"could not be graded: {graded.problem}", remarkable=True)
    except KeyboardInterrupt as interrupt:
        # Somebody who is impatient presses it again: what was finished is kept all the same.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        kept = "nothing had been finished"
        if finished.results:
            finished.write()
            kept = f"the finished reports and their gradebook are in {shown(out)}"
        raise Interrupted(
            f"interrupted after {len(finished.results)} of {len(orders)} submissions; {kept}"
        ) from interrupt
    finally:
        closing.wait()
    return finished.results


class _Finished:
    """
    What has been finished so far, written as it comes.

    Attributes:
        results: One for each, without what happened in its runs: that is in the reports, and the
            frames of a whole class would not fit into memory.
    """

    def __init__(self, out: Path, orders: Iterable[Order]) -> None:
        self.results: list[Result] = []
        self._out = out
        self._places = [order.directory for order in orders]
        self._last: tuple[Order, Graded] | None = None

    def add(self, order: Order, graded: Graded) -> None:
        """Keep one more, and write it. Raises as `write_reports`."""
        slim = replace(graded.result, topology=None, programs=(), runs=(), timing=Timing())
        self._last = (order, graded)
        self.results.append(slim)
        self.write()

    def write(self) -> None:
        """Write the last one's reports, and the gradebook of all; twice does no harm."""
        assert self._last is not None
        order, graded = self._last
        write_reports(
            self._out,
            order.name,
            graded.result,
            submissions=self._places,
            recording=graded.recording,
        )
        write_gradebook(self._out, self.results)


def _graded(order: Order, closing: Closing, line: Progress) -> Graded:
    """
    Grade one submission, or say why it could not be.

    Raises:
        PrivilegeError, SpecError, UsageError: What every other submission would meet as well.
        KeyboardInterrupt: By the user.
    """
    try:
        return _run(Grading(order, watch=line.runs), closing)
    except (PrivilegeError, SpecError, UsageError):
        raise
    except L2HarnessError as error:
        # Where it lies on this machine is no part of a report.
        problem = str(error).replace(shown(order.directory), shown(order.name))
    except Exception as error:  # noqa: BLE001 - a fault of ours must not cost the others theirs
        problem = f"a fault in l2harness, {type(error).__name__}: {error}"
        line.say("Please report this fault in l2harness with these lines:", traceback.format_exc())
    return Graded(ungraded(order, problem), problem=problem)


def _run(grading: Grading, closing: Closing | None = None) -> Graded:
    result = interruptible(grading, closing)
    return Graded(result, grading.recording())


def interruptible(grading: Grading, closing: Closing | None = None) -> Result:
    """
    Run a grading that Ctrl-C ends in good order: nothing is torn out of what is being done.

    Python's own handler raises wherever the program happens to be, also where an exception is
    swallowed with a complaint, as in what runs after a fork. The grading remembers it even so.
    """
    before = signal.signal(signal.SIGINT, lambda _number, _frame: grading.interrupt())
    sys.unraisablehook = _complain_of_others
    try:
        return grading.run(closing)
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = sys.__unraisablehook__


def _complain_of_others(swallowed: sys.UnraisableHookArgs) -> None:
    if not issubclass(swallowed.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(swallowed)
