"""The kernel verbs a network is built with: links and bridges, by netlink.

The only importer of pyroute2. `Netlink` speaks to one network namespace through a socket that was
opened inside it. Link ends are created in the namespace where they belong, in one request, so
nothing ever shows up in another one and a kill in between strands nothing.

`KernelVerbs` is the seam: `l2harness.testing.FakeKernel` records the verbs instead.
"""

from __future__ import annotations

import errno
import importlib.util
import socket
import struct
import sys
import threading
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final, Protocol

from l2harness.errors import KernelError
from l2harness.network import linux
from l2harness.network.templates import Template

#: Frames to 01:80:c2:00:00:00–0f that a bridge may forward: all but STP, PAUSE and LACP, which the
#: kernel never lets through; ``group_fwd_mask`` of ip-link(8).
_FORWARD_LINK_LOCAL: Final = 0xFFF8

# netlink(7), rtnetlink(7), netdevice(7)
_HEADER: Final = struct.Struct("=IHHII")
_HEADER_BYTES: Final = 16
_NUMBER: Final = struct.Struct("=I")
_NUMBER_AT: Final = 8
_NLMSG_ERROR: Final = 2
_RTM_NEWLINK: Final = 16
_RTM_GETLINK: Final = 18
_IFINFOMSG_BYTES: Final = 16
_ATTRIBUTE: Final = struct.Struct("=HH")
#: ``struct rtnl_link_stats64``, which begins with the number of frames received.
_IFLA_STATS64: Final = 23
_IFLA_IFNAME: Final = 3
_IFLA_MTU: Final = 4
_NLM_F_REQUEST: Final = 0x1
_ACKNOWLEDGE: Final = 0x4
_CREATE: Final = _ACKNOWLEDGE | 0x200 | 0x400  # NLM_F_EXCL, NLM_F_CREATE
_IFF_UP: Final = 0x1
_LARGEST_ANSWER: Final = 65_536
_IMPORTING: Final = threading.Lock()


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

    def received(self, bridge: int) -> int:
        """Return how many frames a bridge itself has received, by its ifindex."""

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
        self._fabric = fabric
        self._number = 0
        self._counting: dict[int, bytes] = {}
        with linux.entered(fabric):
            self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        self._socket.bind((0, 0))

    def create_link(self, near: LinkEnd, far: LinkEnd, bridge: int | None = None) -> None:
        """See `KernelVerbs.create_link`; a peer cannot come up in the request that makes it."""
        elsewhere = near.namespace != self._fabric
        request = link_request(near, far, near_elsewhere=elsewhere, bridge=bridge)
        self._exchange("create link", near.name, request)

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

    def received(self, bridge: int) -> int:
        """See `KernelVerbs.received`: one answer, however many devices there are."""
        # Encoded once: building a large network asks this twice for every host.
        if bridge not in self._counting:
            self._counting[bridge] = _encode(_RTM_GETLINK, 0, [], bridge)
        found = self._exchange("count frames of", f"bridge {bridge}", self._counting[bridge])
        at = _HEADER_BYTES + _IFINFOMSG_BYTES
        while at < len(found):
            length, kind = _ATTRIBUTE.unpack_from(found, at)
            if kind == _IFLA_STATS64:
                return int(struct.unpack_from("=Q", found, at + _ATTRIBUTE.size)[0])
            at += length + 3 & ~3
        raise KernelError("count frames of", f"bridge {bridge}", detail="there is no count")

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
        return self._exchange(operation, target, _encode(request, flags, attributes))

    def _exchange(self, operation: str, target: str, request: bytes | bytearray) -> bytes:
        """Send a request, with a number of its own, and return the answer to it."""
        self._number += 1
        numbered = bytearray(request)
        _NUMBER.pack_into(numbered, _NUMBER_AT, self._number)
        self._socket.send(numbered)
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


def _encode(request: int, flags: int, attributes: list[tuple[str, Any]], index: int = 0) -> bytes:
    message = _messages().ifinfmsg()
    message["header"]["type"] = request
    message["header"]["flags"] = _NLM_F_REQUEST | flags
    if request == _RTM_NEWLINK:
        message["flags"] = message["change"] = _IFF_UP
    message["index"] = index
    message["attrs"] = attributes
    message.encode()
    return bytes(message.data)


def link_request(
    near: LinkEnd, far: LinkEnd, *, near_elsewhere: bool, bridge: int | None
) -> bytearray:
    """
    Return the message that makes a veth pair; `encode_link` with the work done only once.

    Args:
        near: The end that comes up at once.
        far: The other one.
        near_elsewhere: Whether the near end belongs to another namespace than the socket.
        bridge: The ifindex of the bridge that the near end joins.
    """
    shape = _Shape(
        len(near.name.encode()),
        near.mac is None,
        len(far.name.encode()),
        far.mac is None,
        near_elsewhere,
        bridge,
    )
    return _link_template(shape).filled(_values_of(near, far, near_elsewhere))


def encode_link(near: LinkEnd, far: LinkEnd, *, near_elsewhere: bool, bridge: int | None) -> bytes:
    """Encode what `link_request` returns, which takes pyroute2 half a millisecond."""
    attributes = _end(near)
    if near_elsewhere:
        attributes.append(("IFLA_NET_NS_FD", near.namespace))
    if bridge is not None:
        attributes.append(("IFLA_MASTER", bridge))
    peer = [*_end(far), ("IFLA_NET_NS_FD", far.namespace)]
    data = [("VETH_INFO_PEER", {"attrs": peer})]
    return _encode(_RTM_NEWLINK, _CREATE, [*attributes, _kind("veth", data)])


@cache
def _messages() -> Any:  # noqa: ANN401 - pyroute2 has no types
    """
    Return pyroute2's module of messages about links.

    Importing its package runs everything that it has: asyncio, TLS, a database of its own, five
    times what the messages need. So the package's door is left closed meanwhile; whoever imports
    pyroute2 later gets all of it, fresh.
    """
    name = "pyroute2"
    with _IMPORTING:
        package = importlib.util.find_spec(name) if name not in sys.modules else None
        before = set(sys.modules)
        if package is not None:
            sys.modules[name] = importlib.util.module_from_spec(package)
        try:
            from pyroute2.netlink.rtnl import ifinfmsg
        finally:
            for it in set(sys.modules) - before if package is not None else ():
                if it.partition(".")[0] == name:
                    del sys.modules[it]
        return ifinfmsg


@dataclass(frozen=True, slots=True)
class _Shape:
    """In what the requests for two links can differ other than by values of equal length."""

    near_name_bytes: int
    near_mac_open: bool
    far_name_bytes: int
    far_mac_open: bool
    near_elsewhere: bool
    bridge: int | None


@lru_cache(maxsize=256)
def _link_template(shape: _Shape) -> Template:
    """Encode a link with marks in place of its values."""
    near = LinkEnd(
        0x7E00_0001,
        "\x01" * shape.near_name_bytes,
        None if shape.near_mac_open else "02:7e:7e:7e:7e:01",
        0x7E00_0002,
    )
    far = LinkEnd(
        0x7E00_0003,
        "\x02" * shape.far_name_bytes,
        None if shape.far_mac_open else "02:7e:7e:7e:7e:02",
        0x7E00_0004,
    )
    elsewhere = shape.near_elsewhere
    encoded = encode_link(near, far, near_elsewhere=elsewhere, bridge=shape.bridge)
    return Template(encoded, _values_of(near, far, elsewhere))


def _values_of(near: LinkEnd, far: LinkEnd, near_elsewhere: bool) -> dict[str, bytes]:
    values = {f"near {name}": value for name, value in _values(near).items()}
    if not near_elsewhere:
        del values["near namespace"]
    return values | {f"far {name}": value for name, value in _values(far).items()}


def _values(end: LinkEnd) -> dict[str, bytes]:
    """Return what of an end stands in a request, as it stands there; the name with its header."""
    name = end.name.encode() + b"\0"
    values = {
        "name": _ATTRIBUTE.pack(_ATTRIBUTE.size + len(name), _IFLA_IFNAME) + name,
        "mtu": _ATTRIBUTE.pack(_ATTRIBUTE.size + 4, _IFLA_MTU) + struct.pack("=I", end.mtu),
        "namespace": struct.pack("=I", end.namespace),
    }
    if end.mac is not None:
        values["mac"] = bytes.fromhex(end.mac.replace(":", ""))
    return values


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
