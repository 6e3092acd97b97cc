"""Runs as the report keeps them: in an order that no clock decides, and bounded."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from l2harness.grading import recording
from l2harness.grading.recording import Recorded, recorded
from l2harness.grading.records import Gap
from l2harness.grading.schedule import Observed
from l2harness.labs.records import ProgramRecord
from l2harness.network.timeline import (
    Direction,
    ExitEvent,
    FrameEvent,
    Origin,
    OutputEvent,
    StartEvent,
    Timeline,
)
from l2harness.programs.exit import Exit, ExitReason
from l2harness.topology import find_topology, resolve

SEGMENT = resolve(find_topology("segment"), 1)
LABELS = [interface.label for interface in SEGMENT.interfaces]
OUT, IN = Direction.OUT, Direction.IN


def frame(time_s=0.0, label=LABELS[0], direction=OUT, data=b"\x01" * 14, origin=Origin.PROGRAM):
    """A frame that was seen."""
    return FrameEvent(time_s, label, direction, data, origin)


def program(stdout=b"", stderr=b"", problem=None):
    """One execution."""
    end = None if problem else Exit(ExitReason.EXITED, 0, None, 0.1)
    return ProgramRecord("run", "pyng", ("./pyng",), "h1", end, stdout, stderr, problem)


def kept(*events, programs=(), topology=SEGMENT) -> Recorded:
    """The records of a run in which this happened."""
    timeline = Timeline(list(events))
    made = Observed("run", "A run.", None, None, timeline, tuple(programs), 0.25)
    return recorded(made, topology)


def bytes_of(records):
    """The first byte of each frame, in hex."""
    return [record.bytes[:2] for record in records.result.frames]


class TestOrder:
    """The order of the records."""

    def test_stream_by_stream(self):
        """By interface, then what left before what came, then by origin; never by time."""
        records = kept(
            frame(0.1, LABELS[1], IN, b"\x04"),
            frame(0.2, LABELS[0], IN, b"\x03", Origin.HARNESS),
            frame(0.3, LABELS[0], OUT, b"\x01"),
            frame(0.4, LABELS[0], IN, b"\x02"),
            frame(0.5, LABELS[0], OUT, b"\x05"),
        )
        assert [(it.interface, it.direction, it.origin) for it in records.result.frames] == [
            (LABELS[0], "out", "program"),
            (LABELS[0], "out", "program"),
            (LABELS[0], "in", "harness"),
            (LABELS[0], "in", "program"),
            (LABELS[1], "in", "program"),
        ]
        assert bytes_of(records) == ["01", "05", "03", "02", "04"]
        assert records.timing.frames_s == (0.2, 0.4, 0.1, 0.3, 0.0)

    def test_senders_that_raced_to_one_interface(self):
        """Which of two came first is chance: they are told apart by their addresses."""
        first = frame(0.1, LABELS[0], IN, b"\xff" * 6 + b"\x02" * 6)
        other = frame(0.2, LABELS[0], IN, b"\xff" * 6 + b"\x01" * 6)
        assert kept(first, other).result == kept(other, first).result

    @given(st.data())
    def test_interleaving_does_not_matter(self, data):
        """However the streams were mixed, the records are the same."""
        streams = [
            [frame(0.0, label, direction, bytes([number])) for number in range(3)]
            for label in LABELS[:3]
            for direction in (OUT, IN)
        ]
        mixed = []
        left = [list(stream) for stream in streams]
        while any(left):
            stream = data.draw(st.sampled_from([it for it in left if it]))
            mixed.append(stream.pop(0))
        assert kept(*mixed).result == kept(*(it for stream in streams for it in stream)).result

    def test_an_interface_that_the_topology_lacks(self):
        """It comes last, and nothing is lost."""
        assert bytes_of(kept(frame(label="x.y", data=b"\x09"), frame(data=b"\x08"))) == [
            "08",
            "09",
        ]


class TestBounds:
    """What is kept of very much."""

    def test_the_first_and_the_last_of_a_stream(self, monkeypatch):
        """And how many are between, and in front of which they would stand."""
        monkeypatch.setattr(recording, "FIRST_FRAMES", 2)
        monkeypatch.setattr(recording, "LAST_FRAMES", 1)
        out = [frame(data=bytes([n])) for n in range(9)]
        came = [frame(label=LABELS[1], direction=IN, data=bytes([n])) for n in range(4)]
        records = kept(*out, *came)
        assert bytes_of(records) == ["00", "01", "08", "00", "01", "03"]
        assert records.result.gaps == (Gap(2, 6), Gap(5, 1))
        assert len(records.recording.frames) == 13
        assert records.recording.kept == (0, 1, 8, 9, 10, 12)

    def test_a_short_stream_is_kept_whole(self):
        """The control."""
        records = kept(*[frame() for _ in range(250)])
        assert len(records.result.frames) == 250
        assert records.result.gaps == ()

    def test_a_very_large_frame_is_cut(self):
        """The report says so; the recording has all of it."""
        records = kept(frame(data=b"\x01" * 9000))
        (record,) = records.result.frames
        assert (len(record.bytes), record.truncated) == (3200, True)
        assert len(records.recording.frames[0].data) == 9000


class TestTimes:
    """Times stand beside what they belong to."""

    def test_of_a_program(self):
        """Its start, the end of each of its lines, its own end, since the run began."""
        records = kept(
            StartEvent(10.0, 0),
            OutputEvent(10.1, 0, "stdout", b"one\ntw"),
            OutputEvent(10.2, 0, "stderr", b"no\n"),
            OutputEvent(10.3, 0, "stdout", b"o\nthree"),
            ExitEvent(10.4, 0, "exited"),
            programs=[program(b"one\ntwo\nthree", b"no\n")],
        )
        (timing,) = records.timing.programs
        assert (timing.started_s, timing.ended_s) == (0.0, 0.4)
        assert timing.stdout_s == (0.1, 0.3, 0.3)
        assert timing.stderr_s == (0.2,)
        assert records.timing.wall_s == 0.25

    def test_programs_are_told_apart(self):
        """Each has the times of its own number."""
        records = kept(
            StartEvent(1.0, 0), StartEvent(2.0, 1), programs=[program(), program(), program()]
        )
        assert [it.started_s for it in records.timing.programs] == [0.0, 1.0, None]

    def test_of_a_long_output_only_the_head(self, monkeypatch):
        """The lines that the report keeps at the head have times, and no others."""
        monkeypatch.setattr(recording, "OUTPUT_BYTES", 8)
        lines = [OutputEvent(float(n), 0, "stdout", b"x\n") for n in range(9)]
        records = kept(*lines, programs=[program(b"x\n" * 9)])
        assert records.timing.programs[0].stdout_s == (0.0, 1.0)
        assert records.programs[0].stdout.startswith("x\nx\n[… 10 bytes cut …]\n")

    def test_a_run_in_which_nothing_happened(self):
        """It has no times, and is no trouble."""
        records = kept()
        assert records.timing.frames_s == ()
        assert records.recording.begun_s == 0.0


class TestPrograms:
    """What was typed, and how it ended."""

    def test_one_that_could_not_be_tried(self):
        """It says why."""
        (found,) = kept(programs=[program(problem="there is no pyng")]).programs
        assert found.exit.reason == "not tried: there is no pyng"

    def test_a_recording_can_be_sent(self):
        """It crosses from a worker to whoever asked for it."""
        made = kept(frame()).recording
        assert pickle.loads(pickle.dumps(made)) == made
