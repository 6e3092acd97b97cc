"""Proving that no frame of a host is under way any more, also where the kernel has lost some.

The kernel's own count of what an interface has sent is the first witness: once the far end has
seen as many frames, nothing is under way. But the kernel drops what it cannot read, such as half
an 802.1Q tag, and tells nobody. Then fences are the witness, one from every CPU: what is under way
stands in a queue of the CPU that sent it, first in, first out (net/core/dev.c of Linux). What left
before the fences and has not been seen when they have, never will be.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from l2harness.errors import KernelError
from l2harness.network import readiness
from l2harness.network.loop import Deadline
from l2harness.topology import Driver, ResolvedInterface

if TYPE_CHECKING:
    from l2harness.network.kernel_port import KernelPort
    from l2harness.network.network import Network
    from l2harness.network.port import RawSocket

#: How long frames are usually under way at most between two namespaces of one machine, seconds.
_USUALLY_WITHIN_S: Final = 0.05
#: How long a fence may be, seconds.
_FENCED_WITHIN_S: Final = 10.0


def settle(network: Network) -> None:
    """
    Return once every frame that has left a host has been seen at the far end, or was lost.

    What has been seen and is still under way on a bad line arrives, too: what waits for its time
    is waited for, what waits for the next frame is let go. Frames of ``kernel`` segments need none
    of this: they are delivered within the sender's system call. Interfaces that have flooded are
    left out.

    Raises:
        KernelError: They did not come to rest.
    """
    wired = network.interfaces(Driver.WIRE)

    def settled() -> bool:
        # Every host is looked at once, however many interfaces it has.
        hosts = {it.host for it in wired}
        sent = {host: network.control(host).counters() for host in hosts}
        return all(_is_at_rest(network, it, sent[it.host][it.name].sent) for it in wired)

    if not network.loop.wait(settled, Deadline.after(_USUALLY_WITHIN_S), poll=True):
        for interface in wired:
            if not _is_at_rest(network, interface, _sent(network, interface)):
                fence(network, interface)
    network.loop.drain()
    _empty_lines(network)


def _empty_lines(network: Network) -> None:
    """Wait for frames that the network itself keeps waiting; those to come are another matter."""
    lines, flooded, upto = network.wire.lines, network.wire.flooded, network.wire.number
    while lines.under_way(upto, flooded):
        if not (latest_s := lines.latest_s(upto, flooded)):
            lines.let_go()
            continue

        def passed(moment_s: float = latest_s) -> bool:
            return lines.next_s > moment_s

        # What has got over its first link may have to wait on its second one: asked again.
        if not network.loop.wait(passed, Deadline(latest_s + _FENCED_WITHIN_S)):
            raise KernelError("wait for frames under way in", network.topology.name)


def fence(network: Network, interface: ResolvedInterface) -> None:
    """
    Return once whatever a host had sent through an interface has been seen, or was lost.

    Raises:
        KernelError: The fences themselves were lost.
    """
    label, wire = interface.label, network.wire
    sent = _sent(network, interface)
    fences = _from_every_cpu(network.sender(label), lambda number: wire.probe(label, number))

    def passed() -> bool:
        return label in wire.flooded or all(wire.saw(each) for each in fences)

    if not network.loop.wait(passed, Deadline.after(_FENCED_WITHIN_S)):
        raise KernelError("wait for frames under way from", label, detail="they did not arrive")
    wire.write_off(label, sent + len(fences) - wire.seen(label))


def prove_arrived(network: Network, port: KernelPort, label: str) -> None:
    """
    Return once whatever was on its way to a host has come to its port.

    Raises:
        KernelError: The fences behind it were lost.
    """
    network.settle()
    interface = network.topology.interface(label)
    if label in {it.label for it in network.interfaces(Driver.WIRE)}:
        fence = network.wire.probe(label, 0)
        network.wire.end(label).send(fence)
        _take(port, fence)
        return
    for other in network.interfaces(Driver.KERNEL):
        if other.segment == interface.segment and other.label != label:
            fences = _from_every_cpu(
                network.sender(other.label), lambda _: readiness.fence(network, interface.mac)
            )
            for fence in fences:
                _take(port, fence)


def prove_left(network: Network, port: KernelPort, label: str) -> None:
    """
    Return once whatever a host had sent has come to the far side of its link.

    Raises:
        KernelError: The fence behind it was lost.
    """
    fence = network.wire.probe(label, 0)
    network.sender(label).send(fence)
    _take(port, fence)


def _take(port: KernelPort, fence: bytes) -> None:
    if not port.saw(fence, Deadline.after(_FENCED_WITHIN_S)):
        raise KernelError("prove that nothing is under way to", port.label)


def _from_every_cpu(sender: RawSocket, fence: Callable[[int], bytes]) -> list[bytes]:
    """Send a fence from every CPU; ``fence`` makes them, given 0, 1, 2, …"""
    fences: list[bytes] = []
    home = os.sched_getaffinity(0)
    try:
        # Programs run on the CPUs that we may run on: they are our children.
        for cpu in sorted(home):
            os.sched_setaffinity(0, {cpu})
            fences.append(fence(len(fences)))
            sender.send(fences[-1])
    finally:
        os.sched_setaffinity(0, home)
    return fences


def _is_at_rest(network: Network, interface: ResolvedInterface, sent: int) -> bool:
    label = interface.label
    return label in network.wire.flooded or sent <= network.wire.seen(label)


def _sent(network: Network, interface: ResolvedInterface) -> int:
    return network.control(interface.host).counters()[interface.name].sent
