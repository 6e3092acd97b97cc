"""Driving a program that answers frames with frames: one question at a time, and what it sends.

As in `listening`, nothing waits for time to pass: the program has had a frame when a witness on
its interface has it, it is through when it sleeps with empty sockets, and what it has sent by then
is on record when the kernel's count says so. So silence is an answer, too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from l2harness.frames import MacAddress
from l2harness.labs.listening import Listener
from l2harness.labs.records import ProgramRecord, Sending
from l2harness.labs.stage import Stage
from l2harness.labs.turns import send_in_turns
from l2harness.network.timeline import Direction, FrameEvent, Origin


@dataclass(frozen=True, slots=True)
class Exchange:
    """
    A frame that came to a program, and what the program sent because of it.

    Attributes:
        interface: Where the program is told to work, ``h2.eth0``.
        asked: The frame, as it was delivered.
        sent: Every frame that left the program's host until it had nothing left to do.
        alive: It was still running afterwards.
        listening: It had a socket that could hear the frame.
    """

    interface: str
    asked: bytes
    sent: tuple[FrameEvent, ...]
    alive: bool = True
    listening: bool = True

    @property
    def replies(self) -> tuple[bytes, ...]:
        """What left through the program's own interface, oldest first."""
        return tuple(it.data for it in self.sent if it.interface == self.interface)

    @property
    def elsewhere(self) -> tuple[FrameEvent, ...]:
        """What left through any other interface of its host."""
        return tuple(it for it in self.sent if it.interface != self.interface)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """
    A program on a host with two interfaces, told to answer on the second one.

    Attributes:
        record: Its first start.
        own: Address of the second interface.
        other_interface: A question that came to the first one.
        named_interface: One that then came to the second one.
    """

    record: ProgramRecord
    own: MacAddress
    other_interface: Exchange
    named_interface: Exchange


class Responder:
    """
    A program that answers on one interface.

    Args:
        stage: The run.
        interface: Where it is told to answer, ``h2.eth0``.
        program: Its name in the lab.
        arguments: What it gets on its command line.
    """

    def __init__(
        self, stage: Stage, interface: str, program: str, arguments: Sequence[str]
    ) -> None:
        self.listener = Listener(stage, interface, program, arguments)
        self.interface = interface
        self._network = stage.network
        host = stage.network.topology.host(interface.partition(".")[0])
        self._labels = {it.label for it in host.interfaces}
        self.listener.start()
        self.listener.wait_ready()
        self.protocols = self.listener.protocols
        self.idle = self.listener.idles()

    def ask(self, frame: bytes, *, sender: str) -> Exchange:
        """Have another host send a frame, and return what came of it."""
        return self._exchange(frame, lambda: self._network.send(sender, frame))

    def deliver(self, frame: bytes, *, at: str | None = None) -> Exchange:
        """Have a frame come from outside, by default to the program's own interface."""
        where = at or self.interface
        wire = self._network.wire
        return self._exchange(frame, lambda: wire.deliver(where, frame, Origin.HARNESS), where)

    def ask_many(self, frames: Sequence[tuple[str, bytes]]) -> Exchange:
        """Have many frames sent in a row, each by a host; the exchange is about all of them."""

        return self._exchange(b"", lambda: send_in_turns(self._network, frames), count=len(frames))

    def _exchange(
        self, frame: bytes, send: Callable[[], object], where: str | None = None, *, count: int = 1
    ) -> Exchange:
        waiting = self.listener.prepare(witness=where)
        since = len(self._network.timeline.events)
        send()
        answer = waiting.answer(frame, lambda _: len(self._sent(since)) >= count, count=count)
        self._network.settle()
        return Exchange(
            self.interface, frame, tuple(self._sent(since)), answer.alive, answer.listening
        )

    def _sent(self, since: int) -> list[FrameEvent]:
        frames = self._network.timeline.frames(None, Direction.OUT, Origin.PROGRAM, since)
        return [it for it in frames if it.interface in self._labels]

    def still_idle(self) -> bool | None:
        """Whether it sleeps while nothing comes, now as before; None if it does not run."""
        return self.listener.still_idles(self.idle)

    def stop(self) -> ProgramRecord:
        """Stop the program, and return the record of its first start."""
        self.listener.stop()
        return self.listener.record()


def refuse_arguments(stage: Stage, interface: str, program: str) -> tuple[Sending, ...]:
    """Start a program with an unknown interface, with an IP that is none, and without an IP."""
    device = interface.partition(".")[2]
    return (
        stage.refusal(interface, program, stage.draw_unknown_interface(), str(stage.draw_ip())),
        stage.refusal(interface, program, device, "192.0.2.256"),
        stage.refusal(interface, program, device),
    )
