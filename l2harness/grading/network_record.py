"""The network of a grading as `report.json` keeps it: enough to draw it again, years later.

Strategy: plain text and numbers on the outside; on the way in they are turned into a declared
topology and held against its rules, so that whoever draws a record from a file can rely on what
`l2harness.topology` promises: names are short and printable, references lead somewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Self

from l2harness.errors import FrameError
from l2harness.frames import MacAddress
from l2harness.topology import ResolvedTopology, Topology
from l2harness.topology.declared import Driver, Host, Interface, Segment, SegmentKind
from l2harness.topology.rules import problems


@dataclass(frozen=True, slots=True)
class InterfaceRecord:
    """
    One interface of a host.

    Attributes:
        name: Inside its host, as in ``eth0``.
        mac: Its address, as in ``02:00:00:aa:bb:cc``.
        mtu: Largest payload in bytes.
        segment: Name of the segment it is on.
    """

    name: str
    mac: str
    mtu: int
    segment: str


@dataclass(frozen=True, slots=True)
class HostRecord:
    """
    One host.

    Attributes:
        name: As in ``h1``.
        interfaces: In the order of their numbers.
    """

    name: str
    interfaces: tuple[InterfaceRecord, ...]


@dataclass(frozen=True, slots=True)
class SegmentRecord:
    """
    One segment: what a frame on it reaches.

    Attributes:
        name: As in ``lan``.
        kind: How it passes frames on.
        driver: Who moves its frames.
        min_frame: Bytes to which shorter frames are padded; 0 for none.
    """

    name: str
    kind: Literal["cable", "hub", "switch"]
    driver: Literal["kernel", "wire"]
    min_frame: int


@dataclass(frozen=True, slots=True)
class TopologyRecord:
    """
    The whole network, with the addresses that were drawn from the seed.

    Attributes:
        name: Of the topology.
        description: One sentence, may be empty.
        hosts: In the order of its file.
        segments: In the order of its file.
        links: Pairs of names of segments that are joined.
    """

    name: str
    description: str
    hosts: tuple[HostRecord, ...]
    segments: tuple[SegmentRecord, ...]
    links: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could not be a network."""
        for problem in problems(self.declared()):
            raise ValueError(f"topology: {problem}")

    @classmethod
    def of(cls, topology: ResolvedTopology) -> Self:
        """Keep what there is to know of a network."""
        return cls(
            topology.name,
            topology.description,
            tuple(
                HostRecord(
                    host.name,
                    tuple(
                        InterfaceRecord(each.name, str(each.mac), each.mtu, each.segment)
                        for each in host.interfaces
                    ),
                )
                for host in topology.hosts
            ),
            tuple(
                SegmentRecord(each.name, each.kind.value, each.driver.value, each.min_frame)
                for each in topology.segments
            ),
            topology.links,
        )

    def declared(self) -> Topology:
        """
        Return it as a topology in which nothing is left open.

        Raises:
            ValueError: An address is none.
        """
        try:
            return Topology(
                self.name,
                self.description,
                tuple(
                    Host(
                        host.name,
                        tuple(
                            Interface(it.name, it.segment, MacAddress.parse(it.mac), it.mtu)
                            for it in host.interfaces
                        ),
                    )
                    for host in self.hosts
                ),
                tuple(
                    Segment(it.name, SegmentKind(it.kind), Driver(it.driver), it.min_frame)
                    for it in self.segments
                ),
                self.links,
            )
        except FrameError as error:
            raise ValueError(f"topology: {error}") from error
