"""The kernel verbs a network is built with: links and bridges, by netlink.

The only importer of pyroute2. `Netlink` speaks to one network namespace through a socket that was
opened inside it. Link ends are created in the namespace where they belong, in one request, so
nothing ever shows up in another one and a kill in between strands nothing.

`KernelVerbs` is the seam: `l2harness.testing.FakeKernel` records the verbs instead.
"""

from __future__ import annotations

import errno
import socket
import struct
from dataclasses import dataclass
from typing import Any, Final, Protocol

from l2harness.errors import KernelError
from l2harness.network import linux

#: Frames to 01:80:c2:00:00:00–0f that a bridge may forward: all but STP, PAUSE and LACP, which the
#: kernel never lets through; ``group_fwd_mask`` of ip-link(8).
_FORWARD_LINK_LOCAL: Final = 0xFFF8

# netlink(7), rtnetlink(7), netdevice(7)
_HEADER: Final = struct.Struct("=IHHII")
_HEADER_BYTES: Final = 16
_NLMSG_ERROR: Final = 2
_RTM_NEWLINK: Final = 16
_RTM_GETLINK: Final = 18
_NLM_F_REQUEST: Final = 0x1
_ACKNOWLEDGE: Final = 0x4
_CREATE: Final = _ACKNOWLEDGE | 0x200 | 0x400  # NLM_F_EXCL, NLM_F_CREATE
_IFF_UP: Final = 0x1
_LARGEST_ANSWER: Final = 65_536


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
    """
    `KernelVerbs` for real: pyroute2's messages over a socket of the fabric's namespace.

    Only the encoding of messages is taken from pyroute2. Its own sockets would enter a namespace
    by way of a child process, or run an event loop for every request, which doubles the cost of a
    link.
    """

    def __init__(self, fabric: int) -> None:
        from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg

        self._message = ifinfmsg
        self._fabric = fabric
        self._number = 0
        with linux.entered(fabric):
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.bind((0, 0))

    def create_link(self, near: LinkEnd, far: LinkEnd, bridge: int | None = None) -> None:
        """See `KernelVerbs.create_link`; a peer cannot come up in the request that makes it."""
        attributes = _end(near)
        if near.namespace != self._fabric:
            attributes.append(("IFLA_NET_NS_FD", near.namespace))
        if bridge is not None:
            attributes.append(("IFLA_MASTER", bridge))
        peer = [*_end(far), ("IFLA_NET_NS_FD", far.namespace)]
        data = [("VETH_INFO_PEER", {"attrs": peer})]
        self._ask("create link", near.name, _CREATE, [*attributes, _kind("veth", data)])

    def create_bridge(self, name: str, mac: str, *, learning: bool) -> int:
        """See `KernelVerbs.create_bridge`. Without learning it floods: a hub."""
        data = [
            ("IFLA_BR_STP_STATE", 0),
            ("IFLA_BR_MCAST_SNOOPING", 0),
            ("IFLA_BR_AGEING_TIME", 30_000 if learning else 0),  # hundredths of a second
            ("IFLA_BR_GROUP_FWD_MASK", _FORWARD_LINK_LOCAL),
        ]
        named = ("IFLA_IFNAME", name)
        self._ask(
            "create bridge", name, _CREATE, [named, ("IFLA_ADDRESS", mac), _kind("bridge", data)]
        )
        found = self._ask("find", name, 0, [named], request=_RTM_GETLINK)
        return int(struct.unpack_from("=i", found, _HEADER_BYTES + 4)[0])

    def join(self, name: str, bridge: int) -> None:
        """See `KernelVerbs.join`."""
        self._ask("join", name, _ACKNOWLEDGE, [("IFLA_IFNAME", name), ("IFLA_MASTER", bridge)])

    def close(self) -> None:
        """Let go of the netlink socket."""
        self._socket.close()

    def _ask(
        self,
        operation: str,
        target: str,
        flags: int,
        attributes: list[tuple[str, Any]],
        request: int = _RTM_NEWLINK,
    ) -> bytes:
        """Send one request, with the interface up, and return the answer to it."""
        self._number += 1
        message = self._message()
        message["header"]["type"] = request
        message["header"]["flags"] = _NLM_F_REQUEST | flags
        message["header"]["sequence_number"] = self._number
        if request == _RTM_NEWLINK:
            message["flags"] = message["change"] = _IFF_UP
        message["attrs"] = attributes
        message.encode()
        self._socket.send(bytes(message.data))
        answer = self._socket.recv(_LARGEST_ANSWER)
        _, kind, _, number, _ = _HEADER.unpack_from(answer)
        if number != self._number:
            raise KernelError(operation, target, detail="the kernel answered something else")
        if kind == _NLMSG_ERROR and (code := -struct.unpack_from("=i", answer, _HEADER_BYTES)[0]):
            raise KernelError(operation, target, code, _hint(code))
        return answer


def import_messages() -> None:
    """Do now what the first `Netlink` would wait for: this import takes longer than many links."""
    from pyroute2.netlink.rtnl import ifinfmsg  # noqa: F401


def _end(end: LinkEnd) -> list[tuple[str, Any]]:
    attributes: list[tuple[str, Any]] = [("IFLA_IFNAME", end.name), ("IFLA_MTU", end.mtu)]
    if end.mac is not None:
        attributes.append(("IFLA_ADDRESS", end.mac))
    return attributes


def _kind(kind: str, data: list[tuple[str, Any]]) -> tuple[str, Any]:
    information = [("IFLA_INFO_KIND", kind), ("IFLA_INFO_DATA", {"attrs": data})]
    return "IFLA_LINKINFO", {"attrs": information}


def _hint(code: int) -> str:
    if code == errno.EOPNOTSUPP:
        return "this kernel has no such device; on Debian try `modprobe veth bridge`"
    return ""
