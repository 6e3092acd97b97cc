"""``l2harness draw``: a network as a picture."""

from __future__ import annotations

from pathlib import Path

import click

from l2harness.commands.completion import topologies_that_begin_so
from l2harness.commands.options import A_PATH, expect_current_directory
from l2harness.commands.output import show
from l2harness.errors import UsageError


@click.command(short_help="Draw a network with characters, or as SVG.")
@click.argument("topology", required=False, shell_complete=topologies_that_begin_so)
@click.option("--svg", is_flag=True, help="Draw an SVG image, for pages and slides.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Use no character outside ASCII.")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=A_PATH,
    help="Write to this file; one that ends with .svg is an SVG image.",
)
@click.option("--seed", metavar="N", help="Show the addresses that are drawn from this seed.")
def draw(
    topology: str | None, svg: bool, ascii_only: bool, output: Path | None, seed: str | None
) -> int:
    """
    Draw TOPOLOGY: the name of one that comes with l2harness, or a YAML file.

    \b
    Examples:
      l2harness draw segment
      l2harness draw lecture -o lecture.svg
      l2harness draw my-network.yaml --seed 42    with the addresses of this seed
    """
    from l2harness.reports.escape import terminal
    from l2harness.topology import (
        draw_svg,
        draw_text,
        find_topology,
        resolve,
        shipped_topologies,
    )

    if topology is None:
        known = ", ".join(shipped_topologies())
        raise UsageError(f"which topology? Give a YAML file, or one of these: {known}")

    svg = svg or (output is not None and output.suffix == ".svg")
    if svg and ascii_only:
        raise UsageError("an SVG image is not drawn with characters: drop --ascii or --svg")
    expect_current_directory()
    declared = find_topology(topology)
    drawn = declared if seed is None else resolve(declared, seed)

    def picture(*, plain: bool) -> str:
        text = draw_svg(drawn) if svg else f"{draw_text(drawn, ascii_only=plain)}\n"
        return terminal(text, multiline=True)

    if output is None:
        show(lambda screen: picture(plain=ascii_only or not (svg or screen.unicode)))
    else:
        from l2harness.grading.files import Owner, write_file

        write_file(output, picture(plain=ascii_only).encode(), owner=Owner.behind_sudo())
    return 0
