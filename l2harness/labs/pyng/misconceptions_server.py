"""Wrong ideas behind a server that does not pass: what it hears, prints and survives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from l2harness.frames import MacAddress
from l2harness.labs.judging import quoted
from l2harness.labs.misconceptions.lines import (
    mention,
    wrong_address,
    wrong_ethertype,
    wrong_payload,
)
from l2harness.labs.misconceptions.receivers import (
    ALL,
    asks_for_others,
    gone_after_one,
    kept_back,
    passed_over,
    said_elsewhere,
    turned_round,
    unable,
)
from l2harness.labs.misconceptions.refusals import wrong_refusal_of_arguments
from l2harness.labs.misconceptions.sign import Sign, detector
from l2harness.labs.pyng.order import tally
from l2harness.labs.pyng.runs import (
    FIRST,
    OTHERS,
    SECOND,
    Elsewhere,
    Listening,
    Pair,
    is_reported,
)
from l2harness.labs.reading import mentions_address
from l2harness.labs.records import Answer, Sending
from l2harness.programs.build import Built
from l2harness.programs.submission import FoundPrograms

_RECEIVES: Final = "server.receives"
_DEVICE: Final = OTHERS[0].partition(".")[2]


@detector
def nothing_is_reported(
    found: FoundPrograms, built: Built | None, server: Listening, pair: Pair
) -> Iterator[Sign]:
    """It cannot be started, does not listen, does not survive a frame, or is not heard."""
    first = server.unicast[0]
    if any(is_reported(answer) for answer in server.unicast):
        return
    sign = unable(found[server.task.server], built, server.record, first, server.protocols)
    if sign is None and first.listening and first.alive:
        sign = _silent(server, pair)
    if sign is not None:
        yield sign.explaining(_RECEIVES)


def _silent(server: Listening, pair: Pair) -> Sign | None:
    """It listens, and not a word of the frames is on its standard output while it runs."""
    frames = [answer.frame for answer in server.unicast]
    task = server.task
    if sign := turned_round(server.protocols, task.ethertype):
        return sign
    if server.swapped_type is not None and is_reported(server.swapped_type):
        sentence = (
            f"A frame with {task.type_bytes.hex(' ')} in bytes 12–13 is passed over, one with "
            f"{task.type_bytes[::-1].hex(' ')} is reported: "
            f"{quoted(server.swapped_type.lines)}."
        )
        return Sign("ethertype-byte-order", sentence)
    known = said_elsewhere(server.record, lambda text: mention(frames, text))
    if known := known or asks_for_others(server.protocols, (ALL, task.ethertype)):
        return known
    if is_reported(pair.unicast_heard) or server.record.said_something:
        return None
    return kept_back()


@detector
def it_does_not_go_on(server: Listening) -> Iterator[Sign]:
    """It reports its first frame, and then it is gone."""
    first = server.unicast[0]
    checks = ["server.keeps-running"] + ["server.idle"] * (server.idle is None)
    if sign := gone_after_one(server.record, first, reported=is_reported(first)):
        yield sign.explaining(*checks)


# -- what a line says -----------------------------------------------------------------------------


@detector
def what_a_line_says(server: Listening) -> Iterator[Sign]:
    """Fields of the header are wrong in the line, or missing."""
    answers = [it for it in _single(server) if is_reported(it)]
    for role in ("destination", "source"):
        if sign := wrong_address(answers, role, _DEVICE):
            yield sign.explaining(f"server.{role}")
    if sign := wrong_ethertype(answers):
        yield sign.explaining("server.ethertype")
    if sign := wrong_payload([it for it in server.unicast if is_reported(it)]):
        yield sign.explaining("server.payload")


def _single(server: Listening) -> list[Answer]:
    """Every single frame that it was asked about."""
    asked = [*server.unicast, server.broadcast, *server.other_types, server.binary]
    return [answer for answer in asked if answer is not None]


# -- which frames are reported --------------------------------------------------------------------


@detector
def which_frames(server: Listening) -> Iterator[Sign]:
    """Some kinds of frames are passed over, or are its end."""
    if not any(is_reported(answer) for answer in server.unicast):
        return
    asked = [
        (server.broadcast, "drops-broadcast", "crashed", "server.broadcast"),
        *(
            (answer, "filters-ethertype", "crashed", "server.any-ethertype")
            for answer in server.other_types
        ),
        (
            server.binary,
            "crashes-on-binary-payload",
            "crashes-on-binary-payload",
            "server.any-ethertype",
        ),
        (
            server.largest,
            "crashes-on-large-frame",
            "crashes-on-large-frame",
            "server.largest-frame",
        ),
    ]
    for answer, dropped, fatal, check in asked:
        if answer is None or not answer.listening or is_reported(answer):
            continue
        also = ["pair.broadcast"] if answer.alive and check == "server.broadcast" else []
        yield passed_over(answer, dropped, fatal).explaining(check, *also)


@detector
def a_hundred_frames(server: Listening) -> Iterator[Sign]:
    """In quick succession frames are lost or doubled, or one of them is its end."""
    if server.burst is None or not server.burst.frames:
        return
    said = tally(server.burst, [it for it in server.unicast if is_reported(it)])
    checks = ("server.keeps-running",)
    if not server.burst.alive:
        if server.unicast[0].alive:
            sentence = f"After {said.reports} of {said.frames} frames it was gone."
            yield Sign("crashed", sentence, checks)
    elif said.doubled:
        sentence = f"Of {said.frames} frames {said.doubled} were reported more than once."
        yield Sign("reports-twice", sentence, checks)
    elif said.missing:
        sentence = f"Of {said.frames} frames {said.missing} were not reported."
        yield Sign("loses-frames", sentence, checks)


@detector
def which_interface(server_elsewhere: Elsewhere) -> Iterator[Sign]:
    """It reports what came to another interface than the named one."""
    other, named = server_elsewhere.other_interface, server_elsewhere.named_interface
    source = MacAddress(other.frame[6:12])
    printed = [*other.lines, *named.lines]
    if not mentions_address(printed, source) and not (other.provoked and other.lines):
        return
    sentence = (
        f"Told to listen on {SECOND}, it reported a frame that came to {FIRST}, from {source}: "
        f"{quoted(printed)}."
    )
    if is_reported(named):
        yield Sign("not-bound-to-interface", sentence, ("server.interface",))
    else:
        more = f"{sentence} A frame that came to {SECOND} gave no line."
        yield Sign("listens-on-other-interface", more, ("server.interface",))


@detector
def while_nothing_arrives(server: Listening) -> Iterator[Sign]:
    """It keeps a CPU busy."""
    if server.idle is False:
        sentence = "With nothing to read, its CPU time went on growing."
        yield Sign("busy-waiting", sentence, ("server.idle",))


@detector
def refusing(server_refusal: Sending) -> Iterator[Sign]:
    """An interface that does not exist is replaced, or refused so that nobody notices."""
    if known := wrong_refusal_of_arguments(server_refusal):
        yield known.explaining("server.bad-interface")
