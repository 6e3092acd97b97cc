"""The kernel verbs a network is built with: links and bridges, by netlink.

The only importer of pyroute2. `Netlink` speaks to one network namespace through a socket that was
opened inside it (pyroute2's own way of getting there starts a child process, 5–9 ms). Link ends
are created in the namespace where they belong, in one request, so nothing ever shows up in another
one and a kill in between strands nothing.

`KernelVerbs` is the seam: `l2harness.testing.FakeKernel` records the verbs instead.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from l2harness.errors import KernelError
from l2harness.network import linux

#: Frames to 01:80:c2:00:00:00–0f that a bridge may forward: all but STP, PAUSE and LACP, which the
#: kernel never lets through; ``group_fwd_mask`` of ip-link(8).
_FORWARD_LINK_LOCAL: Final = 0xFFF8


@dataclass(frozen=True, slots=True)
class LinkEnd:
    """
    One end of a link, as it is to be made.

    Attributes:
        namespace: Descriptor of the network namespace it belongs to.
        name: At most 15 bytes.
        mac: ``02:…``; None leaves it to the kernel.
        mtu: Bytes of payload.
    """

    namespace: int
    name: str
    mac: str | None
    mtu: int


class KernelVerbs(Protocol):
    """What building a network asks of the kernel, all in terms of the fabric's namespace."""

    def create_link(self, near: LinkEnd, far: LinkEnd, bridge: int | None = None) -> None:
        """Make a veth pair; ``near`` comes up at once, and joins ``bridge`` if one is given."""

    def create_bridge(self, name: str, mac: str, *, learning: bool) -> int:
        """Make a bridge in the fabric that is up and silent; return its ifindex."""

    def join(self, name: str, bridge: int) -> None:
        """Put a link end of the fabric into a bridge, and bring it up."""

    def close(self) -> None:
        """Let go of the netlink socket."""


class Netlink:
    """`KernelVerbs` for real, by pyroute2 over a socket of the fabric's namespace."""

    def __init__(self, fabric: int) -> None:
        from pyroute2 import IPRoute

        self._fabric = fabric
        with linux.entered(fabric):
            # SOCK_DGRAM, for asyncio refuses SOCK_RAW; to netlink(7) they are the same.
            channel = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, socket.NETLINK_ROUTE)
        self._route = IPRoute(use_socket=channel)

    def create_link(self, near: LinkEnd, far: LinkEnd, bridge: int | None = None) -> None:
        """See `KernelVerbs.create_link`; a peer cannot come up in the request that makes it."""
        peer: dict[str, Any] = {
            "ifname": far.name,
            "net_ns_fd": far.namespace,
            "mtu": far.mtu,
        }
        if far.mac is not None:
            peer["address"] = far.mac
        attributes: dict[str, Any] = {"mtu": near.mtu}
        if near.mac is not None:
            attributes["address"] = near.mac
        if near.namespace != self._fabric:
            attributes["net_ns_fd"] = near.namespace
        if bridge is not None:
            attributes["master"] = bridge
        with _refusals("create link", near.name):
            self._route.link(
                "add", ifname=near.name, kind="veth", state="up", peer=peer, **attributes
            )

    def create_bridge(self, name: str, mac: str, *, learning: bool) -> int:
        """See `KernelVerbs.create_bridge`. Without learning it floods: a hub."""
        with _refusals("create bridge", name):
            self._route.link(
                "add",
                ifname=name,
                kind="bridge",
                address=mac,
                state="up",
                br_stp_state=0,
                br_mcast_snooping=0,
                br_ageing_time=30_000 if learning else 0,  # hundredths of a second
                br_group_fwd_mask=_FORWARD_LINK_LOCAL,
            )
            found: int = self._route.link_lookup(ifname=name)[0]
        return found

    def join(self, name: str, bridge: int) -> None:
        """See `KernelVerbs.join`."""
        with _refusals("join", name):
            index = self._route.link_lookup(ifname=name)[0]
            self._route.link("set", index=index, master=bridge, state="up")

    def close(self) -> None:
        """Let go of the netlink socket."""
        self._route.close()


@contextmanager
def _refusals(operation: str, target: str) -> Iterator[None]:
    """Let pyroute2's errors across the border as ours, with the kernel's number."""
    from pyroute2.netlink.exceptions import NetlinkError

    try:
        yield
    except NetlinkError as error:
        raise KernelError(operation, target, error.code, _hint(error.code)) from error


def _hint(code: int) -> str:
    if code == 95:  # EOPNOTSUPP: no such kind of device
        return "this kernel has no such device; on Debian try `modprobe veth bridge`"
    return ""
