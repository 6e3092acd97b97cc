"""The checks of the server, pyngd: 40 points."""

from __future__ import annotations

from collections.abc import Callable

from l2harness.frames import BROADCAST, MacAddress
from l2harness.labs.api import Exhibit, Failure, check, expect
from l2harness.labs.decoys import lists_ethertypes, lists_payloads
from l2harness.labs.judging import (
    colons,
    expect_refusal,
    first_wrong,
    how_it_ended,
    quoted,
    spaced,
)
from l2harness.labs.pyng.order import expect_each_once_in_order
from l2harness.labs.pyng.runs import (
    BURST,
    FIRST,
    LARGEST,
    OTHERS,
    SECOND,
    Elsewhere,
    Listening,
    is_reported,
)
from l2harness.labs.reading import (
    Role,
    mentions_address,
    names_address,
    names_ethertype,
    shown_addresses,
    shows_payload,
)
from l2harness.labs.records import Answer, Sending

RECEIVES = "server.receives"


def _answers(server: Listening) -> list[Answer]:
    """Every single frame that the server reported at all."""
    asked = [*server.unicast, server.broadcast, *server.other_types, server.binary]
    return [answer for answer in asked if answer is not None and is_reported(answer)]


def _not_reported(answer: Answer | None, what: str, server: Listening) -> Failure:
    if answer is None:
        return Failure(f"{what} could not be tried. {how_it_ended(server.record)}")
    if not answer.listening:
        said = how_it_ended(server.record)
        return Failure(
            f"{what} was not reported: {server.task.server} was not listening. {said}",
            expected="a line",
            actual="no packet socket that listens",
        )
    ended = "" if answer.alive else " Afterwards it had ended: " + how_it_ended(server.record)
    return Failure(
        f"{what} was not reported.{ended}",
        expected="a line",
        actual=quoted(answer.lines),
        exhibits=[Exhibit(OTHERS[0], answer.frame)],
    )


@check(RECEIVES, points=5)
def test_server_receives(server: Listening) -> None:
    """While it runs, it prints at least one line for a frame sent to it."""
    if any(is_reported(answer) for answer in server.unicast):
        return
    failure = _not_reported(server.unicast[0], f"A frame to {server.own}", server)
    if server.record.stderr.strip() and server.unicast[0].alive:
        failure.help = (
            "It printed on standard error; the lines belong on standard output. "
            f"There it says: {server.record.last_words()}"
        )
    elif server.unicast[0].alive and server.unicast[0].listening:
        failure.help = (
            "It listens, and printed nothing to the terminal. Is the output kept in a buffer, or "
            "is the frame filtered out?"
        )
    raise failure


@check("server.destination", points=4, needs=[RECEIVES])
def test_server_destination(server: Listening) -> None:
    """The line names the frame's destination."""
    _expect_field(
        server,
        "destination",
        lambda answer: names_address(answer.lines, "destination", MacAddress(answer.frame[:6])),
        lambda frame: colons(frame[:6]),
    )


@check("server.source", points=4, needs=[RECEIVES])
def test_server_source(server: Listening) -> None:
    """The line names the frame's source."""
    _expect_field(
        server,
        "source",
        lambda answer: names_address(answer.lines, "source", MacAddress(answer.frame[6:12])),
        lambda frame: colons(frame[6:12]),
    )


def _expect_field(
    server: Listening,
    field: Role,
    right: Callable[[Answer], bool],
    wanted: Callable[[bytes], str],
) -> None:
    wrong = first_wrong(_answers(server), right)
    if wrong is None:
        return
    shown = shown_addresses(wrong.lines, field)
    swapped = MacAddress(wrong.frame[6:12] if field == "destination" else wrong.frame[:6])
    hint = None
    if any(text.lower().replace("-", ":") == str(swapped) for text in shown):
        hint = "Destination and source are the other way round: bytes 0–5 are the destination."
    raise Failure(
        f"The line for a frame with {field} {wanted(wrong.frame)} does not name it as such: "
        f"{quoted(wrong.lines)}.",
        help=hint
        or "Write all twelve digits, two for each byte, with a label or in the order "
        "of the header: destination, source, type, payload.",
        expected=wanted(wrong.frame),
        actual=shown[0] if shown else quoted(wrong.lines),
        exhibits=[Exhibit(OTHERS[0], wrong.frame)],
    )


@check("server.ethertype", points=4, needs=[RECEIVES])
def test_server_ethertype(server: Listening) -> None:
    """The line names the EtherType in hex."""

    def right(answer: Answer) -> bool:
        value = int.from_bytes(answer.frame[12:14], "big")
        return names_ethertype(answer.lines, value) and not lists_ethertypes(
            answer.lines, answer.frame
        )

    wrong = first_wrong(_answers(server), right)
    expect(
        wrong is None,
        f"A frame of type {wrong.frame[12:14].hex() if wrong else ''} was reported without it: "
        f"{quoted(wrong.lines if wrong else [])}.",
        help="Bytes 12–13 are a number, big end first: struct.unpack('!H', …), or ntohs().",
        expected=f"0x{wrong.frame[12:14].hex()}" if wrong else None,
        actual=quoted(wrong.lines) if wrong else None,
        exhibits=[Exhibit(OTHERS[0], wrong.frame)] if wrong else [],
    )


@check("server.payload", points=4, needs=[RECEIVES])
def test_server_payload(server: Listening) -> None:
    """The line shows the payload's beginning."""
    answers = [answer for answer in server.unicast if is_reported(answer)]
    wrong = first_wrong(
        answers,
        lambda it: (
            shows_payload(it.lines, it.frame[14:16]) and not lists_payloads(it.lines, it.frame)
        ),
    )
    expect(
        wrong is None,
        f"A frame whose payload begins with {wrong.frame[14:18]!r} was reported without it: "
        f"{quoted(wrong.lines if wrong else [])}."
        if wrong
        else "",
        help="The payload is everything from byte 14 on; show at least its first bytes, as text "
        "or in hex.",
        expected=spaced(wrong.frame[14:18]) if wrong else None,
        actual=quoted(wrong.lines) if wrong else None,
        exhibits=[Exhibit(OTHERS[0], wrong.frame)] if wrong else [],
    )


@check("server.broadcast", points=4, needs=[RECEIVES])
def test_server_broadcast(server: Listening) -> None:
    """Broadcast frames are reported."""
    if not is_reported(server.broadcast):
        raise _not_reported(server.broadcast, f"A frame to {BROADCAST}", server)


@check("server.any-ethertype", points=3, needs=[RECEIVES])
def test_server_any_ethertype(server: Listening) -> None:
    """Frames of other EtherTypes are reported, and payloads that are no text."""
    for answer in server.other_types:
        if not is_reported(answer):
            kind = f"0x{answer.frame[12:14].hex()}"
            raise _not_reported(answer, f"A frame of type {kind}", server)
    if not is_reported(server.binary):
        what = "A frame whose payload is no text (ff fe 80 00 …)"
        raise _not_reported(server.binary, what, server)


@check("server.keeps-running", points=4, needs=[RECEIVES])
def test_server_keeps_running(server: Listening) -> None:
    """100 frames from several senders: 100 lines, each once, in order, and it still runs."""
    ended = next((answer for answer in server.unicast if not answer.alive), None)
    expect(
        ended is None,
        f"After the first frame it had ended: {how_it_ended(server.record)}",
        help="Receive in a loop, for ever.",
        expected="still running",
        actual="ended",
    )
    if server.burst is None:
        raise Failure(f"It did not run any more. {how_it_ended(server.record)}")
    expect_each_once_in_order(server.burst, [a for a in server.unicast if is_reported(a)])
    expect(
        server.burst.alive and is_reported(server.after_burst),
        f"After {BURST} frames it did not report another one. {how_it_ended(server.record)}",
        expected="still running",
        actual="silent" if server.burst.alive else "ended",
    )


@check("server.interface", points=2, needs=[RECEIVES])
def test_server_interface(server_elsewhere: Elsewhere) -> None:
    """A frame on another interface is not reported."""
    other, named = server_elsewhere.other_interface, server_elsewhere.named_interface
    source = MacAddress(other.frame[6:12])
    seen = [*other.lines, *named.lines]
    expect(
        not (mentions_address(seen, source) or (other.provoked and other.lines)),
        f"Told to listen on {SECOND}, it reported a frame that came to {FIRST}: {quoted(seen)}.",
        help="A packet socket hears every interface until it is bound to one: bind((NAME, 0)).",
        expected="no line",
        actual=quoted(seen),
        exhibits=[Exhibit(FIRST, other.frame)],
    )
    if not is_reported(named):
        raise Failure(
            f"Told to listen on {SECOND}, it did not report a frame that came there. "
            f"{how_it_ended(server_elsewhere.record)}",
            help="The interface is an argument: the same program has to work with any.",
            expected="a line",
            actual=quoted(named.lines),
            exhibits=[Exhibit(SECOND, named.frame)],
        )


@check("server.idle", points=2, needs=[RECEIVES])
def test_server_idle(server: Listening) -> None:
    """It uses no CPU while nothing arrives."""
    expect(
        server.idle is not False,
        "While nothing arrived it kept a CPU busy.",
        help="recv() and select() sleep until something comes; asking again and again does not.",
        expected="asleep",
        actual="running all the time",
    )
    if server.idle is None:
        raise Failure(f"It did not run while nothing arrived. {how_it_ended(server.record)}")


@check("server.largest-frame", points=2, needs=[RECEIVES])
def test_server_largest_frame(server: Listening) -> None:
    """A frame of 1514 bytes is reported."""
    if not is_reported(server.largest):
        raise _not_reported(server.largest, f"A frame of {LARGEST} bytes", server)


@check("server.bad-interface", points=2, needs=[RECEIVES])
def test_server_bad_interface(server_refusal: Sending) -> None:
    """An unknown interface: it ends, with a status that is not 0, and a word."""
    expect_refusal(server_refusal, "an interface that does not exist")
