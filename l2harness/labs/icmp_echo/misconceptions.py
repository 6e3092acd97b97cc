"""Wrong ideas behind a program that answers pings wrongly: what it says, and whom it answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from l2harness.frames import EtherType, Frame, MacAddress
from l2harness.frames.ipv4 import HEADER_BYTES, checksum
from l2harness.labs.answering import Elsewhere, Exchange
from l2harness.labs.icmp_echo.reading import Packet, replied
from l2harness.labs.icmp_echo.runs import FIRST, MANY, PROGRAM, Answering
from l2harness.labs.judging import spaced
from l2harness.labs.misconceptions.frames import mistakes
from l2harness.labs.misconceptions.receivers import ALL
from l2harness.labs.misconceptions.refusals import wrong_refusal_of_arguments
from l2harness.labs.misconceptions.responders import (
    answers_twice,
    busy,
    gone_after_one,
    lost_among_many,
    other_interface,
    own_address,
    unanswered,
)
from l2harness.labs.misconceptions.sign import Sign, detector
from l2harness.labs.misconceptions.starts import died
from l2harness.labs.records import Sending
from l2harness.programs.build import Built
from l2harness.programs.submission import FoundPrograms

_GOES_ON: Final = "icmp.keeps-running"
_ETHERNET: Final = 14


@detector
def nothing_is_answered(
    found: FoundPrograms, built: Built | None, answering: Answering
) -> Iterator[Sign]:
    """It cannot be started, does not listen, does not survive a request, or says nothing."""
    if any(it.replies for it in answering.plain):
        return
    first = answering.plain[0]
    wanted = (ALL, EtherType.IPV4)
    program = found[PROGRAM]
    protocols = answering.protocols
    if sign := unanswered(program, built, answering.record, first, protocols, wanted):
        yield sign.explaining("icmp.replies")


@detector
def it_does_not_go_on(answering: Answering) -> Iterator[Sign]:
    """It answers its first request, and then it is gone; or it answers twice."""
    first = answering.plain[0]
    if sign := gone_after_one(answering.record, first):
        yield sign.explaining(_GOES_ON, "icmp.idle")
    if sign := answers_twice(first):
        yield sign.explaining("icmp.once")


# -- what a reply says ----------------------------------------------------------------------------


@detector
def the_headers(answering: Answering) -> Iterator[Sign]:
    """Fields of the first reply's headers are other than they should be."""
    for exchange in (it for it in answering.plain if it.replies):
        request, reply = replied(exchange.asked, exchange.replies[0])
        asker = MacAddress(request.frame[6:12])
        body = reply.frame[_ETHERNET:]
        right = bytes(Frame(asker, answering.own, EtherType.IPV4, body))
        for it in mistakes(right, reply.frame):
            yield Sign(it.misconception, it.sentence, ("icmp.ethernet",))
        yield from _of_ip(request, reply, answering)
        yield from _of_icmp(request, reply)
        return


def _of_ip(request: Packet, reply: Packet, answering: Answering) -> Iterator[Sign]:
    total = (HEADER_BYTES + len(request.message)).to_bytes(2, "big")
    if reply.header[2:4] == total[::-1]:
        sentence = f"Bytes 16–17 are {spaced(reply.header[2:4])} instead of {spaced(total)}."
        yield Sign("ip-length-byte-order", sentence, ("icmp.ip-header",))
    if reply.source == request.source and reply.source != answering.ip.packed:
        sentence = f"The reply says that it is from {spaced(reply.source)}, which is the asker."
        yield Sign("ip-addresses-not-exchanged", sentence, ("icmp.ip-addresses",))
    if reply.header[8:9] == request.header[8:9]:
        sentence = f"A request with TTL {request.header[8]} was answered with the same."
        yield Sign("ttl-copied", sentence, ("icmp.ttl",))
    if checksum(reply.header):
        seen, right = reply.header_checksum()
        told = f"The header's checksum is {seen:04x} instead of {right:04x}."
        yield from _wrong_sum(seen, right, told, "icmp.ip-checksum")


def _wrong_sum(seen: int, right: int, told: str, check: str) -> Iterator[Sign]:
    if seen == 0:
        yield Sign("checksum-left-out", told, (check,))
    elif seen == int.from_bytes(right.to_bytes(2, "big"), "little"):
        yield Sign("checksum-byte-order", told, (check,))


def _of_icmp(request: Packet, reply: Packet) -> Iterator[Sign]:
    if reply.message[:1] == request.message[:1]:
        sentence = "The reply has type 8, as the request."
        yield Sign("icmp-type-left", sentence, ("icmp.type",))
    if reply.identity != request.identity:
        sentence = f"{spaced(request.identity)} was asked, {spaced(reply.identity)} is answered."
        yield Sign("echo-identity-changed", sentence, ("icmp.identity",))


@detector
def the_checksum(answering: Answering) -> Iterator[Sign]:
    """The message's checksum is wrong: always, over odd lengths, or where something carries."""
    exchanges = (*answering.plain, *answering.lengths, *answering.carries)
    pairs = [replied(it.asked, it.replies[0]) for it in exchanges if it.replies]
    wrong = [(request, reply) for request, reply in pairs if checksum(reply.message)]
    if not wrong:
        return
    request, reply = wrong[0]
    seen, right = reply.message_checksum()
    told = f"Over {len(reply.message)} bytes the checksum is {seen:04x} instead of {right:04x}."
    check = "icmp.checksum"
    if seen == request.message_checksum()[0]:
        yield Sign("checksum-not-made-anew", told, (check,))
    elif all(len(it.message) % 2 for _, it in wrong):
        yield Sign("checksum-of-odd-length", told, (check,))
    elif len(wrong) < len(pairs) and all(_short_of_carry(it) for _, it in wrong):
        yield Sign("checksum-carry-lost", told, (check,))
    else:
        yield from _wrong_sum(seen, right, told, check)


def _short_of_carry(reply: Packet) -> bool:
    """Whether a checksum is off by a carry or two, in either direction."""
    seen, right = reply.message_checksum()
    return (seen - right) % 0x10000 in (1, 2, 0xFFFE, 0xFFFF)


@detector
def the_data(answering: Answering) -> Iterator[Sign]:
    """Zeros from the end of a short frame come back as data; or options are taken for some."""
    for exchange in (it for it in answering.lengths if it.replies):
        request, reply = replied(exchange.asked, exchange.replies[0])
        rest = reply.data[len(request.data) :]
        if reply.data.startswith(request.data) and rest and not any(rest):
            sentence = f"{len(request.data)} bytes were sent, {len(reply.data)} came back."
            yield Sign("padding-taken-for-data", sentence, ("icmp.data",))
            break
    for exchange in answering.options:
        asked = Packet.of(exchange.asked)
        count = len(asked.header) - HEADER_BYTES
        ours = [replied(exchange.asked, it)[1] for it in exchange.replies]
        if exchange.alive and exchange.listening and not any(it.data == asked.data for it in ours):
            sentence = f"With {count} bytes of options a request was not answered rightly."
            yield Sign("ip-header-of-20-bytes", sentence, ("icmp.options",))
            break


# -- who is answered ------------------------------------------------------------------------------


@detector
def who_is_answered(answering: Answering) -> Iterator[Sign]:
    """What is no question to it is answered, or is its end."""
    asked = (
        *((it, "ip-answers-for-others", "icmp.other-addresses") for it in answering.other_ips),
        *((it, "icmp-type-not-checked", "icmp.other-messages") for it in answering.messages),
        *((it, _damage(it), "icmp.damaged") for it in answering.damaged),
    )
    for it, known, check in asked:
        shown = spaced(it.asked[_ETHERNET:])
        if it.sent and known:
            yield Sign(known, f"It answered {shown}.", (check,))
        elif not it.sent and not it.alive and it.listening:
            yield Sign("crashed", f"{shown} was its end.", (check,))


def _damage(exchange: Exchange) -> str:
    """What has to be looked at in a packet that should be left alone."""
    packet = Packet.of(exchange.asked)
    if packet.header[6] & 0x3F or packet.header[7]:
        return "fragments-answered"
    return "checksum-not-verified"


@detector
def many_requests(answering: Answering) -> Iterator[Sign]:
    """In quick succession some are lost, or one of them is its end."""
    alive = answering.plain[0].alive
    if sign := lost_among_many(answering.many, MANY, alive_before=alive):
        yield sign.explaining(_GOES_ON)


@detector
def a_request_is_its_end(answering: Answering) -> Iterator[Sign]:
    """One with a length that was not thought of ends it."""
    asked = (
        *((it, "icmp.data") for it in answering.lengths),
        *((it, "icmp.options") for it in answering.options),
    )
    for exchange, check in asked:
        if exchange.listening and not exchange.alive and not exchange.replies:
            sign = died(answering.record, early=False)
            if sign is not None:
                yield sign.explaining(check)


@detector
def which_interface(elsewhere: Elsewhere) -> Iterator[Sign]:
    """It answers on another interface than the named one, or with another one's address."""
    other, named = elsewhere.other_interface, elsewhere.named_interface
    if sign := other_interface(other, named, FIRST):
        yield sign.explaining("icmp.interface")
    if sign := own_address(named, elsewhere.own):
        yield sign.explaining("icmp.interface")


@detector
def while_nothing_comes(answering: Answering) -> Iterator[Sign]:
    """It keeps a CPU busy."""
    if sign := busy(answering.idle):
        yield sign.explaining("icmp.idle")


@detector
def refusing(refusals: tuple[Sending, ...]) -> Iterator[Sign]:
    """Arguments that make no sense are accepted, or refused so that nobody notices."""
    for sending in refusals:
        if sign := wrong_refusal_of_arguments(sending):
            yield sign.explaining("icmp.bad-arguments")
