"""The shapes a drawn topology is made of: boxes, chips, bars and wires, in pixels.

x grows to the right and y downwards; the row of hosts begins at y = 0, and x may be negative.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from l2harness.topology.declared import SegmentKind

Point: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle; x and y of its upper left corner, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> Point:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2

    def overlaps(self, other: Box, gap: float) -> bool:
        """Return whether the two would be nearer than *gap* side by side; heights do not count."""
        return self.x < other.right + gap and other.x < self.right + gap


@dataclass(frozen=True, slots=True)
class Chip:
    """An interface on the lower edge of its host."""

    box: Box
    host: str
    name: str
    notes: tuple[str, ...]
    segment: str


@dataclass(frozen=True, slots=True)
class HostBox:
    """A host and its chips."""

    box: Box
    name: str
    chips: tuple[Chip, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """
    A segment.

    Attributes:
        box: What is drawn; of a cable its label only, and the wires run to it from the sides.
        extent: What must be kept free of other bars.
        name: Name of the segment.
        kind: How it passes frames on.
        note: What to write below the name.
    """

    box: Box
    extent: Box
    name: str
    kind: SegmentKind
    note: str


@dataclass(frozen=True, slots=True)
class Wire:
    """
    A line with corners.

    Attributes:
        points: Its corners; of an interface's wire, from the interface on.
        dots: The joints at its ends.
        joins: Names of what it joins: host, interface and segment, or two segments.
    """

    points: tuple[Point, ...]
    dots: tuple[Point, ...]
    joins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything placed; the box is what it all fits in."""

    box: Box
    hosts: tuple[HostBox, ...]
    bars: tuple[Bar, ...]
    wires: tuple[Wire, ...]
