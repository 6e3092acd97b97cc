"""Wrong ideas behind a server that does not pass: what it hears, prints, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator

from l2harness.frames import HEADER_BYTES, EtherType
from l2harness.labs.dumps import shown_length, shows_bytes
from l2harness.labs.hello_frame.runs import ELSEWHERE, SERVER, TO, Receiving, is_shown
from l2harness.labs.judging import quoted, spaced
from l2harness.labs.misconceptions.receivers import (
    ALL,
    asks_for_others,
    said_elsewhere,
    turned_round,
    unable,
)
from l2harness.labs.misconceptions.sign import Sign, detector
from l2harness.labs.misconceptions.starts import died, ran_on
from l2harness.labs.records import Answer
from l2harness.programs.build import Built
from l2harness.programs.exit import ExitReason
from l2harness.programs.submission import FoundPrograms


@detector
def nothing_is_printed(
    found: FoundPrograms, built: Built | None, receiving: Receiving
) -> Iterator[Sign]:
    """It cannot be started, does not listen, does not survive its frame, or is not heard."""
    if is_shown(receiving.word):
        return
    first = receiving.word
    frame = first.frame

    def told(text: str) -> bool:
        return is_shown(Answer(frame, text, provoked=True, alive=True))

    known = said_elsewhere(receiving.record, told) or unable(
        found[SERVER], built, receiving.record, first, receiving.protocols
    )
    if not known and receiving.hears and TO not in receiving.hears:
        where = ", ".join(receiving.hears)
        sentence = f"Its socket is bound to {where}; a frame that came to {TO} gave nothing."
        known = Sign("listens-on-other-interface", sentence)
    known = known or turned_round(receiving.protocols)
    if known := known or asks_for_others(receiving.protocols, (ALL, EtherType.LAB)):
        yield known.explaining("server.receives")


@detector
def what_is_printed(receiving: Receiving) -> Iterator[Sign]:
    """Not all of the frame is, or not as bytes."""
    word, largest = receiving.word, receiving.largest
    if not is_shown(word):
        return
    whole = ("server.whole-frame", "pair.hello")
    frame = word.frame.rstrip(b"\0")
    count = shown_length(word.printed, frame)
    line = quoted(word.lines)
    if not shows_bytes(word.printed, frame[:HEADER_BYTES]):
        sentence = f"The header {spaced(frame[:HEADER_BYTES])} is not in {line}."
        yield Sign("field-not-shown", sentence, ("server.header", *whole))
    elif HEADER_BYTES < count < len(frame):
        sentence = f"Of a frame of {len(word.frame)} bytes it printed the first {count}."
        yield Sign("frame-cut-off", sentence, ("server.payload", *whole))
    elif count < len(frame):
        sentence = f"The payload {spaced(frame[HEADER_BYTES:], 8)} is shown as text: {line}."
        yield Sign("bytes-printed-as-text", sentence, ("server.payload", *whole))
    elif largest is not None and is_shown(largest):
        count = shown_length(largest.printed, largest.frame)
        sentence = f"Of a frame of {len(largest.frame)} bytes it printed the first {count}."
        yield Sign("frame-cut-off", sentence, ("server.whole-frame",))


@detector
def which_interface(receiving: Receiving) -> Iterator[Sign]:
    """It prints what came to another interface."""
    other = receiving.elsewhere
    if other is not None and is_shown(other):
        sentence = f"A frame that came to {ELSEWHERE} was printed: {quoted(other.lines)}."
        yield Sign("not-bound-to-interface", sentence, ("server.interface",))


@detector
def how_it_ends(receiving: Receiving) -> Iterator[Sign]:
    """It does not end after its frame, dies, or ends with a status that says it failed."""
    record = receiving.record
    end = record.exit
    if end is None or not is_shown(receiving.word):
        return
    checks = ("server.exits", "server.closes")
    if end.reason is ExitReason.STOPPED or ran_on(end):
        sentence = "It had printed its frame, went on running, and had to be stopped."
        yield Sign("listens-on-after-its-frame", sentence, checks)
    elif end.reason is ExitReason.EXITED and end.code and not record.stderr.strip():
        sentence = f"It had printed its frame, and ended with status {end.code}."
        yield Sign("success-status-not-zero", sentence, checks[:1])
    elif sign := died(record, early=False):
        yield sign.explaining(*checks)
