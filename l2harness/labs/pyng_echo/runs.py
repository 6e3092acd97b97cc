"""What is done with a submission of lab pyng-echo, and what is kept of it.

For the client the harness plays the server, and so decides what is lost, late, double or not its
own; for the server it plays the client. Last, both meet: on a good line, and on a bad one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from l2harness.frames import BROADCAST, EtherType, Frame, MacAddress
from l2harness.labs.answering import Exchange, Responder
from l2harness.labs.api import run
from l2harness.labs.listening import Listener
from l2harness.labs.pyng_echo.measuring import waits_as_told
from l2harness.labs.pyng_echo.playing import FarEnd, Pinging, await_progress
from l2harness.labs.records import ProgramRecord, Sending
from l2harness.labs.stage import Stage
from l2harness.labs.turns import in_turns
from l2harness.network.timeline import Direction, FrameEvent

CLIENT, SERVER = "pyng", "pyngd"
FIRST, SECOND = "h1.eth0", "h1.eth1"
HERE, OVER_THERE = "h2.eth0", "h2.eth1"
ASKERS: Final = ("h1.eth0", "h3.eth0")
#: A time limit that is not met on any machine, milliseconds; and one that is waited for.
_LONG_MS, _SHORT_MS = 20_000, 150
#: How long a client may take over its next request once it has its answer; seconds.
_GOES_ON_S: Final = 3.0
#: … or once its own limit has passed.
_TIMES_OUT_S: Final = 5.0
#: How long answers are held back, milliseconds: some short, some long, so that no number fits all.
_HELD_MS: Final = ((20, 30), (90, 110))
ANSWERED: Final = 4
DOUBLE: Final = 2
STRANGE: Final = (
    "one from the target with another payload",
    "one with its payload, from another host",
    "one with its payload from the target, to another host",
    "one with its payload from the target, with another EtherType",
)
GOOD_COUNT, BAD_COUNT, BAD_MS = 3, 12, 50
LENGTHS: Final = (1, 46, 1500)
MANY: Final = 40


@dataclass(frozen=True, slots=True)
class Answering:
    """
    The server on h2.

    Of one that answers neither of the first two requests, nothing more is asked.

    Attributes:
        record: Its first start.
        own: Address of its interface.
        protocols: What its sockets ask the kernel for, see `Listener.protocols`.
        plain: Two requests, from two hosts.
        idle: Whether it sleeps while nothing comes; None if it did not run.
        lengths: With payloads of 1, 46 and 1500 bytes.
        others: To another host, to everybody, with other EtherTypes.
        again: The first request, byte for byte.
        many: Forty requests in a row.
    """

    record: ProgramRecord
    own: MacAddress
    protocols: tuple[int, ...]
    plain: tuple[Exchange, ...]
    idle: bool | None = None
    lengths: tuple[Exchange, ...] = ()
    others: tuple[Exchange, ...] = ()
    again: Exchange | None = None
    many: Exchange | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The server on a host with two interfaces, told to answer on the second one."""

    record: ProgramRecord
    own: MacAddress
    other_interface: Exchange
    named_interface: Exchange


@dataclass(frozen=True, slots=True)
class Pair:
    """
    The client beside the server of the same submission.

    Attributes:
        sending: The client.
        server: The server.
        count: How many requests the client was told to send.
        timeout_s: How long it was told to wait for each answer, seconds.
        came: For each request after how many seconds an answer to it came, None if none did.
    """

    sending: Sending
    server: ProgramRecord
    count: int
    timeout_s: float
    came: tuple[float | None, ...]


# -- the client ---------------------------------------------------------------------------------


@run
def answered(stage: Stage) -> Pinging:
    """The client on h1; every request is answered after a while, one of them twice."""
    held_ms = [stage.random.randrange(*_HELD_MS[number % 2]) for number in range(ANSWERED)]
    stage.random.shuffle(held_ms)
    # One more than there should be requests: who sends too many gets answers all the same.
    held_s = [ms / 1000 for ms in (*held_ms, _HELD_MS[0][0])]
    far = FarEnd(stage, FIRST, CLIENT, ANSWERED, _LONG_MS)
    within_s = stage.limits.wall_s
    for number, hold_s in enumerate(held_s, 1):
        if not far.answer(within_s, hold_s, copies=2 if number == DOUBLE else 1):
            break
        within_s = _GOES_ON_S
    return far.end(within_s)


@run
def strangers(stage: Stage, answered: Pinging) -> Pinging | None:
    """The client on h1; before each answer comes a frame that is none."""
    if not answered.sending.by_interface:
        return None
    far = FarEnd(stage, FIRST, CLIENT, len(STRANGE), _LONG_MS)
    within_s = stage.limits.wall_s
    other = stage.draw_mac()
    noise = stage.random.randbytes(46)

    def other_payload(request: bytes) -> Frame:
        return Frame(far.own, far.target, EtherType.LAB, noise)

    def other_source(request: bytes) -> Frame:
        return Frame(far.own, other, EtherType.LAB, request[14:])

    def other_destination(request: bytes) -> Frame:
        return Frame(other, far.target, EtherType.LAB, request[14:])

    def other_type(request: bytes) -> Frame:
        return Frame(far.own, far.target, EtherType.LAB2, request[14:])

    for stray in (other_payload, other_source, other_destination, other_type):
        if not far.answer(within_s, before=stray):
            break
        within_s = _GOES_ON_S
    return far.end(within_s)


@run
def unanswered(stage: Stage, answered: Pinging) -> Pinging | None:
    """The client on h1's second interface; nothing is answered in time, and one answer is late."""
    if not answered.sending.by_interface:
        return None
    far = FarEnd(stage, SECOND, CLIENT, 2, _SHORT_MS)
    if far.ignore(stage.limits.wall_s):

        def late() -> None:
            far.deliver(far.right_answer(far.request(1)))

        far.ignore(_TIMES_OUT_S, late)
    return far.end(_TIMES_OUT_S)


@run
def refusals(stage: Stage, answered: Pinging) -> tuple[Sending, ...]:
    """The client on h1, with an unknown interface, an address that is none, and no arguments."""
    if not answered.sending.by_interface:
        return ()
    unknown = stage.draw_unknown_interface()
    target = str(stage.draw_mac())
    return (
        stage.refusal(FIRST, CLIENT, target, unknown, "1", str(_SHORT_MS)),
        stage.refusal(FIRST, CLIENT, target[:14], "eth0", "1", str(_SHORT_MS)),
        stage.refusal(FIRST, CLIENT),
    )


# -- the server ---------------------------------------------------------------------------------


@run
def answering(stage: Stage) -> Answering:
    """The server on h2, with requests from h1 and h3."""
    own = stage.network.mac(HERE)
    it = Responder(stage, HERE, SERVER, ("eth0",))

    def ask(frame: Frame, number: int = 0) -> Exchange:
        return it.ask(bytes(frame), sender=ASKERS[number])

    first = _request(stage, own)
    plain = (ask(first), ask(_request(stage, own), 1))
    if not any(exchange.replies for exchange in plain):
        return Answering(it.stop(), own, it.protocols, plain)
    lengths = tuple(ask(_request(stage, own, length)) for length in LENGTHS)
    strays = (
        _request(stage, stage.draw_mac()),
        _request(stage, BROADCAST),
        _request(stage, own, kind=EtherType.LAB2),
        _request(stage, own, kind=EtherType.IPV4),
    )
    others = tuple(ask(frame, 1) for frame in strays)
    again = ask(first)
    many = it.ask_many([(asker, bytes(_request(stage, own))) for asker in in_turns(ASKERS, MANY)])
    idle = it.still_idle()
    return Answering(it.stop(), own, it.protocols, plain, idle, lengths, others, again, many)


@run
def elsewhere(stage: Stage) -> Elsewhere:
    """The server on h1's second interface; a request on the first one, then on the second."""
    own = stage.network.mac(SECOND)
    it = Responder(stage, SECOND, SERVER, (SECOND.partition(".")[2],))
    stray = it.deliver(bytes(_request(stage, stage.network.mac(FIRST))), at=FIRST)
    named = it.deliver(bytes(_request(stage, own)))
    return Elsewhere(it.stop(), own, stray, named)


def _request(
    stage: Stage, target: MacAddress, length: int = 46, *, kind: int = EtherType.LAB
) -> Frame:
    """A request of somebody whom nobody could have known, with a payload that has no end."""
    payload = stage.random.randbytes(length - 1) + bytes([stage.random.randrange(1, 256)])
    return Frame(target, stage.draw_mac(), kind, payload)


# -- both ---------------------------------------------------------------------------------------


@run
def pair(stage: Stage) -> Pair:
    """The client on h1 and the server on h2."""
    return _pair(stage, FIRST, HERE, GOOD_COUNT, _LONG_MS)


@run
def bad_line(stage: Stage, pair: Pair, unanswered: Pinging | None) -> Pair | None:
    """The client on h1 and the server on h2, on a line that loses frames and doubles others."""
    good = all(it is not None for it in pair.came) and len(pair.came) >= pair.count
    if not good or unanswered is None or len(unanswered.rounds) < 2:
        return None
    if not waits_as_told(unanswered):
        return None
    return _pair(stage, SECOND, OVER_THERE, BAD_COUNT, BAD_MS)


def _pair(stage: Stage, near: str, far: str, count: int, timeout_ms: int) -> Pair:
    device = near.partition(".")[2]
    server = Listener(stage, far, SERVER, (far.partition(".")[2],))
    server.start()
    server.wait_ready()
    target = stage.network.mac(far)
    arguments = (str(target), device, str(count), str(timeout_ms))
    client = Listener(stage, near, CLIENT, arguments)
    since = len(stage.network.timeline.events)
    client.start()
    if client.program is None:
        record = stage.not_tried(near.partition(".")[0], CLIENT, *arguments)
        sending = Sending(record, near, stage.network.mac(near), target, (), ())
    else:
        both = [it.program for it in (client, server) if it.program is not None]
        await_progress(stage.network, both, lambda: False, stage.limits.wall_s)
        sending = stage.sending(client.program, near, target, since)
    frames = stage.network.timeline.frames(near, since=since)
    server.stop()
    return Pair(sending, server.record(), count, timeout_ms / 1000, came(frames, near))


def came(frames: Sequence[FrameEvent], interface: str) -> tuple[float | None, ...]:
    """
    Return for each request after how many seconds an answer to it came; None if none did.

    Args:
        frames: What crossed the client's interface, in order.
        interface: That one, as displayed.
    """
    found = []
    requests = [it for it in frames if it.direction is Direction.OUT and it.interface == interface]
    answers = [it for it in frames if it.direction is Direction.IN]
    for request in requests:
        payload = request.data[14:]
        times = [it.time_s - request.time_s for it in answers if it.data[14:].startswith(payload)]
        found.append(min(times, default=None))
    return tuple(found)
