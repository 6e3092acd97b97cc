"""What is done with a submission of lab hello-frame, and what is kept of it.

Three runs, on one machine with four interfaces. The client alone; both programs, as in the
lecture; and the server, which gets frames that nobody could have known, each anew: one with a word
in it, one on another interface before one on its own, and the longest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from l2harness.frames import MAXIMUM_FRAME, EtherType, Frame, MacAddress, pad
from l2harness.labs.api import run
from l2harness.labs.dumps import shown_length, shows_bytes
from l2harness.labs.listening import Listener
from l2harness.labs.records import Answer, ProgramRecord, Sending
from l2harness.labs.stage import Stage

CLIENT: Final = "client"
SERVER: Final = "server"
#: Where the lecture's client sends, where its server listens, and one that has no part in it.
FROM, TO, ELSEWHERE = "vm.enp0s10", "vm.enp0s3", "vm.enp0s9"
_HOST: Final = FROM.partition(".")[0]
#: So many bytes of a frame in a row cannot stand in a text by chance.
_TELLING_BYTES: Final = 6


@dataclass(frozen=True, slots=True)
class Client:
    """
    The client alone.

    Attributes:
        sending: Its execution, and what it sent.
        sockets: Packet sockets that were open when it had ended, or slept for good.
        addresses: Of every interface of the machine, by its label.
    """

    sending: Sending
    sockets: int
    addresses: dict[str, MacAddress]

    @property
    def right(self) -> bytes:
        """The frame that it should send: 16 bytes."""
        return bytes(Frame(self.addresses[TO], self.addresses[FROM], EtherType.LAB, b"Hi"))


@dataclass(frozen=True, slots=True)
class Together:
    """
    Both programs, as in the lecture.

    Attributes:
        sending: The client, and what it sent.
        heard: What the server printed about the client's first frame.
        server: The server.
    """

    sending: Sending
    heard: Answer
    server: ProgramRecord


@dataclass(frozen=True, slots=True)
class Receiving:
    """
    The server alone, started anew for each question.

    Attributes:
        record: Of its first start.
        word: About a frame of 60 bytes; it is left alone afterwards until it ends or sleeps.
        sockets: Packet sockets that it then still had.
        protocols: What its sockets had asked the kernel for, see `Listener.protocols`.
        hears: Labels of the interfaces that its sockets heard.
        elsewhere: About a frame that came to another interface; None where none is reported.
        named: About one that came to its own interface after that.
        largest: About one of 1514 bytes.
    """

    record: ProgramRecord
    word: Answer
    sockets: int
    protocols: tuple[int, ...]
    hears: tuple[str, ...]
    elsewhere: Answer | None = None
    named: Answer | None = None
    largest: Answer | None = None


@run
def client(stage: Stage) -> Client:
    """The client sends from enp0s10, and nobody listens."""
    every = {it.label: it.mac for it in stage.network.topology.host(_HOST).interfaces}
    target = stage.network.mac(TO)
    if stage.problem(CLIENT):
        return Client(stage.send_once(FROM, CLIENT, target=target), 0, every)
    since = len(stage.network.timeline.events)
    running = stage.start(_HOST, CLIENT)
    stage.await_end(running)
    sockets = stage.open_sockets(_HOST)
    return Client(stage.sending(running, FROM, target, since), sockets, every)


@run
def together(stage: Stage, client: Client) -> Together | None:
    """The server listens on enp0s3 while the client sends from enp0s10."""
    if not client.sending.frames:
        return None
    listener = _server(stage)
    waiting = listener.prepare()
    sending = stage.send_once(FROM, CLIENT, target=client.sending.target, until_exit=False)
    received = sending.received_by(TO)
    frame = received[0] if received else b""
    heard = waiting.answer(frame, lambda text: shows(text, frame), count=len(received))
    listener.stop()
    return Together(sending, heard, listener.record())


@run
def receiving(stage: Stage) -> Receiving:
    """The server on enp0s3, with frames from outside."""
    listener = _server(stage)
    protocols, hears = listener.protocols, listener.hears
    word = _ask(listener, _frame(stage))
    sockets = 0
    if listener.program is not None:
        stage.await_end(listener.program)
        sockets = stage.open_sockets(_HOST)
    listener.stop()
    if not is_shown(word):
        return Receiving(listener.record(), word, sockets, protocols, hears)
    other = _server(stage)
    elsewhere = _ask(other, _frame(stage), at=ELSEWHERE)
    named = _ask(other, _frame(stage))
    other.stop()
    last = _server(stage)
    largest = _ask(last, _frame(stage, MAXIMUM_FRAME))
    last.stop()
    return Receiving(listener.record(), word, sockets, protocols, hears, elsewhere, named, largest)


def _server(stage: Stage) -> Listener:
    """The server, started, and waited for until it listens."""
    listener = Listener(stage, TO, SERVER, ())
    listener.start()
    listener.wait_ready()
    return listener


def _frame(stage: Stage, length: int = 60) -> bytes:
    """A frame to the server, whose sender and payload nobody could have known."""
    word = stage.draw_word() + bytes(stage.random.randrange(1, 256) for _ in range(20))
    frame = Frame(stage.network.mac(TO), stage.draw_mac(), EtherType.LAB, word)
    filling = bytes(stage.random.randrange(256) for _ in range(length - 61)) + b"."
    return pad(bytes(frame)) if length == 60 else pad(bytes(frame)) + filling


def _ask(listener: Listener, frame: bytes, *, at: str = TO) -> Answer:
    """
    Have a frame come to the machine, and return what the server printed about it.

    It comes from outside: sent on an interface of the machine it would leave a copy.
    """
    return listener.deliver(frame, lambda text: shows(text, frame), at=at)


def shows(text: str, frame: bytes) -> bool:
    """Whether a text shows a frame from its first byte to the last one that is no padding."""
    return bool(frame) and shows_bytes(text, frame.rstrip(b"\0"))


def is_shown(answer: Answer | None) -> bool:
    """Whether what was printed tells of the frame: shows six of its random bytes in a row."""
    if answer is None or not answer.frame:
        return False
    frame = answer.frame
    beginnings = (frame[6:12], frame[14 : 14 + _TELLING_BYTES])
    return any(
        shown_length(answer.printed, it) >= min(len(it.rstrip(b"\0")), _TELLING_BYTES) > 0
        for it in beginnings
    )
