"""What a topology file says, and no more: hosts, interfaces, segments, links.

Strategy: plain frozen values. A `Topology` names the parts; it knows no index, no drawn address
and no kernel. `l2harness.topology.resolved` draws what the file leaves open,
`l2harness.network` makes it run. Whether the parts fit together is the business of
`l2harness.topology.rules` alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from l2harness.frames import MacAddress
from l2harness.topology.impairment import NOTHING_SAID, Impairments
from l2harness.topology.vlans import PortVlans

#: MTU of an interface that does not say otherwise, bytes. Source: IEEE 802.3 clause 3.2.7.
DEFAULT_MTU: Final = 1500


class SegmentKind(StrEnum):
    """How a segment passes frames on."""

    #: Joins exactly two interfaces; what one sends, the other hears.
    CABLE = "cable"
    #: What one interface sends, all others hear, whatever the destination.
    HUB = "hub"
    #: Learns where addresses are; floods what it does not know. Source: IEEE 802.1Q clause 8.7.
    SWITCH = "switch"


class Driver(StrEnum):
    """Who moves the frames of a segment; the meaning is the same."""

    #: veth pairs and bridges of the kernel: fast.
    KERNEL = "kernel"
    #: A relay in user space: minimum frame, and everything else a bad line does.
    WIRE = "wire"


@dataclass(frozen=True, slots=True)
class Interface:
    """
    One interface of a host.

    Attributes:
        name: Name inside the host, 1 to 15 bytes.
        segment: Name of the segment it is on.
        mac: Its address, None where one is to be drawn from the seed.
        mtu: Largest payload in bytes, 68 to 65535.
        impairments: What is said of its link; it goes before what is said of the segment.
        vlans: Those of the port of the switch that it is on; None where nothing is said.
    """

    name: str
    segment: str
    mac: MacAddress | None = None
    mtu: int = DEFAULT_MTU
    impairments: Impairments = NOTHING_SAID
    vlans: PortVlans | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """
    One machine on the network.

    Attributes:
        name: Name of the host, 1 to 15 bytes.
        interfaces: In file order, which is the order the kernel will number them in.
    """

    name: str
    interfaces: tuple[Interface, ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """
    What joins interfaces.

    Attributes:
        name: Name of the segment, 1 to 15 bytes.
        kind: How it passes frames on.
        driver: Who moves its frames.
        min_frame: Bytes to which shorter frames are padded with zeros, FCS not counted, as a NIC
            does; 0 to leave them as they are.
        impairments: What is said of the links of all interfaces on it.
    """

    name: str
    kind: SegmentKind
    driver: Driver = Driver.KERNEL
    min_frame: int = 0
    impairments: Impairments = NOTHING_SAID


@dataclass(frozen=True, slots=True)
class Topology:
    """
    A whole network as its author declared it.

    Attributes:
        name: Name of the file without its ending.
        description: One sentence, may be empty.
        hosts: In file order.
        segments: In file order.
        links: Pairs of names of segments that are joined.
    """

    name: str
    description: str
    hosts: tuple[Host, ...]
    segments: tuple[Segment, ...]
    links: tuple[tuple[str, str], ...] = ()
