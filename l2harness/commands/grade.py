"""``l2harness grade``: many submissions, for whoever has to give grades."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from l2harness.commands.options import (
    A_PATH,
    enter_namespaces,
    expect_current_directory,
    expect_uncovered,
    lab_option,
    no_sandbox_option,
    seed_option,
)
from l2harness.commands.output import show, tell
from l2harness.errors import UsageError

#: What lies in the output directory beside the submissions' folders.
_OUR_FILES: Final = frozenset({"gradebook.csv"})


@click.command(short_help="Grade many submissions: reports and a gradebook.")
@click.argument("paths", metavar="UPLOADS...", type=A_PATH, nargs=-1, required=True)
@click.option(
    "--out",
    metavar="OUT",
    type=A_PATH,
    required=True,
    help="Where the reports go: OUT/NAME/report.html, .json, .md and .xml (JUnit), "
    "OUT/NAME/evidence.pcapng for Wireshark, and OUT/gradebook.csv.",
)
@lab_option
@seed_option
@no_sandbox_option
def grade(
    paths: tuple[Path, ...], out: Path, lab_name: str, seed: str | None, sandboxed: bool
) -> int:
    """
    Grade every submission in UPLOADS...

    Each is a directory, an archive (.zip, .tar, .tar.gz, .tar.xz, .tar.bz2) or a file. What holds
    a program of the lab, itself or in its only folder, is a submission, as is a directory with
    neither folders nor archives in it; of any other each folder and each archive is one. What
    Moodle, Canvas or Gradescope hand out for a class is understood, unpacked or not.

    All are graded with the same seed. What cannot be graded gets no points and no zero, but stands
    in the gradebook as needing the instructor.

    \b
    Examples:
      l2harness grade uploads --out results
      l2harness grade moodle.zip --out results    as it was downloaded
      l2harness grade miller schmidt.tar.gz --out results --seed 42
      l2harness grade uploads --lab pyng-strict --out results

    Ctrl-C ends within a second; the reports and the gradebook of what was finished are kept.

    Exit status: 0 all checks of all submissions passed, 1 some did not, 2 an upload, OUT or an
    option is no good, 3 something needs the instructor, or this machine cannot run labs (see
    `l2harness doctor`), 130 interrupted.
    """
    from l2harness.grading.files import open_output
    from l2harness.labs.lab import find_lab
    from l2harness.programs.uploads import find_uploads

    expect_current_directory()
    lab = find_lab(lab_name)
    uploads = find_uploads(paths, lab.programs)
    _expect_names([upload.name for upload in uploads])
    places = list(dict.fromkeys(upload.path for upload in uploads))
    _expect_outside(out, paths)
    expect_uncovered(out)
    open_output(out, submissions=places).close()
    enter_namespaces(out, *places)

    from l2harness.commands.grading import grade_all, order_for
    from l2harness.grading.result import exit_code
    from l2harness.grading.session import draw_seed
    from l2harness.programs.tree import shown
    from l2harness.reports.overview import overview_to_terminal
    from l2harness.reports.summary import plural

    seed = seed or draw_seed()
    orders = [order_for(lab, upload, seed, sandboxed=sandboxed) for upload in uploads]
    tell(f"lab {lab.name}, {plural(len(orders), 'submission')}, seed {seed}")
    if not sandboxed:
        tell("no sandbox: this machine is not protected from the programs")
    results = grade_all(orders, out)
    show(lambda screen: overview_to_terminal(results, screen))
    tell(f"reports and gradebook.csv are in {shown(out)}")
    return exit_code(results)


def _expect_names(names: Sequence[str]) -> None:
    """
    Refuse a submission whose folder of results would be where one of our files goes.

    Raises:
        UsageError: Says which.
    """
    if taken := sorted(_OUR_FILES.intersection(names)):
        raise UsageError(
            f"a submission is called {taken[0]}, as a file of the results is: rename its directory"
        )


def _expect_outside(out: Path, paths: Sequence[Path]) -> None:
    """
    Refuse results among submissions, where the next grading would take them for one.

    Raises:
        UsageError: Says which directory is meant.
    """
    from l2harness.programs.tree import shown

    for path in paths:
        if out.resolve().is_relative_to(path.resolve()):
            raise UsageError(
                f"{shown(out)} lies inside {shown(path)}, which is graded. Name a directory "
                "outside of it for the results."
            )
