"""The checks of where frames go, and what they are there: 51 points."""

from __future__ import annotations

from typing import Final

from l2harness.frames.ethernet import TAG_BYTES, TAGS_OFFSET
from l2harness.labs.api import Exhibit, Failure, check, expect
from l2harness.labs.judging import how_it_ended, spaced
from l2harness.labs.learning_switch.judging import (
    BASE,
    BROADCAST,
    FLOODS,
    FORWARDS,
    GROUPS,
    RESTS,
    expect_filtered,
    expect_flooded,
    expect_heard,
    named,
    shown,
    told,
)
from l2harness.labs.learning_switch.passing import PORTS, token
from l2harness.labs.learning_switch.runs import ROW, Switching

#: Where the tag stands.
_TAG: Final = slice(TAGS_OFFSET, TAGS_OFFSET + TAG_BYTES)


@check(FORWARDS, points=6)
def test_switch_forwards(switching: Switching) -> None:
    """Frames that come in by one interface leave by another."""
    asked = (*switching.first, *switching.broadcasts)
    if switching.goes_on or switching.storm:
        return
    if not asked[0].listening:
        raise Failure(
            f"The program did not listen. {how_it_ended(switching.record)}",
            expected="packet sockets that listen",
            actual="no packet socket that listens",
        )
    ways = next((it.ways for it in asked if it.ways), ())
    ended = "" if asked[-1].alive else f" {how_it_ended(switching.record)}"
    raise Failure(
        f"{len(asked)} frames came in, and {'one was its end' if ways else 'none left'}.{ended}",
        expected=named(asked[0].others),
        actual="ended" if ways else "none",
        exhibits=shown(asked[0]),
    )


@check(RESTS, points=6, needs=[FORWARDS])
def test_switch_comes_to_rest(switching: Switching) -> None:
    """It does not forward what it has sent itself: after each frame it comes to rest."""
    expect(
        not switching.storm,
        "After one frame had come in, it sent without end, and was stopped.",
        help="A packet socket also hears what leaves by its interface, if another socket sends "
        "it: sll_pkttype is PACKET_OUTGOING (4) then. Leave that alone.",
        expected="each frame once",
        actual="frames without end",
    )


@check("switch.once", points=3, needs=BASE)
def test_switch_once(switching: Switching) -> None:
    """Nothing leaves by one interface twice."""
    for it in switching.single:
        for port in it.others:
            count = len(it.left_by(port))
            expect(
                count <= 1,
                f"{told(it, 'One frame')}, and {count} left by {named([port])}.",
                expected="1 frame",
                actual=f"{count} frames",
                exhibits=shown(it),
            )


@check(FLOODS, points=6, needs=BASE)
def test_switch_floods(switching: Switching) -> None:
    """What is for an address that has never been a source leaves by all other interfaces."""
    last = () if switching.afterwards is None else (switching.afterwards,)
    expect_flooded((*switching.first, *last), "A frame to somebody unknown", switching)


@check("switch.not-back", points=5, needs=BASE)
def test_switch_not_back(switching: Switching) -> None:
    """Nothing leaves by the interface by which it came in."""
    for it in (*switching.single, *switching.from_groups, *switching.reserved):
        back = [*it.left_by(it.came_in), *([it.marker] * (it.came_in in it.ways_of_marker))]
        expect(
            not back,
            f"{told(it, 'A frame')}, and left by it again.",
            help="Whoever is there has seen it already.",
            expected=f"not by {named([it.came_in])}",
            actual=f"by {named([it.came_in])}",
            exhibits=[Exhibit(it.came_in, data) for data in back[:1]],
        )


@check(BROADCAST, points=5, needs=BASE)
def test_switch_broadcast(switching: Switching) -> None:
    """A broadcast leaves by all other interfaces."""
    expect_flooded(switching.broadcasts, "A broadcast", switching)


@check(GROUPS, points=4, needs=BASE)
def test_switch_groups(switching: Switching) -> None:
    """What is for a group address leaves by all other interfaces."""
    expect_flooded(switching.groups, "A frame to a group", switching)


@check("switch.unchanged", points=6, needs=BASE)
def test_switch_unchanged(switching: Switching) -> None:
    """Every frame of 14 to 1514 bytes, of any EtherType, leaves byte for byte as it came in."""
    for learned in switching.kinds:
        it, came = learned.passage, learned.passage.frame
        what = f"A frame of {len(came)} bytes with {spaced(came[12:14])} in bytes 12–13"
        expect_heard(it, what, switching.record)
        left = it.left_by(learned.where)
        expect(
            came in left,
            f"{told(it, what)}; "
            + (
                f"one of {len(left[0])} bytes left by {named([learned.where])}, and it is another."
                if left
                else f"none left by {named([learned.where])}."
            ),
            help="What was received is sent: all of it, no more, and without reading it.",
            expected=spaced(came),
            actual=spaced(left[0]) if left else "no frame",
            exhibits=[Exhibit(learned.where, left[0] if left else b"", came)],
        )


@check("switch.tagged", points=4, needs=BASE)
def test_switch_tagged(switching: Switching) -> None:
    """A frame with an 802.1Q tag leaves with it."""
    for it in switching.tagged:
        expect_heard(it, "A frame with an 802.1Q tag", switching.record)
        right = it.frame[_TAG]
        wrong = [event for event in it.forwarded if event.data[_TAG] != right]
        seen = spaced(wrong[0].data[_TAG]) if wrong else "no frame"
        expect(
            it.forwarded and not wrong,
            f"{told(it, 'A frame')} with {spaced(right)} in bytes 12–15; "
            + (f"it left with {seen} there." if wrong else "none left."),
            help="The kernel takes the tag out before a packet socket gets the frame, and tells "
            "of it in PACKET_AUXDATA: put its 4 bytes back behind the source address.",
            expected=spaced(right),
            actual=seen,
            exhibits=[Exhibit(each.interface, each.data, it.frame) for each in wrong[:1]]
            or shown(it),
        )


@check("switch.reserved", points=2, needs=[*BASE, FLOODS])
def test_switch_reserved(switching: Switching) -> None:
    """What is for 01:80:c2:00:00:00 to 01:80:c2:00:00:0f is not forwarded."""
    hint = "They are for the next machine alone: spanning tree, LLDP, PAUSE."
    for it in switching.reserved:
        expect_filtered(it, f"A frame to {it.frame[:6].hex(':')}", switching.record, hint)


@check("switch.order", points=4, needs=BASE)
def test_switch_order(switching: Switching) -> None:
    """Forty frames in a row all leave, in the order in which they came in."""
    row = switching.row
    assert row is not None, "asked of everything that goes on"
    expect_heard(row, f"The first of {ROW} frames", switching.record)
    left, right = row.tokens_by(PORTS[1]), [token(it) for it in row.many]
    missing = sum(it not in left for it in right)
    expect(
        not missing,
        f"{missing} of {ROW} frames in a row did not leave by {named([PORTS[1]])}.",
        help="What comes while a frame is sent waits in the socket: keep it open, read it empty.",
        expected=f"{ROW} frames",
        actual=f"{ROW - missing} frames",
    )
    once = list(dict.fromkeys(it for it in left if it in right))
    numbers = [right.index(it) + 1 for it in once]
    expect(
        once == right,
        "Frames between two stations left in another order than that in which they came in.",
        help="Send each frame before the next one of the same interface is read.",
        expected="1, 2, 3, …",
        actual=f"{', '.join(map(str, numbers[:3]))}, …",
    )
