"""``l2harness report``: a finished result, drawn again in any format."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from l2harness.commands.options import A_PATH, expect_current_directory
from l2harness.commands.output import show
from l2harness.reports.audience import Audience
from l2harness.reports.formats import FORMATS

_LIST: Final = "\n".join(f"  {it.name:<15} {it.what}" for it in FORMATS.values())


@click.command(
    short_help="Draw a finished report again, in any format.",
    epilog=f"\b\nFormats:\n{_LIST}",
)
@click.argument("path", metavar="PATH", type=A_PATH)
@click.option(
    "--format",
    "format_",
    metavar="NAME",
    type=click.Choice(list(FORMATS)),
    default="terminal",
    show_default=True,
    help="What to draw; see below.",
)
@click.option(
    "--audience",
    type=click.Choice([audience.value for audience in Audience]),
    help="Who will read it: a student sees neither hidden checks nor, before the work is due, "
    "those for afterwards. By default a student; of json the instructor.",
)
@click.option(
    "-o", "--output", metavar="FILE", type=A_PATH, help="Write to FILE instead of to stdout."
)
def report(path: Path, format_: str, audience: str | None, output: Path | None) -> int:
    """
    Draw a report again from PATH, a report.json or the directory that it lies in.

    Nothing is graded and no privilege is needed: the report has it all, also years later. A report
    of another schema, or one that is damaged, is refused with a sentence that says what is wrong.

    \b
    Examples:
      l2harness report results/miller
      l2harness report results/miller --format html -o miller.html
      l2harness report results/miller --format gradescope -o results.json
      l2harness report results/miller --format github-summary >> summary.md

    Exit status: 0 drawn, whatever the report says, 2 PATH is no report or FILE cannot be written.
    """
    from l2harness.reports.stored import read_report

    expect_current_directory()
    wanted = FORMATS[format_]
    reader = Audience(audience) if audience else wanted.audience
    result = read_report(path)
    if output is None and format_ == "terminal":
        from l2harness.reports.terminal import to_terminal
        from l2harness.reports.view import shown_to

        show(lambda screen: to_terminal(shown_to(result, reader), screen))
        return 0
    drawn = wanted.render(result, reader)
    if output is None:
        show(lambda _: drawn.decode())
    else:
        _write(output, drawn)
    return 0


def _write(path: Path, data: bytes) -> None:
    """Write a file whole or not at all, for whoever called ``sudo``."""
    from l2harness.grading.files import Owner, open_output

    with open_output(path.parent, submissions=[], owner=Owner.behind_sudo()) as directory:
        directory.write(path.name, data)
