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
from collections.abc import Sequence
from pathlib import Path

from l2harness.commands.output import Interrupted
from l2harness.commands.progress import Progress, progress
from l2harness.errors import L2HarnessError, PrivilegeError, SpecError, UsageError
from l2harness.grading.equip import Closing, Order
from l2harness.grading.result import Result
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


def grade_one(order: Order) -> Result:
    """
    Grade one submission, and show how far it is.

    Raises:
        Interrupted: By the user.
        L2HarnessError: As `l2harness.grading.session.grade`.
    """
    try:
        with progress(1) as line:
            line.begin(order.name)
            return _interruptible(Grading(order, watch=line.runs))
    except KeyboardInterrupt as interrupt:
        raise Interrupted("interrupted; nothing was kept") from interrupt


def grade_all(orders: Sequence[Order], out: Path) -> list[Result]:
    """
    Grade one submission after the other, write what comes of it, and show how far it is.

    Returns:
        A result for each, in the same order.

    Raises:
        Interrupted: By the user; says what was kept.
        PrivilegeError, SpecError, UsageError: What every submission would meet, such as a full or
            forbidden output directory.
        TeardownError: What was graded has been written, but something of it stayed behind.
    """
    results: list[Result] = []
    closing = Closing()
    try:
        with progress(len(orders)) as line:
            for order in orders:
                line.begin(order.name)
                begun_s = time.monotonic()
                result, problem = _graded(order, closing, line)
                results.append(result)
                _keep(out, orders, results)
                if problem is None:
                    line.finish(f"{score(result)} ({time.monotonic() - begun_s:.1f} s)")
                else:
                    line.finish(f"could not be graded: {problem}", remarkable=True)
    except KeyboardInterrupt as interrupt:
        # Somebody who is impatient presses it again: what was finished is kept all the same.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        kept = "nothing had been finished"
        if results:
            _keep(out, orders, results)
            kept = f"the finished reports and their gradebook are in {shown(out)}"
        raise Interrupted(
            f"interrupted after {len(results)} of {len(orders)} submissions; {kept}"
        ) from interrupt
    finally:
        closing.wait()
    return results


def _graded(order: Order, closing: Closing, line: Progress) -> tuple[Result, str | None]:
    """
    Grade one submission.

    Returns:
        Its result, and why it could not be graded; None if it could.

    Raises:
        PrivilegeError, SpecError, UsageError: What every other submission would meet as well.
        KeyboardInterrupt: By the user.
    """
    try:
        return _interruptible(Grading(order, watch=line.runs), closing), None
    except (PrivilegeError, SpecError, UsageError):
        raise
    except L2HarnessError as error:
        # Where it lies on this machine is no part of a report.
        problem = str(error).replace(shown(order.directory), shown(order.name))
    except Exception as error:  # noqa: BLE001 - a fault of ours must not cost the others theirs
        problem = f"a fault in l2harness, {type(error).__name__}: {error}"
        line.say("Please report this fault in l2harness with these lines:", traceback.format_exc())
    return ungraded(order, problem), problem


def _interruptible(grading: Grading, closing: Closing | None = None) -> Result:
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


def _keep(out: Path, orders: Sequence[Order], results: Sequence[Result]) -> None:
    """Write the last result's reports, and the gradebook of all so far."""
    order = orders[len(results) - 1]
    write_reports(out, order.name, results[-1], submissions=[it.directory for it in orders])
    write_gradebook(out, results)
