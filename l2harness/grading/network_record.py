"""The network of a grading as `report.json` keeps it: enough to draw it again, years later.

Strategy: plain text and numbers on the outside; on the way in they are turned into a declared
topology and held against its rules, so that whoever draws a record from a file can rely on what
`l2harness.topology` promises: names are short and printable, references lead somewhere.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Literal, Self

from l2harness.errors import FrameError
from l2harness.frames import MacAddress
from l2harness.grading.records import OPTIONAL
from l2harness.topology import (
    Impairment,
    Impairments,
    PortVlans,
    ResolvedInterface,
    ResolvedTopology,
    Topology,
)
from l2harness.topology.declared import Driver, Host, Interface, Segment, SegmentKind
from l2harness.topology.rules import problems


@dataclass(frozen=True, slots=True)
class ImpairmentRecord:
    """
    What happens to the frames that go one way over the link of an interface.

    Attributes:
        loss: Share of the frames that are lost, 0 to 1.
        duplication: Share of the frames that arrive twice.
        corruption: Share of the frames in which one bit is wrong.
        reordering: Share of the frames that are held back until the next one has gone.
        delay_s: How long every frame takes, seconds.
        jitter_s: How much less or more it may be, seconds.
        rate_bps: Bits a second of the line; 0 for no limit.
    """

    loss: float
    duplication: float
    corruption: float
    reordering: float
    delay_s: float
    jitter_s: float
    rate_bps: int

    @classmethod
    def of(cls, bad: Impairment) -> Self | None:
        """Keep what is bad; None where nothing is."""
        return cls(**asdict(bad)) if bad else None

    def declared(self) -> Impairment:
        """Return it as a topology has it."""
        return Impairment(**asdict(self))


@dataclass(frozen=True, slots=True)
class VlansRecord:
    """
    The VLANs of a port of a switch.

    Attributes:
        untagged: The VLAN of frames without a tag; None if there is none.
        tagged: VLANs whose frames bear a tag.
        everything: Whether every other VLAN is carried with its tag.
    """

    untagged: int | None
    tagged: tuple[int, ...]
    everything: bool


@dataclass(frozen=True, slots=True)
class InterfaceRecord:
    """
    One interface of a host.

    Attributes:
        name: Inside its host, as in ``eth0``.
        mac: Its address, as in ``02:00:00:aa:bb:cc``.
        mtu: Largest payload in bytes.
        segment: Name of the segment it is on.
        impaired_out: What happens to frames that leave by it; None if nothing.
        impaired_in: What happens to frames that come by it; None if nothing.
        vlans: Those of its port of a switch; None where nothing is said.
    """

    name: str
    mac: str
    mtu: int
    segment: str
    impaired_out: ImpairmentRecord | None = field(default=None, metadata=OPTIONAL)
    impaired_in: ImpairmentRecord | None = field(default=None, metadata=OPTIONAL)
    vlans: VlansRecord | None = field(default=None, metadata=OPTIONAL)

    @classmethod
    def of(cls, it: ResolvedInterface) -> Self:
        """Keep what there is to know of an interface."""
        return cls(
            it.name,
            str(it.mac),
            it.mtu,
            it.segment,
            ImpairmentRecord.of(it.out),
            ImpairmentRecord.of(it.into),
            VlansRecord(**asdict(it.vlans)) if it.vlans else None,
        )

    def declared(self) -> Interface:
        """
        Return it as a topology has it.

        Raises:
            FrameError: Its address is none.
        """
        out, into = self.impaired_out, self.impaired_in
        return Interface(
            self.name,
            self.segment,
            MacAddress.parse(self.mac),
            self.mtu,
            Impairments.of(
                out.declared() if out else None,
                into.declared() if into else None,
            ),
            PortVlans(**asdict(self.vlans)) if self.vlans else None,
        )


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
                    tuple(InterfaceRecord.of(each) for each in host.interfaces),
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
                    Host(host.name, tuple(it.declared() for it in host.interfaces))
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
