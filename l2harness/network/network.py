"""A running network: namespaces, links and far ends of one resolved topology.

Hosts hold interfaces; segments carry frames between them; the network builds both from the
description and is ready when it returns: over every link a probe frame, sent again until it
arrived, has gone both ways, because an interface that says RUNNING may still lose its first
frames.

`Network.build` is the order of construction, `Network.close` the reverse of it; what fails while
closing is collected, nothing is skipped.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from functools import partial
from typing import Final, Self

from l2harness.errors import FramesLostError, KernelError, TeardownError, UsageError
from l2harness.frames import MacAddress
from l2harness.network import namespaces, readiness, settling
from l2harness.network.closing import close_all
from l2harness.network.descriptors import make_room_for
from l2harness.network.interfaces import Counters, HostControl, silence
from l2harness.network.kernel import KernelVerbs, Netlink
from l2harness.network.kernel_port import KernelPort
from l2harness.network.links import bridge_names, is_bare_cable, make_links
from l2harness.network.loop import Loop
from l2harness.network.namespaces import Namespaces
from l2harness.network.port import RawSocket
from l2harness.network.timeline import Timeline
from l2harness.network.wire import Wire
from l2harness.network.witness import Witness
from l2harness.topology import Driver, ResolvedInterface, ResolvedTopology

#: So many frames of one host in one run fit into the machine's queues.
_MODEST_FRAMES: Final = 250


class Network:
    """
    A network that runs. Use it as a context manager, from one thread.

    Attributes:
        topology: What it was built from.
        timeline: What happens on it; `begin_run` starts a fresh one.
        loop: What to wait with.
        wire: Carries the frames of ``wire`` segments.
        namespaces: Where programs are started.
    """

    def __init__(
        self,
        topology: ResolvedTopology,
        held: Namespaces,
        kernel: Callable[[int], KernelVerbs] = Netlink,
    ) -> None:
        self.topology = topology
        self.namespaces = held
        self.loop = Loop()
        self.timeline = Timeline()
        self._open_kernel = kernel
        self._kernel: KernelVerbs | None = None
        self._bridge_index: dict[str, int] = {}
        self._interfaces = {it.label: it for it in topology.interfaces}
        self._namespaces = {
            host.name: namespace
            for host, namespace in zip(topology.hosts, held.hosts, strict=True)
        }
        self._driver = {segment.name: segment.driver for segment in topology.segments}
        self.bridges = bridge_names(topology)
        self.bridge_address = MacAddress(b"\x02" + os.urandom(5))
        self.wire = Wire.of(
            topology,
            self.loop,
            lambda: self.timeline,
            lambda label: self.counters(label).received,
        )
        self._controls: dict[str, HostControl] = {}
        self._sockets: list[RawSocket | KernelPort] = []
        self._senders: dict[str, RawSocket] = {}
        self._witnesses: dict[str, Witness] = {}
        self._own_inodes: set[int] = set()
        self._closing: threading.Thread | None = None
        self._faults: list[BaseException] = []
        self._dropped: dict[str, int] = {}

    @classmethod
    def build(cls, topology: ResolvedTopology, *, outside_uid: int | None = None) -> Self:
        """
        Build a topology and return once every link carries frames both ways.

        Args:
            topology: What to build.
            outside_uid: Give the hosts a user namespace of their own in which uid 0 is this one
                outside, for strangers' programs; None for hosts that belong to the harness.

        Raises:
            KernelError: The machine refused something, or a link stayed dead.
            SandboxError: The user namespace was refused.
        """
        network = cls.hold(topology, outside_uid=outside_uid)
        network.bring_up()
        return network

    @classmethod
    def hold(cls, topology: ResolvedTopology, *, outside_uid: int | None = None) -> Self:
        """
        Make the namespaces of a network and nothing in them yet; arguments and errors as `build`.

        To be called while the process has one thread where ``outside_uid`` is given: that forks.
        """
        make_room_for(topology)
        count = len(topology.hosts)
        if outside_uid is None:
            return cls(topology, namespaces.plain(count))
        return cls(topology, namespaces.guarded(count, outside_uid))

    def bring_up(self) -> None:
        """Make what `hold` has only prepared; raises KernelError, and is closed then."""
        try:
            self._construct()
            readiness.prove(self)
        except BaseException:
            self.close()
            raise

    # -- what tests and labs use ----------------------------------------------------------

    def mac(self, label: str) -> MacAddress:
        """Return the address of an interface, ``h1.eth0``."""
        return self._interface(label).mac

    def port(self, label: str, *, side: str = "host") -> KernelPort:
        """
        Open a port that sends and hears everything from now on.

        Args:
            label: The interface, ``h1.eth0``.
            side: ``host`` stands where a program on the host would; ``far`` at the other end of
                its link, where it hears what the host sends and what it sends reaches the host.

        Raises:
            UsageError: No such interface or side, or a far side that belongs to another host.
            KernelError: The kernel refuses the socket.
        """
        interface = self._interface(label)
        if side == "host":
            host = self._namespaces[interface.host]
            raw = RawSocket(host, interface.name, label, listen=True, stamped=False)
            wired = self._driver[interface.segment] is Driver.WIRE
            port = KernelPort(
                raw,
                self.loop,
                secret=self.wire.secret,
                announce=partial(self.wire.announce, label) if wired else None,
                mtu=interface.mtu,
                prove_settled=lambda it: settling.prove_arrived(self, it, label),
            )
        elif side == "far":
            if is_bare_cable(self.topology, interface.segment):
                raise UsageError(
                    f"{label} is on a cable without a middle: its far side is the other host; "
                    "use that host's port, or driver: wire"
                )
            place = self.namespaces.fabric, interface.far_name, f"{label} (far side)"
            raw = RawSocket(*place, listen=True, stamped=False)
            port = KernelPort(
                raw,
                self.loop,
                secret=self.wire.secret,
                announce=lambda data: self.wire.disturb(label),
                mtu=interface.mtu,
                prove_settled=lambda it: settling.prove_left(self, it, label),
            )
        else:
            raise UsageError(f"side is {side!r}; it can be 'host' or 'far'")
        self._sockets.append(port)
        return port

    def send(self, label: str, data: bytes) -> None:
        """Send from the host side of an interface, as a program there would (see `Port.send`)."""
        self._announce(label, data)
        self.sender(label).send(data)

    def begin_run(self, run: str = "") -> Timeline:
        """
        Start a fresh timeline and fresh budgets; what is under way is carried before.

        Args:
            run: Its name; with the seed it decides what bad lines do from now on.
        """
        self.settle()
        for label in self.wire.throw_floods_away():
            settling.fence(self, self._interface(label))
        self.timeline = Timeline()
        self.wire.begin_run(run)
        self._dropped = {
            it.label: self.counters(it.label).dropped for it in self.interfaces(Driver.WIRE)
        }
        return self.timeline

    def settle(self) -> None:
        """
        Wait until every frame that has left a host has been seen at the far end, or was lost.

        The kernel's own count of frames sent is the witness, so that a silence is proven and not
        waited for.

        Raises:
            KernelError: They did not come to rest.
            FramesLostError: The machine has dropped frames on their way out of a host.
        """
        settling.settle(self)
        for label, before in self._dropped.items():
            # Whoever sends hundreds at once overruns the queues himself.
            modest = self.wire.sent_in_run(label) <= _MODEST_FRAMES
            if modest and self.counters(label).dropped > before:
                raise FramesLostError("carry a frame from", label)

    def counters(self, label: str) -> Counters:
        """Return what the kernel has counted on an interface; KernelError if it was removed."""
        interface = self._interface(label)
        found = self._controls[interface.host].counters().get(interface.name)
        if found is None:
            raise KernelError("count the frames of", label, detail="it is not there any more")
        return found

    def packet_table_fd(self, host: str) -> int:
        """Return a descriptor of a host's /proc/net/packet."""
        return self._controls[host].packet_table_fd

    def received_by_bridge(self, segment: str) -> int:
        """Return how many frames to its own address the bridge of a segment has received."""
        assert self._kernel is not None, "only while the network is built"
        return self._kernel.received(self._bridge_index[segment])

    def own_inodes(self) -> set[int]:
        """Return the inodes of the harness's own sockets on hosts, to tell them from others'."""
        return self._own_inodes

    def witness(self, label: str) -> Witness:
        """Return what counts the frames that arrive at an interface; one an interface."""
        if label not in self._witnesses:
            interface = self._interface(label)
            namespace = self._namespaces[interface.host]
            raw = RawSocket(namespace, interface.name, label, listen=True)
            self._own_inodes.add(raw.inode())
            self._witnesses[label] = Witness(raw, self.loop, self.wire.is_probe)
        return self._witnesses[label]

    def namespace(self, host: str) -> int:
        """Return the descriptor of a host's network namespace."""
        return self._namespaces[self.topology.host(host).name]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self, *, wait: bool = True) -> None:
        """
        Take everything down, in reverse.

        Args:
            wait: Return when all of it is gone. Otherwise that happens beside what follows, and
                `closed` tells how it went: the kernel takes 15 ms over letting go of a raw socket.

        Raises:
            TeardownError: With everything that went wrong; the rest was closed all the same.
        """
        if self._closing is None:
            self._closing = threading.Thread(target=self._close, name="close network")
            self._closing.start()
        if wait:
            self.closed()

    def closed(self) -> None:
        """Wait until everything is gone. Raises TeardownError, as `close`."""
        if self._closing is not None:
            self._closing.join()
        if self._faults:
            raise TeardownError(self._faults)

    @property
    def gone(self) -> bool:
        """Whether it was closed, nothing of it is left, and nothing went wrong with that."""
        return self._closing is not None and not self._closing.is_alive() and not self._faults

    def _close(self) -> None:
        sockets = [*self._sockets, *self._senders.values(), *self._witnesses.values()]
        errors = self._faults
        errors += close_all([it.close for it in [*sockets, *self.wire.release()]])
        steps: list[Callable[[], None]] = [it.close for it in self._controls.values()]
        if self._kernel is not None:
            steps.append(self._kernel.close)
        for step in [*steps, self.loop.close, self.namespaces.close]:
            try:
                step()
            except (OSError, KernelError, ValueError) as error:
                errors.append(error)
        self._sockets.clear()
        self._senders.clear()
        self._witnesses.clear()
        self._controls.clear()

    # -- construction -----------------------------------------------------------------------

    def _construct(self) -> None:
        silence(self.namespaces.fabric)
        for name, namespace in self._namespaces.items():
            self._controls[name] = HostControl(namespace)
        self._kernel = self._open_kernel(self.namespaces.fabric)
        self._bridge_index = make_links(
            self.topology,
            self._kernel,
            self.namespaces.fabric,
            self._namespaces,
            self.bridge_address,
        )
        for host in self.topology.hosts:
            control = self._controls[host.name]
            control.bring_up("lo")
            for interface in host.interfaces:
                control.bring_up(interface.name)
            control.is_built()
        for interface in self.interfaces(Driver.WIRE):
            raw = RawSocket(
                self.namespaces.fabric, interface.far_name, interface.label, listen=True
            )
            self.wire.attach(interface.label, raw)

    # -- small questions ------------------------------------------------------------------

    def _interface(self, label: str) -> ResolvedInterface:
        """Find an interface, in one look where there is one of that label."""
        return self._interfaces.get(label) or self.topology.interface(label)

    def interfaces(self, driver: Driver | None = None) -> list[ResolvedInterface]:
        """Return every interface, or those whose segment has that driver."""
        return [
            interface
            for host in self.topology.hosts
            for interface in host.interfaces
            if driver is None or self._driver[interface.segment] is driver
        ]

    def control(self, host: str) -> HostControl:
        """Return what reads and sets a host's interfaces."""
        return self._controls[host]

    def sender(self, label: str) -> RawSocket:
        """Return the harness's socket on the host side of an interface that only sends."""
        if label not in self._senders:
            interface = self._interface(label)
            namespace = self._namespaces[interface.host]
            self._senders[label] = RawSocket(namespace, interface.name, label, listen=False)
            self._own_inodes.add(self._senders[label].inode())
        return self._senders[label]

    def fabric_sender(self, name: str) -> RawSocket:
        """Return the harness's socket on a device of the fabric that only sends."""
        if name not in self._senders:
            self._senders[name] = RawSocket(self.namespaces.fabric, name, name, listen=False)
        return self._senders[name]

    def _announce(self, label: str, data: bytes) -> None:
        if self._driver[self._interface(label).segment] is Driver.WIRE:
            self.wire.announce(label, data)

    def other_end(self, interface: ResolvedInterface) -> ResolvedInterface:
        """Return the interface at the other end of a cable."""
        labels = self.topology.segment(interface.segment).interfaces
        return self.topology.interface(labels[1 if labels[0] == interface.label else 0])

    # -- proofs that nothing is under way ------------------------------------------------
