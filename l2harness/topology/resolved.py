"""A topology with nothing left open: every address, index and name that the network will have.

Strategy: `resolve` draws what the file leaves open from a seed, and nothing else: the same file
and the same seed give the same values on every machine and in every Python. Drawn addresses are
such that no program is lucky: each shows the mistakes that programs make with addresses (see
`draw_mac`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final, TypeVar

from l2harness.errors import SpecError, UsageError
from l2harness.frames import MacAddress
from l2harness.topology.declared import Driver, SegmentKind, Topology
from l2harness.topology.impairment import PERFECT, Impairment, merged
from l2harness.topology.rules import LONGEST_NAME_BYTES, problems
from l2harness.topology.vlans import PortVlans
from l2harness.topology.words import advice, quoted

#: Number of a namespace's first interface; lo is 1.
FIRST_INDEX: Final = 2

_Thing = TypeVar("_Thing")

# Local and unicast (lowest bits 10), one hex digit without its zero, and no line feed.
# Source: RFC 9542, section 2.1, for the bits.
_FIRST_BYTES: Final = (0x02, 0x06, 0x0E)
_SMALLEST_BYTE: Final = 0x10
_LARGEST_BYTE: Final = 0xFE


@dataclass(frozen=True, slots=True)
class ResolvedInterface:
    """
    One interface as it will be.

    Attributes:
        host: Name of its host.
        name: Name inside the host, 1 to 15 bytes.
        mac: Its address.
        mtu: Largest payload in bytes.
        segment: Name of the segment it is on.
        index: Number the kernel gives it inside the host, from 2.
        far_name: Name of the other end of its cable where all far ends lie together, at most 15
            bytes, unique in the network: the label where it fits, else ``p`` and a number.
        out: What happens to frames that leave the host by it.
        into: What happens to frames that come to the host by it.
        vlans: Those of the port of the switch that it is on; None where nothing is said.
    """

    host: str
    name: str
    mac: MacAddress
    mtu: int
    segment: str
    index: int
    far_name: str
    out: Impairment = PERFECT
    into: Impairment = PERFECT
    vlans: PortVlans | None = None

    @property
    def label(self) -> str:
        """Host and name, as in ``h1.eth0``; unique in the network."""
        return f"{self.host}.{self.name}"


@dataclass(frozen=True, slots=True)
class ResolvedHost:
    """
    One host as it will be.

    Attributes:
        name: Name of the host.
        interfaces: In the order of their indexes, at least one.
    """

    name: str
    interfaces: tuple[ResolvedInterface, ...]


@dataclass(frozen=True, slots=True)
class ResolvedSegment:
    """
    One segment as it will be.

    Attributes:
        name: Name of the segment.
        kind: How it passes frames on.
        driver: Who moves its frames.
        min_frame: Bytes to which shorter frames are padded; 0 for none.
        interfaces: Labels of the interfaces on it, in file order.
    """

    name: str
    kind: SegmentKind
    driver: Driver
    min_frame: int
    interfaces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ResolvedTopology:
    """
    A whole network as it will be.

    Attributes:
        name: Name of the topology.
        description: One sentence, may be empty.
        seed: What the open values were drawn from.
        hosts: In file order, at least one.
        segments: In file order, at least one.
        links: Pairs of names of segments that are joined, without a loop.
    """

    name: str
    description: str
    seed: str
    hosts: tuple[ResolvedHost, ...]
    segments: tuple[ResolvedSegment, ...]
    links: tuple[tuple[str, str], ...]

    @property
    def interfaces(self) -> tuple[ResolvedInterface, ...]:
        """Every interface of every host, in file order."""
        return tuple(interface for host in self.hosts for interface in host.interfaces)

    def host(self, name: str) -> ResolvedHost:
        """
        Find a host.

        Raises:
            UsageError: There is none of that *name*.
        """
        return _find(self, "host", name, {host.name: host for host in self.hosts})

    def interface(self, label: str) -> ResolvedInterface:
        """
        Find an interface by its *label*, as in ``h1.eth0``.

        Raises:
            UsageError: There is none of that label.
        """
        return _find(self, "interface", label, {each.label: each for each in self.interfaces})

    def segment(self, name: str) -> ResolvedSegment:
        """
        Find a segment.

        Raises:
            UsageError: There is none of that *name*.
        """
        return _find(self, "segment", name, {segment.name: segment for segment in self.segments})


def resolve(topology: Topology, seed: int | str) -> ResolvedTopology:
    """
    Draw what *topology* leaves open.

    Args:
        topology: As declared.
        seed: Any number or text; ``7`` and ``"7"`` are the same seed.

    Returns:
        The topology with all addresses, the same for the same seed.

    Raises:
        SpecError: The topology was not read from a file, and breaks a rule.
    """
    for problem in problems(topology):
        raise SpecError(topology.name, None, ".".join(problem.steps), problem.sentence)
    addresses = _addresses(topology, str(seed))
    numbers = count(1)
    said = {segment.name: segment.impairments for segment in topology.segments}
    hosts = tuple(
        ResolvedHost(
            host.name,
            tuple(
                ResolvedInterface(
                    host=host.name,
                    name=interface.name,
                    mac=next(addresses) if interface.mac is None else interface.mac,
                    mtu=interface.mtu,
                    segment=interface.segment,
                    index=index,
                    far_name=_far_name(f"{host.name}.{interface.name}", next(numbers)),
                    out=merged(said[interface.segment].out, interface.impairments.out),
                    into=merged(said[interface.segment].into, interface.impairments.into),
                    vlans=interface.vlans,
                )
                for index, interface in enumerate(host.interfaces, FIRST_INDEX)
            ),
        )
        for host in topology.hosts
    )
    on: dict[str, list[str]] = {segment.name: [] for segment in topology.segments}
    for host in hosts:
        for interface in host.interfaces:
            on[interface.segment].append(interface.label)
    return ResolvedTopology(
        name=topology.name,
        description=topology.description,
        seed=str(seed),
        hosts=hosts,
        segments=tuple(
            ResolvedSegment(
                segment.name,
                segment.kind,
                segment.driver,
                segment.min_frame,
                tuple(on[segment.name]),
            )
            for segment in topology.segments
        ),
        links=topology.links,
    )


def _find(
    topology: ResolvedTopology, what: str, name: str, things: Mapping[str, _Thing]
) -> _Thing:
    if name in things:
        return things[name]
    problem = f"topology {topology.name} has no {what} {quoted(name)}"
    raise UsageError(problem + advice(name, things))


def _addresses(topology: Topology, seed: str) -> Iterator[MacAddress]:
    used = {i.mac for host in topology.hosts for i in host.interfaces if i.mac is not None}
    # A text seed goes through SHA-512, and random() is what Python promises to keep as it is.
    # As ASCII, because a seed from the command line need not be UTF-8.
    generator = random.Random(f"l2harness topology {seed!a}")
    while True:
        mac = draw_mac(generator)
        if mac not in used:
            used.add(mac)
            yield mac


def draw_mac(generator: random.Random) -> MacAddress:
    """
    Draw a local unicast address on which every usual mistake shows.

    Its first byte needs a leading zero in text; a letter tells upper from lower case; no two of
    its bytes are the same, so that any other order is another address; and none of them ends a
    string, a line or a word. A mistake is then found with every seed or with none.
    """
    while True:
        value = [_FIRST_BYTES[int(generator.random() * len(_FIRST_BYTES))]]
        span = _LARGEST_BYTE - _SMALLEST_BYTE + 1
        value += [_SMALLEST_BYTE + int(generator.random() * span) for _ in range(5)]
        mac = MacAddress(bytes(value))
        letters = set(str(mac)[2:]) & set("abcdef")
        if letters and len(set(value)) == len(value) and ord(" ") not in value:
            return mac


def _far_name(label: str, number: int) -> str:
    return label if len(label.encode()) <= LONGEST_NAME_BYTES else f"p{number}"
