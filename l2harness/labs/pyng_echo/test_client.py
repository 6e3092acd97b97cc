"""Checks of the client: its requests, what it takes for their answers, and when it gives up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from l2harness.frames import EtherType
from l2harness.labs.api import Exhibit, Failure, check, expect
from l2harness.labs.judging import (
    command_line,
    exhibit,
    expect_refusal,
    fail_as_not_sent,
    how_it_ended,
    spaced,
)
from l2harness.labs.pyng_echo.measuring import (
    by_number,
    milliseconds,
    shown,
    waits_as_told,
    waits_s,
)
from l2harness.labs.pyng_echo.playing import Pinging, Round
from l2harness.labs.pyng_echo.reading import outcomes
from l2harness.labs.pyng_echo.runs import DOUBLE, STRANGE
from l2harness.labs.records import Sending

SENDS, IN_TURN, REPORTS = "client.sends", "client.in-turn", "client.reports"
TIMEOUT = "client.timeout"
#: A printed time may be rounded.
_ROUNDED, _ROUNDED_S = 1.1, 0.001
#: Whoever looks at the clock after sending has missed a moment, and on a busy machine more than
#: that: so this part of the time is enough, and once even less is.
_LEAST, _MISSED = 0.5, 1


def asked(pinging: Pinging, what: Round, interface: str) -> list[Exhibit]:
    """Return a request, to be shown."""
    return [Exhibit(interface, what.request.data, run=pinging.sending.record.run)]


@check(SENDS, points=4)
def test_client_sends(answered: Pinging) -> None:
    """At least one request leaves the named interface."""
    if not answered.sending.by_interface:
        fail_as_not_sent(answered.sending)


@check("client.header", points=6, needs=[SENDS])
def test_client_header(answered: Pinging, unanswered: Pinging | None) -> None:
    """Requests go to TARGET_MAC, from the address of the named interface, EtherType 88 b5."""
    for it in (answered, unanswered):
        if it is None:
            continue
        sending = it.sending
        assert sending.target is not None
        kind = EtherType.LAB.to_bytes(2, "big")
        right = sending.target.value + sending.own.value + kind
        for data in sending.by_interface:
            expect(
                data[:14] == right,
                f"Told to use {sending.interface}, it sent a header of {spaced(data[:14])}.",
                expected=spaced(right),
                actual=spaced(data[:14]),
                exhibits=[exhibit(sending, data)],
            )


@check("client.distinct", points=3, needs=[SENDS])
def test_client_distinct(answered: Pinging) -> None:
    """No two requests carry the same payload, so that no two answers do."""
    seen = Counter(data[14:] for data in answered.sending.by_interface)
    for payload, count in seen.items():
        expect(
            count == 1,
            f"{count} of {seen.total()} requests carry the same payload: {spaced(payload, 16)}.",
            help="Put a number into the payload that is another one in every request.",
            expected="payloads that differ",
            actual=f"{len(seen)} payloads in {seen.total()} requests",
        )


@check(IN_TURN, points=3, needs=[SENDS])
def test_client_in_turn(answered: Pinging) -> None:
    """The next request follows when the one before was answered or has timed out, not sooner."""
    for number, it in enumerate(answered.rounds[:DOUBLE], 1):
        expect(
            not it.early,
            f"Nothing had come for request {number}, and it went on all the same.",
            help="Send one request, and wait for its answer until the time is up.",
            expected="one request on its way at a time",
            actual="the next one beside it",
            exhibits=asked(answered, it, answered.sending.interface),
        )


@check(REPORTS, points=5, needs=[IN_TURN])
def test_client_reports(answered: Pinging) -> None:
    """For each request that is answered it prints a line: its number, and the time in ms."""
    said = by_number(answered)
    sent = len(answered.rounds)
    expect(
        sent >= answered.count,
        f"{sent} of {answered.count} requests were sent. {how_it_ended(answered.sending.record)}",
        help="Once the answer is there, the next request follows.",
        expected=f"{answered.count} requests",
        actual=f"{sent} requests",
    )
    for number in range(1, answered.count + 1):
        if not any(it.time_s is not None for it in said.get(number, ())):
            raise Failure(
                f"Request {number} was answered; of it there is "
                f"{shown(next(iter(said.get(number, ())), None))}. "
                f"{how_it_ended(answered.sending.record)}",
                help=f"A line of its own: “{number} 12.345 ms”.",
                expected=f"{number} … ms",
                actual=shown(next(iter(said.get(number, ())), None)),
            )
    first = [it.number for it in outcomes(answered.printed)]
    order = list(dict.fromkeys(first))
    expect(
        order == sorted(order),
        f"The lines come in the order {', '.join(map(str, order))}.",
        expected="the order of the requests",
        actual=", ".join(map(str, order)),
    )


@check("client.count", points=2, needs=[REPORTS])
def test_client_count(answered: Pinging) -> None:
    """As many requests leave as COUNT says, all of them through the named interface."""
    sending = answered.sending
    count = len(sending.frames)
    expect(
        count == len(sending.by_interface) == answered.count,
        f"`{command_line(sending.record)}` sent {count} frames. {how_it_ended(sending.record)}",
        expected=f"{answered.count} frames through {sending.interface}",
        actual=f"{len(sending.by_interface)} through it, {len(sending.elsewhere)} elsewhere",
    )


@check("client.time", points=7, needs=[REPORTS])
def test_client_time(answered: Pinging) -> None:
    """The time is that from sending to the answer, as long as the wire and the harness took."""
    said = by_number(answered)
    rounds = answered.rounds
    free_s = answered.began_s
    too_short: list[tuple[int, float, float]] = []
    for number, it in enumerate(rounds, 1):
        took_s = next((one.time_s for one in said.get(number, ()) if one.time_s is not None), None)
        if it.early or it.answered_s is None or took_s is None:
            continue
        after_s = rounds[number].seen_s if number < len(rounds) else answered.ended_s
        most_s = after_s - free_s
        free_s = it.answered_s
        held_s = it.answered_s - it.seen_s
        if took_s < held_s * _LEAST:
            too_short.append((number, held_s, took_s))
        expect(
            took_s <= most_s * _ROUNDED + _ROUNDED_S,
            f"From the answer before to what it did next passed {milliseconds(most_s)}, and it "
            f"prints {milliseconds(took_s)} for request {number}.",
            help="Look at the clock anew before each request; and mind the unit.",
            expected=f"{milliseconds(most_s)} at most",
            actual=milliseconds(took_s),
        )
    for number, held_s, took_s in too_short[_MISSED:]:
        expect(
            False,
            f"The answer to request {number} was held back for {milliseconds(held_s)}, and it "
            f"prints {milliseconds(took_s)}.",
            help="Look at the clock before you send, and again when the answer is there; a "
            "clock that gives seconds has to be multiplied by 1000.",
            expected=f"{milliseconds(held_s)} or more",
            actual=milliseconds(took_s),
        )


@check("client.duplicates", points=5, needs=[REPORTS])
def test_client_duplicates(answered: Pinging) -> None:
    """An answer that arrives twice counts once: not a second time, nor for the next request."""
    again = answered.rounds[DOUBLE]
    expect(
        not again.early,
        f"The answer to request {DOUBLE} came twice, and the second one was taken for that to "
        f"request {DOUBLE + 1}, which had none yet.",
        help="Compare the payload of an answer with that of the request that waits for it.",
        expected=f"it waits for the answer to request {DOUBLE + 1}",
        actual="it went on",
        exhibits=asked(answered, again, answered.sending.interface),
    )
    for number, lines in by_number(answered).items():
        expect(
            len(lines) == 1,
            f"Request {number} has {len(lines)} lines.",
            expected="one line for each request",
            actual=f"{len(lines)} lines",
        )


@check("client.strangers", points=7, needs=[REPORTS])
def test_client_strangers(strangers: Pinging) -> None:
    """What is no answer is not taken for one: wrong payload, sender, receiver or EtherType."""
    taken = [(what, it) for what, it in zip(STRANGE, strangers.rounds, strict=False) if it.early]
    expect(
        not taken,
        "It took for an answer: " + "; ".join(what for what, _ in taken) + ".",
        help="An answer is from the target, to your address, of type 88 b5, and its payload "
        "begins with that of the request.",
        expected="it waits on",
        actual=f"it went on {len(taken)} times",
        exhibits=[them for _, it in taken for them in asked(strangers, it, "h1.eth0")],
    )
    missing = len(STRANGE) - len(strangers.rounds)
    expect(
        not missing,
        f"After a frame that was no answer it sent no further request. "
        f"{how_it_ended(strangers.sending.record)}",
        expected=f"{len(STRANGE)} requests",
        actual=f"{len(strangers.rounds)} requests",
    )


@check(TIMEOUT, points=6, needs=[REPORTS])
def test_client_timeout(unanswered: Pinging) -> None:
    """A request without an answer is given up: a line with its number and timeout, and on."""
    said = by_number(unanswered).get(1, [])
    first = next(iter(said), None)
    ended = how_it_ended(unanswered.sending.record)
    expect(
        len(unanswered.rounds) > 1,
        f"The first request got no answer, and no second one followed. {ended}",
        help="Wait with a time limit: select(), poll(), or settimeout().",
        expected="a second request",
        actual="none",
    )
    expect(
        first is not None and first.time_s is None,
        f"The first request got no answer in time; of it there is {shown(first)}.",
        expected="1 timeout",
        actual=shown(first),
    )


@check("client.late", points=5, needs=[TIMEOUT])
def test_client_late(unanswered: Pinging) -> None:
    """An answer that comes too late is not taken for that to the next request."""
    said = by_number(unanswered).get(2, [])
    second = next(iter(said), None)
    expect(
        second is not None and second.time_s is None,
        "The answer to request 1 came after its time, and request 2 got none; of that there is "
        f"{shown(second)}.",
        help="Compare the payload of an answer with that of the request that waits for it.",
        expected="2 timeout",
        actual=shown(second),
    )


@check("client.waits", points=3, needs=[TIMEOUT])
def test_client_waits(unanswered: Pinging) -> None:
    """It waits for TIMEOUT_MS milliseconds, not for a time of its own."""
    between_s, until_end_s = waits_s(unanswered)
    expect(
        waits_as_told(unanswered),
        f"`{command_line(unanswered.sending.record)}` waited {milliseconds(between_s)} for its "
        f"first answer, and {milliseconds(until_end_s)} for the other.",
        help="The limit is the last argument, in milliseconds, and begins with the request.",
        expected=milliseconds(unanswered.timeout_s),
        actual=milliseconds(min(between_s, until_end_s)),
    )


@check("client.status", points=2, needs=[TIMEOUT])
def test_client_status(answered: Pinging, unanswered: Pinging) -> None:
    """It ends by itself: with status 0 if all were answered, with another one if not."""
    right: Sequence[tuple[Pinging, str, Callable[[Pinging], bool]]] = (
        (answered, "All its requests were answered", lambda it: _end(it, succeeded=True)),
        (unanswered, "None of its requests was answered", lambda it: _end(it, succeeded=False)),
    )
    for it, what, holds in right:
        expect(
            holds(it),
            f"{what}. {how_it_ended(it.sending.record)}",
            expected="status 0" if it is answered else "a status that is not 0",
            actual=str(it.sending.record.exit),
        )


def _end(pinging: Pinging, *, succeeded: bool) -> bool:
    end = pinging.sending.record.exit
    return end is not None and (end.succeeded if succeeded else end.refused)


@check("client.bad-arguments", points=2, needs=[SENDS])
def test_client_bad_arguments(refusals: tuple[Sending, ...]) -> None:
    """An unknown interface, an address of five bytes, nothing: status not 0, a word, no frame."""
    wrong = ("an interface that does not exist", "an address of five bytes", "no arguments")
    for sending, what in zip(refusals, wrong, strict=True):
        expect_refusal(sending, what)
