"""Making the links of a network: which veth pairs and bridges a resolved topology comes down to.

Every interface gets a veth pair: one end in its host, the other, its far end, in
the fabric. Far ends of ``kernel`` segments join a bridge; those of ``wire`` stay alone, for
the wire to read from. A cable of the kernel driver is one pair between its two hosts, with nothing
in the middle.
"""

from __future__ import annotations

from collections.abc import Mapping

from l2harness.errors import UsageError
from l2harness.frames import MacAddress
from l2harness.network.kernel import KernelVerbs, LinkEnd
from l2harness.topology import Driver, ResolvedInterface, ResolvedTopology, SegmentKind


def is_bare_cable(topology: ResolvedTopology, segment: str) -> bool:
    """Whether the two ends of a segment are one veth pair, with nothing in between."""
    found = topology.segment(segment)
    return found.kind is SegmentKind.CABLE and found.driver is Driver.KERNEL


def bridge_names(topology: ResolvedTopology) -> dict[str, str]:
    """Return the bridge of each segment that has one."""
    return {
        segment.name: f"b{number}"
        for number, segment in enumerate(topology.segments)
        if segment.driver is Driver.KERNEL and segment.kind is not SegmentKind.CABLE
    }


def make_links(
    topology: ResolvedTopology,
    kernel: KernelVerbs,
    fabric: int,
    hosts: Mapping[str, int],
    bridge_address: MacAddress,
) -> dict[str, int]:
    """
    Make every bridge and every link, both ends in their places.

    Args:
        topology: What to make.
        kernel: Does it, in the fabric.
        fabric: Descriptor of the fabric's network namespace.
        hosts: Descriptor of each host's.
        bridge_address: The address that all bridges get.

    Returns:
        The ifindex of each segment's bridge, where it has one.

    Raises:
        KernelError: The kernel refuses.
        UsageError: Two linked segments have different drivers.
    """
    bridges = _make_bridges(topology, kernel, bridge_address)
    _join_segments(topology, kernel, fabric, bridges)
    ends: dict[str, LinkEnd] = {}
    for host in topology.hosts:
        for interface in host.interfaces:
            end = _host_end(interface, hosts[host.name])
            if not is_bare_cable(topology, interface.segment):
                near = LinkEnd(fabric, interface.far_name, None, interface.mtu)
                kernel.create_link(near, end, bridges.get(interface.segment))
            elif (other := ends.pop(interface.segment, None)) is None:
                ends[interface.segment] = end  # the other end is still to come
            else:
                kernel.create_link(end, other)
    return bridges


def _make_bridges(
    topology: ResolvedTopology, kernel: KernelVerbs, address: MacAddress
) -> dict[str, int]:
    return {
        segment: kernel.create_bridge(
            name,
            str(address),
            learning=topology.segment(segment).kind is SegmentKind.SWITCH,
        )
        for segment, name in bridge_names(topology).items()
    }


def _join_segments(
    topology: ResolvedTopology, kernel: KernelVerbs, fabric: int, bridges: Mapping[str, int]
) -> None:
    """Join bridges by a link between them; the wire does the same without one."""
    mtu = max(interface.mtu for interface in topology.interfaces)
    for number, (one, other) in enumerate(topology.links):
        if topology.segment(one).driver is not topology.segment(other).driver:
            raise UsageError(
                f"segments {one} and {other} are linked and have different drivers; "
                "give both the same"
            )
        if one in bridges:
            near = LinkEnd(fabric, f"l{number}a", None, mtu)
            far = LinkEnd(fabric, f"l{number}b", None, mtu)
            kernel.create_link(near, far, bridges[one])
            kernel.join(far.name, bridges[other])


def _host_end(interface: ResolvedInterface, namespace: int) -> LinkEnd:
    return LinkEnd(namespace, interface.name, str(interface.mac), interface.mtu)
