"""The checks of what it learns, and what it forgets: 39 points."""

from __future__ import annotations

from collections.abc import Iterable

from l2harness.labs.api import Failure, check, expect
from l2harness.labs.judging import how_it_ended
from l2harness.labs.learning_switch.ageing import LATER_S, Ageing
from l2harness.labs.learning_switch.judging import (
    BASE,
    BROADCAST,
    FLOODS,
    GROUPS,
    LEARNS,
    expect_filtered,
    expect_flooded,
    expect_heard,
    expect_ways,
    named,
    shown,
)
from l2harness.labs.learning_switch.passing import PORTS
from l2harness.labs.learning_switch.runs import CROWD, Learned, Switching


def _expect_known(learned: Iterable[Learned], what: str, switching: Switching, hint: str) -> None:
    """Fail unless each frame left where its destination had spoken, and there alone."""
    for it in learned:
        expect_ways(it.passage, [it.where], what, switching.record, hint)


@check(LEARNS, points=14, needs=BASE)
def test_switch_learns(switching: Switching) -> None:
    """What is for a station that has spoken leaves by that one's interface alone."""
    hint = "Keep for each source address, bytes 6–11, the interface by which it came."
    _expect_known(switching.learned, "A frame to somebody known", switching, hint)


@check("switch.same-side", points=6, needs=[*BASE, FLOODS])
def test_switch_same_side(switching: Switching) -> None:
    """What is for a station behind the interface by which it comes in is not forwarded."""
    hint = "Both are on the same cable: the frame has arrived already."
    what = "A frame to somebody behind the same interface"
    for it in switching.same_side:
        expect_filtered(it, what, switching.record, hint)


@check("switch.group-source", points=3, needs=[*BASE, BROADCAST, GROUPS, LEARNS])
def test_switch_group_source(switching: Switching) -> None:
    """A group address is never learned, even where a frame has one for its source."""
    what = "A frame to a group that had been the source of another frame"
    expect_flooded(switching.from_groups, what, switching)


@check("switch.moves", points=6, needs=[*BASE, LEARNS])
def test_switch_moves(switching: Switching) -> None:
    """A station that speaks behind another interface is there from then on."""
    hint = "The last frame of a station says where it is, not the first one."
    _expect_known(switching.moved, "A frame to somebody who has moved", switching, hint)


@check("switch.crowd", points=2, needs=[*BASE, LEARNS])
def test_switch_crowd(switching: Switching) -> None:
    """A hundred stations behind one interface are known at the same time."""
    crowd = switching.crowd
    assert crowd is not None, "asked of everything that goes on"
    expect_heard(crowd, f"The first of {CROWD} frames", switching.record)
    known = crowd.count_to(PORTS[2])
    expect(
        known == CROWD,
        f"Of {CROWD} stations behind {named([PORTS[2]])} that had spoken, frames to {known} left "
        "there alone.",
        help="How many addresses does your table hold, and what happens when it is full?",
        expected=f"{CROWD} stations",
        actual=f"{known} stations",
    )


def _expect_run(ageing: Ageing) -> None:
    """Fail unless the switch ran with a time of its own."""
    expect(
        all(it.passage.listening and it.passage.alive for it in ageing.looks) and ageing.looks,
        f"With --ageing it did not go on. {how_it_ended(ageing.record)}",
        help="The option and its number stand before the interfaces.",
        expected="still running",
        actual="ended",
    )


@check("switch.forgets", points=4, needs=[*BASE, LEARNS])
def test_switch_forgets(ageing: Ageing) -> None:
    """With `--ageing` it forgets who has been silent for so long, at most 2 seconds later."""
    _expect_run(ageing)
    last = [it for it in ageing.looks if not it.speaks_on][-1]
    expect(
        ageing.forgotten,
        f"Told to forget after {ageing.span_s:g} s, it still knew a station that had been silent "
        f"for more than {ageing.span_s + LATER_S:g} s.",
        help="Keep the time at which each address was last a source; to be spoken to is no sign "
        "of life.",
        expected=named(last.passage.others),
        actual=named(last.passage.ways),
        exhibits=shown(last.passage),
    )


@check("switch.remembers", points=4, needs=[*BASE, LEARNS])
def test_switch_remembers(ageing: Ageing) -> None:
    """Until then it knows a station, and each frame of that begins the time anew."""
    _expect_run(ageing)
    for it in ageing.too_early[:1]:
        ago = f"less than {ageing.span_s / 2:g} s before"
        raise Failure(
            f"Told to forget after {ageing.span_s:g} s, it did not know a station that had spoken "
            + (f"again and again, the last time {ago}." if it.speaks_on else f"{ago}."),
            help="Every frame of a station says anew that it is there. SECONDS may have a "
            "fraction.",
            expected=named([PORTS[0]]),
            actual=named(it.passage.ways),
            exhibits=shown(it.passage),
        )
