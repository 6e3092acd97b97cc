"""The checks of the client: 50 points."""

from __future__ import annotations

from l2harness.frames import MINIMUM_FRAME, EtherType, ethertype_name, pad
from l2harness.labs.api import Exhibit, check, expect
from l2harness.labs.hello_frame.runs import FROM, TO, Client
from l2harness.labs.judging import (
    colons,
    exhibit,
    exhibits,
    fail_as_not_sent,
    how_it_ended,
    judged_frames,
    spaced,
)

SENDS = "client.sends"


def _beside_the_right_one(client: Client, data: bytes) -> list[Exhibit]:
    """Return a frame that was sent, with the one it should have been."""
    length = min(len(data), MINIMUM_FRAME) if not any(data[len(client.right) :]) else 0
    return [exhibit(client.sending, data, pad(client.right, length))]


@check(SENDS, points=6)
def test_client_sends(client: Client) -> None:
    """At least one frame leaves enp0s10."""
    if not client.sending.by_interface:
        fail_as_not_sent(client.sending)


@check("client.once", points=4, needs=[SENDS])
def test_client_once(client: Client) -> None:
    """Exactly one frame leaves it."""
    count = len(client.sending.by_interface)
    expect(
        count == 1,
        f"{count} frames left {FROM}; one run of the client sends one frame.",
        help="Is sendall() called in a loop, or send() as well?",
        expected="1 frame",
        actual=f"{count} frames",
    )


@check("client.destination", points=8, needs=[SENDS])
def test_client_destination(client: Client) -> None:
    """Bytes 0–5 are 08:00:27:dd:d7:43, the address of enp0s3."""
    _expect_bytes(client, slice(0, 6), "enp0s3 has", "The header begins with the destination.")


@check("client.source", points=8, needs=[SENDS])
def test_client_source(client: Client) -> None:
    """Bytes 6–11 are 08:00:27:8e:75:44, the address of enp0s10."""
    _expect_bytes(client, slice(6, 12), "enp0s10 has", "The source comes second, in bytes 6–11.")


def _expect_bytes(client: Client, field: slice, whose: str, hint: str) -> None:
    right = client.right[field]
    for data in judged_frames(client.sending, EtherType.LAB):
        expect(
            data[field] == right,
            f"Bytes {field.start}–{field.stop - 1} are {colons(data[field])}; "
            f"{whose} {colons(right)}.",
            help=hint,
            expected=spaced(right),
            actual=spaced(data[field]),
            exhibits=_beside_the_right_one(client, data),
        )


@check("client.ethertype", points=8, needs=[SENDS])
def test_client_ethertype(client: Client) -> None:
    """Bytes 12–13 are 88 b5."""
    for data in client.sending.by_interface:
        kind = data[12:14]
        expect(
            kind == client.right[12:14],
            f"Bytes 12–13 are {spaced(kind)}: {ethertype_name(int.from_bytes(kind, 'big'))}.",
            help="Two bytes, the higher one first: b'\\x88\\xb5' in Python, htons(0x88b5) in C.",
            expected="88 b5",
            actual=spaced(kind),
            exhibits=_beside_the_right_one(client, data),
        )


@check("client.payload", points=6, needs=[SENDS])
def test_client_payload(client: Client) -> None:
    """From byte 14 on there is “Hi”, and after it nothing but zeros up to 60 bytes."""
    for data in judged_frames(client.sending, EtherType.LAB):
        body, rest = data[14:16], data[16:]
        expect(
            body == b"Hi" and not any(rest) and len(data) <= MINIMUM_FRAME,
            f"After the header there is {spaced(data[14:]) or 'nothing'}.",
            help="The payload is the two bytes 48 69. The network card adds the zeros.",
            expected="48 69",
            actual=spaced(data[14:]) or "nothing",
            exhibits=_beside_the_right_one(client, data),
        )


@check("client.interface", points=4, needs=[SENDS])
def test_client_interface(client: Client) -> None:
    """Nothing leaves any other interface."""
    stray = client.sending.elsewhere
    expect(
        not stray,
        f"It also sent through {stray[0].interface}." if stray else "",
        help="bind() the socket to enp0s10, and to that alone.",
        expected=f"frames through {FROM} alone",
        actual=f"{stray[0].interface}: {spaced(stray[0].data)}" if stray else None,
        exhibits=exhibits(client.sending, stray),
    )


@check("client.exits", points=3, needs=[SENDS])
def test_client_exits(client: Client) -> None:
    """It ends by itself, with status 0."""
    record = client.sending.record
    expect(
        record.exit is not None and record.exit.succeeded,
        f"After sending, {how_it_ended(record)}",
        help="Nothing answers: after sending there is nothing to wait for.",
        expected="ends with status 0",
        actual=str(record.exit),
    )


@check("client.closes", points=3, needs=[SENDS])
def test_client_closes(client: Client) -> None:
    """Its socket is closed once the frame is sent."""
    expect(
        client.sockets == 0,
        "The frame was sent, the client slept, and its socket was still open.",
        help=f"close() it, also where the server on {TO} is to answer one day.",
        expected="no packet socket left",
        actual=f"{client.sockets} in /proc/net/packet",
    )
