"""What checks of all labs share: bytes for people, ends in words, refusals, reports."""

from dataclasses import replace

import pytest

from l2harness.frames import Frame, MacAddress
from l2harness.labs.api import Failure
from l2harness.labs.judging import (
    colons,
    command_line,
    exhibits,
    expect_refusal,
    fail_as_not_sent,
    first_wrong,
    how_it_ended,
    is_report,
    judged_frames,
    quoted,
    spaced,
)
from l2harness.programs.exit import ExitReason
from l2harness.testing import answer, ended, failure_of, program, sending

OWN = MacAddress.parse("02:00:00:00:00:01")
TARGET = MacAddress.parse("02:00:00:00:00:02")
HI = Frame(TARGET, OWN, 0x88B5, b"Hi")


class TestText:
    """Bytes and lines as students read them."""

    def test_bytes_with_spaces(self):
        """Short ones whole, long ones with their length."""
        assert spaced(b"\x88\xb5") == "88 b5"
        assert spaced(b"") == ""
        assert spaced(bytes(32)) == " ".join(["00"] * 32)
        assert spaced(bytes(33)) == " ".join(["00"] * 32) + " … (33 bytes)"

    def test_addresses_with_colons(self):
        """As Linux writes them."""
        assert colons(OWN.value) == "02:00:00:00:00:01"

    def test_the_first_line_in_quotes(self):
        """Shortened where it is long; nothing is said to be nothing."""
        assert quoted(["one", "two"]) == "“one”"
        assert quoted(["x" * 500]) == "“" + "x" * 160 + "”"
        assert quoted([]) == "nothing printed"

    def test_a_command_line(self):
        """Empty arguments can be seen."""
        assert command_line(program("./pyng '' eth0")) == "./pyng '' eth0"


class TestEnds:
    """How a program ended, in a sentence."""

    @pytest.mark.parametrize(
        ("how", "words"),
        [
            (0, "ended with status 0"),
            (3, "ended with status 3"),
            ("SIGSEGV", "was ended by SIGSEGV"),
            (ExitReason.WALL_LIMIT, "did not end by itself"),
            (ExitReason.STOPPED, "was still running, and was stopped"),
            (ExitReason.NOT_STARTED, "could not be started by the kernel"),
            (ExitReason.FRAME_LIMIT, "flooded the network, and was stopped"),
            (ExitReason.OUTPUT_LIMIT, "printed without end, and was stopped"),
            (ExitReason.CPU_LIMIT, "was stopped: CPU limit"),
            (ExitReason.MEMORY_LIMIT, "was stopped: memory limit"),
        ],
    )
    def test_every_way(self, how, words):
        """Each reason has its own words."""
        record = program("./pyng", how)
        assert how_it_ended(record) == f"./pyng {words}. It printed nothing."

    def test_last_words(self):
        """The last line on standard error, else on standard output."""
        both = program("./pyng", 1, stdout=b"out\n", stderr=b"Traceback\nOSError: no\n\n")
        assert how_it_ended(both).endswith("Its last words: OSError: no")
        out = program("./pyng", 1, stdout=b"first\nlast\n", stderr=b" \n")
        assert how_it_ended(out).endswith("Its last words: last")

    def test_what_could_not_be_tried(self):
        """The problem is the sentence."""
        assert how_it_ended(program("./pyng", problem="no file named pyng")) == (
            "no file named pyng."
        )


class TestJudgedFrames:
    """Which frames a header is judged by."""

    def test_those_of_the_lab(self):
        """Frames of the lab's EtherType, if there are any."""
        stray = replace(HI, ethertype=0x0806)
        assert judged_frames(sending("h1.eth0", OWN, stray, HI), 0x88B5) == (bytes(HI),)

    def test_else_all_of_them(self):
        """Otherwise whatever left the interface."""
        wrong = [replace(HI, ethertype=kind) for kind in (0xB588, 0x0800)]
        found = judged_frames(sending("h1.eth0", OWN, *wrong), 0x88B5)
        assert found == tuple(map(bytes, wrong))

    def test_other_interfaces_do_not_count(self):
        """What left through another interface is not judged here."""
        one = sending("h1.eth0", OWN, elsewhere={"h1.eth1": HI})
        assert judged_frames(one, 0x88B5) == ()


class TestNotSent:
    """Nothing left the interface."""

    def test_nothing_at_all(self):
        """The program's end is the explanation."""
        silent = sending("h1.eth0", OWN, record=program("./pyng", 1, stderr=b"no route"))
        with pytest.raises(Failure) as failed:
            fail_as_not_sent(silent)
        assert failed.value.rationale == (
            "No frame left h1.eth0. ./pyng ended with status 1. Its last words: no route"
        )
        assert (failed.value.expected, failed.value.actual) == (
            "one frame through h1.eth0",
            "no frame",
        )

    def test_somewhere_else(self):
        """Where it did send is said, and shown."""
        astray = sending("h1.eth0", OWN, elsewhere={"h1.eth1": HI, "h1.eth2": HI})
        with pytest.raises(Failure) as failed:
            fail_as_not_sent(astray)
        assert "It sent through h1.eth1, h1.eth2 instead." in failed.value.rationale
        assert failed.value.actual == "a frame through h1.eth1, h1.eth2"
        assert [it.interface for it in failed.value.exhibits] == ["h1.eth0", "h1.eth1", "h1.eth2"]


class TestRefusal:
    """A program that should refuse its arguments."""

    @pytest.mark.parametrize("how", [1, 2, 255, "SIGABRT"])
    @pytest.mark.parametrize("said", [{"stderr": b"no\n"}, {"stdout": b"usage\n"}])
    def test_refused(self, how, said):
        """A status that is not 0, or a crash, with a word anywhere."""
        refused = sending("h1.eth0", OWN, record=program("./pyng x eth0", how, **said))
        assert failure_of(expect_refusal, refused, "nonsense") is None

    @pytest.mark.parametrize(
        ("how", "said", "frames", "expected", "actual"),
        [
            (1, b"no", (HI,), "no frame", bytes(HI).hex(" ")),
            (0, b"no", (), "status not 0", "status 0"),
            (ExitReason.WALL_LIMIT, b"no", (), "status not 0", "still running"),
            (ExitReason.STOPPED, b"no", (), "status not 0", "still running"),
            (1, b" \n", (), "a word on stderr or stdout", "nothing printed"),
            (0, b"", (HI,), "no frame", bytes(HI).hex(" ")),
        ],
    )
    def test_not_refused(self, how, said, frames, expected, actual):
        """The gravest thing that is not so is said, with the command to try."""
        record = program("./pyng x eth0", how, stderr=said)
        failure = failure_of(
            expect_refusal, sending("h1.eth0", OWN, *frames, record=record), "nonsense"
        )
        assert "`./pyng x eth0` has nonsense" in failure.rationale
        assert "./pyng x eth0; echo $?" in failure.help
        assert (failure.expected, failure.actual) == (expected, actual)

    def test_what_could_not_be_tried(self):
        """A missing program has refused nothing."""
        missing = sending("h1.eth0", OWN, record=program("./pyng", problem="is missing"))
        assert failure_of(expect_refusal, missing, "nonsense").rationale == "is missing."


class TestReports:
    """What counts as a line about a frame."""

    @pytest.mark.parametrize(
        ("printed", "provoked", "counts"),
        [
            ("about it\n", True, True),
            ("about it\n", False, True),
            ("something\n", True, True),
            ("something\n", False, False),
            ("", True, False),
            (" \n\n", True, False),
        ],
    )
    def test_a_line(self, printed, provoked, counts):
        """It shows what only the frame could tell, or only the frame can have caused it."""
        said = answer(HI, printed, provoked=provoked)
        assert is_report(said, lambda text: "about it" in text) is counts

    def test_no_answer(self):
        """Who was not asked has not reported."""
        assert is_report(None, lambda text: True) is False

    def test_the_first_that_is_wrong(self):
        """Answers are looked at in order."""
        answers = [answer(HI, text) for text in ("a", "b", "c")]
        assert first_wrong(answers, lambda it: it.printed == "a") is answers[1]
        assert first_wrong(answers, lambda it: True) is None


def test_what_ends_say_of_themselves():
    """Success and refusal are ends of the program's own doing."""
    assert ended(0).succeeded
    assert ended(1).refused
    assert ended("SIGSEGV").refused
    assert ended(ExitReason.NOT_STARTED).refused
    for how in (0, ExitReason.STOPPED, ExitReason.WALL_LIMIT, ExitReason.SANDBOX_ERROR):
        assert not ended(how).refused


def test_some_frames_are_enough():
    """Of many frames that should not have been sent, the first three are shown."""
    sent = sending("h1.eth0", OWN, *[Frame(TARGET, OWN, kind, b"") for kind in range(1600, 1605)])
    assert [it.data for it in exhibits(sent, sent.frames)] == list(sent.by_interface[:3])
