"""The checks of the server: 40 points."""

from __future__ import annotations

from l2harness.frames import HEADER_BYTES
from l2harness.labs.api import Exhibit, Failure, check, expect
from l2harness.labs.dumps import shown_length, shows_bytes
from l2harness.labs.hello_frame.runs import ELSEWHERE, TO, Receiving, is_shown, shows
from l2harness.labs.judging import how_it_ended, quoted, spaced
from l2harness.labs.records import Answer

RECEIVES = "server.receives"


def _not_shown(answer: Answer | None, what: str, receiving: Receiving) -> Failure:
    if answer is None or not answer.listening:
        return Failure(
            f"{what} was not printed: the server was not listening. "
            f"{how_it_ended(receiving.record)}",
            expected="its bytes",
            actual="no packet socket that listens",
        )
    ended = "" if answer.alive else f" {how_it_ended(receiving.record)}"
    return Failure(
        f"{what} was not printed.{ended}",
        expected=spaced(answer.frame, 16),
        actual=quoted(answer.lines),
        exhibits=[Exhibit(TO, answer.frame)],
    )


@check(RECEIVES, points=8)
def test_server_receives(receiving: Receiving) -> None:
    """It prints something of a frame that comes to enp0s3 while it runs."""
    if is_shown(receiving.word):
        return
    failure = _not_shown(receiving.word, "A frame to enp0s3", receiving)
    if receiving.record.stderr.strip() and receiving.word.alive:
        failure.help = (
            "It printed on standard error; the bytes belong on standard output. "
            f"There it says: {receiving.record.last_words()}"
        )
    raise failure


@check("server.header", points=8, needs=[RECEIVES])
def test_server_header(receiving: Receiving) -> None:
    """What it prints has the 14 bytes of the header, as they came."""
    answer = receiving.word
    header = answer.frame[:HEADER_BYTES]
    expect(
        shows_bytes(answer.printed, header),
        f"The 14 bytes of the header are not in {quoted(answer.lines)}.",
        help="Print all that recv() returns: it begins with the header.",
        expected=spaced(header),
        actual=quoted(answer.lines),
        exhibits=[Exhibit(TO, answer.frame)],
    )


@check("server.payload", points=6, needs=[RECEIVES])
def test_server_payload(receiving: Receiving) -> None:
    """It has the bytes of the payload, also where they are no text."""
    answer = receiving.word
    payload = answer.frame[HEADER_BYTES:].rstrip(b"\0")
    expect(
        shows_bytes(answer.printed, payload),
        f"The payload {spaced(payload, 8)} is not in {quoted(answer.lines)}.",
        help="It may be anything: show bytes as bytes, with repr() or .hex().",
        expected=spaced(payload),
        actual=quoted(answer.lines),
        exhibits=[Exhibit(TO, answer.frame)],
    )


@check("server.whole-frame", points=5, needs=[RECEIVES])
def test_server_whole_frame(receiving: Receiving) -> None:
    """Of a frame of 1514 bytes it prints all."""
    answer = receiving.largest
    if answer is None or not is_shown(answer):
        raise _not_shown(answer, "A frame of 1514 bytes", receiving)
    count = shown_length(answer.printed, answer.frame)
    expect(
        shows(answer.printed, answer.frame),
        f"Of {len(answer.frame)} bytes it printed the first {count}.",
        help="recv() returns as many bytes as it is asked for at most, and drops the rest.",
        expected=f"{len(answer.frame)} bytes",
        actual=f"{count} bytes",
        exhibits=[Exhibit(TO, answer.frame)],
    )


@check("server.interface", points=5, needs=[RECEIVES])
def test_server_interface(receiving: Receiving) -> None:
    """A frame that comes to another interface is not printed, one to enp0s3 after it is."""
    other, named = receiving.elsewhere, receiving.named
    if other is None or named is None:
        raise Failure(f"This could not be tried. {how_it_ended(receiving.record)}")
    stray = other.frame
    printed = other.printed + ("" if named.started else named.printed)
    expect(
        not is_shown(Answer(stray, printed, provoked=True, alive=True)),
        f"A frame that came to {ELSEWHERE} was printed: {quoted([*other.lines, *named.lines])}.",
        help="A packet socket hears every interface until bind() binds it to one.",
        expected="nothing",
        actual=quoted([*other.lines, *named.lines]),
        exhibits=[Exhibit(ELSEWHERE, stray)],
    )
    if not is_shown(named):
        raise _not_shown(named, f"After a frame on {ELSEWHERE}, one on {TO}", receiving)


@check("server.exits", points=4, needs=[RECEIVES])
def test_server_exits(receiving: Receiving) -> None:
    """After its one frame it ends by itself, with status 0."""
    record = receiving.record
    expect(
        record.exit is not None and record.exit.succeeded,
        f"After its frame, {how_it_ended(record)}",
        help="One frame, and done: no loop is needed.",
        expected="ends with status 0",
        actual=str(record.exit),
    )


@check("server.closes", points=4, needs=[RECEIVES])
def test_server_closes(receiving: Receiving) -> None:
    """Its socket is closed after that."""
    expect(
        receiving.sockets == 0,
        "The frame was printed, the server slept, and its socket was still open.",
        help="close() it after recv(), or open it in a with statement.",
        expected="no packet socket left",
        actual=f"{receiving.sockets} in /proc/net/packet",
    )
