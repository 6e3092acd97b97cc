"""Lab learning-switch: what its records say, written by hand, without a network."""

import pytest

from l2harness.frames import MacAddress
from l2harness.labs.api import Failure
from l2harness.labs.learning_switch.ageing import Ageing, Look, Moment
from l2harness.labs.learning_switch.judging import expect_filtered, expect_ways
from l2harness.labs.learning_switch.passing import PORTS, Passage, token
from l2harness.labs.records import ProgramRecord
from l2harness.network.timeline import Direction, FrameEvent

ONE, TWO, THREE, FOUR = PORTS
SPAN_S = 0.6
RECORD = ProgramRecord("switching", "switch", ("./switch",), "sw", None, problem="it is on paper")
FRAME, MARKER = (bytes(12) + b"\x08\x00" + letter * 46 for letter in (b"f", b"m"))


def left(*interfaces, data=FRAME):
    """Frames that left by some interfaces."""
    return tuple(FrameEvent(0.0, it, Direction.OUT, data) for it in interfaces)


def passage(*interfaces, marked=(), came_in=ONE):
    """A frame that left by some interfaces, and a marker that left by others."""
    sent = (*left(*interfaces), *left(*marked, data=MARKER))
    return Passage(came_in, FRAME, sent, MARKER if marked else b"")


def look(known=True, speaks_on=False, silent_s=(0.1, 0.2), since_first_s=0.1):
    """A frame from behind the third interface to a station behind the first."""
    ways = (ONE,) if known else (ONE, TWO, FOUR)
    return Look(passage(*ways, came_in=THREE), speaks_on, *silent_s, since_first_s)


def watched(*looks, left_alone=None):
    """What a switch did that was told to forget after 0.6 s."""
    return Ageing(RECORD, SPAN_S, looks, left_alone)


class TestPassage:
    """What left because of a frame, and what because of the one behind it."""

    def test_the_marker_is_another_frame(self):
        """It is told from the frame by its payload, whatever became of both headers."""
        other = bytes(MacAddress(b"\x02abcde").value) + FRAME[6:]
        both = Passage(ONE, FRAME, (*left(TWO, data=other), *left(THREE, data=MARKER)), MARKER)
        assert (both.ways, both.ways_of_marker) == ((TWO,), (THREE,))
        assert both.left_by(TWO) == (other,)

    def test_a_frame_without_payload_is_known_as_a_whole(self):
        """Fourteen bytes are no token that any other short frame has."""
        assert token(FRAME[:14]) == FRAME[:14]
        assert token(FRAME[:14]) != token(b"\x02" + FRAME[1:14])
        assert token(FRAME) == b"f" * 8

    def test_what_went_to_one_interface_alone(self):
        """A frame that left by two interfaces is not counted, one that was lost neither."""
        frames = [FRAME[:14] + letter * 46 for letter in (b"1", b"2", b"3")]
        sent = (*left(TWO, data=frames[0]), *left(TWO, THREE, data=frames[1]))
        assert Passage(ONE, frames[0], sent, many=tuple(frames)).count_to(TWO) == 1


class TestWays:
    """Which interfaces are right."""

    def test_its_own_interface_is_another_question(self):
        """A frame that leaves where it came in costs nothing here."""
        expect_ways(passage(ONE, TWO), [TWO], "A frame", RECORD, "")

    def test_another_interface(self):
        """What is wrong is said with what would be right."""
        with pytest.raises(Failure, match="left by eth2, and should by eth1") as caught:
            expect_ways(passage(THREE), [TWO], "A frame", RECORD, "")
        assert (caught.value.expected, caught.value.actual) == ("eth1", "eth2")

    def test_silence_needs_its_control(self):
        """Nothing left because of a frame: that counts if the one behind it left everywhere."""
        others = (TWO, THREE, FOUR)
        expect_filtered(passage(marked=others), "A frame", RECORD, "")
        with pytest.raises(Failure, match="nothing is said by what else it kept back"):
            expect_filtered(passage(marked=(TWO,)), "A frame", RECORD, "")
        with pytest.raises(Failure, match="it left by eth1"):
            expect_filtered(passage(TWO, marked=others), "A frame", RECORD, "")


class TestAgeing:
    """What can be said from times before and after."""

    def test_least_and_most(self):
        """Between two moments lies at least the time from the one's end to the other's begin."""
        early, late = Moment(10.0, 10.2), Moment(11.0, 11.5)
        assert late.least_since_s(early) == pytest.approx(0.8)
        assert late.most_since_s(early) == pytest.approx(1.5)

    def test_a_right_switch(self):
        """It knew the silent one, forgot it, and knew the other one all the time."""
        late = look(speaks_on=True, since_first_s=0.7)
        seen = watched(look(), look(known=False, silent_s=(0.6, 0.7)), late)
        assert (seen.forgotten, seen.too_early, seen.decided) == (True, [], True)

    def test_what_a_busy_machine_leaves_open(self):
        """A station that may have been silent for half of the time or more is no proof."""
        slow = look(known=False, silent_s=(0.1, 0.4))
        seen = watched(slow)
        assert (seen.forgotten, seen.too_early, seen.decided) == (True, [], False)

    def test_too_early(self):
        """Whatever the clock of the switch counts, this is less than half of the time."""
        soon = look(known=False)
        assert watched(look(), soon).too_early == [soon]

    def test_never(self):
        """Who is forgotten only when nobody speaks to it any more was not forgotten in time."""
        seen = watched(look(), look(silent_s=(3.7, 3.8)), left_alone=look(known=False))
        assert not seen.forgotten
