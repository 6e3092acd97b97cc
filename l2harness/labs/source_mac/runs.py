"""What is done with a submission of lab source-mac, and what is kept of it.

Three runs: the sniffer with frames of every kind on its interface, some of which leave through it
while the sniffer listens; on a host with two interfaces; and with an interface that is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from l2harness.frames import BROADCAST, HEADER_BYTES, MAXIMUM_FRAME, EtherType, Frame, MacAddress
from l2harness.labs.api import run
from l2harness.labs.judging import is_report
from l2harness.labs.listening import Listener
from l2harness.labs.records import Answer, Burst, ProgramRecord, Sending
from l2harness.labs.source_mac.lines import mentions_sender
from l2harness.labs.stage import Stage
from l2harness.labs.turns import in_turns, send_in_turns

SNIFFER: Final = "sniffer"
HERE: Final = "h2.eth0"
BESIDE: Final = ("h1.eth0", "h3.eth0")
FIRST, SECOND = "h1.eth0", "h1.eth1"
BURST: Final = 100
_STATIONS: Final = 5
_LENGTH: Final = 60
#: A payload of IEEE 802.3 that is 38 bytes long: the field holds a length.
_A_LENGTH: Final = 38


@dataclass(frozen=True, slots=True)
class Sniffing:
    """
    The sniffer on h2, one frame at a time, and then a hundred.

    Of one that says nothing of the first frames, nothing more is asked.

    Attributes:
        record: Its first start.
        own: Address of its interface.
        idle: Whether it sleeps while nothing comes; None if it did not run.
        protocols: What its sockets ask the kernel for, see `Listener.protocols`.
        first: Frames to it: one of IPv4, one of the lectures' EtherType.
        other_types: ARP, IPv6, a random EtherType, and a length in that field.
        others: To everybody, to a group, and to another host.
        outgoing: Sent by another program of its own host; the last one from its own address.
        short: 14 bytes, no payload at all.
        largest: 1514 bytes.
        burst: A hundred frames of five senders.
        after_burst: One more.
    """

    record: ProgramRecord
    own: MacAddress
    idle: bool | None
    protocols: tuple[int, ...]
    first: tuple[Answer, ...]
    other_types: tuple[Answer, ...] = ()
    others: tuple[Answer, ...] = ()
    outgoing: tuple[Answer, ...] = ()
    short: Answer | None = None
    largest: Answer | None = None
    burst: Burst | None = None
    after_burst: Answer | None = None

    @property
    def single(self) -> list[Answer]:
        """Every frame that came alone and was reported."""
        asked = [*self.first, *self.other_types, *self.others, *self.outgoing]
        more = [it for it in (self.short, self.largest) if it is not None]
        return [it for it in (*asked, *more) if is_reported(it)]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The sniffer on a host with two interfaces, told to listen on the second one."""

    record: ProgramRecord
    other_interface: Answer
    named_interface: Answer


@run
def sniffing(stage: Stage) -> Sniffing:
    """The sniffer on h2, with frames from h1 and h3, and from h2 itself."""
    listener = Listener(stage, HERE, SNIFFER)
    own = stage.network.mac(HERE)
    listener.start()
    listener.wait_ready()
    protocols = listener.protocols
    idle = listener.idles()
    ask = _Frames(stage, listener)
    first = (ask(own), ask(own, kind=EtherType.LAB, sender=BESIDE[1]))
    if not any(map(is_reported, first)):
        listener.stop()
        return Sniffing(listener.record(), own, idle, protocols, first)
    kinds = (EtherType.ARP, EtherType.IPV6, stage.random.randrange(0x8900, 0xF000), _A_LENGTH)
    other_types = tuple(ask(own, kind=kind) for kind in kinds)
    group = MacAddress(b"\x01\x00\x5e" + stage.random.randbytes(3))
    others = tuple(ask(it) for it in (BROADCAST, group, stage.draw_mac()))
    outgoing = tuple(
        ask(stage.draw_mac(), sender=HERE, source=it) for it in (stage.draw_mac(), own)
    )
    short = ask(own, length=HEADER_BYTES)
    largest = ask(own, length=MAXIMUM_FRAME)
    if not listener.running:
        listener.prepare()
    burst = listener.burst(lambda: ask.burst(own))
    after = ask(own) if burst is not None and burst.alive else None
    idle = listener.still_idles(idle)
    listener.stop()
    return Sniffing(
        listener.record(),
        own,
        idle,
        protocols,
        first,
        other_types,
        others,
        outgoing,
        short,
        largest,
        burst,
        after,
    )


@run
def elsewhere(stage: Stage) -> Elsewhere:
    """The sniffer on h1's second interface; a frame on the first one, then one on the second."""
    listener = Listener(stage, SECOND, SNIFFER)
    listener.start()
    listener.wait_ready()
    stray = _frame(stage, stage.network.mac(FIRST))
    silent = listener.deliver(stray, lambda text: mentions_sender(text, stray), at=FIRST)
    named = _frame(stage, stage.network.mac(SECOND))
    answer = listener.deliver(named, lambda text: mentions_sender(text, named))
    listener.stop()
    return Elsewhere(listener.record(), silent, answer)


@run
def refusal(stage: Stage) -> Sending:
    """The sniffer on h2, with an unknown interface."""
    return stage.refusal(HERE, SNIFFER, stage.draw_unknown_interface())


def _frame(
    stage: Stage,
    destination: MacAddress,
    *,
    kind: int = EtherType.IPV4,
    length: int = _LENGTH,
    source: MacAddress | None = None,
) -> bytes:
    """A frame whose sender nobody could have known."""
    body = stage.draw_word().ljust(length - HEADER_BYTES, b"\0")[: length - HEADER_BYTES]
    return bytes(Frame(destination, source or stage.draw_mac(), kind, body))


def is_reported(answer: Answer | None) -> bool:
    """Whether the sniffer printed something because of a frame."""
    return answer is not None and is_report(
        answer, lambda text: mentions_sender(text, answer.frame)
    )


class _Frames:
    """Frames for one sniffer, from the hosts beside it or from its own."""

    def __init__(self, stage: Stage, listener: Listener) -> None:
        self._stage = stage
        self._listener = listener

    def __call__(
        self,
        destination: MacAddress,
        *,
        sender: str = FIRST,
        kind: int = EtherType.IPV4,
        length: int = _LENGTH,
        source: MacAddress | None = None,
    ) -> Answer:
        """Have one frame sent, and return what was printed about it."""
        frame = _frame(self._stage, destination, kind=kind, length=length, source=source)
        waiting = self._listener.prepare()
        self._stage.network.send(sender, frame)
        # What leaves an interface is no arrival there: only sockets like the sniffer's see it.
        count = 0 if sender == self._listener.interface else 1
        return waiting.answer(frame, lambda text: mentions_sender(text, frame), count=count)

    def burst(self, destination: MacAddress) -> int:
        """Send a hundred frames of five senders from two hosts."""
        stations = [self._stage.draw_mac() for _ in range(_STATIONS)]
        choose = self._stage.random.choice
        frames = (
            (sender, _frame(self._stage, destination, source=choose(stations)))
            for sender in in_turns(BESIDE, BURST)
        )
        return send_in_turns(self._stage.network, frames)
