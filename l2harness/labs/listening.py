"""Driving a program that listens: one frame at a time, and what it prints about each.

Nothing here waits for time to pass. The program is ready when the kernel lists a running packet
socket of its own on the interface; it is through with a frame when its sockets are empty and its
threads sleep in a waiting call, the same way in two looks. If it ends, it is started again for the
next frame, so that one fault costs one answer.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Final

from l2harness.labs.records import Answer, Burst, ProgramRecord
from l2harness.labs.stage import Stage
from l2harness.network.loop import Deadline, patience
from l2harness.network.timeline import Direction, FrameEvent, Origin, OutputEvent
from l2harness.programs.activity import Stillness
from l2harness.programs.process import Program
from l2harness.programs.procfs import Activity, PacketSocket, PacketTable

#: How long a program may be busy with one frame, seconds.
_BUSY_WITH_A_FRAME_S: Final = 3.0
#: … and one that has been seen to be busy all the time: its output is all there is to go by.
_ALWAYS_BUSY_S: Final = 0.25
#: CPU time that a program may use with nothing left to read before it counts as one of these.
_BUSY_FOR_NOTHING_S: Final = 0.4
#: How long something that hears nothing is given to begin hearing, once nothing moves any more.
_DEAF_S: Final = 1.0
#: … and how often its threads are looked at for that, seconds.
_LOOK_DEAF_EVERY_S: Final = 0.05
#: How much of a CPU a program may use while nothing happens, and how long that is looked at where
#: it does not simply sleep until something comes; seconds.
_IDLE_SHARE: Final = 0.2
_IDLE_LOOK_S: Final = 0.5
#: How long a program whose lines show nothing of a frame must keep quiet without one; seconds.
_QUIET_S: Final = 0.15


class Listener:
    """
    A program that listens on one interface.

    Args:
        stage: The run.
        interface: Where it is told to listen, ``h2.eth0``.
        program: Its name in the lab.
        arguments: What it gets on its command line; None for the interface's name alone.
        others: Further interfaces of the same host where it is told to listen, too.
    """

    def __init__(
        self,
        stage: Stage,
        interface: str,
        program: str,
        arguments: Sequence[str] | None = None,
        others: Sequence[str] = (),
    ) -> None:
        self._stage = stage
        self.network = stage.network
        self.interface = interface
        self._host, _, self._device = interface.partition(".")
        self._name = program
        self._arguments = (self._device,) if arguments is None else tuple(arguments)
        self._table = PacketTable(self.network.packet_table_fd(self._host))
        self.program: Program | None = None
        self._programs: list[Program] = []
        self._always_busy = False
        self.before_any_frame = ""
        topology = self.network.topology
        self._indexes = {topology.interface(it).index for it in (interface, *others)}
        # Opened before the program's sockets, hence served after them: what a witness has got,
        # the program has got.
        for label in (interface, *others):
            self.network.witness(label)

    # -- starting and ending ------------------------------------------------------------------

    def start(self) -> None:
        """Start the program, without waiting; one with a problem is not started."""
        if self._stage.problem(self._name) is None:
            self.program = self._stage.start(self._host, self._name, *self._arguments)
            self._programs.append(self.program)

    def wait_ready(self) -> bool:
        """Return whether the program has come to listen, everywhere, within its limit."""
        program = self.program
        if program is None:
            return False
        quiet = Stillness(_DEAF_S)
        look = Deadline.after(_LOOK_DEAF_EVERY_S)

        def ready() -> bool:
            nonlocal look
            if not program.running:
                return True
            sockets = self._sockets()
            heard = {it.ifindex for it in sockets if it.running}
            if heard >= self._indexes:
                return True
            if not look.expired and not heard:
                return False  # what its threads do need not be known as often as its sockets
            look = Deadline.after(_LOOK_DEAF_EVERY_S)
            activity = Activity.sample(program.pids())
            if heard and activity.all_blocked:
                # One unbound socket hears all interfaces. Some of several: more may follow.
                return 0 in heard or len(self._indexes) == 1 or quiet.lasts(activity)
            # Asleep for good, and deaf: nothing that we do will make it listen.
            return activity.blocked_forever and quiet.lasts(activity)

        deadline = Deadline.after(self._stage.limits.start_s)
        self.network.loop.wait(ready, deadline, poll=True)
        listening = program.running and self.listening
        if listening and len(self._programs) == 1:
            self.settle(program)
            self.before_any_frame = _text(program)
        return listening

    def ask_to_end(self) -> None:
        """Send the program a SIGTERM, and go on."""
        if self.program is not None:
            self.program.ask_to_end()

    def stop(self) -> None:
        """Stop the program."""
        if self.program is not None:
            self.program.stop()

    @property
    def running(self) -> bool:
        """Whether the program runs now."""
        return self.program is not None and self.program.running

    def record(self) -> ProgramRecord:
        """Return the record of the first start of the program."""
        if not self._programs:
            return self._stage.not_tried(self._host, self._name, *self._arguments)
        return self._stage.record(self._programs[0])

    # -- asking -------------------------------------------------------------------------------

    def prepare(self, witness: str | None = None) -> Waiting:
        """
        See to it that the program runs, and remember where it stands before a frame comes.

        Args:
            witness: The interface at which the frame will arrive, if not the program's own.
        """
        started = False
        if not self.running:
            self.start()
            started = True
            self.wait_ready()
        return Waiting(self, witness or self.interface, started=started)

    def answer_to(self, send: Callable[[], bytes], known: Callable[[str], bool]) -> Answer:
        """
        Have a frame sent, and return what the program printed about it.

        Args:
            send: Sends it, and returns it as it will be delivered to the program's host.
            known: Whether a text is about that frame: then a program that never rests need not
                be waited for.
        """
        waiting = self.prepare()
        frame = send()
        return waiting.answer(frame, known)

    def deliver(
        self, frame: bytes, known: Callable[[str], bool], *, at: str | None = None
    ) -> Answer:
        """
        Have a frame come from outside, and return what the program printed about it.

        Args:
            frame: As it is delivered.
            known: As for `answer_to`.
            at: Where it arrives, if not at the program's own interface.
        """
        where = at or self.interface
        waiting = self.prepare(witness=where)
        self.network.wire.deliver(where, frame, Origin.HARNESS)
        return waiting.answer(frame, known)

    def burst(self, send: Callable[[], int]) -> Burst | None:
        """
        Have many frames sent at once, and return what came of it; None if it does not run.

        Args:
            send: Sends them, and returns how many.
        """
        if not self.running or self.program is None:
            return None
        program = self.program
        since = len(self.network.timeline.events)
        waiting = self.prepare()
        count = send()
        answer = waiting.answer(
            b"", lambda _: self.printed(program, since).count("\n") >= count, count=count
        )
        frames = tuple(
            event.data
            for event in self.network.timeline.of(FrameEvent, since)
            if event.interface == self.interface and event.direction is Direction.IN
        )
        return Burst(frames, answer.printed, answer.alive)

    def idles(self) -> bool | None:
        """
        Return whether the program sleeps while nothing arrives; None if it does not run.

        A program all of whose threads wait without a time limit uses no CPU, by proof. For one
        that wakes up now and then, CPU time is set against the clock until it is clear. One that
        is never seen to wait wants the CPU all the time, also where others leave it little.
        """
        program = self.program
        if program is None or not program.running:
            return None
        self.settle(program)
        first = Activity.sample(program.pids())
        if first.blocked_forever:
            return True
        deadline = Deadline.after(_IDLE_LOOK_S)
        seen_waiting = first.all_blocked

        def clear() -> bool:
            nonlocal seen_waiting
            if not program.running:
                return True
            now = Activity.sample(program.pids())
            seen_waiting |= now.all_blocked
            return now.cpu_s - first.cpu_s > patience(_IDLE_SHARE * _IDLE_LOOK_S)

        busy = self.network.loop.wait(clear, deadline, poll=True)
        return None if not program.running else seen_waiting and not busy

    def still_idles(self, before: bool | None) -> bool | None:
        """Whether it sleeps while nothing comes, now as `before`; None if it never ran."""
        if before is False:
            return False
        now = self.idles()
        return before if now is None else now

    # -- looking ------------------------------------------------------------------------------

    @property
    def listening(self) -> bool:
        """Whether a packet socket on the host, other than the harness's, hears anything."""
        return any(it.running for it in self._sockets())

    @property
    def waiting_bytes(self) -> int:
        """Memory of the frames that wait in the fullest of the host's sockets but our own."""
        return max((it.rmem_bytes for it in self._sockets()), default=0)

    @property
    def protocols(self) -> tuple[int, ...]:
        """What its sockets ask the kernel for, see `PacketSocket.protocol`; each once, sorted."""
        return tuple(sorted({it.protocol for it in self._sockets()}))

    @property
    def hears(self) -> tuple[str, ...]:
        """Labels of the interfaces that its sockets hear, ``h2.eth0``; of an unbound one, all."""
        heard = {it.ifindex for it in self._sockets() if it.running}
        every = self.network.topology.host(self._host).interfaces
        return tuple(it.label for it in every if {0, it.index} & heard)

    def _sockets(self) -> list[PacketSocket]:
        own = self.network.own_inodes()
        return [row for row in self._table.rows() if row.inode not in own]

    def awaits_frames(self, program: Program) -> bool:
        """
        Whether nothing but a frame will wake a program up: it listens, has nothing left to read,
        and sleeps without a time limit. What it prints next, a frame has made it print.
        """
        sockets = self._sockets()
        if any(it.rmem_bytes for it in sockets) or not any(it.running for it in sockets):
            return False
        activity = Activity.sample(program.pids())
        return activity.blocked_forever or (activity.all_blocked and not activity.precise)

    def settle(self, program: Program, done: Callable[[], bool] = lambda: False) -> None:
        """Wait until the program rests, the same way in two looks; or is done and never rests."""
        earlier: list[Activity] = []
        begun_s = Activity.sample(program.pids()).cpu_s

        def settled() -> bool:
            if not program.running:
                return True
            unread = any(it.rmem_bytes for it in self._sockets())
            now = Activity.sample(program.pids())
            if unread and not now.blocked_forever:
                earlier.clear()
                return self._always_busy and done()
            # Nobody who waits for ever will read what has come: who waits for it has been woken
            # up before a witness had it. So it lies in a socket that only sends.
            if not now.all_blocked:
                earlier.clear()
                self._always_busy |= now.cpu_s - begun_s > patience(_BUSY_FOR_NOTHING_S)
                return self._always_busy and done()
            if earlier and now.unmoved_since(earlier[-1]):
                return True
            earlier[:] = [now]
            return False

        def over() -> bool:
            return settled() or (self._always_busy and soon.expired)

        soon = Deadline.after(_ALWAYS_BUSY_S)
        if not self.network.loop.wait(over, Deadline.after(_BUSY_WITH_A_FRAME_S), poll=True):
            self._always_busy = True
        self.network.loop.drain()
        program.hear()

    def printed(self, program: Program, since: int) -> str:
        """Return what a program wrote on stdout since a position of the timeline."""
        data = b"".join(
            event.data
            for event in self.network.timeline.of(OutputEvent, since)
            if event.program == program.number and event.stream == "stdout"
        )
        return data.decode("utf-8", "backslashreplace")


class Waiting:
    """A program before a frame comes, and what it printed after."""

    def __init__(self, listener: Listener, witness: str, *, started: bool) -> None:
        self._listener = listener
        self._network = listener.network
        self._program = listener.program if listener.running else None
        self._witness = self._network.witness(witness)
        self._started = started
        self._listening = self._program is not None and listener.listening
        self._awaits = self._program is not None and listener.awaits_frames(self._program)
        self._since = len(self._network.timeline.events)
        self._before = self._witness.count

    def answer(self, frame: bytes, known: Callable[[str], bool], *, count: int = 1) -> Answer:
        """
        Wait until the program has nothing left to do, and return what it printed meanwhile.

        Args:
            frame: The one that was sent.
            known: Whether a text is about that frame.
            count: How many frames were sent; 0 where none reached the program's host.
        """
        network, program = self._network, self._program
        network.settle()
        network.loop.wait(
            lambda: self._witness.count >= self._before + count,
            Deadline.after(_BUSY_WITH_A_FRAME_S),
        )
        if program is None:
            return Answer(
                frame, "", provoked=False, alive=False, started=self._started, listening=False
            )
        listener, since = self._listener, self._since
        listener.settle(program, lambda: known(listener.printed(program, since)))
        return Answer(
            frame,
            listener.printed(program, since),
            provoked=self._awaits and self._spoke_of(known),
            alive=program.running,
            started=self._started,
            listening=self._listening,
        )

    def _spoke_of(self, known: Callable[[str], bool]) -> bool:
        """
        Whether it was the frame that made the program print: if its lines do not show that, it has
        to keep quiet while there is none. A timer wakes up who waits for ever, too.
        """
        program, listener = self._program, self._listener
        assert program is not None
        printed = listener.printed(program, self._since)
        if not printed or known(printed):
            return True
        return not self._network.loop.wait(
            lambda: listener.printed(program, self._since) != printed, Deadline.after(_QUIET_S)
        )


def _text(program: Program) -> str:
    with contextlib.suppress(ValueError):
        return program.output().decode("utf-8", "backslashreplace")
    return ""
