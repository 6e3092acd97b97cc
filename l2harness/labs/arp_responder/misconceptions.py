"""Wrong ideas behind a responder that does not pass: whom it answers, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from l2harness.frames import EtherType, MacAddress
from l2harness.labs.answering import Elsewhere
from l2harness.labs.arp_responder.runs import FIRST, MANY, PROGRAM, Answering
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

_HERE: Final = {"destination-ignored": "arp-reply-to-everybody"}
_END: Final = 42
_GOES_ON: Final = "arp.keeps-running"


@detector
def nothing_is_answered(
    found: FoundPrograms, built: Built | None, answering: Answering
) -> Iterator[Sign]:
    """It cannot be started, does not listen, does not survive a request, or says nothing."""
    if any(it.replies for it in answering.plain):
        return
    first = answering.plain[0]
    wanted = (ALL, EtherType.ARP)
    program = found[PROGRAM]
    protocols = answering.protocols
    if sign := unanswered(program, built, answering.record, first, protocols, wanted):
        yield sign.explaining("arp.replies")


@detector
def it_does_not_go_on(answering: Answering) -> Iterator[Sign]:
    """It answers its first request, and then it is gone; or it answers twice."""
    first = answering.plain[0]
    if sign := gone_after_one(answering.record, first):
        yield sign.explaining("arp.keeps-running", "arp.idle")
    if sign := answers_twice(first):
        yield sign.explaining("arp.once")


@detector
def the_reply(answering: Answering) -> Iterator[Sign]:
    """Fields of the reply are other than they should be."""
    for exchange in (it for it in answering.plain if it.replies):
        seen, right = exchange.replies[0], answering.right(exchange.asked)
        for it in mistakes(right, seen[:14] + right[14:]):
            known = _HERE.get(it.misconception, it.misconception)
            yield Sign(known, it.sentence, ("arp.ethernet",))
        yield from _body(exchange.asked, seen, right)
        return


def _body(asked: bytes, seen: bytes, right: bytes) -> Iterator[Sign]:
    """What is wrong in the 28 bytes of ARP."""
    fixed, wanted = seen[14:22], right[14:22]
    told = f"Bytes 14–21 are {spaced(fixed)}."
    turned = b"".join(wanted[at : at + 2][::-1] for at in (0, 2))
    if fixed[:4] == turned or fixed[6:8] == wanted[6:8][::-1]:
        yield Sign("arp-fields-in-host-order", told, ("arp.fixed-fields",))
    elif fixed[6:8] == asked[20:22]:
        yield Sign("arp-operation-left", told, ("arp.fixed-fields",))
    sender, target = seen[22:32], seen[32:_END]
    if sender == asked[22:32] and sender != right[22:32]:
        sentence = f"Bytes 22–31 are {spaced(sender)}, the asker."
        yield Sign("arp-sides-not-exchanged", sentence, ("arp.sender", "arp.target"))
    elif target != right[32:_END] and not any(target[:6]):
        sentence = f"Bytes 32–41 are {spaced(target)}."
        yield Sign("arp-target-not-filled", sentence, ("arp.target",))


@detector
def what_comes_behind(answering: Answering) -> Iterator[Sign]:
    """What stood behind the request stands behind the reply."""
    exchange = answering.trailer
    if exchange is None or not exchange.replies:
        return
    rest = exchange.replies[0][_END:]
    if rest.strip(b"\0") and exchange.asked[_END:].startswith(rest[:8]):
        sentence = f"Behind a request stood {spaced(rest, 8)}, and behind the reply, too."
        yield Sign("arp-trailer-copied", sentence, ("arp.length",))


# -- who is answered ------------------------------------------------------------------------------


@detector
def who_is_not_answered(answering: Answering) -> Iterator[Sign]:
    """Some kinds of requests are passed over."""
    asked = (
        (answering.unicast, "arp-unicast-ignored", "arp.unicast-request"),
        (answering.probe, "arp-probe-ignored", "arp.probe"),
    )
    for exchange, known, check in asked:
        if exchange is None or not exchange.listening or exchange.sent:
            continue
        what = f"{exchange.asked[:14].hex(' ')} …"
        if exchange.alive:
            yield Sign(known, f"A request, {what}, got no reply.", (check,))
        elif sign := died(answering.record, early=False):
            yield sign.explaining(check)


@detector
def who_is_answered(answering: Answering) -> Iterator[Sign]:
    """What is no question to it is answered, or is its end."""
    asked = (
        (answering.other_ips, "arp-answers-for-others", "arp.other-addresses"),
        (answering.operations, "arp-answers-replies", "arp.other-operations"),
        (answering.malformed, "arp-kind-not-checked", "arp.malformed"),
    )
    for exchanges, known, check in asked:
        for it in exchanges:
            shown = spaced(it.asked[14:])
            if it.sent:
                yield Sign(known, f"It answered {shown}.", (check,))
            elif not it.alive and it.listening:
                yield Sign("crashed", f"{shown} was its end.", (check,))


@detector
def who_gets_the_reply(answering: Answering) -> Iterator[Sign]:
    """A reply goes to somebody who asked earlier."""
    exchange = answering.same_ip
    first = answering.plain[0].asked[6:12]
    if exchange is not None and any(it[:6] == first for it in exchange.replies):
        asker = MacAddress(exchange.asked[6:12])
        sentence = f"{asker} asked, and the reply went to {MacAddress(first)}, who asked before."
        yield Sign("stale-state", sentence, ("arp.every-asker",))


@detector
def many_requests(answering: Answering) -> Iterator[Sign]:
    """In quick succession some are lost, or one of them is its end."""
    alive = answering.plain[0].alive
    if sign := lost_among_many(answering.many, MANY, alive_before=alive):
        yield sign.explaining(_GOES_ON)


@detector
def which_interface(elsewhere: Elsewhere) -> Iterator[Sign]:
    """It answers on another interface than the named one, or with another one's address."""
    other, named = elsewhere.other_interface, elsewhere.named_interface
    if sign := other_interface(other, named, FIRST):
        yield sign.explaining("arp.interface")
    if sign := own_address(named, elsewhere.own):
        yield sign.explaining("arp.interface")


@detector
def while_nothing_comes(answering: Answering) -> Iterator[Sign]:
    """It keeps a CPU busy."""
    if sign := busy(answering.idle):
        yield sign.explaining("arp.idle")


@detector
def refusing(refusals: tuple[Sending, ...]) -> Iterator[Sign]:
    """Arguments that make no sense are accepted, or refused so that nobody notices."""
    for sending in refusals:
        if sign := wrong_refusal_of_arguments(sending):
            yield sign.explaining("arp.bad-arguments")
