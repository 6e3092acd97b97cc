"""A topology drawn with characters, for terminals.

Strategy: hosts stand below one another with a row for each interface, segments are vertical
lines right of them, and wires run straight from the one to the other; so nothing ever overlaps,
however many there are, and a terminal scrolls the way the drawing grows. A joint is marked, a
crossing is not: there the wire passes below the line.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from l2harness.topology.declared import SegmentKind
from l2harness.topology.picture import (
    AnyTopology,
    heading,
    interface_notes,
    segment_notes,
)
from l2harness.topology.words import columns

_PAGE_COLUMNS: Final = 78
_GAP: Final = 3  # columns between what stands side by side


@dataclass(frozen=True, slots=True)
class _Pens:
    """The characters to draw with; corners are top left, top right, bottom left, bottom right."""

    corners: tuple[str, str, str, str]
    wall: str
    line: str
    socket: str
    joint: str
    segments: Mapping[SegmentKind, str]


_BOX: Final = _Pens(
    corners=("┌", "┐", "└", "┘"),
    wall="│",
    line="─",
    socket="├",
    joint="●",
    segments={SegmentKind.CABLE: "│", SegmentKind.HUB: "║", SegmentKind.SWITCH: "┃"},
)
_ASCII: Final = _Pens(
    corners=("+", "+", "+", "+"),
    wall="|",
    line="-",
    socket="+",
    joint="o",
    segments={SegmentKind.CABLE: "|", SegmentKind.HUB: "|", SegmentKind.SWITCH: "|"},
)


class _Sheet:
    """Cells of a terminal that are written to in any order."""

    def __init__(self) -> None:
        self._rows: list[list[str]] = []

    def write(self, row: int, column: int, text: str) -> None:
        """Write *text* from *column* on; a cell holds what is seen there, a wide character two."""
        while len(self._rows) <= row:
            self._rows.append([])
        cells = self._rows[row]
        cells.extend(" " * (column + columns(text) - len(cells)))
        for character in text:
            across = columns(character)
            if across:
                cells[column : column + across] = [character, *[""] * (across - 1)]
                column += across
            else:
                cells[column - 1] += character

    def lines(self) -> list[str]:
        """Return the rows without trailing blanks."""
        return ["".join(cells).rstrip() for cells in self._rows]


def draw_text(topology: AnyTopology, *, ascii_only: bool = False) -> str:
    """
    Draw *topology* with characters.

    Args:
        topology: Declared, or resolved to show the addresses; one that keeps the rules, as every
            one that was read from a file does.
        ascii_only: For terminals without box-drawing characters; letters outside ASCII become
            question marks.

    Returns:
        Lines divided by newlines, without one at the end.
    """
    title = heading(topology) + (f": {topology.description}" if topology.description else "")
    drawing = _drawing(topology, _ASCII if ascii_only else _BOX)
    text = "\n".join([*textwrap.wrap(title, _PAGE_COLUMNS), "", *drawing])
    return text.encode("ascii", "replace").decode() if ascii_only else text


def _drawing(topology: AnyTopology, pens: _Pens) -> list[str]:
    sheet = _Sheet()
    tables = _tables(topology)
    right = 3 + max(
        *(columns(name) + 2 for name in tables),
        *(columns(line) for table in tables.values() for line in table),
    )
    headers = {each.name: [each.name, *segment_notes(each)] for each in topology.segments}
    lanes = _draw_headers(sheet, right + 1 + _GAP, headers)
    joints: dict[str, set[int]] = {name: set() for name in lanes}  # rows
    row = max(map(len, headers.values()))
    for host in topology.hosts:
        _draw_box(sheet, row, right, host.name, tables[host.name], pens)
        for interface in host.interfaces:
            row += 1
            length = lanes[interface.segment] - right - 1
            sheet.write(row, right, pens.socket + pens.line * length)
            joints[interface.segment].add(row)
        row += 2
    for at, ends in enumerate(topology.links, row):
        near, far = sorted(lanes[end] for end in ends)
        sheet.write(at, near, pens.line * (far - near))
        for end in ends:
            joints[end].add(at)
    # Last, over the wires: a wire that crosses a lane passes below it.
    for segment in topology.segments:
        rows = joints[segment.name]
        for at in range(len(headers[segment.name]), max(rows) + 1):
            pen = pens.joint if at in rows else pens.segments[segment.kind]
            sheet.write(at, lanes[segment.name], pen)
    return sheet.lines()


def _tables(topology: AnyTopology) -> dict[str, list[str]]:
    """Return a line for each interface of each host, in columns that all hosts share."""
    widest = max(columns(each.name) for host in topology.hosts for each in host.interfaces)
    return {
        host.name: [
            "  ".join(
                [each.name + " " * (widest - columns(each.name)), *interface_notes(each)]
            ).rstrip()
            for each in host.interfaces
        ]
        for host in topology.hosts
    }


def _draw_headers(sheet: _Sheet, start: int, headers: Mapping[str, list[str]]) -> dict[str, int]:
    """Write the words above each segment, and return the column of its lane."""
    lanes: dict[str, int] = {}
    for name, header in headers.items():
        across = max(map(columns, header))
        lanes[name] = start + across // 2
        start += across + _GAP
        for row, line in enumerate(header):
            sheet.write(row, lanes[name] - columns(line) // 2, line)
    return lanes


def _draw_box(
    sheet: _Sheet, row: int, right: int, name: str, table: list[str], pens: _Pens
) -> None:
    top_left, top_right, bottom_left, bottom_right = pens.corners
    title = f"{top_left}{pens.line} {name} "
    sheet.write(row, 0, title + pens.line * (right - columns(title)) + top_right)
    for at, line in enumerate(table, row + 1):
        sheet.write(at, 0, f"{pens.wall} {line}")
    bottom = row + len(table) + 1
    sheet.write(bottom, 0, bottom_left + pens.line * (right - 1) + bottom_right)
