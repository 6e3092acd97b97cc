"""The ladder: what happened in a run, in its order, each thing at its place."""

from __future__ import annotations

from dataclasses import replace

from pages import flooded, swapped
from results import RIGHT_FRAME, TOPOLOGY, result

from l2harness.grading.records import Gap
from l2harness.grading.result import (
    ExitResult,
    FrameRecord,
    ProgramResult,
    RunResult,
    Timing,
)
from l2harness.grading.timing import ProgramTiming, RunTiming
from l2harness.reports.html.anchors import Anchored
from l2harness.reports.html.ladder import Arrow, Kind, Rung, frame_label, hosts_of, ladder
from l2harness.reports.html.runs import shown_runs


def told(drawn):
    """The rungs as triples: kind, host, lines."""
    return [(rung.kind, rung.host, rung.lines) for rung in drawn.rungs]


def printing(stdout, times=(), stderr="", end="exited", code=0):
    """A result with one program that printed something."""
    return result(
        topology=TOPOLOGY,
        programs=[ProgramResult("run", ("./pyng",), "h1", ExitResult(end, code), stdout, stderr)],
        runs=[RunResult("run", "A run.")],
        timing=Timing(1.0, (RunTiming("run", 1.0, (), (ProgramTiming(0.0, 0.9, tuple(times)),)),)),
    )


def of(whole):
    """The ladder of the only run."""
    return ladder(whole, whole.runs[0])


class TestOrder:
    """What stands where."""

    def test_everything_in_its_time(self):
        """Starts, frames, lines and exits of all programs, by the clock."""
        assert told(of(swapped())) == [
            (Kind.START, "h2", ("./pyngd eth0",)),
            (Kind.START, "h1", ("./pyng ff:ff:ff:ff:ff:ff eth0",)),
            (Kind.FRAME, "h1.eth0 → h2.eth0", ("0xb588, 16 bytes, “Hi”",)),
            (Kind.PRINTED, "h2", ("dst: …", "src: …")),
            (Kind.PRINTED, "h1", ("Sent!",)),
            (Kind.EXIT, "h1", ("exited with status 0",)),
            (Kind.EXIT, "h2", ("was stopped by the harness",)),
        ]

    def test_times_as_people_read_them(self):
        """Milliseconds, and seconds where it took long."""
        rungs = of(swapped()).rungs
        assert [rung.when for rung in rungs[:3]] == ["0.0 ms", "10.0 ms", "50.0 ms"]
        assert replace(rungs[0], time_s=12.345).when == "12.35 s"
        assert replace(rungs[0], time_s=None).when == ""

    def test_without_times(self):
        """Each program's story is told as a whole, then the frames."""
        whole = replace(swapped(), timing=Timing())
        assert [kind for kind, *_ in told(of(whole))] == [
            *[Kind.START, Kind.PRINTED, Kind.EXIT] * 2,
            Kind.FRAME,
        ]
        assert not of(whole).timed

    def test_columns_are_hosts_in_the_topologys_order(self):
        """Those where nothing happened in any run have none."""
        assert hosts_of(swapped()) == ("h1", "h2")
        assert hosts_of(printing("")) == ("h1",)
        assert hosts_of(replace(swapped(), topology=None)) == ("h1", "h2")

    def test_an_arrow_spans_its_columns(self):
        """From where it left to all that it reached."""
        (rung,) = [it for it in of(swapped()).rungs if it.kind is Kind.FRAME]
        assert (rung.leftmost, rung.rightmost) == (0, 1)
        assert rung.points(1) == "right"
        back = replace(rung, arrow=replace(rung.arrow, start=1, ends=(0,)))
        assert (back.leftmost, back.rightmost, back.points(0)) == (0, 1, "left")

    def test_a_frame_from_outside(self):
        """It points down at whom it reached."""
        frames = (FrameRecord("h2.eth0", "in", "harness", RIGHT_FRAME),)
        whole = result(topology=TOPOLOGY, runs=[RunResult("run", "A run.", frames)])
        (rung,) = of(whole).rungs
        assert rung.host == "harness → h2.eth0"
        assert rung.points(0) == "down"


class TestLines:
    """What programs printed."""

    def test_lines_in_a_row_share_a_rung(self):
        """Up to a number; the rest is counted."""
        text = "".join(f"line {n}\n" for n in range(20))
        (rung,) = [it for it in of(printing(text, [0.5] * 20)).rungs if it.kind is Kind.PRINTED]
        assert len(rung.lines) == 7
        assert rung.lines[-1] == "… and 14 more lines"
        assert rung.count == 20

    def test_blank_lines_are_no_news(self):
        """An empty line is in the output of the program, not on the ladder."""
        kinds = [it.kind for it in of(printing("\n \nx\n", [0.1, 0.2, 0.3])).rungs]
        assert kinds == [Kind.START, Kind.PRINTED, Kind.EXIT]

    def test_standard_error_is_told_apart(self):
        """It is another stream, on a rung of its own."""
        whole = printing("out\n", stderr="err\n")
        whole = replace(whole, timing=Timing())
        printed = [it for it in of(whole).rungs if it.kind is Kind.PRINTED]
        assert [(it.origin, it.lines) for it in printed] == [
            ("stdout", ("out",)),
            ("stderr", ("err",)),
        ]

    def test_only_a_signal_or_a_limit_is_bad(self):
        """A status may be just what was asked for."""
        assert of(printing("", code=1)).rungs[-1].tone == ""
        assert of(printing("", end="stopped", code=None)).rungs[-1].tone == ""
        assert of(printing("", end="signalled", code=None)).rungs[-1].tone == "bad"
        assert of(printing("", end="time limit", code=None)).rungs[-1].tone == "bad"


class TestArrows:
    """Which way a frame went between the columns."""

    def test_heads(self):
        """To the right, to the left, and straight down from outside or to its own host."""
        rung = Rung(Kind.FRAME, None, arrow=Arrow(1, (0, 1, 2)))
        assert [rung.points(end) for end in (0, 1, 2)] == ["left", "down", "right"]
        assert Rung(Kind.FRAME, None, arrow=Arrow(None, (0,))).points(0) == "down"
        assert Rung(Kind.START, None).points(0) == "down"


class TestLong:
    """Runs in which very much happened."""

    def test_as_many_lines_as_one_rung_has(self):
        """All are shown; with one more, that one is counted."""
        lines = [f"line {number}" for number in range(40)]
        full = next(
            count
            for count in range(1, 40)
            if "more line" in str(of(printing("\n".join(lines[: count + 1]))).rungs)
        )
        [rung] = [
            it for it in of(printing("\n".join(lines[:full]))).rungs if it.kind is Kind.PRINTED
        ]
        assert rung.lines == tuple(lines[:full])

    def test_a_stream_of_which_no_frame_is_kept(self):
        """There is no place at which it could be told."""
        whole = flooded()
        run = replace(whole.runs[0], frames=(), gaps=(Gap(0, 5),))
        drawn = ladder(replace(whole, runs=(run,), timing=Timing()), run)
        assert Kind.GAP not in [rung.kind for rung in drawn.rungs]

    def test_the_first_and_the_last(self):
        """A number from both ends, and one rung that says what is between."""
        drawn = of(flooded())
        kinds = [rung.kind for rung in drawn.rungs]
        assert kinds == [Kind.FRAME] * 30 + [Kind.GAP] + [Kind.FRAME] * 10
        assert drawn.rungs[30].lines == (
            "210 frames between",
            "99,750 more frames at h1.eth0, which the report does not keep",
            "99,750 more frames at h2.eth0, which the report does not keep",
        )

    def test_only_some_frames_can_be_opened(self):
        """The first ones, and those that a check speaks of."""
        whole = flooded()
        opened = [rung for rung in of(whole).rungs if rung.bytes is not None]
        assert len(opened) == 10
        last = replace(whole.checks[0].evidence[0], frame=249)
        exhibited = replace(whole, checks=(replace(whole.checks[0], evidence=(last,)),))
        assert of(exhibited).rungs[-1].bytes is not None

    def test_one_frame_more(self):
        """Of a single frame that is left out one speaks in the singular."""
        (gap,) = [it for it in of(flooded(251)).rungs if it.kind is Kind.GAP]
        assert "1 more frame at h1.eth0, which the report does not keep" in gap.lines


class TestLabels:
    """What a frame is, in a few words."""

    def label(self, data, **more):
        """The label of a frame with these bytes."""
        return frame_label(FrameRecord("h1.eth0", "out", "program", data.hex(), **more))

    def test_labels(self):
        """Type, length, tag, and a payload that can be read."""
        head = bytes.fromhex(RIGHT_FRAME[:24])
        assert self.label(head + b"\x88\xb5Hi") == (
            "0x88b5 (local experimental 1), 16 bytes, “Hi”"
        )
        assert self.label(head + b"\x81\x00\x00\x05\x08\x00\xff") == (
            "0x0800 (IPv4), 19 bytes, tagged"
        )
        assert self.label(head) == "12 bytes"
        assert self.label(b"") == "0 bytes"
        assert self.label(head + b"\x00\x02Hi", truncated=True) == (
            "length 2, more than 16 bytes, “Hi”"
        )


def test_what_a_program_printed_is_cut_in_the_middle():
    """Beginning and end are there, cut between lines, and between them how much is missing."""
    text = "".join(f"line {number:04}\n" for number in range(500))
    [program] = shown_runs(Anchored(printing(text)))[0].programs
    [(stream, shown)] = program.outputs
    first, told, last = shown.partition("[… ")
    assert stream == "stdout"
    assert text.startswith(first)
    assert text.rstrip().endswith(last.partition("\n")[2])
    left_out = int(told and last.split()[0].replace(",", ""))
    kept = len(first.rstrip()) + 1 + len(last.partition("\n")[2])
    assert left_out + kept == len(text.rstrip())
    [whole] = shown_runs(Anchored(printing("short\n")))[0].programs
    assert whole.outputs == (("stdout", "short"),)
