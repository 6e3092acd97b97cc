"""Proving that links carry frames, before anybody relies on it.

A link whose ends are up and say RUNNING may still drop its first frames: the queueing discipline
and the bridge port come to life a little later, on some kernels a second later. So probe frames
are sent over every link, both ways, again until one has arrived. The witness of an arrival is the
wire itself, or the receiving interface's own counter, which veth(4) moves only when the frame has
gone across: no socket has to listen on a host for it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from l2harness.errors import KernelError
from l2harness.frames import EtherType, MacAddress
from l2harness.network.loop import Deadline
from l2harness.topology import Driver, ResolvedInterface

if TYPE_CHECKING:
    from l2harness.network.network import Network

#: How long a link may take to carry its first frame, in seconds; milliseconds are normal.
_READY_WITHIN_S: Final = 20.0
_BROADCAST: Final = b"\xff" * 6


def prove(network: Network) -> None:
    """
    Return once every link of the network has carried a probe outwards and inwards.

    Raises:
        KernelError: A link stayed dead; names it.
    """
    for interface in network.interfaces(Driver.WIRE):
        _prove_wire(network, interface)
    kernel = network.interfaces(Driver.KERNEL)
    for interface in kernel:
        if interface.segment in network.bridges:
            _prove_to_bridge(network, interface)
        else:
            _prove_cable(network, interface)
    for segment, bridge in network.bridges.items():
        _prove_from_bridge(network, bridge, [it for it in kernel if it.segment == segment])


def fence(network: Network, destination: MacAddress | bytes) -> bytes:
    """Return a frame nobody else sends: whatever it is sent after has arrived when it has."""
    header = bytes(destination) + b"\x02" + os.urandom(5) + EtherType.LAB2.to_bytes(2, "big")
    return header + network.wire.secret + os.urandom(8)


def _prove_wire(network: Network, interface: ResolvedInterface) -> None:
    label, wire = interface.label, network.wire
    sender, end = network.sender(label), wire.end(label)
    sent: list[bytes] = []

    def out() -> bool:
        sent.append(wire.probe(label, len(sent)))
        sender.send(sent[-1])
        network.loop.drain()
        return any(wire.saw(probe) for probe in sent)

    _insist(network, out, f"{label}, outwards")
    _insist(
        network,
        lambda: _moves(network, interface, lambda: end.send(wire.probe(label, 0))),
        f"{label}, inwards",
    )


def _prove_cable(network: Network, interface: ResolvedInterface) -> None:
    """Towards this end; the other end is another interface, and has its own turn."""
    other = network.other_end(interface)
    sender = network.sender(other.label)
    _insist(
        network,
        lambda: _moves(network, interface, lambda: sender.send(fence(network, _BROADCAST))),
        f"{other.label} to {interface.label}",
    )


def _prove_to_bridge(network: Network, interface: ResolvedInterface) -> None:
    """Frames to the bridge's own address reach it alone, so that n hosts cost n frames."""
    sender = network.sender(interface.label)

    def arrived() -> bool:
        before = network.received_by_bridge(interface.segment)
        sender.send(fence(network, network.bridge_address))
        return network.received_by_bridge(interface.segment) > before

    _insist(network, arrived, f"{interface.label} to its segment")


def _prove_from_bridge(network: Network, bridge: str, interfaces: list[ResolvedInterface]) -> None:
    """One broadcast by the bridge itself reaches every host that is ready."""
    sender = network.fabric_sender(bridge)

    def arrived() -> bool:
        before = [_received(network, it) for it in interfaces]
        sender.send(fence(network, _BROADCAST))
        now = [_received(network, it) for it in interfaces]
        return all(a < b for a, b in zip(before, now, strict=True))

    _insist(network, arrived, f"{bridge} to its hosts")


def _moves(network: Network, interface: ResolvedInterface, send: Callable[[], None]) -> bool:
    before = _received(network, interface)
    send()
    return _received(network, interface) > before


def _received(network: Network, interface: ResolvedInterface) -> int:
    return network.control(interface.host).counters()[interface.name].received


def _insist(network: Network, arrived: Callable[[], bool], what: str) -> None:
    if not network.loop.wait(arrived, Deadline.after(_READY_WITHIN_S), poll=True):
        raise KernelError("carry a first frame over", what, detail="the link stays dead")
