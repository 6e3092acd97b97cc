"""``l2harness variant``: the assignment sheet of a student, with the values drawn for them."""

from __future__ import annotations

from pathlib import Path

import click

from l2harness.commands.options import A_PATH, expect_current_directory, lab_option
from l2harness.commands.output import show
from l2harness.errors import UsageError


@click.command(short_help="Print a student's assignment sheet, with the values drawn for them.")
@click.argument("students", metavar="STUDENT...", nargs=-1, required=True)
@lab_option
@click.option(
    "--seed",
    metavar="N",
    help="The seed of the class, as `l2harness grade` will get it. Keep it to yourself: from it "
    "follow the addresses of the grading, too.",
)
@click.option(
    "--out",
    metavar="DIR",
    type=A_PATH,
    help="Write DIR/STUDENT.md for each, instead of printing.",
)
def variant(students: tuple[str, ...], lab_name: str, seed: str | None, out: Path | None) -> int:
    """
    Print the assignment sheet of STUDENT: Markdown, with the values that are asked of them.

    A lab with [variants] asks every student for something else, such as another EtherType. It is
    drawn from the class's seed and the student's name: the name that the learning platform gives,
    or that of the folder which is handed in. Case does not count. `l2harness grade` with the same
    seed asks for the same.

    \b
    Examples:
      l2harness variant anna --lab ./pyng-autumn --seed 2027
      l2harness variant anna ben --lab ./pyng-autumn --seed 2027 --out sheets

    On the sheet stands a word for `l2harness check --variant`, from which the student's values
    follow, and nothing else.
    """
    from l2harness.labs.lab import find_lab
    from l2harness.labs.rubric import rubric_of
    from l2harness.labs.variants import variant_of
    from l2harness.reports.sheet import sheet_to_markdown

    expect_current_directory()
    lab = find_lab(lab_name)
    if lab.variants and not seed:
        raise UsageError(
            f"lab {lab.name} differs from student to student: say the seed of the class, --seed N"
        )
    sheets = {}
    for student in students:
        word = variant_of(seed or "", student) if lab.variants else ""
        mine = lab.drawn(word)
        sheets[student] = sheet_to_markdown(mine, rubric_of(mine), student, word)
    if out is None:
        show(lambda screen: "\n".join(sheets.values()))
    else:
        _write(out, sheets)
    return 0


def _write(out: Path, sheets: dict[str, str]) -> None:
    """
    Write the sheets.

    Raises:
        UsageError: A name is none that a file could have, or the directory cannot be used.
    """
    from l2harness.grading.files import Owner, open_output
    from l2harness.programs.tree import shown

    for student in sheets:
        if "/" in student or "\0" in student or student.startswith("."):
            raise UsageError(
                f"{shown(student)} cannot name a file: print that sheet without --out"
            )
    with open_output(out, submissions=[], owner=Owner.behind_sudo()) as directory:
        for student, text in sheets.items():
            directory.write(f"{student}.md", text.encode("utf-8", "backslashreplace"))
