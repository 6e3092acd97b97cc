"""Where a frame goes: the forwarding of cables, hubs and switches. Pure, no sockets.

A `Forwarder` knows the segments of one network and the links between them, and answers for each
frame: to which interfaces is it delivered? Hubs repeat to everybody else; switches learn source
addresses and flood what they do not know (IEEE 802.1D, clause 7); a cable has one other end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from l2harness.topology import ResolvedTopology, SegmentKind

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
        self._learned: dict[str, dict[bytes, Exit]] = {name: {} for name in self._kind}

    def forward(self, ingress: str, data: bytes) -> list[str]:
        """
        Return the interfaces to which a frame goes, in the order of the topology file.

        Args:
            ingress: The interface it came from, ``h1.eth0``.
            data: The frame; bytes 0–5 are its destination, 6–11 its source.
        """
        reached: list[str] = []
        # A network of segments has no loops (the topology refuses them), so that every segment is
        # visited once at most.
        todo: deque[tuple[str, Exit]] = deque([(self._home[ingress], ("interface", ingress))])
        while todo:
            segment, came_by = todo.popleft()
            for way_out in self._ways_out(segment, came_by, data):
                kind, name = way_out
                if kind == "interface":
                    reached.append(name)
                else:
                    todo.append((name, ("link", segment)))
        return reached

    def forget(self) -> None:
        """Let the switches forget what they have learned."""
        for table in self._learned.values():
            table.clear()

    def _ways_out(self, segment: str, came_by: Exit, data: bytes) -> Iterable[Exit]:
        others = [way for way in self._exits[segment] if way != came_by]
        if self._kind[segment] is not SegmentKind.SWITCH:
            return others
        table = self._learned[segment]
        destination, source = data[0:6], data[6:12]
        if not source[0] & 1:  # a group address is never a sender
            table[source] = came_by
        if destination[0] & 1 or destination not in table:
            return others
        known = table[destination]
        return [known] if known != came_by else []
