"""The three seams without a kernel: its verbs, a port, a sandbox.

Strategy: each fake keeps what it was asked to do, in order, for a test to compare. It refuses what
the real one refuses, with the same error, and never waits: what has not arrived will not come.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final, Self

from l2harness.errors import FrameError, KernelError, SandboxError, UsageError
from l2harness.frames import HEADER_BYTES, EtherType, Frame
from l2harness.network.delivery import Delivery, Tally
from l2harness.network.kernel import LinkEnd
from l2harness.network.port import Port
from l2harness.programs.sandbox import ENVIRONMENT, Command, Launch

_LONGEST_NAME_BYTES: Final = 15
_FIRST_INDEX: Final = 2
_TAG_BYTES: Final = 4
_ROOM: Final = 128


# -- the kernel's verbs ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LinkMade:
    """A veth pair was made; ``bridge`` is the ifindex of the one that its near end joined."""

    near: LinkEnd
    far: LinkEnd
    bridge: int | None


@dataclass(frozen=True, slots=True)
class BridgeMade:
    """A bridge was made, and got this ifindex."""

    name: str
    mac: str
    learning: bool
    index: int


@dataclass(frozen=True, slots=True)
class Joined:
    """A link end of the fabric was put into the bridge with this ifindex."""

    name: str
    bridge: int


class FakeKernel:
    """
    `l2harness.network.kernel.KernelVerbs` without a kernel: remembers what was asked of it.

    Give its `open` to a `Network` in place of `Netlink`.

    Args:
        refuse: Names of link ends and bridges that cannot be made, and the errno to say so with.

    Attributes:
        made: Everything that was done, in order.
        closed: Whether the netlink socket was let go of.
    """

    def __init__(self, refuse: Mapping[str, int] | None = None) -> None:
        self.made: list[LinkMade | BridgeMade | Joined] = []
        self.closed = False
        self._refuse = dict(refuse or {})
        self._fabric = -1
        self._names: dict[int, list[str]] = {}

    def open(self, fabric: int) -> Self:
        """Begin to speak to the namespace with that descriptor."""
        self._fabric = fabric
        return self

    def create_link(self, near: LinkEnd, far: LinkEnd, bridge: int | None = None) -> None:
        """
        See `l2harness.network.kernel.KernelVerbs.create_link`.

        Raises:
            KernelError: A name that is too long, taken or to be refused, or no such bridge.
        """
        for end in (near, far):
            self._expect_possible("create link", end.name, end.namespace)
        if bridge is not None:
            self._expect_bridge("create link", near.name, bridge)
        for end in (near, far):
            self._add(end.name, end.namespace)
        self.made.append(LinkMade(near, far, bridge))

    def create_bridge(self, name: str, mac: str, *, learning: bool) -> int:
        """
        See `l2harness.network.kernel.KernelVerbs.create_bridge`.

        Raises:
            KernelError: A name that is too long, taken or to be refused.
        """
        self._expect_possible("create bridge", name, self._fabric)
        index = self._add(name, self._fabric)
        self.made.append(BridgeMade(name, mac, learning, index))
        return index

    def join(self, name: str, bridge: int) -> None:
        """
        See `l2harness.network.kernel.KernelVerbs.join`.

        Raises:
            KernelError: No such link end or bridge.
        """
        if name not in self._names.get(self._fabric, ()):
            raise KernelError("join", name, errno.ENODEV)
        self._expect_bridge("join", name, bridge)
        self.made.append(Joined(name, bridge))

    def received(self, bridge: int) -> int:
        """
        Return 0: nobody sends.

        Raises:
            KernelError: No such bridge.
        """
        self._expect_bridge("count frames of", f"bridge {bridge}", bridge)
        return 0

    def close(self) -> None:
        """Let go of the netlink socket."""
        self.closed = True

    def names_in(self, namespace: int) -> tuple[str, ...]:
        """Return the devices that were made in a namespace, in order."""
        return tuple(self._names.get(namespace, ()))

    def _add(self, name: str, namespace: int) -> int:
        names = self._names.setdefault(namespace, [])
        names.append(name)
        return _FIRST_INDEX + len(names) - 1

    def _expect_possible(self, operation: str, name: str, namespace: int) -> None:
        if name in self._refuse:
            raise KernelError(operation, name, self._refuse[name])
        if not 1 <= len(name.encode()) <= _LONGEST_NAME_BYTES:
            raise KernelError(operation, name, errno.ERANGE)
        if name in self._names.get(namespace, ()):
            raise KernelError(operation, name, errno.EEXIST)

    def _expect_bridge(self, operation: str, name: str, bridge: int) -> None:
        if not any(isinstance(it, BridgeMade) and it.index == bridge for it in self.made):
            raise KernelError(operation, name, errno.ENODEV)


# -- a place on a network -------------------------------------------------------------------------


class FakePort:
    """
    `l2harness.network.port.Port` without a kernel: what arrives there is said by the test.

    Args:
        label: The interface, ``h1.eth0``.
        arriving: Frames that have arrived already, oldest first.
        mtu: Bytes of payload that it takes.

    Attributes:
        sent: What was sent, from the destination address on, as bytes.
    """

    def __init__(
        self, label: str, arriving: Iterable[Frame | bytes] = (), *, mtu: int = 1500
    ) -> None:
        self.sent: list[bytes] = []
        self._label = label
        self._mtu = mtu
        self._waiting = deque(bytes(frame) for frame in arriving)
        self._others: tuple[FakePort, ...] = ()

    @property
    def label(self) -> str:
        """The interface, as displayed: ``h1.eth0``."""
        return self._label

    def arrive(self, frame: Frame | bytes) -> None:
        """Let a frame arrive here."""
        self._waiting.append(bytes(frame))

    def send(self, frame: Frame | bytes) -> None:
        """
        Remember a frame; the ports that this one is connected to have it at once.

        Raises:
            FrameError: Shorter than a header.
            KernelError: Longer than the MTU allows.
        """
        data = bytes(frame)
        if len(data) < HEADER_BYTES:
            raise FrameError(
                f"{len(data)} bytes cannot be sent: an Ethernet header has {HEADER_BYTES}", data
            )
        tag_bytes = _TAG_BYTES if data[12:14] == EtherType.VLAN.to_bytes(2, "big") else 0
        if len(data) > HEADER_BYTES + tag_bytes + self._mtu:
            raise KernelError("send on", self._label, errno.EMSGSIZE, f"{len(data)} bytes")
        self.sent.append(data)
        for other in self._others:
            other.arrive(data)

    def send_many(
        self,
        frames: Iterable[Frame | bytes],
        *,
        times: int = 1,
        per_second: float | None = None,
    ) -> None:
        """
        Send frames, all of them so often; a rate is taken for granted.

        Raises:
            FrameError, KernelError: As `send`; the frames before it have been sent.
            UsageError: A rate that is not positive, or a negative number of times.
        """
        if times < 0 or (per_second is not None and per_second <= 0):
            raise UsageError(f"times is {times}, per_second is {per_second}")
        if times == 1:
            for frame in frames:
                self.send(frame)
        else:
            self.send_many(list(frames) * times)

    def receive_many(self, count: int) -> list[bytes]:
        """Return the next frames, as bytes; fewer only where no more have arrived."""
        return [self._waiting.popleft() for _ in range(min(count, len(self._waiting)))]

    def lost(self) -> int:
        """Return 0: there is room for everything."""
        return 0

    @property
    def room(self) -> int:
        """How many frames can wait here; no more are sent at a time by `deliver`."""
        return _ROOM

    def deliver(
        self, frames: Iterable[Frame | bytes], to: Port, *, per_second: float | None = None
    ) -> Delivery:
        """
        Send frames, receive them at another port, and compare them byte by byte.

        Raises:
            FrameError, KernelError, UsageError: As `send_many`.
        """
        tally = Tally()
        every = iter(frames)
        to.drain()
        while part := [bytes(frame) for frame in islice(every, to.room)]:
            self.send_many(part, per_second=per_second)
            tally.add(part, [bytes(frame) for frame in to.drain()])
        return tally.delivery(to.lost(), 0.0)

    def receive(self, within_s: float = 1.0) -> Frame | None:
        """
        Return the next frame, or None if there is none: nothing will come later.

        Raises:
            FrameError: It has half an 802.1Q tag.
        """
        return Frame.from_bytes(self._waiting.popleft()) if self._waiting else None

    def drain(self) -> list[Frame]:
        """Return every frame that has arrived, oldest first."""
        frames = [Frame.from_bytes(data) for data in self._waiting]
        self._waiting.clear()
        return frames

    def expect_nothing(self) -> list[Frame]:
        """Return what has arrived; nothing is ever under way."""
        return self.drain()

    def _join(self, others: Iterable[FakePort]) -> None:
        self._others = tuple(others)


def connect(*ports: FakePort) -> None:
    """Put ports on one hub: what one of them sends arrives at all the others."""
    for port in ports:
        port._join(other for other in ports if other is not port)


# -- what contains a program ----------------------------------------------------------------------


class FakeSandbox:
    """
    `l2harness.programs.sandbox.Sandbox` without containment: programs run as they are, as we are.

    For programs that the test itself wrote, never for a stranger's.

    Args:
        fault: Let every preparation fail with this sentence.

    Attributes:
        launches: What was to be started, in order.
    """

    def __init__(self, fault: str | None = None) -> None:
        self.launches: list[Launch] = []
        self._fault = fault

    def command(self, launch: Launch) -> Command:
        """
        Return the program's own line, to be started in its own directory.

        Raises:
            SandboxError: A fault was asked for.
        """
        self.launches.append(launch)
        if self._fault is not None:
            raise SandboxError(self._fault)
        environment = {**ENVIRONMENT, **launch.environment}
        return Command(list(launch.argv), environment, directory=str(launch.directory))
