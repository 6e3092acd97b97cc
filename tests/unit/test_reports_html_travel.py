"""The ways of frames: what left belongs to what arrived."""

from __future__ import annotations

from dataclasses import replace

from results import RIGHT_FRAME, TOPOLOGY

from l2harness.grading.network_record import (
    HostRecord,
    InterfaceRecord,
    SegmentRecord,
    TopologyRecord,
)
from l2harness.grading.records import DeedRecord
from l2harness.grading.result import FrameRecord, RunResult
from l2harness.reports.html.travel import Trip, trips

SHORT = RIGHT_FRAME[:32]
OTHER = "02" + RIGHT_FRAME[2:]


def run(*frames):
    """A run with these frames: label, direction, bytes."""
    return RunResult(
        "run",
        "A run.",
        tuple(FrameRecord(label, direction, "program", data) for label, direction, data in frames),
    )


def line(*links):
    """Three hosts on three switches, joined as it is said."""
    return TopologyRecord(
        "line",
        "",
        tuple(
            HostRecord(f"h{n}", (InterfaceRecord("eth0", f"02:00:00:00:00:0{n}", 1500, f"s{n}"),))
            for n in (1, 2, 3)
        ),
        tuple(SegmentRecord(f"s{n}", "switch", "kernel", 0) for n in (1, 2, 3)),
        links,
    )


class TestTrips:
    """Frames put together."""

    def test_damage_behind_the_end(self):
        """A bit that the kept part of a frame does not have makes no difference."""
        deed = DeedRecord("corrupted", "h1.eth0", "out", byte=999, bit=0)
        made = run(("h1.eth0", "out", RIGHT_FRAME), ("h2.eth0", "in", RIGHT_FRAME))
        first = replace(made.frames[0], deeds=(deed,))
        assert trips(replace(made, frames=(first, made.frames[1])), TOPOLOGY) == [
            Trip(0, (1,), None)
        ]

    def test_a_copy_for_another_interface(self):
        """What was done on the way to one host is nothing to another."""
        deed = DeedRecord("duplicated", "h3.eth0", "in")
        made = run(*[("h1.eth0", "out", RIGHT_FRAME)], *[("h2.eth0", "in", RIGHT_FRAME)] * 2)
        first = replace(made.frames[0], deeds=(deed,))
        assert trips(replace(made, frames=(first, *made.frames[1:])), TOPOLOGY) == [
            Trip(0, (1,), None),
            Trip(None, (2,), None),
        ]

    def test_a_padded_frame_is_the_same_one(self):
        """What the network fills up on its way is what was sent."""
        made = trips(run(("h1.eth0", "out", SHORT), ("h2.eth0", "in", RIGHT_FRAME)), TOPOLOGY)
        assert made == [Trip(0, (1,), None)]

    def test_other_bytes_are_another_frame(self):
        """A frame that nobody sent came from outside, and one that nobody got reached nobody."""
        made = trips(run(("h1.eth0", "out", SHORT), ("h2.eth0", "in", OTHER)), TOPOLOGY)
        assert made == [Trip(0, (), None), Trip(None, (1,), None)]

    def test_the_same_frame_twice(self):
        """The first that left is the first that arrived."""
        made = trips(
            run(
                ("h1.eth0", "out", SHORT),
                ("h1.eth0", "out", SHORT),
                ("h2.eth0", "in", RIGHT_FRAME),
                ("h2.eth0", "in", RIGHT_FRAME),
            ),
            TOPOLOGY,
            (0.1, 0.3, 0.2, 0.4),
        )
        assert made == [Trip(0, (2,), 0.1), Trip(1, (3,), 0.3)]

    def test_segments_that_are_not_joined(self):
        """Equal bytes on another segment are another frame."""
        frames = run(("h1.eth0", "out", SHORT), ("h2.eth0", "in", SHORT), ("h3.eth0", "in", SHORT))
        assert trips(frames, line())[0] == Trip(0, (), None)
        assert trips(frames, line(("s1", "s3")))[0] == Trip(0, (2,), None)
        assert trips(frames, line(("s1", "s2"), ("s2", "s3"))) == [Trip(0, (1, 2), None)]

    def test_nothing_returns_to_its_sender(self):
        """What arrives where it left is another frame."""
        made = trips(run(("h1.eth0", "out", SHORT), ("h1.eth0", "in", RIGHT_FRAME)), TOPOLOGY)
        assert made == [Trip(0, (), None), Trip(None, (1,), None)]

    def test_they_come_in_the_order_of_time(self):
        """Not in that of the report, which goes by interface."""
        frames = run(("h1.eth0", "out", SHORT), ("h1.eth1", "out", SHORT))
        assert [it.sent for it in trips(frames, TOPOLOGY, (0.2, 0.1))] == [1, 0]
        assert [it.sent for it in trips(frames, TOPOLOGY)] == [0, 1]

    def test_without_a_topology(self):
        """Where nothing is known of the network, equal bytes are one frame."""
        made = trips(run(("h1.eth0", "out", SHORT), ("h2.eth0", "in", SHORT)), None)
        assert made == [Trip(0, (1,), None)]
