"""The checks of the program: 100 points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from l2harness.frames import EtherType
from l2harness.frames.ipv4 import HEADER_BYTES, checksum
from l2harness.labs.answering import Elsewhere, Exchange
from l2harness.labs.api import Exhibit, check, expect
from l2harness.labs.icmp_echo.reading import Packet, replied
from l2harness.labs.icmp_echo.runs import FIRST, HERE, MANY, Answering
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

REPLIES = "icmp.replies"
#: So many hops are enough for any network; hosts begin with 64 or more.
_HOPS = 30


def _replies(exchanges: Iterable[Exchange | None]) -> Iterator[tuple[Packet, Packet]]:
    """Requests that were answered, each with the first frame that came back, taken apart."""
    for it in exchanges:
        if it is not None and it.replies:
            yield replied(it.asked, it.replies[0])


def _expect_same(right: bytes, seen: bytes, what: str, reply: Packet, hint: str) -> None:
    """Fail unless a part of a reply is as it should be."""
    expect(
        seen == right,
        f"{what} {spaced(seen, 16) or 'missing'}; {spaced(right, 16) or 'nothing'} belongs there.",
        help=hint,
        expected=spaced(right, 16) or "nothing",
        actual=spaced(seen, 16) or "nothing",
        exhibits=[Exhibit(HERE, reply.frame)],
    )


@check(REPLIES, points=10)
def test_icmp_replies(answering: Answering) -> None:
    """An echo request to its IP is answered with a frame."""
    if not any(it.replies for it in answering.plain):
        expect_answered(answering.plain[0], f"An echo request to {answering.ip}", answering.record)


@check("icmp.once", points=4, needs=[REPLIES])
def test_icmp_once(answering: Answering) -> None:
    """Each request is answered once."""
    expect_once(answering.plain)


@check("icmp.ethernet", points=6, needs=[REPLIES])
def test_icmp_ethernet(answering: Answering) -> None:
    """The frame: to the asker's MAC, from that of the interface, EtherType 08 00."""
    for request, reply in _replies(answering.plain):
        kind = EtherType.IPV4.to_bytes(2, "big")
        right = request.frame[6:12] + answering.own.value + kind
        hint = "Back to bytes 6–11 of the request; it comes from the interface's own address."
        _expect_same(right, reply.frame[:14], "Bytes 0–13 are", reply, hint)


@check("icmp.ip-header", points=6, needs=[REPLIES])
def test_icmp_ip_header(answering: Answering) -> None:
    """The IP header says version 4, its own and the total length, protocol 1, no fragment."""
    for request, reply in _replies(answering.plain):
        header = reply.header
        hint = "Each number has its place and its width, high byte first: '!BBHHHBBH4s4s'."
        total = (HEADER_BYTES + len(request.message)).to_bytes(2, "big")
        _expect_same(b"\x45", header[:1], "Version and length, byte 14, are", reply, hint)
        _expect_same(total, header[2:4], "The total length, bytes 16–17, is", reply, hint)
        _expect_same(b"\x01", header[9:10], "The protocol, byte 23, is", reply, hint)
        cut = bytes([header[6] & 0x3F, header[7]]) if len(header) >= HEADER_BYTES else b""
        _expect_same(bytes(2), cut, "Fragment flag and offset, bytes 20–21, are", reply, hint)


@check("icmp.ip-addresses", points=8, needs=[REPLIES])
def test_icmp_ip_addresses(answering: Answering) -> None:
    """The reply is from its IP to that of the asker."""
    for request, reply in _replies(answering.plain):
        right = answering.ip.packed + request.source
        hint = "Source and destination of the request change places."
        seen = reply.source + reply.destination
        _expect_same(right, seen, "Source and destination, bytes 26–33, are", reply, hint)


@check("icmp.ip-checksum", points=10, needs=[REPLIES])
def test_icmp_ip_checksum(answering: Answering) -> None:
    """The checksum of the IP header is right."""
    for _, reply in _replies((*answering.plain, *answering.lengths)):
        if checksum(reply.header) == 0:  # 0000 and ffff are the same sum
            continue
        seen, right = reply.header_checksum()
        hint = "RFC 1071: over the 20 bytes of the header alone, its own field taken as 0."
        what = "The header's checksum, bytes 24–25, is"
        _expect_same(right.to_bytes(2, "big"), seen.to_bytes(2, "big"), what, reply, hint)


@check("icmp.ttl", points=2, needs=[REPLIES])
def test_icmp_ttl(answering: Answering) -> None:
    """The reply has hops of its own to go, 30 or more, not those of the request."""
    for request, reply in _replies(answering.plain):
        seen = reply.header[8] if len(reply.header) >= HEADER_BYTES else 0
        expect(
            seen >= _HOPS,
            f"The TTL, byte 22, is {seen}; that of the request was {request.header[8]}.",
            help="The request came to its end here. The reply starts anew, with 64.",
            expected="64",
            actual=str(seen),
            exhibits=[Exhibit(HERE, reply.frame)],
        )


@check("icmp.type", points=6, needs=[REPLIES])
def test_icmp_type(answering: Answering) -> None:
    """The message is an echo reply: type 0, code 0."""
    for _, reply in _replies(answering.plain):
        hint = "8 asks, 0 answers."
        _expect_same(bytes(2), reply.message[:2], "Type and code are", reply, hint)


@check("icmp.checksum", points=10, needs=[REPLIES])
def test_icmp_checksum(answering: Answering) -> None:
    """The checksum of the message is right, also over odd lengths and where carries add up."""
    for _, reply in _replies((*answering.plain, *answering.lengths, *answering.carries)):
        if checksum(reply.message) == 0:
            continue
        seen, right = reply.message_checksum()
        count = len(reply.message)
        hint = (
            "RFC 1071: an odd byte at the end is the high byte of a word, and what is carried out "
            "of 16 bits is added at the low end, again and again until nothing is."
        )
        what = f"The checksum of a message of {count} bytes is"
        _expect_same(right.to_bytes(2, "big"), seen.to_bytes(2, "big"), what, reply, hint)


@check("icmp.identity", points=6, needs=[REPLIES])
def test_icmp_identity(answering: Answering) -> None:
    """Identifier and sequence number are those of the request."""
    for request, reply in _replies((*answering.plain, answering.afterwards)):
        hint = "By them the asker knows which of its questions this answers."
        what = "Identifier and sequence number are"
        _expect_same(request.identity, reply.identity, what, reply, hint)


@check("icmp.data", points=8, needs=[REPLIES])
def test_icmp_data(answering: Answering) -> None:
    """The data comes back as it is: none, 1, 33, 56 or 1472 bytes, and nothing of the padding."""
    for exchange in (*answering.plain, *answering.lengths):
        length = len(Packet.of(exchange.asked).data)
        expect_answered(exchange, f"A request with {length} bytes of data", answering.record)
        for request, reply in _replies([exchange]):
            expect(
                reply.data == request.data,
                f"{length} bytes of data were sent, and {len(reply.data)} came back"
                + ("." if len(reply.data) != length else ", other ones."),
                help="The total length in the IP header says where the data ends; a short frame "
                "is longer than that.",
                expected=f"{length} bytes: {spaced(request.data, 8) or 'none'}",
                actual=f"{len(reply.data)} bytes: {spaced(reply.data, 8) or 'none'}",
                exhibits=[Exhibit(HERE, reply.frame)],
            )


@check("icmp.options", points=4, needs=[REPLIES])
def test_icmp_options(answering: Answering) -> None:
    """A request whose IP header has options is answered: the message begins behind them."""
    for exchange in answering.options:
        count = len(Packet.of(exchange.asked).header) - HEADER_BYTES
        expect_answered(exchange, f"A request with {count} bytes of options", answering.record)
        for request, reply in _replies([exchange]):
            hint = "The low half of the header's first byte is its length, in words of 4 bytes."
            _expect_same(request.data, reply.data, "The data is", reply, hint)


@check("icmp.other-addresses", points=4, needs=[REPLIES])
def test_icmp_other_addresses(answering: Answering) -> None:
    """Requests to other addresses are left alone."""
    for exchange in answering.other_ips:
        hint = "Compare all four bytes of the destination, 30–33, with your own."
        expect_silence(exchange, "A request to another address", answering.record, hint)


@check("icmp.other-messages", points=4, needs=[REPLIES])
def test_icmp_other_messages(answering: Answering) -> None:
    """What is no echo request is left alone: replies, other types, other protocols."""
    what = ("An echo reply", "An ICMP message of type 13", "A packet of protocol 17, UDP,")
    for exchange, which in zip(answering.messages, what, strict=True):
        hint = "Protocol 1, type 8, code 0: only that is a question."
        expect_silence(exchange, which, answering.record, hint)


@check("icmp.damaged", points=4, needs=[REPLIES])
def test_icmp_damaged(answering: Answering) -> None:
    """Wrong checksums, fragments and lengths that cannot be are left alone, and survived."""
    what = (
        "A request with a wrong checksum",
        "A request with a wrong checksum in its IP header",
        "The first fragment of a request",
        "A later fragment of a packet",
        "A packet that says it is longer than it is",
        "A packet that is cut off within its header",
    )
    for exchange, which in zip(answering.damaged, what, strict=True):
        hint = "Over bytes that hold their own checksum, the checksum is 0."
        expect_silence(exchange, which, answering.record, hint)


@check("icmp.keeps-running", points=2, needs=[REPLIES])
def test_icmp_keeps_running(answering: Answering) -> None:
    """Forty requests in a row are answered, and it still runs."""
    alive = answering.plain[0].alive
    expect_all_answered(answering.many, MANY, answering.record, alive_before=alive)
    expect_answered(answering.afterwards, "A request after all others", answering.record)


@check("icmp.interface", points=2, needs=[REPLIES])
def test_icmp_interface(elsewhere: Elsewhere) -> None:
    """Requests on another interface are left alone; on the named one it answers as that."""
    other, named = elsewhere.other_interface, elsewhere.named_interface
    expect_own_interface(other, named, elsewhere.own, FIRST)


@check("icmp.idle", points=2, needs=[REPLIES])
def test_icmp_idle(answering: Answering) -> None:
    """It uses no CPU while nothing comes."""
    expect_asleep(answering.idle, answering.record)


@check("icmp.bad-arguments", points=2, needs=[REPLIES])
def test_icmp_bad_arguments(refusals: tuple[Sending, ...]) -> None:
    """An unknown interface, 192.0.2.256, no address: a status that is not 0, and a word."""
    expect_arguments_refused(refusals)
