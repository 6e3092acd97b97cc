"""Sending bursts to a program that collects, while it cannot read or nobody reads what it prints.

Nothing is decided by who is faster. A burst is delivered while the program is made to stand still:
what it has of it afterwards is what its socket holds, the same under any load. Or it is delivered
while its terminal is full: then the same happens to a program that prints while frames come, and
nothing to one that does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from l2harness.errors import FramesLostError
from l2harness.frames import BROADCAST, EtherType, Frame, MacAddress, pad
from l2harness.labs.listening import Listener
from l2harness.labs.massive.lines import Numbered
from l2harness.labs.records import ProgramRecord
from l2harness.labs.stage import Stage
from l2harness.network.loop import Deadline
from l2harness.network.room import Room, frames_in
from l2harness.network.timeline import Origin
from l2harness.programs.activity import Stillness
from l2harness.programs.pausing import stopped, unheard
from l2harness.programs.procfs import Activity, PacketTable, Wait

SENDERS: Final = 3
STOP: Final = b"stop"
#: Numbers begin here, so that each has as many digits, and none begins as ``stop`` does.
_FIRST_NUMBER: Final = 100_000
_STEP: Final = 1_000
#: So many frames are delivered before the harness looks at its own sockets.
_AT_A_TIME: Final = 32
#: How long a frame that has been delivered may take into a socket, seconds.
_ARRIVES_WITHIN_S: Final = 10.0
#: How long a program may be busy with what has come, while nobody reads its terminal; seconds.
_BUSY_S: Final = 10.0
#: How long one must stand still with frames in its queue before it counts as stuck, where the
#: kernel does not say what it waits for or it waits for a moment; seconds.
_STUCK_S: Final = 2.0
#: What a frame takes in memory where that cannot be seen, bytes; seen on x86-64.
_FRAME_BYTES: Final = 768


class Collector:
    """
    The program on one interface, and several hosts that send to it.

    Args:
        stage: The run.
        interface: Where it is told to listen, ``h2.eth0``.
        program: Its name in the lab.
    """

    def __init__(self, stage: Stage, interface: str, program: str) -> None:
        self._stage = stage
        self._network = stage.network
        self.interface = interface
        self._host = interface.partition(".")[0]
        self._own = self._network.mac(interface)
        self._witness = self._network.witness(interface)
        self._witnessed = self._witness.count
        self._senders = [stage.draw_mac() for _ in range(SENDERS)]
        self._numbers = dict.fromkeys(self._senders, _FIRST_NUMBER)
        self._since = len(self._network.timeline.events)
        self.listener = Listener(stage, interface, program)
        self.listener.start()
        self.listener.wait_ready()
        self.listening = self.listener.running and self.listener.listening
        self.protocols = self.listener.protocols
        self.idle = self.listener.idles()

    # -- sending ------------------------------------------------------------------------------

    def burst(self, count: int) -> list[Numbered]:
        """Deliver frames of all senders, mixed, and return what they are."""
        order = [self._senders[number % SENDERS] for number in range(count)]
        self._stage.random.shuffle(order)
        sent = []
        for sender in order:
            self._numbers[sender] += self._stage.random.randrange(1, _STEP)
            sent.append(Numbered(sender.value, self._numbers[sender]))
        self.deliver([self._frame(it) for it in sent])
        return sent

    def _frame(self, it: Numbered) -> bytes:
        payload = it.number.to_bytes(4, "big")
        return bytes(Frame(self._own, MacAddress(it.sender), EtherType.LAB, payload))

    def strays(self) -> None:
        """Deliver frames of other EtherTypes, one of them to everybody."""
        kinds = (EtherType.IPV4, EtherType.LAB2, EtherType.ARP)
        targets = (self._own, self._own, BROADCAST)
        frames = []
        for kind, target, sender in zip(kinds, targets, self._senders, strict=True):
            payload = (self._numbers[sender] + _STEP).to_bytes(4, "big")
            frames.append(bytes(Frame(target, sender, kind, payload)))
        self.deliver(frames)

    def deliver(self, frames: Sequence[bytes], *, at: str | None = None) -> None:
        """
        Deliver frames, and return when every socket on the host has been offered them.

        Args:
            frames: In their order.
            at: The interface, if not the program's own.

        Raises:
            FramesLostError: The harness's own socket has not got all of them: nobody knows what
                the program's has.
        """
        label = at or self.interface
        witness = self._network.witness(label)
        wanted = witness.count + len(frames)
        for number, data in enumerate(frames, 1):
            self._network.wire.deliver(label, pad(data), Origin.HARNESS)
            if number % _AT_A_TIME == 0:
                self._network.loop.drain()
        if not self._network.loop.wait(
            lambda: witness.count >= wanted, Deadline.after(_ARRIVES_WITHIN_S)
        ):
            raise FramesLostError("deliver frames to", label)

    # -- how much fits ------------------------------------------------------------------------

    def measured(self) -> tuple[list[Numbered], int, int]:
        """
        Deliver one frame, and look what it takes in the harness's own socket.

        Returns:
            The frame; how many such frames a usual receive buffer takes; and how many the largest
            one takes that a program can ask for.
        """
        [sender] = self._senders[:1]
        self._numbers[sender] += 1
        it = Numbered(sender.value, self._numbers[sender])
        self._network.wire.deliver(self.interface, pad(self._frame(it)), Origin.HARNESS)
        table = PacketTable(self._network.packet_table_fd(self._host))
        own = self._witness.inode()
        deadline = Deadline.after(_ARRIVES_WITHIN_S)
        takes_bytes = 0
        while not takes_bytes and not deadline.expired:  # the loop would take it away
            rows = [row.rmem_bytes for row in table.rows() if row.inode == own]
            takes_bytes = max(rows, default=0)
        self._network.loop.drain()
        room = Room.of(self._network.namespace(self._host))
        takes_bytes = takes_bytes or _FRAME_BYTES
        usual = frames_in(room.usual_bytes, takes_bytes)
        return [it], usual, frames_in(room.most_bytes, takes_bytes)

    # -- keeping it from running --------------------------------------------------------------

    def standing_still(self) -> AbstractContextManager[None]:
        """Have the program stand still, if it runs."""
        program = self.listener.program
        return nullcontext() if program is None else stopped(self._network.loop, program)

    def unheard(self) -> AbstractContextManager[None]:
        """Leave what it prints in its terminal, if it runs."""
        program = self.listener.program
        return nullcontext() if program is None else unheard(self._network.loop, program)

    def rest(self) -> None:
        """Wait until it has nothing left to read, and sleeps."""
        if self.listener.running and self.listener.program is not None:
            self.listener.settle(self.listener.program)

    def rest_or_stick(self) -> bool:
        """Wait until its socket is empty, or it stands still with frames in it: return which."""
        program = self.listener.program
        if program is None:
            return False
        earlier: list[Activity] = []
        stillness = Stillness(_STUCK_S)
        stuck = False

        def over() -> bool:
            nonlocal stuck
            stuck = False
            if not program.running or not self.listener.waiting_bytes:
                return True
            now = Activity.sample(program.pids())
            asleep = all(it.state == "S" for it in now.threads)
            same = bool(earlier) and asleep and now.unmoved_since(earlier[-1])
            earlier[:] = [now]
            lasts = stillness.lasts(now)
            if now.blocked_forever:
                return same  # for frames: what lies there, it never reads
            # Asleep, not for frames, and with some to read: for its terminal.
            writes = all(it.wait is Wait.NOT for it in now.threads)
            stuck = (same and writes) or (asleep and lasts)
            return stuck

        self._network.loop.wait(over, Deadline.after(_BUSY_S), poll=True)
        return stuck

    # -- the end ------------------------------------------------------------------------------

    def stop(self) -> tuple[ProgramRecord, str]:
        """Tell it to stop, end it if it does not, and return what it did and printed."""
        program = self.listener.program
        if program is None:
            return self.listener.record(), ""
        if self.listener.running:
            self.rest()
            stop = Frame(self._own, self._senders[0], EtherType.LAB, STOP)
            self.deliver([bytes(stop)])
            self._stage.await_end(program)
            self.listener.stop()
        return self.listener.record(), self.listener.printed(program, self._since)
