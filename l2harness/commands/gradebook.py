"""``l2harness gradebook``: the grades of a class, in the file that a learning platform gave."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from l2harness.commands.options import A_PATH, expect_current_directory
from l2harness.commands.output import show, tell
from l2harness.errors import UsageError

if TYPE_CHECKING:
    from l2harness.grading.result import Result
    from l2harness.reports.filling import Filled, Grade

#: Exit status where a grade was not filled in: somebody has to look.
_TO_BE_LOOKED_AT: Final = 3


@click.command(short_help="Fill the grades into an export of Canvas or Moodle.")
@click.argument("out", metavar="OUT", type=A_PATH)
@click.option("--canvas", metavar="EXPORT.csv", type=A_PATH, help="A gradebook export of Canvas.")
@click.option(
    "--moodle",
    metavar="EXPORT.csv",
    type=A_PATH,
    help="An export of Moodle's gradebook, or the grading worksheet of an assignment.",
)
@click.option(
    "-o", "--output", metavar="FILE", type=A_PATH, required=True, help="The file to write."
)
@click.option(
    "--column",
    metavar="NAME",
    help="Which column to fill: its header, its title, or a part that only it has. Not needed "
    "where there is only one, or one that is called like the lab.",
)
@click.option(
    "--out-of",
    metavar="POINTS",
    type=click.FloatRange(min=0, min_open=True),
    help="What full points are worth in that column, where it is not what they are in the lab; "
    "grades are converted.",
)
@click.option(
    "--roster",
    metavar="STUDENTS.csv",
    type=A_PATH,
    help="Columns id, name and email: what students are known as, where submissions are not "
    "called as the platform calls them.",
)
def gradebook(
    out: Path,
    canvas: Path | None,
    moodle: Path | None,
    output: Path,
    column: str | None,
    out_of: float | None,
    roster: Path | None,
) -> int:
    """
    Fill one column of a learning platform's own export with the grades in OUT.

    OUT is what `l2harness grade --out OUT` wrote. Only numbers in one column change; every other
    byte of the export is kept, so that the platform knows its file again. A grade that needs the
    instructor gets no number, nor does one whose student is not certain: these are listed.

    \b
    Examples:
      l2harness gradebook results --canvas export.csv -o in.csv
      l2harness gradebook results --canvas export.csv --out-of 10 -o in.csv
      l2harness gradebook results --moodle worksheet.csv -o in.csv

    Exit status: 0 all grades were filled in, 2 OUT, the export or an option is no good, 3 some
    grades were not, and are listed.
    """
    from l2harness.grading.files import Owner, write_file
    from l2harness.programs.tree import shown
    from l2harness.reports.canvas import fill_canvas
    from l2harness.reports.filled import filled_to_terminal
    from l2harness.reports.moodle import fill_moodle

    expect_current_directory()
    export = _one_export(canvas, moodle)
    if output.resolve() == export.resolve():
        raise UsageError(f"{shown(output)} is the export itself; name another file to write")
    grades, hints = _grades(out, roster)
    fill = fill_canvas if canvas is not None else fill_moodle
    filled: Filled = fill(
        _content(export), grades, column=column, out_of=out_of, hints=hints, source=shown(export)
    )
    written = write_file(output, filled.data, owner=Owner.behind_sudo())
    show(lambda screen: filled_to_terminal(filled, screen))
    tell(f"the filled file is {shown(written)}")
    return _TO_BE_LOOKED_AT if filled.left else 0


def _one_export(canvas: Path | None, moodle: Path | None) -> Path:
    if canvas is not None and moodle is not None:
        raise UsageError("there are two exports; say --canvas or --moodle, and call it twice")
    if (export := canvas or moodle) is None:
        raise UsageError("there is no export to fill; say --canvas EXPORT.csv or --moodle")
    return export


def _grades(out: Path, roster: Path | None) -> tuple[list[Grade], Sequence[str]]:
    """
    The grades in a directory of results, and what their lab is called.

    Raises:
        UsageError: There are none, one cannot be read, or they are of several labs.
        SpecError: The roster is none.
    """
    from l2harness.grading.roster import read_roster
    from l2harness.programs.tree import shown
    from l2harness.reports.filling import Grade

    known = read_roster(roster) if roster is not None else None
    grades: list[Grade] = []
    labs: dict[str, str] = {}
    digests: set[str] = set()
    for result in _results(out):
        roll = known.call([result.submission]) if known else None
        student = roll.handed_in.get(result.submission.name) if roll else None
        also = (student.id, student.email, student.name) if student else ()
        grades.append(Grade.of(result, filter(None, also)))
        labs[result.lab] = result.lab_title
        digests.add(result.lab_digest)
    if not grades:
        raise UsageError(
            f"there are no results in {shown(out)}: no folder in it has a report.json. They come "
            f"from `l2harness grade UPLOADS --out {shown(out)}`"
        )
    if len(labs) > 1:
        raise UsageError(
            f"{shown(out)} has results of several labs: {', '.join(labs)}. Grade each of them "
            "into a directory of its own"
        )
    if len(digests) > 1:
        tell("note: not all submissions were graded with the same version of the lab")
    return grades, [*labs, *labs.values()]


def _results(out: Path) -> Iterator[Result]:
    """Each result in the directory, by the names of their folders."""
    from l2harness.reports.stored import REPORT, read_report

    for path in sorted(out.glob(f"*/{REPORT}")):
        if not path.is_symlink():
            yield read_report(path)


def _content(path: Path) -> bytes:
    """
    All of a file.

    Raises:
        UsageError: It cannot be read.
    """
    from l2harness.programs.tree import shown

    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{shown(path)} cannot be read: {error.strerror}") from error
