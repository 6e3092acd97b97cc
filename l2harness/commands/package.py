"""``l2harness package``: an autograder for a learning platform, ready to be uploaded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from l2harness.commands.options import A_PATH, expect_current_directory, lab_option
from l2harness.commands.output import tell

_PLATFORMS: Final = ("gradescope", "prairielearn")


@click.command(short_help="Make an autograder for a learning platform.")
@click.argument("platform", type=click.Choice(_PLATFORMS))
@lab_option
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=A_PATH,
    required=True,
    help="The archive to write, as in autograder.zip.",
)
def package(platform: str, lab_name: str, output: Path) -> int:
    """
    Write an archive with which PLATFORM grades a lab.

    For Gradescope it is what "Configure Autograder" takes, as it is. For PrairieLearn it holds a
    Dockerfile, to be built once; how a question names the image stands in it. Neither platform
    gives a container any privilege, so each submission is graded in a virtual machine of its own.

    \b
    Examples:
      l2harness package gradescope --lab pyng -o autograder.zip
      l2harness package prairielearn --lab pyng -o grader.zip

    Exit status: 0 written, 2 there is no such lab or FILE cannot be written.
    """
    from l2harness.commands.bundle import bundle
    from l2harness.grading.files import Owner, open_output
    from l2harness.labs.lab import find_lab
    from l2harness.programs.tree import shown

    expect_current_directory()
    lab = find_lab(lab_name)
    data = bundle(platform, lab)
    with open_output(output.parent, submissions=[], owner=Owner.behind_sudo()) as directory:
        directory.write(output.name, data)
    tell(f"{shown(output)}: lab {lab.name} for {platform}, {len(data) >> 10} KiB")
    return 0
