"""A topology drawn as SVG, for pages and pictures.

Strategy: `l2harness.topology.layout` says where everything goes, this module writes it down.
The picture stands alone: no script, no font and no style from outside, all names prefixed so
that it can be put into a page, a title and the wiring in words for those who cannot see it, and
colours for light and dark surroundings.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from html import escape
from typing import Final

from l2harness.topology.declared import SegmentKind
from l2harness.topology.layout import CHIP_HEAD_PX, LINE_PX, NAME_PX, NOTE_PX, lay_out
from l2harness.topology.picture import AnyTopology, heading, wiring
from l2harness.topology.shapes import Bar, Box, HostBox, Point, Wire
from l2harness.topology.strokes import path, px

_MARGIN: Final = 24
_NARROWEST: Final = 400  # of the drawing, so that the heading has room
_TITLE_PX: Final = 26  # height of the name's line
_TEXT_PX: Final = 18  # height of a line of the description
_LETTER_PX: Final = 6.6  # width of an average letter of the description

#: What is filled or stroked, with which property, and its colour in the light and in the dark.
COLOURS: Final = (
    ("page", "fill", "#ffffff", "#14191f"),
    ("text", "fill", "#1f2933", "#e6edf3"),
    ("note", "fill", "#4a5663", "#b4bfca"),
    ("host", "fill", "#eaf2fb", "#1b2b3b"),
    ("host", "stroke", "#3b6ea8", "#6ea8e0"),
    ("chip", "fill", "#ffffff", "#14191f"),
    ("chip", "stroke", "#8fa8c2", "#4f6a86"),
    ("wire", "stroke", "#4a5663", "#b4bfca"),
    ("dot", "fill", "#4a5663", "#b4bfca"),
    ("cable", "fill", "#f1f3f5", "#262e36"),
    ("cable", "stroke", "#4a5663", "#b4bfca"),
    ("hub", "fill", "#fdf1d7", "#3a2d12"),
    ("hub", "stroke", "#b7791f", "#e0aa4e"),
    ("switch", "fill", "#e0f3e8", "#143324"),
    ("switch", "stroke", "#2f855a", "#5cc48d"),
)
_SHAPES: Final = f"""\
.l2t text {{ font-family: ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }}
.l2t .l2t-prose {{ font: {NAME_PX}px system-ui, "DejaVu Sans", sans-serif; }}
.l2t .l2t-name {{ font-size: {NAME_PX}px; font-weight: bold; }}
.l2t .l2t-small {{ font-size: {NOTE_PX}px; }}
.l2t .l2t-mid {{ text-anchor: middle; }}
.l2t .l2t-wire {{ fill: none; stroke-width: 2; stroke-linejoin: round; }}
.l2t .l2t-host, .l2t .l2t-chip {{ stroke-width: 1.5; }}
.l2t .l2t-cable, .l2t .l2t-hub, .l2t .l2t-switch {{ stroke-width: 2; }}"""


def draw_svg(topology: AnyTopology) -> str:
    """
    Draw *topology* as an SVG document.

    Args:
        topology: Declared, or resolved to show the addresses; one that keeps the rules, as every
            one that was read from a file does.

    Returns:
        One ``svg`` element and a newline; every text in it is escaped.
    """
    layout = lay_out(topology)
    width = max(layout.box.width, _NARROWEST)
    prose = textwrap.wrap(topology.description, int(width / _LETTER_PX))
    head = _MARGIN + _TITLE_PX + _TEXT_PX * len(prose) + (_MARGIN if prose else 0)
    across, down = width + 2 * _MARGIN, head + layout.box.height + _MARGIN
    # The drawing is as wide as it is; it stands in the middle of what the heading needs.
    shift = _MARGIN - layout.box.x + (width - layout.box.width) / 2
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="l2t" role="img" '
            f'width="{px(across)}" height="{px(down)}" '
            f'viewBox="0 0 {px(across)} {px(down)}">',
            f"<title>{escape(_title(topology))}</title>",
            f"<desc>{escape(' '.join([topology.description, wiring(topology)]).strip())}</desc>",
            f"<style>\n{_style()}\n</style>",
            _rectangle(Box(0, 0, across, down), "page", 10),
            _text((_MARGIN, _MARGIN + NAME_PX), heading(topology), "text", "name"),
            *(
                _text(
                    (_MARGIN, _MARGIN + _TITLE_PX + NAME_PX + _TEXT_PX * n), line, "note", "prose"
                )
                for n, line in enumerate(prose)
            ),
            f'<g transform="translate({px(shift)} {px(head)})">',
            *(line for host in layout.hosts for line in _host(host)),
            # Before the bars: what a wire passes behind then covers it.
            *(_wire(wire) for wire in layout.wires),
            *(line for bar in layout.bars for line in _bar(bar)),
            *(_dot(dot) for wire in layout.wires for dot in wire.dots),
            "</g>",
            "</svg>\n",
        ]
    )


def _title(topology: AnyTopology) -> str:
    return f"Topology {heading(topology)}"


def _style() -> str:
    light = [f".l2t .l2t-{name} {{ {what}: {one}; }}" for name, what, one, _ in COLOURS]
    dark = [f".l2t .l2t-{name} {{ {what}: {other}; }}" for name, what, _, other in COLOURS]
    return "\n".join([_SHAPES, *light, "@media (prefers-color-scheme: dark) {", *dark, "}"])


def _host(host: HostBox) -> Iterator[str]:
    middle, _ = host.box.middle
    yield _rectangle(host.box, "host", 8)
    yield _text((middle, host.box.y + 22), host.name, "text", "name", "mid")
    for chip in host.chips:
        x, _ = chip.box.middle
        yield _rectangle(chip.box, "chip", 5)
        yield _text((x, chip.box.y + 17), chip.name, "text", "name", "mid")
        for number, note in enumerate(chip.notes):
            y = chip.box.y + CHIP_HEAD_PX + 6 + LINE_PX * number
            yield _text((x, y), note, "note", "small", "mid")


def _bar(bar: Bar) -> Iterator[str]:
    x, y = bar.box.middle
    corner = bar.box.height / 2 if bar.kind is SegmentKind.CABLE else 6
    yield _rectangle(bar.box, str(bar.kind), corner)
    yield _text((x, y - 3), bar.name, "text", "name", "mid")
    yield _text((x, y + 13), bar.note, "note", "small", "mid")


def _wire(wire: Wire) -> str:
    return f'<path class="l2t-wire" d="{path(wire.points)}"/>'


def _rectangle(box: Box, name: str, corner: float) -> str:
    return (
        f'<rect class="l2t-{name}" x="{px(box.x)}" y="{px(box.y)}" '
        f'width="{px(box.width)}" height="{px(box.height)}" rx="{px(corner)}"/>'
    )


def _dot(point: Point) -> str:
    x, y = point
    return f'<circle class="l2t-dot" cx="{px(x)}" cy="{px(y)}" r="4"/>'


def _text(point: Point, text: str, *names: str) -> str:
    x, y = point
    classes = " ".join(f"l2t-{name}" for name in names)
    return f'<text class="{classes}" x="{px(x)}" y="{px(y)}">{escape(text)}</text>'
