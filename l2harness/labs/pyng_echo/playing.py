"""Playing the far end for a client that sends requests: what answers it gets, and when.

The client is seen waiting before anything is sent to it, and seen waiting again before the next
thing is: so that it has taken in a frame, or taken it for its answer, is known and not guessed.
How long an answer is held back, the harness decides; that is what the client has to measure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from l2harness.frames import MINIMUM_FRAME, Frame, pad
from l2harness.labs.listening import Listener
from l2harness.labs.records import Sending
from l2harness.labs.stage import Stage
from l2harness.network.loop import Deadline
from l2harness.network.network import Network
from l2harness.network.timeline import Direction, FrameEvent, Origin
from l2harness.programs.activity import Stillness
from l2harness.programs.process import Program
from l2harness.programs.procfs import Activity

#: How long a client that sleeps is watched, while nothing is under way to it, before nothing more
#: will come of it; seconds. And how often it is looked at for that.
_ASLEEP_S: Final = 1.5
_LOOK_EVERY_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Round:
    """
    One request, and what it got.

    Attributes:
        request: As it left.
        seen_s: When the harness saw it, which is no earlier than it left; monotonic, seconds.
        answered_s: When its answer was on its way, at the earliest; None if it got none.
        early: It went on before it could have had that: to the next request, or to its end.
    """

    request: FrameEvent
    seen_s: float
    answered_s: float | None = None
    early: bool = False


@dataclass(frozen=True, slots=True)
class Pinging:
    """
    One execution of a client.

    Attributes:
        sending: What it sent, and how it ended.
        count: How many requests it was told to send.
        timeout_s: How long it was told to wait for each answer, seconds.
        rounds: Its requests in their order, as far as they came.
        began_s: When it was started; monotonic, seconds.
        ended_s: When it had ended, at the latest.
    """

    sending: Sending
    count: int
    timeout_s: float
    rounds: tuple[Round, ...]
    began_s: float
    ended_s: float

    @property
    def printed(self) -> str:
        """What it printed on standard output."""
        return self.sending.record.stdout.decode("utf-8", "backslashreplace")


class FarEnd:
    """
    A client, and whoever it sends requests to: a host that does not exist.

    Args:
        stage: The run.
        interface: Which the client is told to use, ``h1.eth0``.
        client: Its name in the lab.
        count: How many requests it is told to send.
        timeout_ms: How long it is told to wait for each answer.
    """

    def __init__(
        self, stage: Stage, interface: str, client: str, count: int, timeout_ms: int
    ) -> None:
        self._stage = stage
        self._network = stage.network
        self._interface = interface
        self._count = count
        self._timeout_s = timeout_ms / 1000
        self.target = stage.draw_mac()
        self.own = stage.network.mac(interface)
        device = interface.partition(".")[2]
        self._arguments = (str(self.target), device, str(count), str(timeout_ms))
        self._name = client
        self._since = len(self._network.timeline.events)
        self._client = Listener(stage, interface, client, self._arguments)
        self._began_s = time.monotonic()
        self._client.start()
        self._rounds: list[Round] = []

    # -- one request after the other ----------------------------------------------------------

    def ignore(self, within_s: float, meanwhile: Callable[[], None] = lambda: None) -> bool:
        """
        Leave the next request without an answer; return whether it came.

        Args:
            within_s: How long it may take to come, seconds.
            meanwhile: Called as soon as it has come.
        """
        request = self._next(within_s)
        if request is None:
            return False
        self._rounds.append(Round(request, time.monotonic()))
        meanwhile()
        return True

    def answer(
        self,
        within_s: float,
        hold_s: float = 0.0,
        *,
        before: Callable[[bytes], Frame] | None = None,
        copies: int = 1,
    ) -> bool:
        """
        Answer the next request; return whether it came.

        Args:
            within_s: How long it may take to come, seconds.
            hold_s: How long to hold its answer back, seconds.
            before: Makes a frame of the request that is no answer, to come first.
            copies: How often the answer arrives.
        """
        request = self._next(within_s)
        if request is None:
            return False
        seen_s = time.monotonic()
        number = len(self._rounds) + 1
        self._rest()
        if before is not None:
            self.deliver(before(request.data))
            self._rest()
        held = Deadline(seen_s + hold_s)
        self._network.loop.wait(lambda: self._gone_on(number), held)
        self._network.settle()
        answered_s = time.monotonic()
        early = self._gone_on(number) and answered_s - seen_s < self._timeout_s / 2
        for _ in range(copies):
            self.deliver(self.right_answer(request.data))
        self._rounds.append(Round(request, seen_s, answered_s, early))
        return True

    def right_answer(self, request: bytes) -> Frame:
        """Return the answer to a request, whatever its header says."""
        kind = int.from_bytes(request[12:14], "big")
        return Frame(self.own, self.target, kind, request[14:])

    def deliver(self, frame: Frame) -> None:
        """Have a frame come to the client's host, over a line that is perfect."""
        data = pad(bytes(frame), MINIMUM_FRAME)
        self._network.wire.deliver(self._interface, data, Origin.HARNESS)

    def request(self, number: int) -> bytes:
        """Return one of its requests, counted from 1, as it left."""
        return self._rounds[number - 1].request.data

    def end(self, within_s: float) -> Pinging:
        """Wait for its end, stop it if that does not come, and return what it did."""
        program = self._client.program
        host = self._interface.partition(".")[0]
        if program is None:
            record = self._stage.not_tried(host, self._name, *self._arguments)
            sending = Sending(record, self._interface, self.own, self.target, (), ())
        else:
            self._await(lambda: False, within_s)
            sending = self._stage.sending(program, self._interface, self.target, self._since)
        return Pinging(
            sending,
            self._count,
            self._timeout_s,
            tuple(self._rounds),
            self._began_s,
            time.monotonic(),
        )

    # -- looking ------------------------------------------------------------------------------

    def _requests(self) -> Sequence[FrameEvent]:
        return self._network.timeline.frames(
            self._interface, Direction.OUT, Origin.PROGRAM, self._since
        )

    def _gone_on(self, number: int) -> bool:
        """Whether it has come further than to this request."""
        return len(self._requests()) > number or not self._client.running

    def _next(self, within_s: float) -> FrameEvent | None:
        number = len(self._rounds) + 1
        self._await(lambda: len(self._requests()) >= number, within_s)
        self._network.settle()
        requests = self._requests()
        return requests[number - 1] if len(requests) >= number else None

    def _await(self, done: Callable[[], bool], within_s: float) -> None:
        """Wait until something is so, the client has ended, or sleeps on and on."""
        program = self._client.program
        if program is not None:
            await_progress(self._network, [program], done, within_s)

    def _rest(self) -> None:
        """Wait until it has taken in what has come, and waits for more."""
        program = self._client.program
        if program is not None:
            self._client.settle(program)


def await_progress(
    network: Network, programs: Sequence[Program], done: Callable[[], bool], within_s: float
) -> None:
    """
    Wait until something is so, the first program has ended, or all sleep and nothing more happens.

    Args:
        network: On which they run.
        programs: All that could do something; what they wait for is one of them, or a time limit.
        done: What is to be so.
        within_s: How long to wait at most, seconds.
    """
    first = programs[0]
    stillness = Stillness(_ASLEEP_S)
    look = Deadline.after(_LOOK_EVERY_S)

    def over() -> bool:
        nonlocal look
        if done() or not first.running:
            return True
        if not look.expired:
            return False  # what their threads do need not be known as often
        look = Deadline.after(_LOOK_EVERY_S)
        now = Activity.sample(pid for it in programs for pid in it.pids())
        lasts = stillness.lasts(now)
        return now.all_blocked and lasts

    network.loop.wait(over, Deadline.after(within_s), poll=True)
