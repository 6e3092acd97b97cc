"""The capture beside a report: every frame, in order, with what the checks say of it."""

from __future__ import annotations

from dataclasses import replace

from pages import swapped
from results import HOSTILE, RIGHT_FRAME, TOPOLOGY, passed, result
from test_frames_pcapng import read_blocks, read_options, read_packet

from l2harness.grading.recording import Recording, RunRecording
from l2harness.grading.result import (
    CheckResult,
    Evidence,
    ExitResult,
    ProgramResult,
    RunResult,
    Verdict,
)
from l2harness.network.timeline import Direction, FrameEvent
from l2harness.reports.audience import Audience
from l2harness.reports.evidence import to_pcapng
from l2harness.reports.view import shown_to

FRAME = bytes.fromhex(RIGHT_FRAME)
SECOND_NS = 1_000_000_000
#: A day on which a grading might have begun, nanoseconds since 1970.
CLOCK_NS = 1_700_000_000 * SECOND_NS


def out(time_s, data=FRAME):
    """A frame that left h1.eth0."""
    return FrameEvent(time_s, "h1.eth0", Direction.OUT, data)


def came(time_s, data=FRAME):
    """A frame that reached h2.eth0."""
    return FrameEvent(time_s, "h2.eth0", Direction.IN, data)


def recording(*runs):
    """A recording of runs: name, when it began, frames."""
    return Recording(
        CLOCK_NS,
        tuple(
            RunRecording(name, begun_s, tuple(frames), tuple(range(len(frames))))
            for name, begun_s, frames in runs
        ),
    )


def graded(*names, checks=None, programs=(), **more):
    """A result with these runs."""
    runs = [RunResult(name, f"What {name} does.") for name in names]
    return result(checks, topology=TOPOLOGY, runs=runs, programs=programs, **more)


class Capture:
    """A capture read back."""

    def __init__(self, whole, made):
        section, *others = read_blocks(to_pcapng(whole, made))
        self.about = self._texts(read_options(section[1][16:]), 1)
        interfaces = [read_options(body[8:]) for kind, body in others if kind == 1]
        self.interfaces = [self._texts(it, 2)[0] for it in interfaces]
        self.descriptions = [self._texts(it, 3) for it in interfaces]
        packets = [read_packet(body) for kind, body in others if kind == 6]
        self.times_ns = [time_ns - CLOCK_NS for _, time_ns, *_ in packets]
        self.where = [self.interfaces[number] for number, *_ in packets]
        self.data = [data for _, _, data, _, _ in packets]
        self.comments = [self._texts(options, 1) for *_, options in packets]
        self.directions = [dict(options)[2][0] for *_, options in packets]

    @staticmethod
    def _texts(options, code):
        return [value.decode() for number, value in options if number == code]


def test_evidence_that_the_report_does_not_keep():
    """A check that speaks of a frame behind the last kept one is no comment of any other."""
    check = CheckResult("a", "It.", Verdict.PASS, 1, 1, evidence=(Evidence("one", "h1.eth0", 7),))
    capture = Capture(graded("one", checks=(check,)), recording(("one", 0.0, [out(0.1)])))
    assert not any("a passed" in text for text in capture.comments[0])


class TestPackets:
    """Which packets there are, and when."""

    def test_every_frame_by_its_time(self):
        """Whatever order they were recorded in; with interface, direction and all bytes."""
        capture = Capture(
            graded("one"), recording(("one", 5.0, [came(5.25), out(5.125, FRAME[:16])]))
        )
        assert capture.times_ns == [5_125_000_000, 5_250_000_000]
        assert capture.where == ["h1.eth0", "h2.eth0"]
        assert capture.directions == [2, 1]
        assert capture.data == [FRAME[:16], FRAME]

    def test_nanoseconds_are_kept(self):
        """A difference of one is one."""
        capture = Capture(graded("one"), recording(("one", 0.0, [out(0.1), out(0.100000001)])))
        assert capture.times_ns[1] - capture.times_ns[0] == 1

    def test_interfaces_are_those_of_the_network(self):
        """Named as on the page, also those that were silent, with their addresses."""
        capture = Capture(graded("one"), recording(("one", 0.0, [out(0.1)])))
        assert capture.interfaces == ["h1.eth0", "h1.eth1", "h2.eth0"]
        assert capture.descriptions[0] == ["02:00:00:4a:1b:2c on lan"]

    def test_without_a_topology(self):
        """The interfaces that frames name are enough."""
        whole = replace(graded("one"), topology=None)
        capture = Capture(whole, recording(("one", 0.0, [came(0.1), out(0.2)])))
        assert capture.interfaces == ["h1.eth0", "h2.eth0"]
        assert capture.descriptions == [[], []]

    def test_runs_lie_end_to_end(self):
        """Made side by side, they are shown one after the other, from a whole second on."""
        made = recording(
            ("one", 7.3, [out(7.4), out(8.9)]),
            ("none", 7.3, []),
            ("two", 7.3, [out(7.5)]),
            ("late", 20.5, [out(20.75)]),
        )
        capture = Capture(graded("one", "none", "two", "late"), made)
        assert capture.times_ns == [
            7_100_000_000,
            8_600_000_000,
            9_200_000_000,
            20_250_000_000,
        ]

    def test_a_capture_without_frames(self):
        """It opens, and says what was done."""
        capture = Capture(graded("one"), recording(("one", 0.0, [])))
        assert capture.data == []
        assert "run one: What one does. (0 packets)" in capture.about


class TestComments:
    """What is said beside the packets."""

    def test_where_runs_begin_and_end(self):
        """Every packet names its run; the first and the last say that they are."""
        made = recording(("one", 0.0, [out(0.1), came(0.2), came(0.3)]), ("two", 0.0, [out(0.1)]))
        capture = Capture(graded("one", "two", checks=()), made)
        assert capture.comments == [
            ["run one begins: What one does."],
            ["run one"],
            ["run one", "run one ends"],
            ["run two begins: What two does.", "run two ends"],
        ]

    def test_the_checks_that_looked_at_a_run(self):
        """All of them, with what came of it."""
        check = replace(passed("a.b", "It.", 1), evidence=(Evidence("one"),))
        capture = Capture(
            graded("one", checks=(check,)), recording(("one", 0.0, [out(0.1), out(0.2)]))
        )
        assert capture.comments[0][1] == "run one answers a.b (passed)"
        assert len(capture.comments[1]) == 2

    def test_what_a_check_says_of_a_frame(self):
        """It stands with that very frame."""
        made = recording(("client", 0.0, [out(0.1, FRAME[:16]), came(0.2)]))
        said = [it for it in Capture(swapped(), made).comments[0] if it.startswith("client.e")]
        assert said == [
            "client.ethertype failed: Bytes 12–13: EtherType, expected 88 b5, got b5 88."
        ]

    def test_frames_that_the_report_leaves_out(self):
        """The place in the report is not the place in the capture."""
        check = CheckResult(
            "a.b", "It.", Verdict.FAIL, 0, 1, rationale="No.", evidence=(Evidence("one", "", 1),)
        )
        frames = [out(0.1), out(0.2), out(0.3)]
        made = Recording(CLOCK_NS, (RunRecording("one", 0.0, tuple(frames), (0, 2)),))
        capture = Capture(graded("one", checks=(check,)), made)
        assert ["a.b failed: No." in it for it in capture.comments] == [False, False, True]

    def test_a_program_that_was_stopped_for_flooding(self):
        """It is said what is not there any more."""
        program = ProgramResult("one", ("./pyng", "x"), "h1", ExitResult("frame limit"))
        made = recording(("one", 0.0, [out(0.1)]))
        (comments,) = Capture(graded("one", checks=(), programs=[program]), made).comments
        assert comments[1:] == [
            "./pyng x on h1 was stopped at the frame limit: what it would have sent later is not "
            "here",
            "run one ends",
        ]
        orderly = replace(program, exit=ExitResult("exited", 0))
        (comments,) = Capture(graded("one", checks=(), programs=[orderly]), made).comments
        assert comments[1:] == ["run one ends"]

    def test_for_a_reader_who_may_not_see_everything(self):
        """What is not in the result is not in the capture: no check, and no run."""
        secret = replace(
            passed("a.secret", "It.", 1), visibility="hidden", evidence=(Evidence("hidden"),)
        )
        known = replace(passed("a.known", "It.", 1), evidence=(Evidence("one"),))
        whole = graded("one", "hidden", checks=(secret, known))
        made = recording(("one", 0.0, [out(0.1)]), ("hidden", 0.0, [out(0.2), out(0.3)]))
        assert len(Capture(whole, made).data) == 3
        shown = shown_to(whole, Audience.STUDENT)
        assert len(Capture(shown, made).data) == 1
        assert b"secret" not in to_pcapng(shown, made)
        assert b"hidden" not in to_pcapng(shown, made)

    def test_hostile_words_do_nothing(self):
        """A comment is one line, and none of its characters does anything."""
        whole = graded("one", name=HOSTILE, lab_title=HOSTILE, checks=())
        capture = Capture(whole, recording(("one", 0.0, [out(0.1)])))
        assert all(line.isprintable() for line in capture.about)
        assert "␛]0;owned␇" in capture.about[0]

    def test_the_same_recording_is_the_same_file(self):
        """Nothing but the arguments decides the bytes."""
        made = recording(("client", 0.0, [out(0.1, FRAME[:16]), came(0.2)]))
        assert to_pcapng(swapped(), made) == to_pcapng(swapped(), made)
