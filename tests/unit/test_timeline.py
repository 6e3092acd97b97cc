"""What happened, in one order, and read back by what is of interest."""

from l2harness.network.timeline import (
    Direction,
    ExitEvent,
    FrameEvent,
    MarkEvent,
    Origin,
    OutputEvent,
    Timeline,
)
from l2harness.programs.exit import ExitReason
from l2harness.testing import TimelineBuilder


def story():
    """A client sends, two hosts get it, a server prints, and the client ends."""
    return (
        TimelineBuilder()
        .marked("h1: ./pyng")
        .left("h1.eth0", b"frame")
        .reached("h2.eth0", b"frame padded")
        .reached("h3.eth0", b"frame padded")
        .printed(b"dst: ", program=1)
        .ended()
        .left("h1.eth0", b"probe", Origin.HARNESS)
        .timeline
    )


def test_events_stay_in_order():
    """They are kept as they came, each with a later time."""
    kinds = [type(event) for event in story().events]
    frames = [FrameEvent] * 3
    assert kinds == [MarkEvent, *frames, OutputEvent, ExitEvent, FrameEvent]
    times_s = [event.time_s for event in story().events]
    assert times_s == sorted(set(times_s))


def test_one_kind():
    """Events of one kind are picked out, from any position on."""
    timeline = story()
    assert [event.data for event in timeline.of(OutputEvent)] == [b"dst: "]
    assert [event.reason for event in timeline.of(ExitEvent)] == [ExitReason.EXITED.value]
    assert len(list(timeline.of(FrameEvent, since=3))) == 2
    assert list(timeline.of(MarkEvent, since=1)) == []


def test_frames_by_every_property():
    """Interface, direction, origin and position narrow it down, alone and together."""
    timeline = story()
    assert len(timeline.frames()) == 4
    assert [it.data for it in timeline.frames("h1.eth0")] == [b"frame", b"probe"]
    assert len(timeline.frames(direction=Direction.IN)) == 2
    assert [it.data for it in timeline.frames(origin=Origin.HARNESS)] == [b"probe"]
    assert timeline.frames("h2.eth0", Direction.OUT) == []
    assert len(timeline.frames(direction=Direction.IN, since=3)) == 1


def test_a_mark_is_a_position():
    """What comes after a mark can be read from where it returned."""
    timeline = Timeline()
    timeline.add(FrameEvent(0.0, "h1.eth0", Direction.OUT, b"before"))
    since = timeline.mark("now")
    timeline.add(FrameEvent(0.1, "h1.eth0", Direction.OUT, b"after"))
    assert [it.data for it in timeline.frames(since=since)] == [b"after"]


def test_what_is_added_while_reading():
    """It is left for the next time, so that reading comes to an end."""
    timeline = story()
    for _ in timeline.of(MarkEvent):
        timeline.mark("another")
    assert [event.text for event in timeline.of(MarkEvent)] == ["h1: ./pyng", "another"]
