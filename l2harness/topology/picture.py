"""What the drawings have in common: which words stand beside a part, and the wiring in words."""

from __future__ import annotations

from typing import TypeAlias

from l2harness.topology.declared import DEFAULT_MTU, Driver, Host, Interface, Segment, Topology
from l2harness.topology.impairment import Impairment, merged
from l2harness.topology.resolved import (
    ResolvedHost,
    ResolvedInterface,
    ResolvedSegment,
    ResolvedTopology,
)
from l2harness.topology.words import plain

#: Either can be drawn; a resolved one shows the addresses that were drawn.
AnyTopology: TypeAlias = Topology | ResolvedTopology
AnyHost: TypeAlias = Host | ResolvedHost
AnyInterface: TypeAlias = Interface | ResolvedInterface
AnySegment: TypeAlias = Segment | ResolvedSegment


def heading(topology: AnyTopology) -> str:
    """Return the name of *topology*, and its seed where it is resolved."""
    if isinstance(topology, ResolvedTopology):
        return f"{topology.name} (seed {plain(topology.seed)})"
    return topology.name


def interface_notes(interface: AnyInterface) -> list[str]:
    """Return what to write beside the name of *interface*: its address and unusual MTU, if any."""
    notes = [] if interface.mac is None else [str(interface.mac)]
    if interface.mtu != DEFAULT_MTU:
        notes.append(f"MTU {interface.mtu}")
    if interface.vlans is not None:
        notes.append(interface.vlans.words())
    if isinstance(interface, Interface):
        said = interface.impairments
        return notes + _both_ways(merged(said.out), merged(said.into))
    return notes + _both_ways(interface.out, interface.into)


def segment_notes(segment: AnySegment) -> list[str]:
    """Return what to write beside the name of *segment*: its kind first, then what is unusual."""
    notes = [str(segment.kind)]
    if segment.driver is not Driver.KERNEL:
        notes.append(f"driver {segment.driver}")
    if segment.min_frame:
        notes.append(f"pads to {segment.min_frame} bytes")
    if isinstance(segment, Segment):
        said = segment.impairments
        notes += _both_ways(merged(said.out), merged(said.into))
    return notes


def _both_ways(out: Impairment, into: Impairment) -> list[str]:
    """Return what a line does to frames: ``loss 5%``, or by direction where these differ."""
    if out == into:
        return out.words()
    return [f"{way}: {', '.join(it.words())}" for way, it in (("out", out), ("in", into)) if it]


def wiring(topology: AnyTopology) -> str:
    """Say in sentences what a drawing shows, for those who cannot see it."""
    sentences = [
        f"{host.name} has " + ", ".join(f"{i.name} on {i.segment}" for i in host.interfaces)
        for host in topology.hosts
    ]
    sentences += [f"{s.name} is a {', '.join(segment_notes(s))}" for s in topology.segments]
    sentences += [f"{one} is joined to {other}" for one, other in topology.links]
    return "".join(f"{sentence}. " for sentence in sentences).rstrip()
