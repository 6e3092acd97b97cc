"""Everything that happened during a run, in one order: frames, output, starts, exits, marks.

Checks, reports and captures are made from a `Timeline`, never from the kernel; so a check can be
tested on a timeline that somebody wrote by hand.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar


class Direction(StrEnum):
    """Which way a frame crossed a host's interface."""

    OUT = "out"  #: It left the host.
    IN = "in"  #: It was delivered to the host.


class Origin(StrEnum):
    """Who put a frame on the wire."""

    PROGRAM = "program"  #: A program on the host, or something it started.
    HARNESS = "harness"  #: A port of the harness.


class DeedKind(StrEnum):
    """What a network can do to a frame that it should just have passed on."""

    LOST = "lost"  #: It went no further.
    DUPLICATED = "duplicated"  #: It went on twice.
    CORRUPTED = "corrupted"  #: It went on with a bit the wrong way.
    REORDERED = "reordered"  #: It went on behind the next one.
    DELAYED = "delayed"  #: It went on later.


@dataclass(frozen=True, slots=True)
class Deed:
    """
    One thing that the network did to one frame.

    Attributes:
        kind: What.
        interface: On the link of which interface, as displayed.
        direction: Which way the frame went there, seen from the host.
        byte: Of a corrupted frame, the offset of the wrong byte as it was on that link.
        bit: Its wrong bit, 0 the lowest.
        delay_s: Of a delayed frame, seconds; waiting for frames before it is not counted in.
    """

    kind: DeedKind
    interface: str
    direction: Direction
    byte: int | None = None
    bit: int | None = None
    delay_s: float | None = None


@dataclass(frozen=True, slots=True)
class FrameEvent:
    """
    One frame crossed one host interface.

    Attributes:
        time_s: Monotonic clock, seconds.
        interface: As displayed, ``h1.eth0``.
        direction: Seen from the host.
        data: The frame as it was on the wire, without FCS, 802.1Q tags in their place. Outgoing
            frames are as the program handed them over, incoming ones as the network delivered
            them.
        origin: For incoming frames, who had sent the frame that the network delivered.
        sender: For incoming frames, the interface by which the network had got it, as displayed;
            empty if that is not known, or if the harness delivered it itself.
        number: Of the frame in its run, from 1: the same where it left and where it arrived; 0 if
            that is not known.
        deeds: For incoming frames, what the network did to this one on its way.
    """

    time_s: float
    interface: str
    direction: Direction
    data: bytes
    origin: Origin = Origin.PROGRAM
    sender: str = ""
    number: int = 0
    deeds: tuple[Deed, ...] = ()


@dataclass(frozen=True, slots=True)
class DeedEvent:
    """
    The network did something to a frame.

    Attributes:
        time_s: Monotonic clock, seconds.
        number: Of the frame, as in `FrameEvent`.
        deed: What, and where.
    """

    time_s: float
    number: int
    deed: Deed


@dataclass(frozen=True, slots=True)
class StartEvent:
    """
    A program was started.

    Attributes:
        time_s: Monotonic clock, seconds.
        program: Number of the program in its run, from 0.
    """

    time_s: float
    program: int


@dataclass(frozen=True, slots=True)
class OutputEvent:
    """
    A program wrote bytes.

    Attributes:
        time_s: Monotonic clock, seconds.
        program: Number of the program in its run, from 0.
        stream: ``stdout`` or ``stderr``.
        data: What was read at once; not necessarily a whole line.
    """

    time_s: float
    program: int
    stream: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ExitEvent:
    """
    A program ended.

    Attributes:
        time_s: Monotonic clock, seconds.
        program: Number of the program in its run, from 0.
        reason: How, as in `l2harness.programs.Exit`.
    """

    time_s: float
    program: int
    reason: str


@dataclass(frozen=True, slots=True)
class MarkEvent:
    """Something else that is worth showing, in words."""

    time_s: float
    text: str


Event = FrameEvent | DeedEvent | StartEvent | OutputEvent | ExitEvent | MarkEvent
E = TypeVar("E", FrameEvent, DeedEvent, StartEvent, OutputEvent, ExitEvent, MarkEvent)


@dataclass(slots=True)
class Timeline:
    """
    The events of one run in the order in which they were seen.

    Attributes:
        events: Append only.
    """

    events: list[Event] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Put an event at the end."""
        self.events.append(event)

    def mark(self, text: str) -> int:
        """Add a `MarkEvent` and return the position after it, to read ``since`` it."""
        self.events.append(MarkEvent(time.monotonic(), text))
        return len(self.events)

    def of(self, kind: type[E], since: int = 0) -> Iterator[E]:
        """Yield the events of one kind from position ``since`` on."""
        for position in range(since, len(self.events)):
            event = self.events[position]
            if isinstance(event, kind):
                yield event

    def frames(
        self,
        interface: str | None = None,
        direction: Direction | None = None,
        origin: Origin | None = None,
        since: int = 0,
    ) -> list[FrameEvent]:
        """Return the frames that match everything that is given, oldest first."""
        return [
            event
            for event in self.of(FrameEvent, since)
            if (interface is None or event.interface == interface)
            and (direction is None or event.direction == direction)
            and (origin is None or event.origin == origin)
        ]
