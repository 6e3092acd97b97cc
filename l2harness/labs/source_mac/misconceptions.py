"""Wrong ideas behind a sniffer that does not pass: what it hears, what it says, how it goes on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations
from typing import Final

from l2harness.frames import MacAddress
from l2harness.labs.judging import quoted
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
from l2harness.labs.reading import addresses
from l2harness.labs.records import Answer, Sending
from l2harness.labs.source_mac.lines import (
    mentions_sender,
    names_source,
    sources_in,
    spelled,
    tally,
)
from l2harness.labs.source_mac.runs import (
    FIRST,
    HERE,
    SECOND,
    SNIFFER,
    Elsewhere,
    Sniffing,
    is_reported,
)
from l2harness.programs.build import Built
from l2harness.programs.submission import FoundPrograms

_REPORTS: Final = "sniffer.reports"
_DEVICE: Final = HERE.partition(".")[2]


@detector
def nothing_is_reported(
    found: FoundPrograms, built: Built | None, sniffing: Sniffing
) -> Iterator[Sign]:
    """It cannot be started, does not listen, does not survive a frame, or is not heard."""
    if any(map(is_reported, sniffing.first)):
        return
    first = sniffing.first[0]

    def told(text: str) -> bool:
        return any(mentions_sender(text, it.frame) for it in sniffing.first)

    known = unable(found[SNIFFER], built, sniffing.record, first, sniffing.protocols)
    if known is None and first.listening and first.alive:
        known = turned_round(sniffing.protocols) or said_elsewhere(sniffing.record, told)
        known = known or asks_for_others(sniffing.protocols, (ALL,))
        if known is None and not sniffing.record.said_something:
            known = kept_back()
    if known is not None:
        yield known.explaining(_REPORTS)


@detector
def it_does_not_go_on(sniffing: Sniffing) -> Iterator[Sign]:
    """It reports its first frame, and then it is gone."""
    first = sniffing.first[0]
    checks = ["sniffer.keeps-running"] + ["sniffer.idle"] * (sniffing.idle is None)
    if sign := gone_after_one(sniffing.record, first, reported=is_reported(first)):
        yield sign.explaining(*checks)


# -- what a line says -----------------------------------------------------------------------------


@detector
def what_a_line_says(sniffing: Sniffing) -> Iterator[Sign]:
    """Something else than the sender stands in the line."""
    answers = sniffing.single
    for number, answer in enumerate(answers):
        if not names_source(answer):
            earlier = [it.frame[6:12] for it in answers[:number]]
            if sign := _instead(answer, earlier):
                yield sign.explaining("sniffer.source")
                return


def _instead(answer: Answer, earlier: list[bytes]) -> Sign | None:
    frame, line = answer.frame, quoted(answer.lines)
    source, destination = frame[6:12], frame[:6]
    whose = f"A frame from {spelled(frame)} to {MacAddress(destination)} was reported as {line}"
    shown = {it for text in answer.lines for it in sources_in(text)}
    short = [it.text for text in answer.lines for it in addresses(text) if it.mac is None]
    if any(bytes(int(part, 16) for part in re.split("[:-]", it)) == source for it in short):
        return Sign("address-digits-not-padded", f"{spelled(frame)} is shown as {short[0]}.")
    if destination in shown:
        sentence = f"{whose}: that is bytes 0–5, where it goes. Who sent it is in bytes 6–11."
        return Sign("first-six-bytes-are-not-the-source", sentence)
    if shown & set(earlier):
        return Sign("stale-state", f"{whose}: that is who sent a frame before.")
    if shown & {bytes(it) for it in permutations(source)} - {source}:
        return Sign("address-byte-order", f"{whose}: its bytes, in another order.")
    if repr(source)[2:-1] in answer.printed or repr(destination)[2:-1] in answer.printed:
        return Sign("address-unformatted", f"{whose}, as raw bytes.")
    if re.search(rf"\b{re.escape(_DEVICE)}\b", answer.printed):
        return Sign("socket-address-is-not-the-source", f"{whose}.")
    return None if shown else Sign("field-not-shown", f"{whose}, which does not name its sender.")


# -- which frames are reported --------------------------------------------------------------------


@detector
def which_frames(sniffing: Sniffing) -> Iterator[Sign]:
    """Some kinds of frames are passed over, or are its end."""
    if not any(map(is_reported, sniffing.first)):
        return
    group, other = sniffing.others[:2], sniffing.others[2:]
    whom = "sniffer.every-destination"
    # Who leaves out what goes to others also leaves out what its own host sends to them.
    selfish = any(map(_is_passed_over, other)) and any(map(_is_passed_over, group))
    going = "only-frames-for-itself" if selfish else "ignores-outgoing"
    asked = [
        *((it, "filters-ethertype", "crashed", "sniffer.any-ethertype") for it in sniffing.first),
        *(
            (it, "filters-ethertype", "crashed", "sniffer.any-ethertype")
            for it in sniffing.other_types
        ),
        *((it, going if selfish else "drops-broadcast", "crashed", whom) for it in group),
        *((it, "only-frames-for-itself", "crashed", whom) for it in other),
        *((it, going, "crashed", "sniffer.outgoing") for it in sniffing.outgoing),
        (
            sniffing.short,
            "crashes-on-short-frame",
            "crashes-on-short-frame",
            "sniffer.short-frame",
        ),
        (
            sniffing.largest,
            "crashes-on-large-frame",
            "crashes-on-large-frame",
            "sniffer.largest-frame",
        ),
    ]
    for answer, dropped, fatal, check in asked:
        if answer is None or not answer.listening or is_reported(answer):
            continue
        explained = _explained(check, sniffing) if answer.alive else (check,)
        yield passed_over(answer, dropped, fatal).explaining(*explained)


def _is_passed_over(answer: Answer) -> bool:
    return answer.alive and answer.listening and not is_reported(answer)


def _explained(check: str, sniffing: Sniffing) -> tuple[str, ...]:
    """A socket for one EtherType is given no copies of what goes out; see packet(7)."""
    one_type = check == "sniffer.any-ethertype" and ALL not in sniffing.protocols
    return (check, "sniffer.outgoing") if one_type else (check,)


@detector
def a_hundred_frames(sniffing: Sniffing) -> Iterator[Sign]:
    """In quick succession frames are lost or doubled, or one of them is its end."""
    if sniffing.burst is None or not sniffing.burst.frames:
        return
    said = tally(sniffing.burst, sniffing.single)
    checks = ("sniffer.keeps-running",)
    if not sniffing.burst.alive:
        if sniffing.first[0].alive:
            sentence = f"After {said.reports} of {said.frames} frames it was gone."
            yield Sign("crashed", sentence, checks)
    elif said.once_each:
        sentence = f"Of {said.frames} frames of {said.reports} senders it reported the first each."
        yield Sign("each-sender-once", sentence, checks)
    elif said.doubled:
        sentence = f"For {said.frames} frames there were {said.reports} lines."
        yield Sign("reports-twice", sentence, checks)
    elif said.missing:
        sentence = f"Of {said.frames} frames {said.missing} were not reported."
        yield Sign("loses-frames", sentence, checks)


@detector
def which_interface(elsewhere: Elsewhere) -> Iterator[Sign]:
    """It reports what came to another interface than the named one."""
    other, named = elsewhere.other_interface, elsewhere.named_interface
    printed = other.printed + named.printed
    if not mentions_sender(printed, other.frame) and not (other.provoked and other.lines):
        return
    lines = quoted([*other.lines, *named.lines])
    sentence = f"Told to listen on {SECOND}, it reported a frame that came to {FIRST}: {lines}."
    known = "not-bound-to-interface" if is_reported(named) else "listens-on-other-interface"
    yield Sign(known, sentence, ("sniffer.interface",))


@detector
def while_nothing_arrives(sniffing: Sniffing) -> Iterator[Sign]:
    """It keeps a CPU busy."""
    if sniffing.idle is False:
        sentence = "With nothing to read, its CPU time went on growing."
        yield Sign("busy-waiting", sentence, ("sniffer.idle",))


@detector
def refusing(refusal: Sending) -> Iterator[Sign]:
    """An interface that does not exist is replaced, or refused so that nobody notices."""
    if known := wrong_refusal_of_arguments(refusal):
        yield known.explaining("sniffer.bad-interface")
