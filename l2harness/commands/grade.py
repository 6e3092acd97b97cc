"""``l2harness grade``: many submissions, for whoever has to give grades.

Laws:

- One submission that cannot be graded costs none of the others anything. It gets a report that
  says so, in which nothing is failed.
- A report is written as soon as its submission is finished, and the gradebook with it: whatever
  ends the command, all that was finished is there and right.
"""

from __future__ import annotations

import signal
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from l2harness.commands.options import (
    A_PATH,
    enter_namespaces,
    expect_current_directory,
    lab_option,
    no_sandbox_option,
    seed_option,
)
from l2harness.commands.output import Interrupted, show, tell
from l2harness.errors import L2HarnessError, PrivilegeError, SpecError, UsageError

if TYPE_CHECKING:
    from l2harness.commands.progress import Progress
    from l2harness.grading.equip import Order
    from l2harness.grading.result import Result

#: What lies in the output directory beside the submissions' folders.
_OUR_FILES: Final = frozenset({"gradebook.csv"})


@click.command(short_help="Grade many submissions: reports and a gradebook.")
@click.argument("directories", metavar="DIR...", type=A_PATH, nargs=-1, required=True)
@click.option(
    "--out",
    metavar="OUT",
    type=A_PATH,
    required=True,
    help="Where the reports go: OUT/NAME/report.json, .md and .xml, and OUT/gradebook.csv.",
)
@lab_option
@seed_option
@no_sandbox_option
def grade(
    directories: tuple[Path, ...], out: Path, lab_name: str, seed: str | None, sandboxed: bool
) -> int:
    """
    Grade every submission in DIR...

    A DIR that holds a program of the lab, itself or in its only folder, or that holds no folder,
    is a submission; of any other each folder is one. All are graded with the same seed. What
    cannot be graded gets no points and no zero, but stands in the gradebook as needing the
    instructor.

    \b
    Examples:
      l2harness grade uploads --out results
      l2harness grade miller schmidt --out results --seed 42
      l2harness grade uploads --lab pyng-strict --out results

    Ctrl-C ends within a second; the reports and the gradebook of what was finished are kept.

    Exit status: 0 all checks of all submissions passed, 1 some did not, 2 a DIR, OUT or an option
    is no good, 3 something needs the instructor, or this machine cannot run labs (see `l2harness
    doctor`), 130 interrupted.
    """
    from l2harness.grading.files import open_output
    from l2harness.labs.lab import find_lab
    from l2harness.programs.submission import submissions_in

    expect_current_directory()
    lab = find_lab(lab_name)
    submissions = submissions_in(directories, lab.programs)
    _expect_names([name for name, _ in submissions])
    places = [place for _, place in submissions]
    _expect_outside(out, directories)
    open_output(out, submissions=places).close()
    enter_namespaces(out, *places)

    from l2harness.commands.progress import progress
    from l2harness.grading.equip import Order
    from l2harness.grading.result import exit_code
    from l2harness.grading.session import default_jobs, draw_seed
    from l2harness.reports.overview import overview_to_terminal
    from l2harness.reports.summary import plural

    seed = seed or draw_seed()
    orders = [
        Order(lab, place, name, seed, sandboxed=sandboxed, jobs=default_jobs())
        for name, place in submissions
    ]
    tell(f"lab {lab.name}, {plural(len(orders), 'submission')}, seed {seed}")
    if not sandboxed:
        tell("no sandbox: this machine is not protected from the programs")
    results: list[Result] = []
    with progress(len(orders)) as shown:
        _grade_all(orders, out, results, shown)
    show(lambda screen: overview_to_terminal(results, screen))
    tell(f"reports and gradebook.csv are in {out}")
    return exit_code(results)


def _grade_all(orders: Sequence[Order], out: Path, results: list[Result], shown: Progress) -> None:
    """Grade one after the other; ``results`` gets what was finished, whatever happens."""
    try:
        for order in orders:
            shown.begin(order.name)
            begun_s = time.monotonic()
            results.append(_grade_one(order, shown))
            _keep(out, orders, results)
            shown.finish(_outcome(results[-1], time.monotonic() - begun_s))
    except KeyboardInterrupt as interrupt:
        # Somebody who is impatient presses it again: what was finished is kept all the same.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        kept = "nothing had been finished"
        if results:
            _keep(out, orders, results)
            kept = f"the finished reports and their gradebook are in {out}"
        raise Interrupted(
            f"interrupted after {len(results)} of {len(orders)} submissions; {kept}"
        ) from interrupt


def _grade_one(order: Order, shown: Progress) -> Result:
    """
    Grade one, or say why it could not be.

    Raises:
        PrivilegeError, SpecError, UsageError: What every other submission would meet as well.
    """
    from l2harness.grading.session import grade as grade_submission
    from l2harness.grading.ungraded import ungraded

    try:
        return grade_submission(order, watch=shown.runs)
    except (PrivilegeError, SpecError, UsageError):
        raise
    except L2HarnessError as error:
        shown.say(f"{order.name} could not be graded: {error}")
        return ungraded(order, str(error))
    except Exception as error:  # noqa: BLE001 - a fault of ours must not cost the others theirs
        shown.say(
            f"{order.name} could not be graded, by a fault in l2harness. Please report it with "
            "these lines:",
            traceback.format_exc(),
        )
        return ungraded(order, f"{type(error).__name__}: {error}")


def _keep(out: Path, orders: Sequence[Order], results: Sequence[Result]) -> None:
    """Write the last result's reports, and the gradebook of all so far."""
    from l2harness.reports.files import write_gradebook, write_reports

    order = orders[len(results) - 1]
    write_reports(out, order.name, results[-1], submissions=[it.directory for it in orders])
    write_gradebook(out, results)


def _outcome(result: Result, wall_s: float) -> str:
    from l2harness.reports.summary import score

    return f"{score(result)} ({wall_s:.1f} s)"


def _expect_names(names: Sequence[str]) -> None:
    """
    Refuse a submission whose folder of results would be where one of our files goes.

    Raises:
        UsageError: Says which.
    """
    if taken := sorted(_OUR_FILES.intersection(names)):
        raise UsageError(
            f"a submission is called {taken[0]}, as a file of the results is; rename its directory"
        )


def _expect_outside(out: Path, directories: Sequence[Path]) -> None:
    """
    Refuse results among submissions, where the next grading would take them for one.

    Raises:
        UsageError: Says which directory is meant.
    """
    for directory in directories:
        if out.resolve().is_relative_to(directory.resolve()):
            raise UsageError(
                f"{out} lies inside {directory}, which is graded. Name a directory outside of it "
                "for the results."
            )
