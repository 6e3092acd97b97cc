"""Driving a program that forwards: a frame comes in by one interface, and what leaves by others.

As in `answering`, nothing waits for time to pass. The program has had a frame when a witness on
that interface has it; it is through when it sleeps with empty sockets; what it has sent by then is
on record when the kernel's count says so. So that nothing leaves is an answer, too.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Final

from l2harness.frames import EtherType, Frame, MacAddress
from l2harness.labs.listening import Listener
from l2harness.labs.records import ProgramRecord
from l2harness.labs.stage import Stage
from l2harness.network.timeline import Direction, FrameEvent, Origin

PROGRAM: Final = "switch"
HOST: Final = "sw"
#: What it is told to forward between, and one more, that it is not told of.
PORTS: Final = ("sw.eth0", "sw.eth1", "sw.eth2", "sw.eth3")
SPARE: Final = "sw.eth4"
#: Who is at the other end of the cable.
STATIONS: Final = {
    **{port: f"h{number}.eth0" for number, port in enumerate(PORTS, 1)},
    SPARE: "h5.eth0",
}
#: Bytes at the beginning of a payload by which a frame is known.
_TOKEN_BYTES: Final = 8
LENGTH: Final = 60
_HEADER: Final = 14


@dataclass(frozen=True, slots=True)
class Passage:
    """
    A frame that came to a switch, and what left because of it.

    Attributes:
        came_in: The interface, ``sw.eth0``.
        frame: As it came in; of many in a row, the first one.
        sent: Every frame that left the switch's host until it had nothing left to do.
        marker: A frame to somebody unknown that came in right behind it; empty for none.
        alive: The program was still running afterwards.
        listening: It had a socket that could hear the frame.
        many: All of them, where many came in a row.
    """

    came_in: str
    frame: bytes
    sent: tuple[FrameEvent, ...]
    marker: bytes = b""
    alive: bool = True
    listening: bool = True
    many: tuple[bytes, ...] = ()

    @property
    def forwarded(self) -> tuple[FrameEvent, ...]:
        """What left because of the frame itself."""
        return tuple(it for it in self.sent if not self._marks(it.data))

    @property
    def ways(self) -> tuple[str, ...]:
        """By which interfaces it left, each once, sorted."""
        return tuple(sorted({it.interface for it in self.forwarded}))

    @property
    def ways_of_marker(self) -> tuple[str, ...]:
        """By which interfaces the marker left, each once, sorted."""
        return tuple(sorted({it.interface for it in self.sent if self._marks(it.data)}))

    @property
    def others(self) -> tuple[str, ...]:
        """Every interface of the switch but the one by which it came in."""
        return tuple(it for it in PORTS if it != self.came_in)

    def left_by(self, interface: str) -> tuple[bytes, ...]:
        """Return what left by one interface because of the frame itself, oldest first."""
        return tuple(it.data for it in self.forwarded if it.interface == interface)

    def tokens_by(self, interface: str) -> list[bytes]:
        """Return by their tokens what of many frames left by one interface, oldest first."""
        return [token(data) for data in self.left_by(interface)]

    def count_to(self, interface: str) -> int:
        """Return how many of many frames left by one interface, and by no other."""
        there = set(self.tokens_by(interface))
        elsewhere = {token(it.data) for it in self.sent if it.interface != interface}
        return sum(token(it) in there - elsewhere for it in self.many)

    def _marks(self, data: bytes) -> bool:
        return bool(self.marker) and token(data) == token(self.marker)


def token(frame: bytes) -> bytes:
    """Return the bytes by which a frame is known, whatever became of its header."""
    found = frame[_HEADER : _HEADER + _TOKEN_BYTES]
    return found if len(found) == _TOKEN_BYTES else frame


class Storm(Exception):
    """The program sends without end, and has been stopped: nothing more can be asked of it."""


class Switch:
    """
    A program that forwards between interfaces of one host.

    Args:
        stage: The run.
        interfaces: Which, ``sw.eth0``.
        options: What it gets on its command line before their names.
    """

    def __init__(
        self, stage: Stage, interfaces: Sequence[str] = PORTS, options: Sequence[str] = ()
    ) -> None:
        self._stage = stage
        self._network = stage.network
        self._labels = {it.label for it in stage.network.topology.host(HOST).interfaces}
        names = [it.partition(".")[2] for it in interfaces]
        self._tokens: set[bytes] = set()
        stage.network.witness(SPARE)
        self.listener = Listener(
            stage, interfaces[0], PROGRAM, (*options, *names), others=interfaces[1:]
        )
        self.listener.start()
        self.listener.wait_ready()
        self.protocols = self.listener.protocols
        self.idle = self.listener.idles()

    # -- frames ---------------------------------------------------------------------------------

    def frame(
        self,
        destination: MacAddress,
        source: MacAddress,
        *,
        kind: int = EtherType.IPV4,
        length: int = LENGTH,
    ) -> bytes:
        """Return a frame that nobody could have known, of so many bytes."""
        body = self._stage.random.randbytes(max(_TOKEN_BYTES, length - _HEADER))
        return bytes(Frame(destination, source, kind, body[: length - _HEADER]))

    def draw(self, count: int) -> list[MacAddress]:
        """Return so many addresses of stations."""
        return [self._stage.draw_mac() for _ in range(count)]

    # -- passages -------------------------------------------------------------------------------

    def passes(self, at: str, frame: bytes, *, leave: int, marked: bool = False) -> Passage:
        """
        Have a frame come in, and return what leaves.

        Args:
            at: By which interface, ``sw.eth0``.
            frame: As it will be delivered.
            leave: How many frames leave a right switch because of it: one that never rests need
                not be waited for any longer.
            marked: Have a frame to somebody unknown come in right behind it, which leaves by all
                the others.

        Raises:
            Storm: It sends without end.
        """
        if not marked:
            return self._passage(at, [frame], leave)
        marker = self.frame(*self.draw(2))
        return self._passage(at, [frame, marker], leave + len(PORTS) - 1, marker=marker)

    def many(self, at: str, frames: Sequence[bytes]) -> Passage:
        """Have many frames come in in a row, each of which leaves a right switch once."""
        return self._passage(at, frames, len(frames), many=tuple(frames))

    def _passage(
        self,
        at: str,
        frames: Sequence[bytes],
        leave: int,
        *,
        marker: bytes = b"",
        many: tuple[bytes, ...] = (),
    ) -> Passage:
        network = self._network
        earlier = frozenset(self._tokens)
        self._tokens |= {token(it) for it in frames}
        waiting = self.listener.prepare(witness=at)
        since = len(network.timeline.events)
        for frame in frames:
            network.send(STATIONS[at], frame)
        answer = waiting.answer(
            frames[0], lambda _: len(self._sent(since, earlier)) >= leave, count=len(frames)
        )
        network.settle()
        if not network.wire.flooded.isdisjoint(self._labels):
            self.listener.stop()
            raise Storm
        return Passage(
            at,
            frames[0],
            tuple(self._sent(since, earlier)),
            marker,
            answer.alive,
            answer.listening,
            many,
        )

    def _sent(self, since: int, earlier: Container[bytes]) -> list[FrameEvent]:
        """What has left since then, but for frames that came in before and leave only now."""
        frames = self._network.timeline.frames(None, Direction.OUT, Origin.PROGRAM, since)
        return [
            it for it in frames if it.interface in self._labels and token(it.data) not in earlier
        ]

    # -- looking, and the end -------------------------------------------------------------------

    def still_idle(self) -> bool | None:
        """Whether it sleeps while nothing comes, now as before; None if it does not run."""
        if self.idle is False:
            return False
        now = self.listener.idles()
        return self.idle if now is None else now

    def promiscuous(self) -> tuple[str, ...]:
        """Return which of its interfaces take in frames for everybody."""
        return tuple(it for it in PORTS if self._stage.is_promiscuous(it))

    def stop(self) -> ProgramRecord:
        """Stop the program, and return the record of its first start."""
        self.listener.stop()
        return self.listener.record()
