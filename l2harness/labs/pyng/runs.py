"""What is done with a submission of lab pyng, and what is kept of it.

Six runs. Those that only make sense for a client that sends at all wait for the first one, and
start nothing if it has sent nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from l2harness.frames import BROADCAST, EtherType, Frame, MacAddress
from l2harness.labs.api import run
from l2harness.labs.judging import is_report
from l2harness.labs.listening import Listener
from l2harness.labs.pyng.task import LECTURE, Task
from l2harness.labs.reading import mentions_address, shows_payload
from l2harness.labs.records import Answer, Burst, ProgramRecord, Sending
from l2harness.labs.stage import Stage
from l2harness.labs.turns import in_turns, send_in_turns
from l2harness.programs.exit import ExitReason

FIRST, SECOND = "h1.eth0", "h1.eth1"
OTHERS: Final = ("h2.eth0", "h3.eth0")
BURST: Final = 100
LARGEST: Final = 1514
#: No text in any encoding, and nothing that C would print to its end.
BINARY: Final = b"\xff\xfe\x80\x00\xc3\x28\xf0\x90\x00\xed\xa0\x80" + bytes(range(0x80, 0xA2))


@dataclass(frozen=True, slots=True)
class Pair:
    """The client beside servers of the same submission: to one of them, then to all."""

    unicast: Sending
    broadcast: Sending | None
    unicast_heard: Answer
    broadcast_heard: tuple[Answer, ...]
    servers: tuple[ProgramRecord, ...]
    task: Task = LECTURE


@dataclass(frozen=True, slots=True)
class Formats:
    """The client with the same address in other spellings; the later ones only if needed."""

    sendings: tuple[Sending, ...]
    task: Task = LECTURE


@dataclass(frozen=True, slots=True)
class Refusals:
    """The client with arguments that it should refuse."""

    malformed: tuple[Sending, ...]
    unknown_interface: Sending
    no_arguments: Sending


@dataclass(frozen=True, slots=True)
class Listening:
    """
    The server, one frame at a time, and then a hundred.

    One that says nothing of the first frames is asked only what tells why: its sockets'
    protocols, what it prints when it is stopped, and a frame whose type has its bytes swapped.
    """

    record: ProgramRecord
    own: MacAddress
    before: str
    idle: bool | None
    unicast: tuple[Answer, ...]
    broadcast: Answer | None = None
    other_types: tuple[Answer, ...] = ()
    binary: Answer | None = None
    largest: Answer | None = None
    burst: Burst | None = None
    after_burst: Answer | None = None
    protocols: tuple[int, ...] = ()
    swapped_type: Answer | None = None
    task: Task = LECTURE


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The server on a host with two interfaces, told to listen on the second one."""

    record: ProgramRecord
    other_interface: Answer
    named_interface: Answer


@run
def pair(stage: Stage) -> Pair:
    """The client on h1, servers on h2 and h3: a frame to h2, then one to everybody."""
    task = Task.of(stage.options)
    servers = [Listener(stage, interface, task.server) for interface in OTHERS]
    for server in servers:
        server.start()
    for server in servers:
        server.wait_ready()
    target = stage.network.mac(OTHERS[0])
    unicast, heard = _heard_by(stage, servers[:1], target, until_exit=True)
    broadcast: Sending | None = None
    all_heard: list[Answer] = []
    if unicast.frames or (unicast.record.problem is None and _ended_itself(unicast)):
        broadcast, all_heard = _heard_by(stage, servers, BROADCAST, until_exit=False)
    for server in servers:
        server.ask_to_end()
    for server in servers:
        server.stop()
    records = tuple(server.record() for server in servers)
    return Pair(unicast, broadcast, heard[0], tuple(all_heard), records, task)


def _ended_itself(sending: Sending) -> bool:
    return sending.record.exit is not None and sending.record.exit.reason is ExitReason.EXITED


def _heard_by(
    stage: Stage, servers: list[Listener], target: MacAddress, *, until_exit: bool
) -> tuple[Sending, list[Answer]]:
    """Run the client, and return what each server printed about the frame that it got."""
    waiting = [server.prepare() for server in servers]
    device = FIRST.partition(".")[2]
    sending = stage.send_once(
        FIRST, _client(stage), str(target), device, target=target, until_exit=until_exit
    )
    answers = []
    for server, wait in zip(servers, waiting, strict=True):
        received = sending.received_by(server.interface)
        frame = received[0] if received else b""
        answers.append(wait.answer(frame, about(frame), count=len(received)))
    return sending, answers


@run
def second_interface(stage: Stage, pair: Pair) -> Sending | None:
    """The client on h1, told to use the second interface."""
    if not pair.unicast.frames:
        return None
    target = stage.draw_mac()
    device = SECOND.partition(".")[2]
    return stage.send_once(
        SECOND, _client(stage), str(target), device, target=target, until_exit=False
    )


@run
def formats(stage: Stage, pair: Pair) -> Formats | None:
    """The client on h1, with an address in upper case and with dashes."""
    if not pair.unicast.frames:
        return None
    target = stage.draw_mac()
    dashed = str(target).replace(":", "-")
    sendings = []
    for text in (dashed.upper(), str(target).upper(), dashed):
        device = FIRST.partition(".")[2]
        sendings.append(
            stage.send_once(FIRST, _client(stage), text, device, target=target, until_exit=False)
        )
        if len(sendings) == 1 and any(
            data[:6] == target.value for data in sendings[0].by_interface
        ):
            break  # both at once are understood, hence each alone
    return Formats(tuple(sendings), Task.of(stage.options))


@run
def malformed_addresses(stage: Stage, pair: Pair) -> tuple[Sending, ...]:
    """The client on h1, with addresses that are none."""
    if not pair.unicast.frames:
        return ()
    device = FIRST.partition(".")[2]
    groups = str(stage.draw_mac()).split(":")
    letter = ":".join([*groups[:2], "0g", *groups[3:]])
    malformed = (letter, ":".join(groups[:5]), ":".join([*groups, "00"]), "")
    return tuple(stage.refusal(FIRST, _client(stage), text, device) for text in malformed)


@run
def misuse(stage: Stage, pair: Pair) -> tuple[Sending, ...]:
    """The client on h1, with an unknown interface, and without arguments."""
    if not pair.unicast.frames:
        return ()
    target, unknown = str(stage.draw_mac()), stage.draw_unknown_interface()
    return (
        stage.refusal(FIRST, _client(stage), target, unknown),
        stage.refusal(FIRST, _client(stage)),
    )


@run
def refusals(
    stage: Stage, malformed_addresses: tuple[Sending, ...], misuse: tuple[Sending, ...]
) -> Refusals | None:
    """Both of these together; nothing more is done."""
    return Refusals(malformed_addresses, *misuse) if misuse else None


@run
def server(stage: Stage) -> Listening:
    """The server on h2, with frames from h1 and h3."""
    task = Task.of(stage.options)
    listener = Listener(stage, OTHERS[0], task.server)
    own = stage.network.mac(OTHERS[0])
    listener.start()
    listener.wait_ready()
    protocols = listener.protocols
    idle = listener.idles()
    source = _Frames(stage, listener)
    unicast = [source.ask(own, sender=sender) for sender in (FIRST, OTHERS[1])]
    if not any(answer.lines for answer in unicast):
        # Deaf or dumb: nothing else that could be asked would be answered.
        swapped = source.ask(own, ethertype=task.swapped) if listener.running else None
        listener.stop()
        return Listening(
            listener.record(),
            own,
            listener.before_any_frame,
            idle,
            tuple(unicast),
            protocols=protocols,
            swapped_type=swapped,
            task=task,
        )
    broadcast = source.ask(BROADCAST)
    random_type = task.ethertype
    while random_type == task.ethertype:
        random_type = stage.random.randrange(0x8900, 0xF000)
    others = [source.ask(own, ethertype=kind) for kind in (EtherType.IPV4, random_type)]
    binary = source.ask(own, payload=BINARY)
    largest = source.ask(own, length=LARGEST)
    if not listener.running:
        listener.prepare()
    burst = listener.burst(lambda: source.burst(own))
    after = source.ask(own) if burst is not None and burst.alive else None
    idle = listener.still_idles(idle)
    listener.stop()
    return Listening(
        listener.record(),
        own,
        listener.before_any_frame,
        idle,
        tuple(unicast),
        broadcast,
        tuple(others),
        binary,
        largest,
        burst,
        after,
        protocols,
        task=task,
    )


@run
def server_elsewhere(stage: Stage) -> Elsewhere:
    """The server on h1's second interface; a frame on the first one, then one on the second."""
    listener = Listener(stage, SECOND, Task.of(stage.options).server)
    listener.start()
    listener.wait_ready()
    other = bytes(_frame(stage, stage.network.mac(FIRST)))
    silent = listener.deliver(other, about(other), at=FIRST)
    named = bytes(_frame(stage, stage.network.mac(SECOND)))
    answer = listener.deliver(named, about(named))
    listener.stop()
    return Elsewhere(listener.record(), silent, answer)


@run
def server_refusal(stage: Stage) -> Sending:
    """The server on h2, with an unknown interface."""
    server = Task.of(stage.options).server
    return stage.refusal(OTHERS[0], server, stage.draw_unknown_interface())


def _client(stage: Stage) -> str:
    return Task.of(stage.options).client


def _frame(
    stage: Stage,
    destination: MacAddress,
    *,
    ethertype: int | None = None,
    payload: bytes | None = None,
    length: int = 60,
) -> Frame:
    """A frame whose sender nobody could have known, with a word to recognise it by."""
    body = stage.draw_word() if payload is None else payload
    kind = Task.of(stage.options).ethertype if ethertype is None else ethertype
    return Frame(destination, stage.draw_mac(), kind, body.ljust(length - 14, b"\0"))


def about(frame: bytes) -> Callable[[str], bool]:
    """Return whether a text is about a frame: mentions its sender, or shows its payload."""
    if len(frame) < 16:
        return lambda text: bool(text.strip())
    source, beginning = MacAddress(frame[6:12]), frame[14:16]
    return lambda text: (
        mentions_address([text], source) or (any(beginning) and shows_payload([text], beginning))
    )


def is_reported(answer: Answer | None) -> bool:
    """Whether the server reported the frame of an answer."""
    return answer is not None and is_report(answer, about(answer.frame))


class _Frames:
    """Frames for one server, from the hosts beside it."""

    def __init__(self, stage: Stage, listener: Listener) -> None:
        self._stage = stage
        self._listener = listener

    def ask(
        self,
        destination: MacAddress,
        *,
        sender: str = FIRST,
        ethertype: int | None = None,
        payload: bytes | None = None,
        length: int = 60,
    ) -> Answer:
        """Have one frame sent to the server, and return its answer."""
        frame = _frame(
            self._stage, destination, ethertype=ethertype, payload=payload, length=length
        )
        data = bytes(frame)

        def send() -> bytes:
            self._stage.network.send(sender, data)
            return data

        return self._listener.answer_to(send, about(data))

    def burst(self, destination: MacAddress) -> int:
        """Send a hundred frames from two hosts, each with a sender and a word of its own."""
        frames = (
            (sender, bytes(_frame(self._stage, destination)))
            for sender in in_turns((FIRST, OTHERS[1]), BURST)
        )
        return send_in_turns(self._stage.network, frames)
