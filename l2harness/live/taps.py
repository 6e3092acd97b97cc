"""Frames as they cross the wire, handed out to whoever captures them.

Strategy: a holder's network writes to a `Broadcast` instead of keeping a timeline. Every capture
is a `Tap` with a bounded queue and a thread that sends what is in it: a reader that is slow, or
stands still, loses frames and is told how many, and the wire never waits for it.

A tap listens on *segments*, where each frame is seen once, as it is on the cable: made as long as
a network card makes it; or on *interfaces*, where it is seen as there: short when it leaves,
padded when it comes.
"""

from __future__ import annotations

import queue
import select
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from l2harness.frames import pad
from l2harness.network.timeline import Direction, Event, FrameEvent, Timeline
from l2harness.topology import ResolvedTopology

#: So many frames wait for a slow reader, 25 MB at most.
_WAITING: Final = 16_384
#: Of so many frames it is known that they are one, wherever they come to.
_REMEMBERED: Final = 4_096
_HEADER: Final = struct.Struct("=BQHHHI")
_NOBODY: Final = 0xFFFF
_NANOSECONDS: Final = 1_000_000_000


class Way(IntEnum):
    """Which way a frame crossed the place where it was captured."""

    ACROSS = 0  #: A segment: it was sent there.
    IN = 1  #: An interface: it came to the host.
    OUT = 2  #: An interface: it left the host.


@dataclass(frozen=True, slots=True)
class Captured:
    """
    One frame at one place.

    Attributes:
        way: Which way it went.
        time_ns: When, in nanoseconds since 1970.
        place: Number of the segment or interface among those of the capture.
        sender: Number of the interface that had sent it, among all of the network; None if it is
            not known.
        sent_bytes: Its length as the sender's program had made it; what follows is padding.
        lost: How many frames of this capture had to be left out before it.
        data: As it was on the wire, tags in their place, without FCS.
    """

    way: Way
    time_ns: int
    place: int
    sender: int | None
    sent_bytes: int
    lost: int
    data: bytes

    def __bytes__(self) -> bytes:
        """As it is sent to whoever captures."""
        sender = _NOBODY if self.sender is None else self.sender
        head = (self.way, self.time_ns, self.place, sender, self.sent_bytes, self.lost)
        return _HEADER.pack(*head) + self.data

    @classmethod
    def from_bytes(cls, message: bytes) -> Captured:
        """Read what `__bytes__` has written."""
        way, time_ns, place, sender, sent_bytes, lost = _HEADER.unpack_from(message)
        return cls(
            Way(way),
            time_ns,
            place,
            None if sender == _NOBODY else sender,
            sent_bytes,
            lost,
            message[_HEADER.size :],
        )


class Broadcast(Timeline):
    """A timeline that keeps nothing: what happens goes to the taps, or nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.taps: list[Tap] = []

    def add(self, event: Event) -> None:
        """Let every tap see a frame."""
        if self.taps and isinstance(event, FrameEvent):
            for tap in self.taps:
                tap.see(event)

    def mark(self, text: str) -> int:
        """Keep nothing."""
        return 0


@dataclass(slots=True)
class _UnderWay:
    """
    A frame that may still come to somebody.

    Attributes:
        sent_bytes: As it was handed to the card of its sender.
        seen_on: Numbers of the segments on which it was captured.
    """

    sent_bytes: int
    seen_on: set[int] = field(default_factory=set)


class Tap:
    """
    One capture.

    Args:
        topology: The network.
        places: Names of segments, or labels of interfaces; numbered in this order.
        connection: Where the frames go; non-blocking, and closed by its owner.
    """

    def __init__(
        self, topology: ResolvedTopology, places: list[str], connection: socket.socket
    ) -> None:
        self._connection = connection
        self._queue: queue.Queue[bytes | None] = queue.Queue(_WAITING)
        self._interfaces = {it: place for place, it in enumerate(places)}
        self._segments = {
            label: (place, topology.segment(name).min_frame)
            for place, name in enumerate(places)
            if name in {it.name for it in topology.segments}
            for label in topology.segment(name).interfaces
        }
        self._numbers = {it.label: number for number, it in enumerate(topology.interfaces)}
        self._clock_ns = time.time_ns() - time.monotonic_ns()
        self._under_way: dict[int, _UnderWay] = {}
        self._lost = 0
        self._thread = threading.Thread(target=self._send, name="capture", daemon=True)
        self._thread.start()

    def see(self, event: FrameEvent) -> None:
        """Look at a frame that leaves an interface, or comes to one."""
        out = event.direction is Direction.OUT
        frame = self._frame(event.number, len(event.data))
        if (place := self._interfaces.get(event.interface)) is not None:
            way = Way.OUT if out else Way.IN
            self._keep(event, way, place, frame.sent_bytes, event.data)
        elif event.interface in self._segments:
            place, minimum = self._segments[event.interface]
            if place not in frame.seen_on:
                frame.seen_on.add(place)
                data = pad(event.data, minimum)
                self._keep(event, Way.ACROSS, place, frame.sent_bytes, data)

    def _frame(self, number: int, length: int) -> _UnderWay:
        """Return what is known of a frame; it is told when it leaves, and wherever it comes."""
        if (known := self._under_way.get(number)) is None:
            if len(self._under_way) >= _REMEMBERED:
                del self._under_way[next(iter(self._under_way))]
            known = self._under_way[number] = _UnderWay(length)
        return known

    def _keep(self, event: FrameEvent, way: Way, place: int, sent_bytes: int, data: bytes) -> None:
        sender = event.interface if event.direction is Direction.OUT else event.sender
        captured = Captured(
            way,
            int(event.time_s * _NANOSECONDS) + self._clock_ns,
            place,
            self._numbers.get(sender),
            min(sent_bytes, 0xFFFF),
            self._lost,
            data,
        )
        try:
            self._queue.put_nowait(bytes(captured))
        except queue.Full:
            self._lost += 1

    def _send(self) -> None:
        poll = select.poll()
        poll.register(self._connection, select.POLLOUT)
        while (message := self._queue.get()) is not None:
            while True:
                poll.poll()
                try:
                    self._connection.send(message)
                except BlockingIOError:
                    continue
                except OSError:
                    return  # nobody reads any more
                break

    def close(self) -> None:
        """End the thread; what was not read yet is lost."""
        with suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)
        with suppress(queue.Full):
            self._queue.put_nowait(None)
        self._thread.join()
