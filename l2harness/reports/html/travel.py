"""The ways of frames: where each left, and where it was delivered.

Strategy: a network shows a frame once where it leaves a host, and once for each host that it
reaches. What is seen at a receiver belongs to the oldest frame with the same bytes that left on
the same segments and has not arrived there yet; the network may have padded it on its way. Where
nothing of the kind left any host, the harness put it on the wire from outside. What the network
did to frames on purpose is known and allowed for: what it lost arrives nowhere, what it doubled
arrives twice, a bit that it changed is changed back, and where it has VLANs tags are no matter.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from l2harness.frames.ethernet import HEADER_BYTES, TAG_BYTES, TAGS_OFFSET, header_length
from l2harness.grading.network_record import TopologyRecord
from l2harness.grading.result import FrameRecord, RunResult


@dataclass(frozen=True, slots=True)
class Trip:
    """
    One frame on its way.

    Attributes:
        sent: Index of the run's frame that left a host; None where none did.
        received: Indexes of the run's frames that arrived, in the topology's order.
        time_s: When it began, in seconds since the run did; None where times are not known.
    """

    sent: int | None
    received: tuple[int, ...]
    time_s: float | None

    def frames(self) -> tuple[int, ...]:
        """All indexes, the sender's first."""
        return (*(() if self.sent is None else (self.sent,)), *self.received)


class Segments:
    """Which interfaces can reach each other; joined segments are one."""

    def __init__(self, topology: TopologyRecord | None) -> None:
        self._padded: dict[str, int] = {}
        self._tags = False
        self._of: dict[str, str] = {}
        self._towards: dict[str, str] = {}
        if topology is None:
            return
        for one, other in topology.links:  # which close no loop: a topology has none
            self._towards[self._root(one)] = self._root(other)
        minimum = {segment.name: segment.min_frame for segment in topology.segments}
        for host in topology.hosts:
            for interface in host.interfaces:
                label = f"{host.name}.{interface.name}"
                self._of[label] = interface.segment
                self._padded[label] = minimum[interface.segment]
                self._tags |= interface.vlans is not None

    def domain(self, label: str) -> str:
        """A name for everything that the interface can reach; empty where nothing is known."""
        return self._root(self._of.get(label, ""))

    def segment(self, label: str) -> str | None:
        """Name of the segment that the interface is on; None where nothing is known."""
        return self._of.get(label)

    def key(self, frame: FrameRecord) -> tuple[str, str]:
        """What a frame has in common where it left and where it arrived."""
        data = bytearray.fromhex(frame.bytes)
        for deed in frame.deeds:
            # The same way, that which left is changed as it was, that which arrived back again.
            if deed.kind == "corrupted" and deed.direction == frame.direction:
                place, bit = deed.byte or 0, deed.bit or 0
                if place < len(data):
                    data[place] ^= 1 << bit
        if self._tags and header_length(bytes(data)) > HEADER_BYTES:
            del data[TAGS_OFFSET : TAGS_OFFSET + TAG_BYTES]
        return self.domain(frame.interface), bytes(data).ljust(self.minimum(), b"\0").hex()

    def minimum(self) -> int:
        """The longest that any segment pads to, in bytes."""
        return max(self._padded.values(), default=0)

    def _root(self, segment: str) -> str:
        while segment in self._towards:
            segment = self._towards[segment]
        return segment


def trips(
    run: RunResult, topology: TopologyRecord | None, times: Sequence[float] = ()
) -> list[Trip]:
    """
    Put the frames of a run together to the ways that they went.

    Args:
        run: With its frames.
        topology: What it was made on.
        times: For each frame, when it was seen; empty where that is not known.

    Returns:
        The ways by the time at which they began; without times, in the order of the frames.
    """
    segments = Segments(topology)
    keys = [segments.key(frame) for frame in run.frames]
    order: Iterable[int] = range(len(run.frames))
    if times:
        order = sorted(order, key=lambda index: times[index])
    waiting: dict[tuple[str, str], list[int]] = {}
    for index in order:
        if run.frames[index].direction == "out":
            waiting.setdefault(keys[index], []).append(index)
    arrived: dict[tuple[tuple[str, str], str], deque[int]] = {}
    received: dict[int, list[int]] = {}
    alone: list[int] = []
    for index in order:
        frame = run.frames[index]
        if frame.direction == "out":
            continue
        same = keys[index]
        queue = arrived.setdefault(
            (same, frame.interface),
            deque(
                it
                for it in waiting.get(same, ())
                if run.frames[it].interface != frame.interface
                for _ in range(_arrivals(run.frames[it], frame.interface))
            ),
        )
        if queue:
            received.setdefault(queue.popleft(), []).append(index)
        else:
            alone.append(index)

    def trip(sent: int | None, got: Sequence[int]) -> Trip:
        first = sent if sent is not None else got[0]
        return Trip(sent, tuple(sorted(got)), times[first] if times else None)

    made = [trip(sent, received.get(sent, [])) for sents in waiting.values() for sent in sents]
    made += [trip(None, [index]) for index in alone]
    return sorted(made, key=lambda it: (it.time_s or 0.0, it.frames()))


def _arrivals(frame: FrameRecord, interface: str) -> int:
    """How often a frame that left arrives at an interface, if it gets there at all."""
    copies = 1
    for deed in frame.deeds:
        if deed.direction == "in" and deed.interface != interface:
            continue
        copies += {"lost": -1, "duplicated": 1}.get(deed.kind, 0)
    return max(0, copies)
