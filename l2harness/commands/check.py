"""``l2harness check``: one submission, for whoever wrote it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from l2harness.commands.options import (
    A_PATH,
    backend_option,
    enter_backend,
    expect_current_directory,
    expect_uncovered,
    lab_option,
    name_of,
    no_sandbox_option,
    seed_for_check,
    seed_option,
)
from l2harness.commands.output import detail, show
from l2harness.commands.voice import expect_log_outside, voice_options
from l2harness.errors import UsageError

if TYPE_CHECKING:
    from l2harness.labs.lab import Lab
    from l2harness.programs.upload import Upload

#: Folders that are named where a directory of submissions was given.
_NAMED: Final = 3


@click.command(short_help="Check one submission, and explain what is wrong.")
@click.argument("path", metavar="[DIR]", type=A_PATH, default=".")
@lab_option
@seed_option
@no_sandbox_option
@backend_option
@voice_options
@click.option(
    "--variant",
    "word",
    metavar="WORD",
    help="In a lab that differs from student to student: the word on your assignment sheet.",
)
@click.option(
    "--student",
    metavar="NAME",
    help="With --seed, the class's: as `l2harness grade` would grade this student.",
)
@click.option(
    "--report-dir",
    metavar="OUT",
    type=A_PATH,
    help="Also write into this directory: report.html to look at, report.json, report.md and "
    "report.xml (JUnit), and evidence.pcapng for Wireshark.",
)
@click.option(
    "--watch",
    "watching",
    is_flag=True,
    help="Stay, check again whenever a file in DIR is saved, and say what is better or worse. "
    "Ctrl-C ends.",
)
def check(
    path: Path,
    lab_name: str,
    seed: str | None,
    sandboxed: bool,
    word: str | None,
    student: str | None,
    backend: str | None,
    report_dir: Path | None,
    watching: bool,
) -> int:
    """
    Check the programs in DIR, by default this directory.

    Prints what is right, what is wrong in which bytes and why, and what to mend first. DIR may be
    an archive, too. It is only read: programs run in a copy, on a network of their own, and
    nothing of them stays.

    \b
    Examples:
      l2harness check                   what is in this directory
      l2harness check ../pyng           what is in that one
      l2harness check pyng.zip          what I am about to hand in
      l2harness check --seed 42         the same addresses as last time
      l2harness check --watch           again after every change, until Ctrl-C
      l2harness check --lab pyng-strict
      l2harness check --lab ./pyng-autumn --variant 0123456789ab
      FORCE_COLOR=1 l2harness check | less -R

    Exit status: 0 all checks passed, 1 some did not, 2 DIR or an option is no good, 3 this machine
    cannot run labs (see `l2harness doctor`) or a check could not be judged, 130 interrupted.
    """
    from l2harness.grading.files import open_output
    from l2harness.labs.lab import find_lab

    expect_current_directory()
    lab = find_lab(lab_name)
    seed = seed_for_check(lab, seed, word, student)
    upload = one_submission(path, lab)
    expect_log_outside(upload.path)
    if report_dir is not None:
        expect_uncovered(report_dir)
        open_output(report_dir, submissions=[upload.path]).close()
    written = [report_dir] if report_dir else []
    hypervisor = enter_backend(backend, upload.path, *written, own=True)

    from l2harness.commands.grading import grade_one, order_for
    from l2harness.commands.watch import watch
    from l2harness.grading.result import Result, exit_code

    order = order_for(lab, upload, seed, sandboxed=sandboxed)
    detail(
        f"lab {lab.name} of {lab.folder}, {name_of(hypervisor)}, seed {order.seed}, "
        f"{order.jobs} runs at a time"
    )

    def grade() -> Result:
        graded = grade_one(order, hypervisor)
        if report_dir is not None:
            from l2harness.reports.files import write_reports  # not before the first run begins

            write_reports(
                report_dir,
                "",
                graded.result,
                submissions=[upload.path],
                recording=graded.recording,
                capture=graded.capture,
            )
        return graded.result

    if watching:
        return watch(upload.path, grade)
    result = grade()
    from l2harness.reports.terminal import to_terminal

    show(lambda screen: to_terminal(result, screen))
    return exit_code([result])


def one_submission(path: Path, lab: Lab) -> Upload:
    """
    Return what is to be checked.

    Raises:
        UsageError: There are several submissions; says what to do.
        SubmissionError: There is none, or it is empty or cannot be read.
    """
    from l2harness.programs.tree import shown
    from l2harness.programs.upload import upload_at
    from l2harness.programs.uploads import find_uploads

    names = [shown(upload.name) for upload in find_uploads([path], lab.programs)]
    if len(names) < 2:
        return upload_at(path)
    some = ", ".join(names[:_NAMED])
    if len(names) > _NAMED:
        some += f" and {len(names) - _NAMED} more"
    here = shown(path)
    raise UsageError(
        f"{here} has no {' or '.join(lab.programs)} in it, but submissions: {some}. Name one of "
        f"them, or grade them all: `l2harness grade {here} --out OUT`"
    )
