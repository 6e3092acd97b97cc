"""The network as a small picture, with the ways that frames took, or did not take.

Strategy: `l2harness.topology.layout` says where everything goes; here each wire and interface gets
a state, and the template draws it. The picture is decoration: a sentence below says the same.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from l2harness.grading.network_record import TopologyRecord
from l2harness.grading.result import CheckResult, Result, RunResult
from l2harness.reports.html.travel import Segments, trips
from l2harness.topology.declared import DEFAULT_MTU, Driver, Topology
from l2harness.topology.layout import COMPACT, ROOMY, lay_out
from l2harness.topology.shapes import Bar, Box, Chip, HostBox, Layout, Point, Wire
from l2harness.topology.strokes import path, px

_MARGIN: Final = 4
_HEAD: Final = 6  # half the width of an arrow's head, pixels
#: More than this many ways in one picture are a tangle.
_ROUTES: Final = 4


class State(StrEnum):
    """What is to be said about a wire or an interface."""

    IDLE = "idle"
    SENT = "sent"
    GOT = "got"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Route:
    """
    A way through the network.

    Attributes:
        sender: Label of the interface that the frame left; empty if it came from outside.
        receivers: Labels of those that it reached.
        missed: Whether nothing left the sender, although something should have.
    """

    sender: str
    receivers: tuple[str, ...] = ()
    missed: bool = False

    def __str__(self) -> str:
        """What the picture shows, in a sentence."""
        if self.missed:
            return f"No frame left {self.sender}."
        reached = _and(self.receivers)
        if not self.sender:
            return f"The harness sent a frame to {reached}."
        if not reached:
            return f"A frame left {self.sender} and reached nobody."
        return f"A frame left {self.sender} and reached {reached}."


@dataclass(frozen=True, slots=True)
class Line:
    """
    A wire, drawn.

    Attributes:
        path: For the ``d`` of an SVG path.
        state: What is to be said about it.
        head: Corners of an arrow's head, for the ``points`` of an SVG polygon; may be empty.
        cross: Where to put a cross, if a frame is missing there.
    """

    path: str
    state: State
    head: str = ""
    cross: Point | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """
    A network, ready to be drawn.

    Attributes:
        box: What it all fits in.
        hosts: With their interfaces.
        bars: The segments.
        lines: The wires, those with something to say last.
        dots: Their joints.
        states: Of interfaces with something to say, by label.
        busy: Names of segments that a frame crossed.
        sentences: What it shows.
    """

    box: Box
    hosts: tuple[HostBox, ...]
    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    dots: tuple[Point, ...]
    states: dict[str, State]
    busy: frozenset[str]
    sentences: tuple[str, ...]

    def state(self, chip: Chip) -> State:
        """What is to be said about an interface."""
        return self.states.get(f"{chip.host}.{chip.name}", State.IDLE)


def network_picture(topology: TopologyRecord) -> Picture:
    """The whole network with its addresses, and nothing going on."""
    return _drawn(lay_out(topology.declared(), ROOMY), (), topology)


def route_picture(topology: TopologyRecord, routes: Sequence[Route]) -> Picture:
    """The network, small, with these ways in it."""
    return _drawn(lay_out(_without_notes(topology.declared()), COMPACT), routes, topology)


def routes_of(result: Result, check: CheckResult) -> tuple[Route, ...]:
    """The ways of the frames that a check exhibits, each once."""
    runs = {run.name: run for run in result.runs}
    known = {
        f"{host.name}.{interface.name}"
        for host in (result.topology.hosts if result.topology else ())
        for interface in host.interfaces
    }
    routes = []
    for evidence in check.evidence:
        if evidence.interface not in known:
            continue
        if evidence.frame is None:
            if not evidence.bytes:
                routes.append(Route(evidence.interface, missed=True))
        elif evidence.run in runs:
            routes += _routes_through(runs[evidence.run], evidence.frame, result, known)
    return tuple(dict.fromkeys(routes))[:_ROUTES]


def _routes_through(
    run: RunResult, frame: int, result: Result, known: Iterable[str]
) -> Iterable[Route]:
    timing = next((it for it in result.timing.runs if it.run == run.name), None)
    for trip in trips(run, result.topology, timing.frames_s if timing else ()):
        if frame in trip.frames():
            labels = [run.frames[index].interface for index in trip.received]
            sender = "" if trip.sent is None else run.frames[trip.sent].interface
            if {*labels, sender} <= {*known, ""}:
                yield Route(sender, tuple(labels))


def _and(labels: Sequence[str]) -> str:
    if len(labels) < 3:
        return " and ".join(labels)
    return f"{', '.join(labels[:-1])} and {labels[-1]}"


def _without_notes(topology: Topology) -> Topology:
    """The same network without what would need room to be written beside it."""
    hosts = tuple(
        replace(
            host,
            interfaces=tuple(replace(it, mac=None, mtu=DEFAULT_MTU) for it in host.interfaces),
        )
        for host in topology.hosts
    )
    segments = tuple(replace(it, driver=Driver.KERNEL, min_frame=0) for it in topology.segments)
    return replace(topology, description="", hosts=hosts, segments=segments)


def _drawn(layout: Layout, routes: Sequence[Route], topology: TopologyRecord) -> Picture:
    segments = Segments(topology)
    states: dict[str, State] = {}
    busy: set[str] = set()
    for route in routes:
        if route.missed:
            states.setdefault(route.sender, State.MISSED)
            continue
        for label in route.receivers:
            states[label] = State.GOT
            busy |= _between(topology, segments, route.sender or label, label)
        if route.sender:
            states[route.sender] = State.SENT
            busy |= {segments.segment(route.sender) or ""}
    lines = [_line(wire, states, busy) for wire in layout.wires]
    box = layout.box
    return Picture(
        Box(box.x - _MARGIN, box.y - _MARGIN, box.width + 2 * _MARGIN, box.height + 2 * _MARGIN),
        layout.hosts,
        layout.bars,
        tuple(sorted(lines, key=lambda line: line.state is not State.IDLE)),
        tuple(dot for wire in layout.wires for dot in wire.dots),
        states,
        frozenset(busy),
        tuple(map(str, routes)),
    )


def _between(topology: TopologyRecord, segments: Segments, one: str, other: str) -> frozenset[str]:
    """The segments on the only way from one interface to the other."""
    start, goal = segments.segment(one), segments.segment(other)
    came_from: dict[str | None, str | None] = {start: None}
    todo = deque([start])
    while todo and goal not in came_from:
        here = todo.popleft()
        for ends in topology.links:
            for before, after in (ends, ends[::-1]):
                if before == here and after not in came_from:
                    came_from[after] = here
                    todo.append(after)
    way: set[str] = set()
    step = goal if goal in came_from else None
    while step is not None:
        way.add(step)
        step = came_from[step]
    return frozenset(way)


def _line(wire: Wire, states: dict[str, State], busy: Iterable[str]) -> Line:
    way = path(wire.points)
    if len(wire.joins) == 2:  # a link between two segments
        crossed = set(wire.joins) <= set(busy)
        return Line(way, State.SENT if crossed else State.IDLE)
    state = states.get(".".join(wire.joins[:2]), State.IDLE)
    x, y = wire.points[0]
    if state is State.GOT:
        return Line(way, state, head=_head((x, y), down=False))
    if state is State.SENT:
        return Line(way, state, head=_head((x, wire.points[1][1]), down=True))
    if state is State.MISSED:
        return Line(way, state, cross=(x, (y + wire.points[1][1]) / 2))
    return Line(way, state)


def _head(tip: Point, *, down: bool) -> str:
    x, y = tip
    back = y - 2 * _HEAD if down else y + 2 * _HEAD
    return " ".join(f"{px(a)},{px(b)}" for a, b in ((x, y), (x - _HEAD, back), (x + _HEAD, back)))
