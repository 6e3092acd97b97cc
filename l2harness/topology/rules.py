"""Which topologies there can be: names, numbers, addresses, and how the parts fit together.

Strategy: each rule is a generator that looks at a whole `Topology` and yields a `Problem` for
each breach; `problems` runs them in the order in which an author would want to hear of them.
The rules know nothing of files: a problem says which key it is about, and whoever read the file
knows the line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from l2harness.frames import HEADER_BYTES, MAXIMUM_FRAME, MacAddress
from l2harness.topology.declared import Driver, Interface, Segment, SegmentKind, Topology
from l2harness.topology.impairment import merged
from l2harness.topology.words import advice, plain, quoted

#: Longest name in bytes. Source: IFNAMSIZ of linux/if.h is 16 with the closing zero.
LONGEST_NAME_BYTES: Final = 15

#: What a veth interface takes, bytes. Source: ETH_MIN_MTU (RFC 791 section 3.2), ETH_MAX_MTU.
SMALLEST_MTU: Final = 68
LARGEST_MTU: Final = 65535

MOST_HOSTS: Final = 1024
MOST_SEGMENTS: Final = 1024
MOST_INTERFACES: Final = 2048

#: Ports of one bridge. Source: BR_PORT_BITS of net/bridge/br_private.h, number 0 is not used.
MOST_PORTS: Final = 1023

_NOT_IN_NAMES: Final = {
    "/": "the kernel does not take it",
    ":": "the kernel does not take it",
    "%": "the kernel puts a number in its place",
    ".": "it divides host and interface, as in h1.eth0",
}
_TAKEN: Final = {
    "lo": "every host has it already",
    "all": "the kernel keeps it for itself",
    "default": "the kernel keeps it for itself",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One breach of a rule.

    Attributes:
        steps: Keys that lead to the offending value in a topology file.
        sentence: What is wrong, with the value, and the nearest right word where there is one.
    """

    steps: tuple[str, ...]
    sentence: str

    def __str__(self) -> str:
        """Return the key and the sentence."""
        return f"{'.'.join(map(plain, self.steps))}: {self.sentence}"


def problems(topology: Topology) -> Iterator[Problem]:
    """
    Find what is wrong with *topology*.

    Returns:
        The problems, most fundamental first; nothing where the topology can be built.
    """
    # One rule relies on those before it (a loop can only be found among segments that exist), so
    # a reader of more than the first problem may meet the same mistake twice.
    for rule in (
        _description,
        _sizes,
        _names,
        _references,
        _addresses,
        _numbers,
        _impairments,
        _vlans,
        _attachments,
        _loops,
    ):
        yield from rule(topology)


def _interfaces(topology: Topology) -> Iterator[tuple[tuple[str, ...], Interface]]:
    for host in topology.hosts:
        for interface in host.interfaces:
            yield ("hosts", host.name, interface.name), interface


def _description(topology: Topology) -> Iterator[Problem]:
    if not topology.description.isprintable():
        yield Problem(("description",), "contains a line break or a control character")


def _sizes(topology: Topology) -> Iterator[Problem]:
    interfaces = sum(len(host.interfaces) for host in topology.hosts)
    for steps, what, number, most in (
        (("hosts",), "hosts", len(topology.hosts), MOST_HOSTS),
        (("hosts",), "interfaces", interfaces, MOST_INTERFACES),
        (("segments",), "segments", len(topology.segments), MOST_SEGMENTS),
    ):
        if number > most:
            yield Problem(steps, f"{number} {what}, the limit is {most}")
    if not topology.hosts:
        yield Problem(("hosts",), "there is no host")


def _names(topology: Topology) -> Iterator[Problem]:
    yield from _names_of("host", ("hosts",), (host.name for host in topology.hosts))
    for host in topology.hosts:
        names = (interface.name for interface in host.interfaces)
        yield from _names_of("interface", ("hosts", host.name), names)
    yield from _names_of("segment", ("segments",), (segment.name for segment in topology.segments))


def _names_of(what: str, steps: tuple[str, ...], names: Iterable[str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for name in names:
        wrong = _wrong_name(name)
        if wrong is not None:
            yield Problem((*steps, name), f"{quoted(name)} cannot name {_a(what)}: {wrong}")
        if name in seen:
            yield Problem((*steps, name), f"{quoted(name)} names {_a(what)} twice")
        seen.add(name)


def _wrong_name(name: str) -> str | None:
    if not name:
        return "it is empty"
    # Asked first: a lone surrogate has no length in bytes, but it is not printable either.
    if not name.isprintable() or " " in name:
        return "it contains white space or a control character"
    for character, reason in _NOT_IN_NAMES.items():
        if character in name:
            return f"it contains {character!r}, and {reason}"
    if name.startswith("-"):
        return "programs would take it for an option"
    if name in _TAKEN:
        return _TAKEN[name]
    size = len(name.encode())
    if size > LONGEST_NAME_BYTES:
        return f"it is {size} bytes long, the limit is {LONGEST_NAME_BYTES}"
    return None


def _references(topology: Topology) -> Iterator[Problem]:
    known = {segment.name: segment for segment in topology.segments}
    for steps, interface in _interfaces(topology):
        if interface.segment not in known:
            yield Problem(steps, _no_segment(interface.segment, known))
    for number, ends in enumerate(topology.links):
        for end in ends:
            if end not in known:
                yield Problem(("links", str(number)), _no_segment(end, known))
            elif known[end].kind is SegmentKind.CABLE:
                problem = f"{quoted(end)} is a cable; a link joins hubs and switches"
                yield Problem(("links", str(number)), problem)


def _no_segment(name: str, known: Iterable[str]) -> str:
    return f"there is no segment {quoted(name)}{advice(name, known)}"


def _addresses(topology: Topology) -> Iterator[Problem]:
    owners: dict[MacAddress, str] = {}
    for steps, interface in _interfaces(topology):
        mac = interface.mac
        if mac is None:
            continue
        if mac.is_multicast:
            problem = f"{mac} is a multicast address (the lowest bit of its first byte is set)"
            yield Problem((*steps, "mac"), f"{problem}; an interface needs a unicast one")
        if mac == MacAddress(bytes(6)):
            yield Problem((*steps, "mac"), f"{mac} is no address of an interface")
        if mac in owners:
            yield Problem((*steps, "mac"), f"{mac} is also the address of {owners[mac]}")
        owners[mac] = ".".join(steps[1:])


def _numbers(topology: Topology) -> Iterator[Problem]:
    for steps, interface in _interfaces(topology):
        if not SMALLEST_MTU <= interface.mtu <= LARGEST_MTU:
            problem = f"{interface.mtu} is not in {SMALLEST_MTU}..{LARGEST_MTU}"
            yield Problem((*steps, "mtu"), problem)
    for segment in topology.segments:
        steps = ("segments", segment.name, "min_frame")
        if not 0 <= segment.min_frame <= MAXIMUM_FRAME:
            yield Problem(steps, f"{segment.min_frame} is not in 0..{MAXIMUM_FRAME}")
        elif segment.min_frame and segment.driver is not Driver.WIRE:
            yield Problem(steps, f"only 'driver: {Driver.WIRE}' pads frames")


def _impairments(topology: Topology) -> Iterator[Problem]:
    known = {segment.name: segment for segment in topology.segments}
    for segment in topology.segments:
        where = ("segments", segment.name, "impairments")
        if segment.impairments and segment.driver is not Driver.WIRE:
            yield Problem(where, _only_the_wire("impairs frames", segment))
        for said in (segment.impairments.out, segment.impairments.into):
            yield from (Problem(where, sentence) for sentence in merged(said).problems())
    for steps, interface in _interfaces(topology):
        on = known.get(interface.segment)
        if on is None or not interface.impairments:
            continue
        if on.driver is not Driver.WIRE:
            yield Problem((*steps, "impairments"), _only_the_wire("impairs frames", on))
        for both in (
            merged(on.impairments.out, interface.impairments.out),
            merged(on.impairments.into, interface.impairments.into),
        ):
            for sentence in both.problems():
                yield Problem((*steps, "impairments"), sentence)


def _vlans(topology: Topology) -> Iterator[Problem]:
    known = {segment.name: segment for segment in topology.segments}
    for steps, interface in _interfaces(topology):
        on = known.get(interface.segment)
        if on is None or interface.vlans is None:
            continue
        where = (*steps, "vlan")
        if on.kind is not SegmentKind.SWITCH:
            sentence = f"{quoted(on.name)} is {_a(on.kind)}, and only a switch has VLANs"
            yield Problem(where, sentence)
        elif on.driver is not Driver.WIRE:
            yield Problem(where, _only_the_wire("has VLANs", on))
        yield from (Problem(where, sentence) for sentence in interface.vlans.problems())


def _only_the_wire(does: str, segment: Segment) -> str:
    return f"only 'driver: {Driver.WIRE}' {does}; {quoted(segment.name)} has '{segment.driver}'"


def _attachments(topology: Topology) -> Iterator[Problem]:
    for host in topology.hosts:
        if not host.interfaces:
            yield Problem(("hosts", host.name), f"{quoted(host.name)} is on no segment")
    on: dict[str, list[Interface]] = {segment.name: [] for segment in topology.segments}
    for _, interface in _interfaces(topology):
        on.get(interface.segment, []).append(interface)
    for segment in topology.segments:
        links = sum(ends.count(segment.name) for ends in topology.links)
        for sentence in _attached(segment, on[segment.name], links):
            yield Problem(("segments", segment.name), sentence)


def _attached(segment: Segment, interfaces: list[Interface], links: int) -> Iterator[str]:
    ends = len(interfaces)
    if segment.kind is SegmentKind.CABLE:
        if ends != 2:
            yield f"a cable has two ends, and {ends} {_interfaces_are(ends)} on it"
    elif not ends and links < 2:
        yield f"nobody is on {quoted(segment.name)}"
    elif ends + links > MOST_PORTS:
        yield f"{ends + links} ports, the limit is {MOST_PORTS}"
    too_small = [i for i in interfaces if i.mtu + HEADER_BYTES < segment.min_frame]
    if too_small:
        largest = too_small[0].mtu + HEADER_BYTES
        yield (
            f"frames padded to {segment.min_frame} bytes do not fit an MTU of "
            f"{too_small[0].mtu} ({largest} bytes with the header)"
        )


def _loops(topology: Topology) -> Iterator[Problem]:
    # Union-find: each segment points towards one that stands for all it is joined to.
    towards: dict[str, str] = {}

    def root(name: str) -> str:
        while name in towards:
            name = towards[name]
        return name

    for number, (one, other) in enumerate(topology.links):
        if root(one) == root(other):
            problem = f"joining {quoted(one)} and {quoted(other)} closes a loop"
            yield Problem(("links", str(number)), f"{problem}: frames would go round for ever")
        else:
            towards[root(one)] = root(other)


def _a(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"


def _interfaces_are(number: int) -> str:
    return "interface is" if number == 1 else "interfaces are"
