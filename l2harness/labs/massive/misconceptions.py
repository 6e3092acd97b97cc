"""Wrong ideas behind a program that loses frames, or tells of them wrongly."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from l2harness.frames import EtherType
from l2harness.labs.judging import colons, command_line
from l2harness.labs.massive.lines import Numbered, out_of_order, share, total, twice
from l2harness.labs.massive.runs import FIRST, PROGRAM, Collected
from l2harness.labs.misconceptions.receivers import (
    ALL,
    asks_for_others,
    turned_round,
    unable,
)
from l2harness.labs.misconceptions.refusals import wrong_refusal
from l2harness.labs.misconceptions.responders import busy
from l2harness.labs.misconceptions.sign import Sign, detector
from l2harness.labs.misconceptions.starts import died, ran_on
from l2harness.labs.records import Answer, Sending
from l2harness.programs.build import Built
from l2harness.programs.exit import ExitReason
from l2harness.programs.submission import FoundPrograms

_REPORTS, _STOPS, _BURSTS = "massive.reports", "massive.stops", "massive.bursts"
_BIG, _FULL = "massive.big-burst", "massive.full-terminal"
#: Of a number with its bytes the other way round.
_BYTES: Final = 4


@detector
def frames_are_not_told_of(
    found: FoundPrograms, built: Built | None, steady: Collected
) -> Iterator[Sign]:
    """It cannot be started, is deaf, does not survive, or tells of its frames in another way."""
    said = steady.said
    if set(steady.few) <= set(said):
        return
    first = Answer(b"", "", provoked=False, alive=steady.alive, listening=steady.listening)
    protocols = steady.protocols
    sign = (
        unable(found[PROGRAM], built, steady.record, first, protocols)
        or turned_round(protocols)
        or asks_for_others(protocols, (ALL, EtherType.LAB))
    )
    if sign is not None:
        yield sign.explaining(_REPORTS)
    elif {_turned(it) for it in steady.few} <= set(said):
        it = steady.few[0]
        sentence = f"Frame {it.number} is told of as {_turned(it).number}: the low byte first."
        yield Sign("massive-number-byte-order", sentence, (_REPORTS,))
    elif said and not {it.sender for it in steady.few} & {it.sender for it in said}:
        seen = colons(said[0].sender)
        sentence = f"{colons(steady.few[0].sender)} sent the first frame, and it tells of {seen}."
        yield Sign("first-six-bytes-are-not-the-source", sentence, (_REPORTS,))
    elif not said and _stopped_by_us(steady):
        yield _never_stops(steady).explaining(_REPORTS)


def _turned(it: Numbered) -> Numbered:
    return Numbered(it.sender, int.from_bytes(it.number.to_bytes(_BYTES, "big"), "little"))


def _stopped_by_us(steady: Collected) -> bool:
    end = steady.record.exit
    return end is not None and (ran_on(end) or end.reason is ExitReason.STOPPED)


def _never_stops(steady: Collected) -> Sign:
    sentence = f"`{command_line(steady.record)}` was sent “stop”, and waited for more."
    return Sign("massive-never-stops", sentence)


@detector
def it_does_not_stop(steady: Collected) -> Iterator[Sign]:
    """It goes on when it is told to stop, stops before, or says that it has failed."""
    if _stopped_by_us(steady):
        yield _never_stops(steady).explaining(_STOPS)
    elif sign := died(steady.record, early=False):
        if steady.record.exit is not None and steady.record.exit.refused and steady.alive:
            sentence = f"Told to stop, it ended with status {steady.record.exit.code}."
            sign = Sign("success-status-not-zero", sentence)
        yield sign.explaining(_STOPS, _BURSTS)


@detector
def what_it_tells(steady: Collected) -> Iterator[Sign]:
    """Frames are told of twice, in another order, or were none of its own; the total is wrong."""
    said = steady.said
    if again := twice(said):
        sentence = f"{len(again)} of {len(set(said))} frames have more than one line."
        yield Sign("reports-twice", sentence, ("massive.once", "massive.total"))
    if wrong := out_of_order(said):
        before, after = wrong
        sentence = (
            f"Of {colons(after.sender)} it tells of number {before.number} first, then of "
            f"{after.number}."
        )
        yield Sign("massive-newest-first", sentence, ("massive.order",))
    if strange := [it for it in said if it not in {*steady.few, *steady.sent}]:
        sentence = f"It tells of {len(strange)} frames that were not of type 88 b5."
        yield Sign("massive-other-types-counted", sentence, ("massive.others",))
    count = total(steady.printed)
    if count is not None and count != len(set(said)):
        sentence = f"It tells of {len(set(said))} frames, and its total is {count}."
        yield Sign("massive-total-other", sentence, ("massive.total",))


@detector
def what_it_loses(
    steady: Collected, big_burst: Collected | None, full_terminal: Collected | None
) -> Iterator[Sign]:
    """Frames that it did not come to read in time are gone."""
    handled = share(steady.sent, steady.said)
    if handled < 1 and steady.alive:
        sentence = f"Of {len(steady.sent)} frames in bursts it tells of {handled:.0%}."
        yield Sign("loses-frames", sentence, (_BURSTS,))
    asked = (
        (big_burst, "massive-usual-buffer", _BIG, "came while it stood still"),
        (full_terminal, "massive-prints-while-receiving", _FULL, "came while nobody read"),
    )
    for it, known, check, when in asked:
        if it is None:
            continue
        handled = share(it.sent, it.said)
        if it.stuck:
            sentence = "With its terminal full, it stood still, and frames stayed in its socket."
            yield Sign(known, sentence, (check,))
        elif handled < 1 and not it.alive and (sign := died(it.record, early=False)):
            yield sign.explaining(check)
        elif handled < 1:
            sentence = f"Of {len(it.sent)} frames that {when} it tells of {handled:.0%}."
            yield Sign(known, sentence, (check,))


@detector
def which_interface(elsewhere: Collected | None) -> Iterator[Sign]:
    """It listens on another interface than the named one."""
    if elsewhere is None:
        return
    said = set(elsewhere.said)
    strange = [it for it in elsewhere.before if it in said]
    if strange:
        known = "not-bound-to-interface"
        if not any(it in said for it in elsewhere.sent):
            known = "listens-on-other-interface"
        sentence = f"Told to listen on {elsewhere.interface}, it tells of frames on {FIRST}."
        yield Sign(known, sentence, ("massive.interface",))


@detector
def while_nothing_comes(steady: Collected) -> Iterator[Sign]:
    """It keeps a CPU busy."""
    if sign := busy(steady.idle):
        yield sign.explaining("massive.idle")


@detector
def refusing(refusal: Sending) -> Iterator[Sign]:
    """An interface that does not exist is accepted, or refused so that nobody notices."""
    replaced = "unknown-interface-replaced"
    if sign := wrong_refusal(refusal, sends=replaced, stays=replaced):
        yield sign.explaining("massive.bad-interface")
