"""Wrong ideas behind a server that answers wrongly, and behind a pair whose halves disagree."""

from __future__ import annotations

from collections.abc import Iterator

from l2harness.frames import EtherType, Frame, MacAddress
from l2harness.labs.judging import spaced
from l2harness.labs.misconceptions.frames import mistakes
from l2harness.labs.misconceptions.receivers import ALL
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
from l2harness.labs.pyng_echo.measuring import same_payload, shown, wrong_lines
from l2harness.labs.pyng_echo.runs import FIRST, MANY, SERVER, Answering, Elsewhere, Pair
from l2harness.programs.build import Built
from l2harness.programs.submission import FoundPrograms

_GOES_ON, _PAYLOAD = "server.keeps-running", "server.payload"


@detector
def nothing_is_answered(
    found: FoundPrograms, built: Built | None, answering: Answering
) -> Iterator[Sign]:
    """It cannot be started, does not listen, does not survive a request, or says nothing."""
    if any(it.replies for it in answering.plain):
        return
    wanted = (ALL, EtherType.LAB)
    program, first = found[SERVER], answering.plain[0]
    protocols = answering.protocols
    if sign := unanswered(program, built, answering.record, first, protocols, wanted):
        yield sign.explaining("server.answers")


@detector
def it_does_not_go_on(answering: Answering) -> Iterator[Sign]:
    """It answers its first request, and then it is gone; or it answers twice."""
    first = answering.plain[0]
    if sign := gone_after_one(answering.record, first):
        yield sign.explaining(_GOES_ON, "server.idle")
    if sign := answers_twice(first):
        yield sign.explaining("server.once")


@detector
def what_it_answers(answering: Answering) -> Iterator[Sign]:
    """The header of an answer, or its payload, is another one than it should be."""
    for exchange in (*answering.plain, *answering.lengths):
        for reply in exchange.replies[:1]:
            asker = MacAddress(exchange.asked[6:12])
            right = bytes(Frame(asker, answering.own, EtherType.LAB, reply[14:]))
            for it in mistakes(right, reply):
                yield Sign(it.misconception, it.sentence, ("server.header",))
            if not same_payload(exchange.asked, reply):
                sentence = (
                    f"To a payload of {len(exchange.asked) - 14} bytes it answers with "
                    f"{len(reply) - 14}, beginning with {spaced(reply[14:], 8)}."
                )
                yield Sign("echo-payload-changed", sentence, (_PAYLOAD,))
        gone = exchange.listening and not exchange.alive and not exchange.replies
        if gone and (sign := died(answering.record, early=False)):
            yield sign.explaining(_PAYLOAD)


@detector
def whom_it_answers(answering: Answering) -> Iterator[Sign]:
    """What is no request to it is answered, or a request that it has had before is not."""
    for exchange in answering.others:
        if exchange.sent:
            sentence = f"It answered a frame that begins with {spaced(exchange.asked[:14])}."
            yield Sign("echo-answers-for-others", sentence, ("server.others",))
            continue
        gone = exchange.listening and not exchange.alive
        if gone and (sign := died(answering.record, early=False)):
            yield sign.explaining("server.others")
    again = answering.again
    if again is not None and again.alive and not again.replies:
        sentence = "A request that was the same as an earlier one got no answer."
        yield Sign("stale-state", sentence, (_GOES_ON,))
    alive = answering.plain[0].alive
    if sign := lost_among_many(answering.many, MANY, alive_before=alive):
        yield sign.explaining(_GOES_ON)


@detector
def which_interface(elsewhere: Elsewhere) -> Iterator[Sign]:
    """It answers on another interface than the named one, or with another one's address."""
    other, named = elsewhere.other_interface, elsewhere.named_interface
    if sign := other_interface(other, named, FIRST):
        yield sign.explaining("server.interface")
    if sign := own_address(named, elsewhere.own):
        yield sign.explaining("server.interface")


@detector
def while_nothing_comes(answering: Answering) -> Iterator[Sign]:
    """It keeps a CPU busy."""
    if sign := busy(answering.idle):
        yield sign.explaining("server.idle")


@detector
def the_halves(pair: Pair, bad_line: Pair | None) -> Iterator[Sign]:
    """Its own server's answers are none to the client; or it gives up where others go on."""
    if pair.sending.by_interface and not any(it is not None for it in pair.came):
        first = pair.sending.by_interface[0]
        back = [it.data for it in pair.sending.delivered]
        sentence = f"A request with {spaced(first[14:], 12)} crossed the line {len(back)} times, "
        yield Sign(
            "echo-halves-disagree",
            sentence + "and no answer with that payload came back.",
            ("pair.good-line",),
        )
    elif bad_line is None:
        return
    elif len(bad_line.came) < bad_line.count:
        sentence = (
            f"Of {bad_line.count} requests it sent {len(bad_line.came)}, and went no further."
        )
        yield Sign("echo-gives-up", sentence, ("pair.bad-line",))
    elif wrong := wrong_lines(bad_line):
        number, came_s, line = wrong[0]
        so = "no answer arrived" if came_s is None else "the answer arrived"
        sentence = f"To request {number} {so}, and there is {shown(line)}."
        yield Sign("echo-answer-to-earlier-request", sentence, ("pair.bad-line",))
