"""The checks of lab pyng: 50 points for the client, 40 for the server, 10 for the pair.

Every check looks at records of finished runs (`runs.py`); none touches the kernel.
"""

from __future__ import annotations

from collections.abc import Callable

from l2harness.frames import BROADCAST, MINIMUM_FRAME, EtherType, MacAddress, ethertype_name
from l2harness.labs.api import Failure, check, expect
from l2harness.labs.judging import (
    colons,
    expect_refusal,
    fail_as_not_sent,
    first_wrong,
    how_it_ended,
    is_report,
    judged_frames,
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
    Formats,
    Listening,
    Pair,
    Refusals,
    about,
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

SENDS = "client.sends"
RECEIVES = "server.receives"


# -- the client ---------------------------------------------------------------------------------


@check(SENDS, points=5)
def test_client_sends(pair: Pair) -> None:
    """At least one frame leaves the interface that the command line names."""
    if not pair.unicast.by_interface:
        fail_as_not_sent(pair.unicast)


@check("client.once", points=2, needs=[SENDS])
def test_client_once(pair: Pair) -> None:
    """Exactly one frame leaves it."""
    count = len(pair.unicast.by_interface)
    expect(
        count == 1,
        f"{count} frames left {FIRST}; one run of pyng sends one frame.",
        help="Is send() called in a loop, or both send() and sendall()?",
        expected="1 frame",
        actual=f"{count} frames",
    )


@check("client.exits", points=2, needs=[SENDS])
def test_client_exits(pair: Pair) -> None:
    """It ends by itself within the time limit, with status 0."""
    end = pair.unicast.record.exit
    expect(
        end is not None and end.succeeded,
        f"After sending, {how_it_ended(pair.unicast.record)}",
        help="Nothing answers a pyng: after sending there is nothing to wait for. Status 0 says "
        "that all went well.",
        expected="ends with status 0",
        actual=str(end),
    )


@check("client.destination", points=5, needs=[SENDS])
def test_client_destination(pair: Pair, second_interface: Sending) -> None:
    """Bytes 0–5 are the TARGET_MAC of the command line."""
    for sending in (pair.unicast, second_interface):
        assert sending.target is not None
        for data in judged_frames(sending, EtherType.LAB):
            expect(
                data[:6] == sending.target.value,
                f"Bytes 0–5 are {colons(data[:6])}; the command line said {sending.target}.",
                help="An Ethernet header begins with the destination: 6 bytes, in the order in "
                "which they are written.",
                expected=spaced(sending.target.value),
                actual=spaced(data[:6]),
            )


@check("client.source", points=6, needs=[SENDS])
def test_client_source(pair: Pair, second_interface: Sending) -> None:
    """Bytes 6–11 are the MAC of the named interface, also when it is not the first one."""
    for sending in (pair.unicast, second_interface):
        frames = judged_frames(sending, EtherType.LAB)
        if not frames and not sending.frames:
            raise Failure(
                f"Told to use {sending.interface}, it sent nothing. "
                f"{how_it_ended(sending.record)}",
                help="The interface is an argument: the same program has to work with any.",
                expected=f"a frame from {sending.own}",
                actual="no frame",
            )
        for data in frames:
            expect(
                data[6:12] == sending.own.value,
                f"Bytes 6–11 are {colons(data[6:12])}; {sending.interface} has {sending.own}.",
                help="The source is the address of the interface that sends. Ask for it by name, "
                "e.g. in /sys/class/net/NAME/address, or with getsockname() after bind().",
                expected=spaced(sending.own.value),
                actual=spaced(data[6:12]),
            )


@check("client.ethertype", points=6, needs=[SENDS])
def test_client_ethertype(pair: Pair) -> None:
    """Bytes 12–13 are 88 b5."""
    for data in pair.unicast.by_interface:
        expect(
            data[12:14] == b"\x88\xb5",
            f"Bytes 12–13 are {spaced(data[12:14])}: "
            f"{ethertype_name(int.from_bytes(data[12:14], 'big'))}.",
            help="The EtherType is a 16-bit number in network byte order, big end first: "
            "struct.pack('!H', 0x88b5) in Python, htons(0x88b5) in C.",
            expected="88 b5",
            actual=spaced(data[12:14]),
        )


@check("client.payload", points=4, needs=[SENDS])
def test_client_payload(pair: Pair) -> None:
    """The payload, from byte 14 on, begins with “Hi”."""
    for data in judged_frames(pair.unicast, EtherType.LAB):
        expect(
            data[14:16] == b"Hi",
            f"Bytes 14–15 are {spaced(data[14:16]) or 'missing'}, not 48 69 (“Hi”).",
            help="The payload begins right after the 14 bytes of the header.",
            expected=spaced(b"Hi"),
            actual=spaced(data[14:22]) or "nothing",
        )


@check("client.minimum-frame", points=5, needs=[SENDS])
def test_client_minimum_frame(pair: Pair) -> None:
    """At the far end the frame is exactly 60 bytes, and zero after the payload's first two."""
    received = pair.unicast.received_by(OTHERS[0])
    wanted = EtherType.LAB.to_bytes(2, "big")
    frames = tuple(data for data in received if data[12:14] == wanted) or received
    expect(frames, f"No frame arrived at {OTHERS[0]}.", expected="a frame", actual="none")
    for data in frames:
        expect(
            len(data) == MINIMUM_FRAME,
            f"{len(data)} bytes arrived; a frame that carries two bytes is {MINIMUM_FRAME} long.",
            help="IEEE 802.3 wants at least 60 bytes without the check sum; what is missing is "
            "filled with zeros, and nothing belongs behind.",
            expected=f"{MINIMUM_FRAME} bytes",
            actual=f"{len(data)} bytes",
        )
        offset = next((at for at in range(16, len(data)) if data[at]), None)
        expect(
            offset is None,
            f"Byte {offset} is {data[offset or 0]:02x}; after the payload's two bytes there is "
            "only padding, and padding is zero.",
            help="Send exactly the 2 bytes of the payload after the header, or fill with zeros.",
            expected=spaced(bytes(44)),
            actual=spaced(data[16:]),
        )


@check("client.broadcast", points=4, needs=[SENDS])
def test_client_broadcast(pair: Pair) -> None:
    """To ff:ff:ff:ff:ff:ff: every other host on the segment receives it, addressed so."""
    sending = pair.broadcast
    if sending is None or not sending.by_interface:
        raise Failure(
            f"With {BROADCAST} as the target nothing left {FIRST}. "
            + (how_it_ended(sending.record) if sending else ""),
            help="The broadcast address is an address like any other.",
            expected="a frame to ff:ff:ff:ff:ff:ff",
            actual="no frame",
        )
    for interface in OTHERS:
        received = sending.received_by(interface)
        expect(
            any(data[:6] == BROADCAST.value for data in received),
            f"{interface} received no frame addressed to {BROADCAST}.",
            help="Is the destination taken from the command line as it is?",
            expected=spaced(BROADCAST.value),
            actual=spaced(received[0][:6]) if received else "no frame",
        )


@check("client.interface", points=3, needs=[SENDS])
def test_client_interface(pair: Pair, second_interface: Sending) -> None:
    """Nothing leaves any other interface."""
    for sending in (pair.unicast, second_interface):
        for event in sending.elsewhere:
            raise Failure(
                f"Told to use {sending.interface}, it sent through {event.interface}.",
                help="bind() the socket to the interface of the command line.",
                expected=f"frames through {sending.interface} alone",
                actual=f"{event.interface}: {spaced(event.data)}",
            )


@check("client.mac-formats", points=2, needs=[SENDS])
def test_client_mac_formats(formats: Formats) -> None:
    """Addresses in upper case, and with “-” as the separator, are understood."""
    both, *alone = formats.sendings
    for sending in alone or [both]:
        frames = sending.by_interface
        text = sending.record.argv[1]
        expect(
            frames,
            f"With {text} as the target nothing was sent. {how_it_ended(sending.record)}",
            help="IEEE 802 writes addresses with “-”, Linux with “:”; people write either case.",
            expected=f"a frame to {sending.target}",
            actual="no frame",
        )
        assert sending.target is not None
        expect(
            any(data[:6] == sending.target.value for data in frames),
            f"With {text} as the target the frame went to {colons(frames[0][:6])}.",
            expected=spaced(sending.target.value),
            actual=spaced(frames[0][:6]),
        )


@check("client.reports", points=1, needs=[SENDS])
def test_client_reports(pair: Pair) -> None:
    """It prints “Sent!”."""
    record = pair.unicast.record
    printed = record.stdout.decode("utf-8", "backslashreplace")
    expect(
        "Sent!" in printed,
        "Sent! is not in what it printed on standard output"
        + (", only on standard error." if b"Sent!" in record.stderr else "."),
        help="Print it once the frame is sent, on standard output.",
        expected="Sent!",
        actual=quoted(printed.splitlines()),
    )


@check("client.bad-mac", points=2, needs=[SENDS])
def test_client_bad_mac(refusals: Refusals) -> None:
    """Malformed addresses are refused: status not 0, a word, no frame."""
    wrong = ("a letter that is no hex digit", "five bytes", "seven bytes", "an empty address")
    for sending, what in zip(refusals.malformed, wrong, strict=True):
        expect_refusal(sending, what)


@check("client.bad-interface", points=2, needs=[SENDS])
def test_client_bad_interface(refusals: Refusals) -> None:
    """An unknown interface is refused: status not 0, a word, no frame."""
    expect_refusal(refusals.unknown_interface, "an interface that does not exist")


@check("client.usage", points=1, needs=[SENDS])
def test_client_usage(refusals: Refusals) -> None:
    """Without arguments: status not 0, and a word."""
    expect_refusal(refusals.no_arguments, "no arguments")


# -- the server ---------------------------------------------------------------------------------


def _reported(answer: Answer | None) -> bool:
    return answer is not None and is_report(answer, about(answer.frame))


def _answers(server: Listening) -> list[Answer]:
    """Every single frame that the server reported at all."""
    asked = [*server.unicast, server.broadcast, *server.other_types, server.binary]
    return [answer for answer in asked if answer is not None and _reported(answer)]


def _not_reported(answer: Answer | None, what: str, server: Listening) -> Failure:
    if answer is None:
        return Failure(f"{what} could not be tried. {how_it_ended(server.record)}")
    if not answer.listening:
        said = how_it_ended(server.record)
        return Failure(
            f"{what} was not reported: pyngd was not listening. {said}",
            expected="a line",
            actual="no packet socket that listens",
        )
    ended = "" if answer.alive else " Afterwards it had ended: " + how_it_ended(server.record)
    return Failure(
        f"{what} was not reported.{ended}",
        expected="a line",
        actual=quoted(answer.lines),
    )


@check(RECEIVES, points=5)
def test_server_receives(server: Listening) -> None:
    """While it runs, it prints at least one line for a frame sent to it."""
    if any(_reported(answer) for answer in server.unicast):
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
    )


@check("server.ethertype", points=4, needs=[RECEIVES])
def test_server_ethertype(server: Listening) -> None:
    """The line names the EtherType in hex."""

    def right(answer: Answer) -> bool:
        return names_ethertype(answer.lines, int.from_bytes(answer.frame[12:14], "big"))

    wrong = first_wrong(_answers(server), right)
    expect(
        wrong is None,
        f"A frame of type {wrong.frame[12:14].hex() if wrong else ''} was reported without it: "
        f"{quoted(wrong.lines if wrong else [])}.",
        help="Bytes 12–13 are a number, big end first: struct.unpack('!H', …), or ntohs().",
        expected=f"0x{wrong.frame[12:14].hex()}" if wrong else None,
        actual=quoted(wrong.lines) if wrong else None,
    )


@check("server.payload", points=4, needs=[RECEIVES])
def test_server_payload(server: Listening) -> None:
    """The line shows the payload's beginning."""
    answers = [answer for answer in server.unicast if _reported(answer)]
    wrong = first_wrong(answers, lambda it: shows_payload(it.lines, it.frame[14:16]))
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
    )


@check("server.broadcast", points=4, needs=[RECEIVES])
def test_server_broadcast(server: Listening) -> None:
    """Broadcast frames are reported."""
    if not _reported(server.broadcast):
        raise _not_reported(server.broadcast, f"A frame to {BROADCAST}", server)


@check("server.any-ethertype", points=3, needs=[RECEIVES])
def test_server_any_ethertype(server: Listening) -> None:
    """Frames of other EtherTypes are reported, and payloads that are no text."""
    for answer in server.other_types:
        if not _reported(answer):
            kind = f"0x{answer.frame[12:14].hex()}"
            raise _not_reported(answer, f"A frame of type {kind}", server)
    if not _reported(server.binary):
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
    expect_each_once_in_order(server.burst, [a for a in server.unicast if _reported(a)])
    expect(
        server.burst.alive and _reported(server.after_burst),
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
    )
    if not _reported(named):
        raise Failure(
            f"Told to listen on {SECOND}, it did not report a frame that came there. "
            f"{how_it_ended(server_elsewhere.record)}",
            help="The interface is an argument: the same program has to work with any.",
            expected="a line",
            actual=quoted(named.lines),
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
    if not _reported(server.largest):
        raise _not_reported(server.largest, f"A frame of {LARGEST} bytes", server)


@check("server.bad-interface", points=2, needs=[RECEIVES])
def test_server_bad_interface(server_refusal: Sending) -> None:
    """An unknown interface: it ends, with a status that is not 0, and a word."""
    expect_refusal(server_refusal, "an interface that does not exist")


# -- both ---------------------------------------------------------------------------------------


@check("pair.unicast", points=5, needs=[SENDS, RECEIVES])
def test_pair_unicast(pair: Pair) -> None:
    """The student's pyng on h1 reaches the student's pyngd on h2."""
    expect(
        pair.unicast_heard.frame and _reported(pair.unicast_heard),
        f"pyngd on {OTHERS[0]} did not report the frame that pyng had sent from {FIRST}.",
        help="Each half works alone; do they agree on the EtherType and the payload?",
        expected="a line",
        actual=quoted(pair.unicast_heard.lines),
    )


@check("pair.broadcast", points=5, needs=[SENDS, RECEIVES])
def test_pair_broadcast(pair: Pair) -> None:
    """… and by broadcast the pyngd on h2 and the one on h3."""
    expect(pair.broadcast_heard, "pyng did not send to the broadcast address.")
    for interface, answer in zip(OTHERS, pair.broadcast_heard, strict=True):
        expect(
            answer.frame and _reported(answer),
            f"pyngd on {interface} did not report the frame that pyng had sent to everybody.",
            expected="a line",
            actual=quoted(answer.lines),
        )
