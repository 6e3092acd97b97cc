"""The checks of the responder: 100 points."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from l2harness.frames import HEADER_BYTES, MINIMUM_FRAME, pad
from l2harness.frames.arp import ARP_BYTES
from l2harness.labs.answering import Elsewhere, Exchange
from l2harness.labs.api import Exhibit, check, expect
from l2harness.labs.arp_responder.runs import FIRST, HERE, MANY, Answering
from l2harness.labs.judging import spaced
from l2harness.labs.records import Sending
from l2harness.labs.responding import (
    expect_all_answered,
    expect_answered,
    expect_arguments_refused,
    expect_asleep,
    expect_once,
    expect_own_interface,
    expect_silence,
)

REPLIES = "arp.replies"
_END: Final = HEADER_BYTES + ARP_BYTES


def _replied(exchanges: Iterable[Exchange | None]) -> list[tuple[Exchange, bytes]]:
    """Requests that were answered, each with the first frame that came back."""
    return [(it, it.replies[0]) for it in exchanges if it is not None and it.replies]


def _beside(answering: Answering, asked: bytes, seen: bytes) -> list[Exhibit]:
    """A reply, and the one that it should have been."""
    right = answering.right(asked)
    longer = not any(seen[_END:]) and len(seen) <= MINIMUM_FRAME
    return [Exhibit(HERE, seen, pad(right, len(seen) if longer else 0))]


def _expect_answered(exchange: Exchange | None, what: str, answering: Answering) -> None:
    """Fail unless a frame left in answer to a request; ``what`` it was, as a sentence begins."""
    right = answering.right(exchange.asked) if exchange is not None else b""
    expect_answered(exchange, what, answering.record, right)


def _expect_bytes(answering: Answering, first: int, last: int, hint: str) -> None:
    """Fail unless bytes ``first`` to ``last`` of the replies are those of the right ones."""
    for exchange, seen in _replied(answering.plain):
        right = answering.right(exchange.asked)[first : last + 1]
        expect(
            seen[first : last + 1] == right,
            f"Bytes {first}–{last} are {spaced(seen[first : last + 1]) or 'missing'}; "
            f"{spaced(right)} belongs there.",
            help=hint,
            expected=spaced(right),
            actual=spaced(seen[first : last + 1]) or "nothing",
            exhibits=_beside(answering, exchange.asked, seen),
        )


@check(REPLIES, points=12)
def test_arp_replies(answering: Answering) -> None:
    """A request to everybody for its IP is answered with a frame."""
    if not _replied(answering.plain):
        _expect_answered(answering.plain[0], f"A request for {answering.ip}", answering)


@check("arp.once", points=4, needs=[REPLIES])
def test_arp_once(answering: Answering) -> None:
    """Each request is answered once."""
    expect_once(answering.plain)


@check("arp.ethernet", points=8, needs=[REPLIES])
def test_arp_ethernet(answering: Answering) -> None:
    """The header: to the asker's MAC, from that of the interface, EtherType 08 06."""
    _expect_bytes(answering, 0, 13, "A request goes to everybody; the reply to who asked.")


@check("arp.fixed-fields", points=8, needs=[REPLIES])
def test_arp_fixed_fields(answering: Answering) -> None:
    """Bytes 14–21: hardware 1, protocol 08 00, lengths 6 and 4, operation 2."""
    hint = "Each number has its width: struct.pack('!HHBBH', 1, 0x0800, 6, 4, 2)."
    _expect_bytes(answering, 14, 21, hint)


@check("arp.sender", points=8, needs=[REPLIES])
def test_arp_sender(answering: Answering) -> None:
    """Bytes 22–31: its own MAC, which was asked for, and its own IP."""
    _expect_bytes(answering, 22, 31, "Sender of the reply is who answers.")


@check("arp.target", points=8, needs=[REPLIES])
def test_arp_target(answering: Answering) -> None:
    """Bytes 32–41: MAC and IP of the asker."""
    _expect_bytes(answering, 32, 41, "Target of the reply is who asked: bytes 22–31 of that.")


@check("arp.length", points=4, needs=[REPLIES])
def test_arp_length(answering: Answering) -> None:
    """The reply has 42 bytes, or zeros up to 60, also where the request had something there."""
    for exchange, seen in _replied((*answering.plain, answering.trailer)):
        expect(
            _END <= len(seen) <= MINIMUM_FRAME and not any(seen[_END:]),
            f"The reply has {len(seen)} bytes; after its {_END} there is "
            f"{spaced(seen[_END:], 8) or 'nothing'}.",
            help="Behind the 28 bytes of ARP there is padding: never copy what came there.",
            expected=f"{_END} bytes, or zeros up to {MINIMUM_FRAME}",
            actual=f"{len(seen)} bytes",
            exhibits=_beside(answering, exchange.asked, seen),
        )
    _expect_answered(answering.trailer, "A request with padding", answering)


@check("arp.unicast-request", points=4, needs=[REPLIES])
def test_arp_unicast_request(answering: Answering) -> None:
    """A request that is sent to its own MAC alone is answered."""
    _expect_answered(answering.unicast, "A request to its own MAC", answering)


@check("arp.probe", points=6, needs=[REPLIES])
def test_arp_probe(answering: Answering) -> None:
    """A probe, whose sender has no IP yet (0.0.0.0), is answered like any request."""
    _expect_answered(answering.probe, "A probe from 0.0.0.0", answering)


@check("arp.other-addresses", points=8, needs=[REPLIES])
def test_arp_other_addresses(answering: Answering) -> None:
    """Requests for other addresses are left alone, and somebody's announcement of its own."""
    what = ("A request for another address", "A request for another address", "An announcement")
    for exchange, which in zip(answering.other_ips, what, strict=True):
        hint = "Compare all four bytes of the target address, 38–41, with your own."
        expect_silence(exchange, which, answering.record, hint)


@check("arp.other-operations", points=6, needs=[REPLIES])
def test_arp_other_operations(answering: Answering) -> None:
    """What is no request is left alone: replies, and operations 3 and 8."""
    for exchange in answering.operations:
        number = int.from_bytes(exchange.asked[20:22], "big")
        hint = "Two programs that answer replies never stop. Only operation 1 is a question."
        expect_silence(exchange, f"A packet with operation {number}", answering.record, hint)


@check("arp.malformed", points=6, needs=[REPLIES])
def test_arp_malformed(answering: Answering) -> None:
    """What is no ARP for IPv4 over Ethernet, or is cut off, is left alone and survived."""
    what = (
        "A request for hardware 6",
        "A request for protocol 86 dd",
        "A request with hardware addresses of 8 bytes",
        "A request with protocol addresses of 16 bytes",
        "A request that is cut off after 20 bytes",
        "A request in a frame of EtherType 88 b5",
    )
    for exchange, which in zip(answering.malformed, what, strict=True):
        hint = "RFC 826: first, do I have this hardware, do I speak this protocol?"
        expect_silence(exchange, which, answering.record, hint)


@check("arp.every-asker", points=6, needs=[REPLIES])
def test_arp_every_asker(answering: Answering) -> None:
    """Each reply goes to who has asked just now, also where another had that IP before."""
    for exchange, seen in _replied((*answering.plain, answering.same_ip, answering.afterwards)):
        asker = exchange.asked[6:12]
        expect(
            seen[:6] == asker or seen[:6] not in _askers(answering) - {asker},
            f"{spaced(asker)} asked, and the reply went to {spaced(seen[:6])}, who had asked "
            "before.",
            help="All that a reply needs stands in the request; nothing has to be remembered.",
            expected=spaced(asker),
            actual=spaced(seen[:6]),
            exhibits=_beside(answering, exchange.asked, seen),
        )
    _expect_answered(answering.same_ip, "Another host with the same IP", answering)


def _askers(answering: Answering) -> set[bytes]:
    """Addresses of everybody who asked one at a time."""
    asked = (*answering.plain, answering.same_ip, answering.unicast, answering.probe)
    return {it.asked[6:12] for it in asked if it is not None}


@check("arp.keeps-running", points=4, needs=[REPLIES])
def test_arp_keeps_running(answering: Answering) -> None:
    """Forty requests in a row are answered, and it still runs."""
    alive = answering.plain[0].alive
    expect_all_answered(answering.many, MANY, answering.record, alive_before=alive)
    _expect_answered(answering.afterwards, "A request after all others", answering)


@check("arp.interface", points=4, needs=[REPLIES])
def test_arp_interface(elsewhere: Elsewhere) -> None:
    """Requests on another interface are left alone; on the named one it answers as that."""
    other, named = elsewhere.other_interface, elsewhere.named_interface
    expect_own_interface(other, named, elsewhere.own, FIRST)


@check("arp.idle", points=2, needs=[REPLIES])
def test_arp_idle(answering: Answering) -> None:
    """It uses no CPU while nothing comes."""
    expect_asleep(answering.idle, answering.record)


@check("arp.bad-arguments", points=2, needs=[REPLIES])
def test_arp_bad_arguments(refusals: tuple[Sending, ...]) -> None:
    """An unknown interface, 192.0.2.256, no address: a status that is not 0, and a word."""
    expect_arguments_refused(refusals)
