"""Wrong ideas behind a switch that forwards wrongly: what leaves, where, and what it remembers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from l2harness.frames.ethernet import TAG_BYTES, TAGS_OFFSET
from l2harness.labs.judging import spaced
from l2harness.labs.learning_switch.ageing import Ageing
from l2harness.labs.learning_switch.passing import LENGTH, PORTS, PROGRAM, Passage, token
from l2harness.labs.learning_switch.runs import CROWD, ROW, TWO, Elsewhere, Switching
from l2harness.labs.misconceptions.receivers import (
    ALL,
    asks_for_others,
    turned_round,
    unable,
)
from l2harness.labs.misconceptions.refusals import wrong_refusal
from l2harness.labs.misconceptions.responders import busy
from l2harness.labs.misconceptions.sign import Sign, detector
from l2harness.labs.misconceptions.starts import died
from l2harness.labs.records import Answer, Sending
from l2harness.programs.build import Built
from l2harness.programs.submission import FoundPrograms

_FORWARDS: Final = "switch.forwards"
_UNCHANGED: Final = "switch.unchanged"
_LEARNS: Final = "switch.learns"
_SAME_SIDE: Final = "switch.same-side"
_MOVES: Final = "switch.moves"
_CROWD: Final = "switch.crowd"
_FORGETS: Final = "switch.forgets"
_REMEMBERS: Final = "switch.remembers"
_INTERFACES: Final = "switch.interfaces"


def _name(interface: str) -> str:
    return interface.partition(".")[2]


@detector
def nothing_is_forwarded(
    found: FoundPrograms, built: Built | None, switching: Switching
) -> Iterator[Sign]:
    """It cannot be started, does not listen, does not survive a frame, or sends nothing."""
    if switching.goes_on or switching.storm:
        return
    first, record = switching.first[0], switching.record
    asked = (*switching.first, *switching.broadcasts)
    alive = first.alive and asked[-1].alive
    answer = Answer(first.frame, "", provoked=False, alive=alive, listening=first.listening)
    sign = unable(found[PROGRAM], built, record, answer, switching.protocols)
    if sign is None and first.listening and any(it.forwarded for it in asked):
        sentence = "It forwarded its first frame, and ended with status 0."
        sign = Sign("exits-after-one-frame", sentence)
    elif sign is None and first.listening:
        sign = (
            turned_round(switching.protocols)
            or asks_for_others(switching.protocols, (ALL, 0x0800))
            or Sign("sent-nothing", "Frames came in, and none left by any interface.")
        )
    if sign is not None:
        yield sign.explaining(_FORWARDS)


@detector
def it_hears_itself(switching: Switching) -> Iterator[Sign]:
    """It forwards what it has sent itself, without end."""
    if switching.storm:
        sentence = "After one frame had come in, hundreds left by every interface."
        yield Sign("switch-hears-itself", sentence, ("switch.comes-to-rest",))


# -- where frames go ------------------------------------------------------------------------------


@detector
def what_it_learns(switching: Switching) -> Iterator[Sign]:
    """It takes destinations for sources, or learns nothing."""
    checks = ("switch.floods", _LEARNS, _SAME_SIDE)
    known = [it.passage for it in switching.learned]
    one, other = switching.first if len(switching.first) == 2 else (None, None)
    if one and other and one.ways == one.others and other.ways == (one.came_in,):
        sentence = (
            f"After a frame to a stranger had come in by {_name(one.came_in)}, the next one to "
            f"the same left by {_name(one.came_in)} alone."
        )
        everything = (*checks, _UNCHANGED, "switch.tagged", "switch.order")
        yield Sign("switch-learns-destinations", sentence, everything)
    elif known and all(it.ways == it.others for it in known):
        sentence = f"{len(known)} frames to stations that had spoken left by all interfaces."
        yield Sign("switch-learns-nothing", sentence, checks)


@detector
def where_frames_go(switching: Switching) -> Iterator[Sign]:
    """Back where they came from, or to a neighbour who has them already; or not to everybody."""
    for it in (*switching.single, *switching.reserved):
        if it.came_in in {*it.ways, *it.ways_of_marker}:
            name = _name(it.came_in)
            sentence = f"A frame that had come in by {name} left by {name}."
            yield Sign("switch-sends-back", sentence, ("switch.not-back", _SAME_SIDE))
            break
    for it in switching.same_side:
        if it.ways == it.others:
            sentence = (
                f"A frame between two stations behind {_name(it.came_in)} left by all others."
            )
            yield Sign("switch-floods-the-neighbour", sentence, (_SAME_SIDE,))
            break
    if not any(it.ways for it in switching.first):
        sentence = "Frames to an address that nobody had spoken from came in, and none left."
        yield Sign("switch-drops-strangers", sentence, ("switch.floods",))
    if switching.broadcasts and not any(it.ways for it in switching.broadcasts):
        sentence = "Frames to ff:ff:ff:ff:ff:ff came in, and none left."
        yield Sign("drops-broadcast", sentence, ("switch.broadcast",))
    if switching.groups and not any(it.ways for it in switching.groups):
        sentence = f"Frames to {switching.groups[0].frame[:6].hex(':')} came in, and none left."
        yield Sign("switch-drops-groups", sentence, ("switch.groups",))


@detector
def who_is_where(switching: Switching) -> Iterator[Sign]:
    """A group is learned, a first place is kept, or the table is too small."""
    for it in switching.from_groups:
        if len(it.ways) == 1:
            group = it.frame[:6].hex(":")
            sentence = f"A frame to {group} left by {_name(it.ways[0])} alone."
            yield Sign("switch-learns-groups", sentence, ("switch.group-source",))
            break
    if switching.moved:
        before = switching.moved[0].where
        for moved in switching.moved[1:]:
            if moved.where != before and moved.passage.ways in ((before,), ()):
                sentence = (
                    f"A station that had moved from {_name(before)} to {_name(moved.where)} was "
                    f"still looked for behind {_name(before)}."
                )
                yield Sign("switch-keeps-the-first-place", sentence, (_MOVES,))
                break
    crowd = switching.crowd
    if crowd is not None and crowd.alive:
        known = crowd.count_to(PORTS[2])
        lost = CROWD - len(set(crowd.tokens_by(PORTS[2])))
        if 0 < known < CROWD and not lost:
            sentence = f"Of {CROWD} stations, {known} were known."
            yield Sign("switch-table-too-small", sentence, (_CROWD,))


# -- what leaves ----------------------------------------------------------------------------------


@detector
def what_leaves(switching: Switching) -> Iterator[Sign]:
    """Other bytes than came in: another source, padding, a part; or nothing of some kinds."""
    for learned in switching.kinds:
        passage = learned.passage
        if not passage.alive and passage.listening:
            if sign := died(switching.record, early=False):
                yield sign.explaining(_UNCHANGED)
        elif sign := _changed(passage, learned.where):
            yield sign.explaining(_UNCHANGED)
    if sign := asks_for_others(switching.protocols, (ALL,)):
        yield sign.explaining(_UNCHANGED, "switch.tagged")


def _changed(passage: Passage, where: str) -> Sign | None:
    came = passage.frame
    for left in passage.left_by(where)[:1]:
        lengths = f"{len(came)} bytes came in, {len(left)} left."
        if left[:6] + left[12:] == came[:6] + came[12:] and left != came:
            sentence = f"The source was {came[6:12].hex(':')}, and became {left[6:12].hex(':')}."
            return Sign("switch-puts-its-own-source", sentence)
        if left == came.ljust(LENGTH, b"\0") != came:
            return Sign("switch-pads", lengths)
        if came.startswith(left) and len(left) < len(came):
            return Sign("switch-cuts-off", lengths)
    return None


@detector
def what_becomes_of_tags(switching: Switching) -> Iterator[Sign]:
    """A frame leaves without its tag."""
    for it in switching.tagged:
        plain = it.frame[:TAGS_OFFSET] + it.frame[TAGS_OFFSET + TAG_BYTES :]
        if any(event.data == plain for event in it.forwarded):
            tag = spaced(it.frame[TAGS_OFFSET : TAGS_OFFSET + TAG_BYTES])
            sentence = f"A frame came in with {tag} from byte 12 on, and left without."
            yield Sign("switch-loses-tags", sentence, ("switch.tagged",))
            return


@detector
def what_stays_here(switching: Switching) -> Iterator[Sign]:
    """What is for the neighbour alone goes on."""
    for it in switching.reserved:
        if it.forwarded:
            sentence = f"A frame to {it.frame[:6].hex(':')} left by {_name(it.ways[0])}."
            yield Sign("switch-forwards-reserved", sentence, ("switch.reserved",))
            return


@detector
def many_frames(switching: Switching) -> Iterator[Sign]:
    """Frames leave twice, get lost, or leave in another order."""
    for it in switching.single:
        if any(len(it.left_by(port)) > 1 for port in it.others):
            sentence = f"A frame that came in by {_name(it.came_in)} left twice by one interface."
            yield Sign("sent-more-than-once", sentence, ("switch.once",))
            break
    row = switching.row
    if row is None or not row.alive:
        return
    left, right = row.tokens_by(PORTS[1]), [token(it) for it in row.many]
    missing = sum(it not in left for it in right)
    if missing:
        sentence = f"Of {ROW} frames in a row {missing} did not leave."
        yield Sign("loses-frames", sentence, ("switch.order", _CROWD))
    else:
        first = right.index(left[0]) + 1 if left[0] in right else 0
        sentence = f"Of {ROW} frames in a row number {first} left first."
        yield Sign("switch-changes-the-order", sentence, ("switch.order",))


# -- time, and the rest ---------------------------------------------------------------------------


@detector
def what_is_forgotten(ageing: Ageing) -> Iterator[Sign]:
    """It never forgets, too early, or it counts from the wrong frame."""
    span = f"{ageing.span_s:g} s"
    if (alone := ageing.left_alone) is not None:
        silent = f"Told to forget after {span}, it knew a station that had been silent for longer"
        if not alone.known:
            sentence = f"{silent}, as long as others spoke to that."
            yield Sign("switch-keeps-who-is-spoken-to", sentence, (_FORGETS,))
        else:
            yield Sign("switch-never-forgets", f"{silent}.", (_FORGETS,))
    for look in ageing.too_early[:1]:
        ago = f"it had forgotten who had spoken less than {ageing.span_s / 2:g} s ago"
        if look.speaks_on and ageing.remembered:
            sentence = f"{span} after the first frame of a station that spoke all the time, {ago}."
            yield Sign("switch-counts-from-the-first-frame", sentence, (_REMEMBERS,))
        else:
            yield Sign("switch-forgets-too-early", f"Told {span}, {ago}.", (_REMEMBERS,))


@detector
def which_interfaces(elsewhere: Elsewhere) -> Iterator[Sign]:
    """It forwards between interfaces that nobody named."""
    if elsewhere.stray.sent:
        sentence = (
            f"Told to forward between {_name(TWO[0])} and {_name(TWO[1])}, it forwarded a frame "
            f"that came in by {_name(elsewhere.stray.came_in)}."
        )
        alone = elsewhere.there.ways == (TWO[1],)
        known = "not-bound-to-interface" if alone else "switch-names-its-interfaces-itself"
        yield Sign(known, sentence, (_INTERFACES,))


@detector
def how_it_is(switching: Switching, elsewhere: Elsewhere) -> Iterator[Sign]:
    """It keeps a CPU busy, is deaf to a signal, or hears only what a network card lets through."""
    if sign := busy(switching.idle):
        yield sign.explaining("switch.idle")
    if elsewhere.asked_to_end and elsewhere.ended is None:
        sentence = "It was sent a SIGTERM, and went on."
        yield Sign("switch-ignores-sigterm", sentence, ("switch.ends",))
    if switching.idle is not None and not switching.promiscuous:
        sentence = "While it ran, none of its interfaces was in promiscuous mode."
        yield Sign("switch-not-promiscuous", sentence, ("switch.promiscuous",))


@detector
def refusing(refusals: tuple[Sending, ...]) -> Iterator[Sign]:
    """Arguments that make no sense are accepted, or refused so that nobody notices."""
    for sending in refusals:
        replaced = "unknown-interface-replaced"
        if sign := wrong_refusal(sending, sends=replaced, stays=replaced):
            yield sign.explaining("switch.bad-arguments")
