"""Where the parts of a drawn topology go.

Strategy: hosts stand in a row, their interfaces along their lower edge. Below, each segment is
a bar as wide as the interfaces on it; a bar whose width overlaps another goes one track lower,
narrow ones first, so that the wires of a wide bar run down beside the narrow ones. Pure
arithmetic on the widths of a fixed-pitch font.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from l2harness.topology.declared import SegmentKind
from l2harness.topology.picture import (
    AnyHost,
    AnySegment,
    AnyTopology,
    interface_notes,
    segment_notes,
)
from l2harness.topology.shapes import Bar, Box, Chip, HostBox, Layout
from l2harness.topology.wires import route
from l2harness.topology.words import columns

#: Sizes of the letters of names and of notes, and the width of a column as a part of them.
NAME_PX: Final = 13
NOTE_PX: Final = 11
PITCH: Final = 0.62

LINE_PX: Final = 15  # from one line of notes to the next
HOST_HEAD_PX: Final = 34
CHIP_HEAD_PX: Final = 26
BAR_HEIGHT_PX: Final = 44

_PAD: Final = 12
_TRACK_FIRST: Final = 44  # from the hosts to the first track
_TRACK_GAP: Final = 30
_BAR_OVERHANG: Final = 28  # of a bar beyond its outermost wire
_BAR_GAP: Final = 36  # between bars of one track: room for a link


@dataclass(frozen=True, slots=True)
class Spacing:
    """
    How much room hosts and interfaces take, in pixels.

    Attributes:
        chip: Least width of an interface.
        chip_gap: Between the interfaces of a host.
        host_gap: Between hosts.
        pad: Between a box and what is in it, at the sides.
    """

    chip: int
    chip_gap: int
    host_gap: int
    pad: int


#: For a picture on a page of its own.
ROOMY: Final = Spacing(chip=112, chip_gap=12, host_gap=36, pad=12)
#: For a small one beside text; of no use with notes, which need the room.
COMPACT: Final = Spacing(chip=62, chip_gap=8, host_gap=20, pad=8)


def lay_out(topology: AnyTopology, spacing: Spacing = ROOMY) -> Layout:
    """Find a place for every part of *topology*."""
    hosts = tuple(_hosts(topology, spacing))
    chips = [chip for host in hosts for chip in host.chips]
    bars = _bars(topology, chips)
    wires = route(topology.links, bars, chips)
    boxes = [host.box for host in hosts] + [bar.extent for bar in bars.values()]
    left = min(box.x for box in boxes)
    right = max(box.right for box in boxes)
    bottom = max(*(box.bottom for box in boxes), *(y for wire in wires for _, y in wire.points))
    return Layout(Box(left, 0, right - left, bottom), hosts, tuple(bars.values()), tuple(wires))


def _hosts(topology: AnyTopology, spacing: Spacing) -> Iterator[HostBox]:
    every = [interface for host in topology.hosts for interface in host.interfaces]
    height = CHIP_HEAD_PX + LINE_PX * max(len(interface_notes(each)) for each in every)
    x = 0.0
    for host in topology.hosts:
        placed = _host(host, x, height, spacing)
        x = placed.box.right + spacing.host_gap
        yield placed


def _host(host: AnyHost, left: float, chip_height: float, spacing: Spacing) -> HostBox:
    x = left + spacing.pad
    chips = []
    for interface in host.interfaces:
        notes = tuple(interface_notes(interface))
        width = max(spacing.chip, _across(interface.name, notes) + 2 * spacing.pad)
        box = Box(x, HOST_HEAD_PX, width, chip_height)
        chips.append(Chip(box, host.name, interface.name, notes, interface.segment))
        x = box.right + spacing.chip_gap
    width = max(x - spacing.chip_gap - left, _across(host.name, ())) + spacing.pad
    return HostBox(Box(left, 0, width, HOST_HEAD_PX + chip_height + _PAD), host.name, tuple(chips))


def _across(name: str, notes: Sequence[str]) -> float:
    wide = [columns(name) * NAME_PX, *(columns(note) * NOTE_PX for note in notes)]
    return max(wide) * PITCH


def _bars(topology: AnyTopology, chips: Sequence[Chip]) -> dict[str, Bar]:
    """Place the segments; narrow ones first, so that they come to lie above the wide ones."""
    spans: dict[str, tuple[float, float]] = {}
    for chip in chips:
        x, _ = chip.box.middle
        first, last = spans.get(chip.segment, (x, x))
        spans[chip.segment] = min(first, x), max(last, x)
    top = max(chip.box.bottom for chip in chips) + _PAD + _TRACK_FIRST
    on_it = [segment for segment in topology.segments if segment.name in spans]
    bars: dict[str, Bar] = {}
    for segment in sorted(on_it, key=lambda each: spans[each.name][1] - spans[each.name][0]):
        bars[segment.name] = _bar(segment, *spans[segment.name], top, bars.values())
    # What is left only joins other segments: it goes between those that are placed already.
    left = [segment for segment in topology.segments if segment.name not in spans]
    while left:
        for segment in left:
            joined = {name for ends in topology.links if segment.name in ends for name in ends}
            beside = [bar.box.middle[0] for name, bar in bars.items() if name in joined]
            if beside:
                x = sum(beside) / len(beside)
                bars[segment.name] = _bar(segment, x, x, top, bars.values())
        left = [segment for segment in left if segment.name not in bars]
    return bars


def _bar(segment: AnySegment, first: float, last: float, top: float, bars: Iterable[Bar]) -> Bar:
    note = " · ".join(segment_notes(segment))
    width = _across(segment.name, [note]) + 2 * _PAD
    if segment.kind is not SegmentKind.CABLE:
        width = max(width, last - first + 2 * _BAR_OVERHANG)
    x = (first + last - width) / 2
    left, right = min(first, x), max(last, x + width)
    extent = Box(left, top, right - left, BAR_HEIGHT_PX)
    above = [bar.extent for bar in bars if extent.overlaps(bar.extent, _BAR_GAP)]
    y = max((box.bottom + _TRACK_GAP for box in above), default=top)
    return Bar(
        box=Box(x, y, width, BAR_HEIGHT_PX),
        extent=Box(left, y, right - left, BAR_HEIGHT_PX),
        name=segment.name,
        kind=segment.kind,
        note=note,
    )
