"""Checks of the server: whom it answers, and with what."""

from __future__ import annotations

from collections.abc import Iterator

from l2harness.frames import EtherType
from l2harness.labs.answering import Exchange
from l2harness.labs.api import Exhibit, check, expect
from l2harness.labs.judging import spaced
from l2harness.labs.pyng_echo.measuring import same_payload
from l2harness.labs.pyng_echo.runs import FIRST, HERE, MANY, Answering, Elsewhere
from l2harness.labs.responding import (
    expect_all_answered,
    expect_answered,
    expect_asleep,
    expect_once,
    expect_own_interface,
    expect_silence,
)

ANSWERS = "server.answers"
_HEADER = 14


def _replies(answering: Answering) -> Iterator[tuple[Exchange, bytes]]:
    for exchange in (*answering.plain, *answering.lengths):
        for reply in exchange.replies[:1]:
            yield exchange, reply


@check(ANSWERS, points=6)
def test_server_answers(answering: Answering) -> None:
    """A request to its address is answered with a frame."""
    if not any(it.replies for it in answering.plain):
        expect_answered(answering.plain[0], "A request to its address", answering.record)


@check("server.once", points=2, needs=[ANSWERS])
def test_server_once(answering: Answering) -> None:
    """Each request is answered once."""
    expect_once(answering.plain)


@check("server.header", points=6, needs=[ANSWERS])
def test_server_header(answering: Answering) -> None:
    """The answer goes to the sender of the request, from its own address, EtherType 88 b5."""
    for exchange, reply in _replies(answering):
        kind = EtherType.LAB.to_bytes(2, "big")
        right = exchange.asked[6:12] + answering.own.value + kind
        expect(
            reply[:_HEADER] == right,
            f"The header of the answer is {spaced(reply[:_HEADER])}.",
            help="Back to bytes 6–11 of the request, from the interface's own address.",
            expected=spaced(right),
            actual=spaced(reply[:_HEADER]),
            exhibits=[Exhibit(HERE, reply)],
        )


@check("server.payload", points=6, needs=[ANSWERS])
def test_server_payload(answering: Answering) -> None:
    """The payload comes back as it is, any bytes, up to 1500 of them."""
    for exchange in answering.lengths:
        length = len(exchange.asked) - _HEADER
        expect_answered(exchange, f"A request with a payload of {length} bytes", answering.record)
    for exchange, reply in _replies(answering):
        expect(
            same_payload(exchange.asked, reply),
            f"{len(exchange.asked) - _HEADER} bytes of payload came, and "
            f"{len(reply) - _HEADER} went back"
            + (", other ones." if len(reply) == len(exchange.asked) else "."),
            expected=spaced(exchange.asked[_HEADER:], 16),
            actual=spaced(reply[_HEADER:], 16),
            exhibits=[Exhibit(HERE, reply)],
        )


@check("server.others", points=4, needs=[ANSWERS])
def test_server_others(answering: Answering) -> None:
    """Frames to others, to everybody and of other EtherTypes are left alone."""
    what = (
        "A frame to another host",
        "A frame to everybody",
        "A frame of type 88 b6",
        "A frame of type 08 00",
    )
    for exchange, which in zip(answering.others, what, strict=True):
        hint = "Compare the destination with your own address, all six bytes of it."
        expect_silence(exchange, which, answering.record, hint)


@check("server.keeps-running", points=2, needs=[ANSWERS])
def test_server_keeps_running(answering: Answering) -> None:
    """A request that came before, and forty in a row are answered, and it still runs."""
    alive = answering.plain[0].alive
    expect_all_answered(answering.many, MANY, answering.record, alive_before=alive)
    expect_answered(answering.again, "A request that is as an earlier one", answering.record)


@check("server.interface", points=2, needs=[ANSWERS])
def test_server_interface(elsewhere: Elsewhere) -> None:
    """Requests on another interface are left alone; on the named one it answers as that."""
    other, named = elsewhere.other_interface, elsewhere.named_interface
    expect_own_interface(other, named, elsewhere.own, FIRST)


@check("server.idle", points=2, needs=[ANSWERS])
def test_server_idle(answering: Answering) -> None:
    """It uses no CPU while nothing comes."""
    expect_asleep(answering.idle, answering.record)
