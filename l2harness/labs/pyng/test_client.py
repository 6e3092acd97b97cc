"""The checks of the client, pyng: 50 points."""

from __future__ import annotations

from l2harness.frames import BROADCAST, MINIMUM_FRAME, ethertype_name, pad
from l2harness.labs.api import Exhibit, Failure, check, expect
from l2harness.labs.judging import (
    colons,
    exhibit,
    exhibits,
    expect_refusal,
    fail_as_not_sent,
    how_it_ended,
    judged_frames,
    quoted,
    spaced,
)
from l2harness.labs.pyng.runs import FIRST, OTHERS, Formats, Pair, Refusals
from l2harness.labs.pyng.task import Task
from l2harness.labs.records import Sending

SENDS = "client.sends"


def _beside_the_right_one(
    task: Task, sending: Sending, data: bytes, at: str | None = None
) -> list[Exhibit]:
    """Return a frame that was sent, or seen ``at`` a far end, with the one it should have been."""
    if sending.target is None:
        return []
    right = bytes(task.frame(sending.target, sending.own))
    length = MINIMUM_FRAME if at else len(right)
    if not any(data[len(right) :]):  # zeros of its own are no mistake, up to the minimum
        length = max(length, min(len(data), MINIMUM_FRAME))
    return [exhibit(sending, data, pad(right, length), interface=at)]


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
        f"{count} frames left {FIRST}; one run of {pair.task.client} sends one frame.",
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
        help=f"Nothing answers {pair.task.client}: after sending there is nothing to wait for. "
        "Status 0 says that all went well.",
        expected="ends with status 0",
        actual=str(end),
    )


@check("client.destination", points=5, needs=[SENDS])
def test_client_destination(pair: Pair, second_interface: Sending) -> None:
    """Bytes 0–5 are the TARGET_MAC of the command line."""
    for sending in (pair.unicast, second_interface):
        assert sending.target is not None
        for data in judged_frames(sending, pair.task.ethertype):
            expect(
                data[:6] == sending.target.value,
                f"Bytes 0–5 are {colons(data[:6])}; the command line said {sending.target}.",
                help="An Ethernet header begins with the destination: 6 bytes, in the order in "
                "which they are written.",
                expected=spaced(sending.target.value),
                actual=spaced(data[:6]),
                exhibits=_beside_the_right_one(pair.task, sending, data),
            )


@check("client.source", points=6, needs=[SENDS])
def test_client_source(pair: Pair, second_interface: Sending) -> None:
    """Bytes 6–11 are the MAC of the named interface, also when it is not the first one."""
    for sending in (pair.unicast, second_interface):
        frames = judged_frames(sending, pair.task.ethertype)
        if not frames and not sending.frames:
            raise Failure(
                f"Told to use {sending.interface}, it sent nothing. "
                f"{how_it_ended(sending.record)}",
                help="The interface is an argument: the same program has to work with any.",
                expected=f"a frame from {sending.own}",
                actual="no frame",
                exhibits=[exhibit(sending)],
            )
        for data in frames:
            expect(
                data[6:12] == sending.own.value,
                f"Bytes 6–11 are {colons(data[6:12])}; {sending.interface} has {sending.own}.",
                help="The source is the address of the interface that sends. Ask for it by name, "
                "e.g. in /sys/class/net/NAME/address, or with getsockname() after bind().",
                expected=spaced(sending.own.value),
                actual=spaced(data[6:12]),
                exhibits=_beside_the_right_one(pair.task, sending, data),
            )


@check("client.ethertype", points=6, needs=[SENDS])
def test_client_ethertype(pair: Pair) -> None:
    """Bytes 12–13 are {ethertype:bytes}."""
    right = pair.task.type_bytes
    number = f"0x{right.hex()}"
    for data in pair.unicast.by_interface:
        expect(
            data[12:14] == right,
            f"Bytes 12–13 are {spaced(data[12:14])}: "
            f"{ethertype_name(int.from_bytes(data[12:14], 'big'))}.",
            help="The EtherType is a 16-bit number in network byte order, big end first: "
            f"struct.pack('!H', {number}) in Python, htons({number}) in C.",
            expected=spaced(right),
            actual=spaced(data[12:14]),
            exhibits=_beside_the_right_one(pair.task, pair.unicast, data),
        )


@check("client.payload", points=4, needs=[SENDS])
def test_client_payload(pair: Pair) -> None:
    """The payload, from byte 14 on, begins with “{payload}”."""
    task = pair.task
    for data in judged_frames(pair.unicast, task.ethertype):
        there = data[14 : task.end]
        expect(
            there == task.payload,
            f"Bytes 14–{task.end - 1} are {spaced(there) or 'missing'}, "
            f"not {spaced(task.payload)} (“{task.greeting}”).",
            help="The payload begins right after the 14 bytes of the header.",
            expected=spaced(task.payload),
            actual=spaced(data[14 : task.end + 6]) or "nothing",
            exhibits=_beside_the_right_one(pair.task, pair.unicast, data),
        )


@check("client.minimum-frame", points=5, needs=[SENDS])
def test_client_minimum_frame(pair: Pair) -> None:
    """At the far end the frame is exactly 60 bytes, and zero after “{payload}”."""
    received = pair.unicast.received_by(OTHERS[0])
    task = pair.task
    size = len(task.payload)
    frames = tuple(data for data in received if data[12:14] == task.type_bytes) or received
    expect(frames, f"No frame arrived at {OTHERS[0]}.", expected="a frame", actual="none")
    for data in frames:
        expect(
            len(data) == MINIMUM_FRAME,
            f"{len(data)} bytes arrived; a frame that carries {size} bytes is {MINIMUM_FRAME} "
            "long.",
            help="IEEE 802.3 wants at least 60 bytes without the check sum; what is missing is "
            "filled with zeros, and nothing belongs behind.",
            expected=f"{MINIMUM_FRAME} bytes",
            actual=f"{len(data)} bytes",
            exhibits=_beside_the_right_one(pair.task, pair.unicast, data, at=OTHERS[0]),
        )
        offset = next((at for at in range(task.end, len(data)) if data[at]), None)
        expect(
            offset is None,
            f"Byte {offset} is {data[offset or 0]:02x}; after the payload's {size} bytes there is "
            "only padding, and padding is zero.",
            help=f"Send exactly the {size} bytes of the payload after the header, or fill with "
            "zeros.",
            expected=spaced(bytes(MINIMUM_FRAME - task.end)),
            actual=spaced(data[task.end :]),
            exhibits=_beside_the_right_one(pair.task, pair.unicast, data, at=OTHERS[0]),
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
            exhibits=[exhibit(sending)] if sending else [],
        )
    for interface in OTHERS:
        received = sending.received_by(interface)
        expect(
            any(data[:6] == BROADCAST.value for data in received),
            f"{interface} received no frame addressed to {BROADCAST}.",
            help="Is the destination taken from the command line as it is?",
            expected=spaced(BROADCAST.value),
            actual=spaced(received[0][:6]) if received else "no frame",
            exhibits=_beside_the_right_one(pair.task, sending, sending.by_interface[0]),
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
                exhibits=exhibits(sending, sending.elsewhere),
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
            exhibits=[exhibit(sending)],
        )
        assert sending.target is not None
        expect(
            any(data[:6] == sending.target.value for data in frames),
            f"With {text} as the target the frame went to {colons(frames[0][:6])}.",
            expected=spaced(sending.target.value),
            actual=spaced(frames[0][:6]),
            exhibits=_beside_the_right_one(formats.task, sending, frames[0]),
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
