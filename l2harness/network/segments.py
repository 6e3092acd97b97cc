"""Where a frame goes: the forwarding of cables, hubs and switches. Pure, no sockets.

A `Forwarder` knows the segments of one network and the links between them, and answers for each
frame: to which interfaces is it delivered? Hubs repeat to everybody else; switches learn source
addresses and flood what they do not know (IEEE 802.1D, clause 7); a cable has one other end.

A switch has VLANs as soon as one of its ports is given some (`l2harness.network.tags`): then it
learns and floods in each of them apart (independent learning, IEEE 802.1Q, clause 8.8.8). A port
that is given none is in VLAN 1, as is a link to what has no VLANs; a link between two such
switches carries all of them with their tags.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping

from l2harness.network.tags import admitted
from l2harness.topology import ACCESS, TRUNK, PortVlans, ResolvedTopology, SegmentKind

#: A way out of a segment: a host's interface (``h1.eth0``) or a link to another segment.
Exit = tuple[str, str]  # ("interface", label) | ("link", segment)


class Forwarder:
    """Decides who gets a frame, and learns on the way."""

    def __init__(self, topology: ResolvedTopology) -> None:
        self._kind = {segment.name: segment.kind for segment in topology.segments}
        self._home = {
            label: segment.name for segment in topology.segments for label in segment.interfaces
        }
        self._exits: dict[str, list[Exit]] = {
            segment.name: [("interface", label) for label in segment.interfaces]
            for segment in topology.segments
        }
        for one, other in topology.links:
            self._exits[one].append(("link", other))
            self._exits[other].append(("link", one))
        self._others = {
            (name, way): [other for other in ways if other != way]
            for name, ways in self._exits.items()
            for way in ways
        }
        self._ports = _ports(topology, self._exits)
        self._learned: dict[str, dict[tuple[int, bytes], Exit]] = {name: {} for name in self._kind}

    def forward(self, ingress: str, data: bytes) -> list[str]:
        """Return the interfaces to which a frame goes; as `route`, without what it looks like."""
        return [label for label, _ in self.route(ingress, data)]

    def route(self, ingress: str, data: bytes) -> list[tuple[str, bytes]]:
        """
        Return where a frame goes and what it is there, in the order of the topology file.

        Args:
            ingress: The interface it came from, ``h1.eth0``.
            data: The frame; bytes 0–5 are its destination, 6–11 its source.

        Returns:
            Interfaces, each with the frame as it gets there: with or without a tag.
        """
        reached: list[tuple[str, bytes]] = []
        # A network of segments has no loops (the topology refuses them), so that every segment is
        # visited once at most.
        todo: deque[tuple[str, Exit, bytes]] = deque(
            [(self._home[ingress], ("interface", ingress), data)]
        )
        while todo:
            segment, came_by, frame = todo.popleft()
            for (kind, name), leaving in self._leaving(segment, came_by, frame):
                if kind == "interface":
                    reached.append((name, leaving))
                else:
                    todo.append((name, ("link", segment), leaving))
        return reached

    def forget(self) -> None:
        """Let the switches forget what they have learned."""
        for table in self._learned.values():
            table.clear()

    def _leaving(self, segment: str, came_by: Exit, data: bytes) -> Iterable[tuple[Exit, bytes]]:
        """Return the ways that a frame takes out of a segment, with the frame on each."""
        ports = self._ports.get(segment)
        if ports is None:
            return [(way, data) for way in self._ways_out(segment, came_by, data)]
        inside = admitted(ports[came_by], data)
        if inside is None:
            return []
        members = [
            way
            for way in self._ways_out(segment, came_by, data, inside.vid)
            if ports[way].has(inside.vid)
        ]
        return [(way, inside.leaving(ports[way])) for way in members]

    def _ways_out(self, segment: str, came_by: Exit, data: bytes, vid: int = 0) -> Iterable[Exit]:
        others = self._others[segment, came_by]
        if self._kind[segment] is not SegmentKind.SWITCH:
            return others
        table = self._learned[segment]
        destination, source = data[0:6], data[6:12]
        if not source[0] & 1:  # a group address is never a sender
            table[vid, source] = came_by
        if destination[0] & 1 or (vid, destination) not in table:
            return others
        known = table[vid, destination]
        return [known] if known != came_by else []


def _ports(
    topology: ResolvedTopology, exits: Mapping[str, Iterable[Exit]]
) -> dict[str, dict[Exit, PortVlans]]:
    """Return the VLANs of all ports of those switches that have VLANs."""
    given = {it.label: it.vlans for it in topology.interfaces if it.vlans is not None}
    aware = {topology.interface(label).segment for label in given}

    def port(way_out: Exit) -> PortVlans:
        kind, name = way_out
        if kind == "interface":
            return given.get(name, ACCESS)
        return TRUNK if name in aware else ACCESS

    return {name: {way: port(way) for way in exits[name]} for name in aware}
