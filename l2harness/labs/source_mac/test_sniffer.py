"""The checks of the sniffer: 100 points."""

from __future__ import annotations

from collections.abc import Iterable

from l2harness.frames import ethertype_name
from l2harness.labs.api import Exhibit, Failure, check, expect
from l2harness.labs.judging import expect_refusal, first_wrong, how_it_ended, quoted
from l2harness.labs.records import Answer, Sending
from l2harness.labs.source_mac.lines import mentions_sender, names_source, spelled, tally
from l2harness.labs.source_mac.runs import (
    BURST,
    FIRST,
    HERE,
    SECOND,
    Elsewhere,
    Sniffing,
    is_reported,
)

REPORTS = "sniffer.reports"


def _expect_reported(
    answers: Iterable[Answer | None], what: str, sniffing: Sniffing, hint: str
) -> None:
    """Fail at the first frame about which nothing was printed; ``what`` it was, as a sentence."""
    for answer in answers:
        if is_reported(answer):
            continue
        if answer is None or not answer.listening:
            raise Failure(
                f"{what} gave no line: the sniffer was not listening. "
                f"{how_it_ended(sniffing.record)}",
                expected="a line",
                actual="no packet socket that listens",
            )
        ended = "" if answer.alive else f" Afterwards {how_it_ended(sniffing.record)}"
        raise Failure(
            f"{what}, from {spelled(answer.frame)}, gave no line.{ended}",
            help=hint,
            expected=f"a line with {spelled(answer.frame)}",
            actual=quoted(answer.lines),
            exhibits=[Exhibit(HERE, answer.frame)],
        )


@check(REPORTS, points=12)
def test_sniffer_reports(sniffing: Sniffing) -> None:
    """While it runs, it prints a line when a frame comes."""
    if any(map(is_reported, sniffing.first)):
        return
    hint = "It listens, and printed nothing to the terminal. Is the output kept in a buffer?"
    if sniffing.record.stderr.strip():
        hint = f"On standard error it says: {sniffing.record.last_words()}"
    _expect_reported(sniffing.first[:1], "A frame to it", sniffing, hint)


@check("sniffer.source", points=16, needs=[REPORTS])
def test_sniffer_source(sniffing: Sniffing) -> None:
    """The line shows the frame's source address, bytes 6–11, and no other as that."""
    wrong = first_wrong(sniffing.single, names_source)
    if wrong is None:
        return
    source, line = spelled(wrong.frame), quoted(wrong.lines)
    raise Failure(
        f"A frame from {source} was reported as {line}.",
        help="Destination first, then source: frame[6:12], two hex digits for each byte.",
        expected=source,
        actual=line,
        exhibits=[Exhibit(HERE, wrong.frame)],
    )


@check("sniffer.any-ethertype", points=8, needs=[REPORTS])
def test_sniffer_any_ethertype(sniffing: Sniffing) -> None:
    """Frames of every EtherType are reported, and those with a length in its place."""
    for answer in (*sniffing.first, *sniffing.other_types):
        kind = ethertype_name(int.from_bytes(answer.frame[12:14], "big"))
        hint = "Ask for ETH_P_ALL, 0x0003, in network byte order, and look at no type."
        _expect_reported([answer], f"A frame of type {kind}", sniffing, hint)


@check("sniffer.every-destination", points=6, needs=[REPORTS])
def test_sniffer_every_destination(sniffing: Sniffing) -> None:
    """Frames to everybody, to a group and to another host are reported."""
    whom = ("to everybody", "to a group", "to another host")
    for answer, which in zip(sniffing.others, whom, strict=True):
        hint = "To whom a frame goes does not matter; every one on the segment comes by."
        _expect_reported([answer], f"A frame {which}", sniffing, hint)


@check("sniffer.outgoing", points=12, needs=[REPORTS])
def test_sniffer_outgoing(sniffing: Sniffing) -> None:
    """Frames that another program on its own host sends through the interface are reported."""
    hint = (
        "A socket for ETH_P_ALL gets a copy of what leaves the interface (PACKET_OUTGOING); one "
        "for a single EtherType does not."
    )
    what = f"A frame that left {HERE}, sent by another program"
    _expect_reported(sniffing.outgoing, what, sniffing, hint)


@check("sniffer.short-frame", points=6, needs=[REPORTS])
def test_sniffer_short_frame(sniffing: Sniffing) -> None:
    """A frame that is a header and nothing else is reported."""
    hint = "Not every network pads: the header's 14 bytes are all that can be relied on."
    _expect_reported([sniffing.short], "A frame of 14 bytes", sniffing, hint)


@check("sniffer.largest-frame", points=6, needs=[REPORTS])
def test_sniffer_largest_frame(sniffing: Sniffing) -> None:
    """A frame of 1514 bytes is reported."""
    hint = "The header's 14 bytes come on top of the 1500 of the payload."
    _expect_reported([sniffing.largest], "A frame of 1514 bytes", sniffing, hint)


@check("sniffer.interface", points=8, needs=[REPORTS])
def test_sniffer_interface(elsewhere: Elsewhere) -> None:
    """A frame on another interface is not reported, one on the named interface is."""
    other, named = elsewhere.other_interface, elsewhere.named_interface
    printed = other.printed + named.printed
    expect(
        not (mentions_sender(printed, other.frame) or (other.provoked and other.lines)),
        f"Told to listen on {SECOND}, it reported a frame that came to {FIRST}: "
        f"{quoted([*other.lines, *named.lines])}.",
        help="A packet socket hears every interface until bind() binds it to one.",
        expected="no line",
        actual=quoted([*other.lines, *named.lines]),
        exhibits=[Exhibit(FIRST, other.frame)],
    )
    expect(
        is_reported(named),
        f"Told to listen on {SECOND}, it did not report a frame that came there. "
        f"{how_it_ended(elsewhere.record)}",
        help="The interface is an argument: the same program has to work with any.",
        expected=f"a line with {spelled(named.frame)}",
        actual=quoted(named.lines),
        exhibits=[Exhibit(SECOND, named.frame)],
    )


@check("sniffer.keeps-running", points=12, needs=[REPORTS])
def test_sniffer_keeps_running(sniffing: Sniffing) -> None:
    """100 frames of five senders: 100 lines, each once, in order, and it still runs."""
    if sniffing.burst is None or not all(it.alive for it in sniffing.first):
        raise Failure(
            f"After a frame it had ended: {how_it_ended(sniffing.record)}",
            help="Receive in an endless loop.",
            expected="still running",
            actual="ended",
        )
    said = tally(sniffing.burst, sniffing.single)
    if said.doubled or said.missing:
        what = f"{said.doubled} lines too many" if said.doubled else f"{said.missing} are missing"
        raise Failure(
            f"{said.frames} frames came, and {said.reports} lines: {what}.",
            help="One line for each frame, also for a sender that was there before.",
            expected=f"{said.frames} lines",
            actual=f"{said.reports} lines",
        )
    expect(
        said.in_order,
        f"{said.frames} frames were reported, but not in the order in which they came.",
        expected="the order of arrival",
        actual="another order",
    )
    expect(
        sniffing.burst.alive and is_reported(sniffing.after_burst),
        f"After {BURST} frames it did not report another one. {how_it_ended(sniffing.record)}",
        expected="still running",
        actual="silent" if sniffing.burst.alive else "ended",
    )


@check("sniffer.idle", points=6, needs=[REPORTS])
def test_sniffer_idle(sniffing: Sniffing) -> None:
    """It uses no CPU while nothing comes."""
    if sniffing.idle is None:
        raise Failure(f"It did not run while nothing came. {how_it_ended(sniffing.record)}")
    expect(
        sniffing.idle,
        "While nothing came it kept a CPU busy.",
        help="recv() sleeps until something comes; asking again and again does not.",
        expected="asleep",
        actual="running all the time",
    )


@check("sniffer.bad-interface", points=8, needs=[REPORTS])
def test_sniffer_bad_interface(refusal: Sending) -> None:
    """An unknown interface: it ends, with a status that is not 0, and a word."""
    expect_refusal(refusal, "an interface that does not exist")
