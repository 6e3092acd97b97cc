"""``l2harness replay``: one check of a finished report, asked again with the same seed."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from l2harness.commands.options import (
    A_PATH,
    backend_option,
    enter_backend,
    expect_current_directory,
    no_sandbox_option,
)
from l2harness.commands.output import Interrupted, show, tell
from l2harness.errors import UsageError

if TYPE_CHECKING:
    from l2harness.grading.equip import Order
    from l2harness.grading.result import Result
    from l2harness.labs.lab import Lab
    from l2harness.vm.machine import Hypervisor


@click.command(short_help="Ask one check of a report again, and compare the frames.")
@click.argument("report", metavar="REPORT", type=A_PATH)
@click.argument("check", metavar="CHECK")
@click.option(
    "--submission",
    metavar="DIR",
    type=A_PATH,
    default=".",
    help="What to grade again: the directory or archive that the report is about, or what has "
    "become of it. By default this directory.",
)
@click.option(
    "--lab",
    "lab_name",
    metavar="NAME",
    help="The lab, if it is not one of `l2harness labs`: the path of its folder.",
)
@no_sandbox_option
@backend_option
def replay(
    report: Path,
    check: str,
    submission: Path,
    lab_name: str | None,
    sandboxed: bool,
    backend: str | None,
) -> int:
    """
    Ask CHECK of REPORT again, and show the frames then and now beside each other.

    REPORT is a report.json, or the directory that it lies in. The seed is that of the report, so
    addresses and payloads are the same. Only the runs that CHECK needs are made.

    \b
    Examples:
      l2harness replay results/miller client.ethertype --submission uploads/miller
      l2harness replay report.json server.source

    Exit status: 0 CHECK passes now, 1 it does not, 2 REPORT, CHECK or DIR is no good, 3 this
    machine cannot run labs (see `l2harness doctor`) or CHECK could not be judged, 130 interrupted.
    """
    from l2harness.labs.lab import find_lab
    from l2harness.programs.upload import upload_at
    from l2harness.reports.stored import read_report

    expect_current_directory()
    before = read_report(report)
    _expect_check(before, check)
    lab = find_lab(lab_name or before.lab)
    _expect_check_of(lab, check)
    upload = upload_at(submission)
    hypervisor = enter_backend(backend, upload.path)

    from l2harness.commands.grading import order_for
    from l2harness.grading.result import Verdict
    from l2harness.reports.changes import again_to_terminal

    order = order_for(lab, upload, before.seed, sandboxed=sandboxed)
    try:
        after = _asked_again(order, check, hypervisor)
    except KeyboardInterrupt as interrupt:
        raise Interrupted("interrupted; nothing was kept") from interrupt
    _say_what_is_not_the_same(before, after)
    show(lambda screen: again_to_terminal(before, after, check, screen))
    verdict = next(it.verdict for it in after.checks if it.id == check)
    if not verdict.judged:
        return 3
    return 0 if verdict is Verdict.PASS else 1


def _asked_again(order: Order, check: str, hypervisor: Hypervisor | None) -> Result:
    if hypervisor is None:
        from l2harness.grading.session import Grading

        return Grading(order, only=[check]).run()
    from l2harness.commands.machines import grade_in_machine

    return grade_in_machine(order, hypervisor, only=[check]).result


def _expect_check(result: Result, check: str) -> None:
    """
    Refuse a check that the report has not.

    Raises:
        UsageError: Names the nearest one.
    """
    ids = [it.id for it in result.checks]
    if check not in ids:
        near = difflib.get_close_matches(check, ids, n=1)
        hint = f"did you mean {near[0]}?" if near else f"It has {', '.join(ids) or 'none'}"
        raise UsageError(f"the report has no check {check!r}; {hint}")


def _expect_check_of(lab: Lab, check: str) -> None:
    """
    Refuse a check that the lab has no longer.

    Raises:
        UsageError: Says so.
    """
    from l2harness.labs.rubric import rubric_of

    if check not in [spec.id for spec in rubric_of(lab)]:
        raise UsageError(f"the report has a check {check!r}, but the lab {lab.name} has none now")


def _say_what_is_not_the_same(before: Result, after: Result) -> None:
    """Say on stderr what else differs, so that nobody looks for it in the frames."""
    if before.lab_digest != after.lab_digest:
        tell("the lab has been changed since the report was made")
    if before.submission.digest != after.submission.digest:
        tell("the submission is not the same as in the report: its files differ")
