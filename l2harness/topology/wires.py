"""How the wires of a drawn topology run, once its parts have their places.

Strategy: an interface hangs straight above its bar. A link is a straight line where its two
bars are neighbours on a track or lie one above the other; any other runs in a lane of its own
below all bars. Wires that meet something on their way pass behind it: only a dot is a joint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Final

from l2harness.topology.declared import SegmentKind
from l2harness.topology.shapes import Bar, Chip, Wire

_LANE_GAP: Final = 20
_SHORTEST_OVERLAP: Final = 24  # of two bars that a vertical line may join


def route(
    links: Sequence[tuple[str, str]], bars: Mapping[str, Bar], chips: Sequence[Chip]
) -> list[Wire]:
    """
    Find a way for each wire.

    Args:
        links: Pairs of names of bars to join.
        bars: By name.
        chips: The interfaces, each to be joined to its bar.

    Returns:
        The wires of the chips, then those of the links.
    """
    wires = [_drop(chip, bars[chip.segment]) for chip in chips]
    in_lanes: list[tuple[Bar, Bar]] = []
    taken = [chip.box.middle[0] for chip in chips]
    for one, other in links:
        ends = bars[one], bars[other]
        straight = _beside(*ends, bars) or _above(*ends, taken)
        if straight:
            wires.append(straight)
            taken.append(straight.points[0][0])
        else:
            in_lanes.append(ends)
    return wires + _lanes(in_lanes, bars)


def _drop(chip: Chip, bar: Bar) -> Wire:
    x, _ = chip.box.middle
    start = x, chip.box.bottom
    joins = chip.host, chip.name, bar.name
    if bar.kind is not SegmentKind.CABLE:
        return Wire((start, (x, bar.box.y)), ((x, bar.box.y),), joins)
    if bar.box.x < x < bar.box.right:
        return Wire((start, (x, bar.box.y)), (), joins)
    middle, y = bar.box.middle
    return Wire((start, (x, y), (bar.box.x if x < middle else bar.box.right, y)), (), joins)


def _beside(one: Bar, other: Bar, bars: Mapping[str, Bar]) -> Wire | None:
    if one.box.y != other.box.y:
        return None
    left, right = sorted((one.box, other.box), key=lambda box: box.x)
    if any(bar.box.y == left.y and left.x < bar.box.x < right.x for bar in bars.values()):
        return None
    _, y = left.middle
    ends = (left.right, y), (right.x, y)
    return Wire(ends, ends, (one.name, other.name))


def _above(one: Bar, other: Bar, taken: Iterable[float]) -> Wire | None:
    upper, lower = sorted((one.box, other.box), key=lambda box: box.y)
    left, right = max(upper.x, lower.x), min(upper.right, lower.right)
    if right - left < _SHORTEST_OVERLAP:
        return None
    # Halfway between two other wires, where they are farthest apart.
    marks = sorted({left, right, *(x for x in taken if left < x < right)})
    _, x = max((after - before, (after + before) / 2) for before, after in pairwise(marks))
    ends = (x, upper.bottom), (x, lower.y)
    return Wire(ends, ends, (one.name, other.name))


def _lanes(links: Sequence[tuple[Bar, Bar]], bars: Mapping[str, Bar]) -> list[Wire]:
    """Run each link below everything, from a place of its own on one bar to one on the other."""
    floor = max(bar.box.bottom for bar in bars.values())
    on = {name: [n for n, ends in enumerate(links) if bar in ends] for name, bar in bars.items()}

    def foot(bar: Bar, number: int) -> float:
        places = on[bar.name]
        return bar.box.x + bar.box.width * (places.index(number) + 1) / (len(places) + 1)

    wires = []
    for number, (one, other) in enumerate(links):
        y = floor + _LANE_GAP * (number + 1)
        start, end = foot(one, number), foot(other, number)
        ends = (start, one.box.bottom), (end, other.box.bottom)
        points = ends[0], (start, y), (end, y), ends[1]
        wires.append(Wire(points, ends, (one.name, other.name)))
    return wires
