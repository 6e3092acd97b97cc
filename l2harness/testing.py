"""For people who test labs, or build on this package: fakes and builders that need no privilege.

Two things can be had here. The three seams without a kernel behind them: `FakeKernel` for the
verbs that a network is built with, `FakePort` for a place on a network, `FakeSandbox` for what
contains a program. And builders for what a run leaves behind, so that a check is tested on a
record that somebody wrote by hand::

    def test_the_wrong_byte_order_is_found():
        frame = Frame(TARGET, OWN, 0xB588, b"Hi")
        failure = failure_of(test_client_ethertype, sending("h1.eth0", OWN, frame))
        assert failure.expected == "88 b5"

The fakes refuse what the real ones refuse, with the same errors. Nothing here waits.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self, TypeAlias

from l2harness.errors import FrameError, KernelError, SandboxError
from l2harness.frames import HEADER_BYTES, EtherType, Frame, MacAddress, pad
from l2harness.labs.api import Failure
from l2harness.labs.records import Answer, ProgramRecord, Sending
from l2harness.network.kernel import LinkEnd
from l2harness.network.timeline import (
    Direction,
    Event,
    ExitEvent,
    FrameEvent,
    MarkEvent,
    Origin,
    OutputEvent,
    Timeline,
)
from l2harness.programs.exit import Exit, ExitReason
from l2harness.programs.sandbox import Command, Launch

__all__ = [
    "BridgeMade",
    "FakeKernel",
    "FakePort",
    "FakeSandbox",
    "Joined",
    "LinkMade",
    "TimelineBuilder",
    "answer",
    "connect",
    "ended",
    "failure_of",
    "program",
    "sending",
]

_LONGEST_NAME_BYTES: Final = 15
_FIRST_INDEX: Final = 2
_TAG_BYTES: Final = 4
_STEP_S: Final = 0.001


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
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8"}
        return Command(list(launch.argv), environment, directory=str(launch.directory))


# -- what a run leaves behind ---------------------------------------------------------------------


class TimelineBuilder:
    """
    Writes a `Timeline` by hand, one event a line; each comes a millisecond after the one before.

    Attributes:
        timeline: What has been written so far.
    """

    def __init__(self, begin_s: float = 0.0) -> None:
        self.timeline = Timeline()
        self._now_s = begin_s

    def later(self, seconds: float) -> Self:
        """Let time pass."""
        self._now_s += seconds
        return self

    def left(self, interface: str, frame: Frame | bytes, origin: Origin = Origin.PROGRAM) -> Self:
        """A frame left a host through this interface."""
        now_s = self._tick()
        return self._add(FrameEvent(now_s, interface, Direction.OUT, bytes(frame), origin))

    def reached(
        self, interface: str, frame: Frame | bytes, origin: Origin = Origin.PROGRAM
    ) -> Self:
        """A frame was delivered to a host through this interface, as long as it is."""
        now_s = self._tick()
        return self._add(FrameEvent(now_s, interface, Direction.IN, bytes(frame), origin))

    def printed(self, data: bytes, *, program: int = 0, stream: str = "stdout") -> Self:
        """A program wrote these bytes."""
        return self._add(OutputEvent(self._tick(), program, stream, data))

    def ended(self, reason: ExitReason = ExitReason.EXITED, *, program: int = 0) -> Self:
        """A program ended."""
        return self._add(ExitEvent(self._tick(), program, reason.value))

    def marked(self, text: str) -> Self:
        """The harness did something worth showing."""
        return self._add(MarkEvent(self._tick(), text))

    def _tick(self) -> float:
        self._now_s += _STEP_S
        return self._now_s

    def _add(self, event: Event) -> Self:
        self.timeline.add(event)
        return self


Ending: TypeAlias = int | str | ExitReason


def ended(how: Ending = 0, wall_s: float = 0.02) -> Exit:
    """
    Return the end of a program.

    Args:
        how: An exit status; the name of a signal, ``SIGSEGV``; or any other reason.
        wall_s: How long it had run, seconds.
    """
    import signal

    if isinstance(how, ExitReason):
        return Exit(how, None, None, wall_s)
    if isinstance(how, str):
        return Exit(ExitReason.SIGNALLED, None, signal.Signals[how].value, wall_s)
    return Exit(ExitReason.EXITED, how, None, wall_s)


def program(
    command: str,
    how: Ending = 0,
    *,
    stdout: bytes = b"",
    stderr: bytes = b"",
    host: str = "h1",
    run: str = "run",
    problem: str | None = None,
) -> ProgramRecord:
    """
    Return the record of one execution.

    Args:
        command: As it would be typed, ``./pyng 02:…:01 eth0``; quotes as in a shell.
        how: Its end, as for `ended`.
        stdout: What it printed.
        stderr: The same on standard error.
        host: Where it ran.
        run: The run it belongs to.
        problem: Why it could not be tried; then it has no end.
    """
    import shlex

    argv = tuple(shlex.split(command))
    name = argv[0].rpartition("/")[2]
    end = ended(how) if problem is None else None
    return ProgramRecord(run, name, argv, host, end, stdout, stderr, problem)


def sending(
    interface: str,
    own: MacAddress,
    *frames: Frame | bytes,
    target: MacAddress | None = None,
    record: ProgramRecord | None = None,
    reached: Iterable[str] = (),
    min_frame: int = 60,
    elsewhere: Mapping[str, Frame | bytes] | None = None,
) -> Sending:
    """
    Return the record of one execution of a program that sends.

    Args:
        interface: The one that it was told to use, ``h1.eth0``.
        own: That interface's address.
        frames: What left through it, as it was handed over.
        target: The address it was told to send to; None: where its first frame went.
        record: The execution; None: of ``./pyng TARGET INTERFACE``, which printed ``Sent!``.
        reached: The interfaces that every one of the frames was delivered to.
        min_frame: What the network fills frames up to, in bytes.
        elsewhere: What left through other interfaces, by label.
    """
    wire = [bytes(frame) for frame in frames]
    if target is None and wire:
        target = MacAddress(wire[0][:6])
    if record is None:
        device = interface.partition(".")[2]
        record = program(f"./pyng '{target or ''}' {device}", stdout=b"Sent!\n")
    script = TimelineBuilder()
    for data in wire:
        script.left(interface, data)
        for label in reached:
            script.reached(label, pad(data, min_frame))
    for label, frame in (elsewhere or {}).items():
        script.left(label, frame)
    crossed = script.timeline.frames
    return Sending(
        record,
        interface,
        own,
        target,
        tuple(crossed(direction=Direction.OUT)),
        tuple(crossed(direction=Direction.IN)),
    )


def answer(
    frame: Frame | bytes,
    printed: str = "",
    *,
    provoked: bool = True,
    alive: bool = True,
    started: bool = False,
    listening: bool = True,
) -> Answer:
    """
    Return what a listening program printed about one frame.

    By default it waited for the frame, got it, and goes on waiting; all as in `Answer`.
    """
    return Answer(
        bytes(frame),
        printed,
        provoked=provoked,
        alive=alive,
        started=started,
        listening=listening,
    )


def failure_of(check: Callable[..., object], *records: object, **named: object) -> Failure | None:
    """
    Ask a check about records; return how it failed, or None if it passed.

    Any other error of the check goes through: it is a fault of the lab's.

    Args:
        check: The function, as it stands in the lab's file.
        records: What it gets, in the order of its arguments.
        named: The same by name.
    """
    try:
        check(*records, **named)
    except Failure as failure:
        return failure
    return None
