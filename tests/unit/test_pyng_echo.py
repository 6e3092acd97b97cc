"""Lab pyng-echo: reading what a client says, and holding it against what crossed the wire."""

from dataclasses import replace

import pytest

from l2harness.frames import EtherType, Frame, MacAddress
from l2harness.labs.pyng_echo.measuring import (
    milliseconds,
    same_payload,
    waits_as_told,
    wrong_lines,
)
from l2harness.labs.pyng_echo.playing import Pinging, Round
from l2harness.labs.pyng_echo.reading import outcomes
from l2harness.labs.pyng_echo.runs import Pair, came
from l2harness.labs.pyng_echo.test_client import test_client_time as the_time
from l2harness.labs.records import ProgramRecord, Sending
from l2harness.network.timeline import Direction, FrameEvent
from l2harness.testing import failure_of

HERE, THERE = MacAddress.parse("02:00:00:00:00:0a"), MacAddress.parse("02:00:00:00:00:0b")
NEAR = "h1.eth1"


def crossing(time_s, direction, payload):
    """A frame of that payload at the client's interface."""
    ends = (THERE, HERE) if direction is Direction.OUT else (HERE, THERE)
    data = bytes(Frame(*ends, EtherType.LAB, payload))
    return FrameEvent(time_s, NEAR, direction, data)


def sending(printed=""):
    """A client that printed something."""
    record = ProgramRecord("run", "pyng", ("./pyng",), "h1", None, printed.encode())
    return Sending(record, NEAR, HERE, THERE, (), ())


class TestReading:
    """`outcomes` reads lines that begin with the number of a request."""

    @pytest.mark.parametrize(
        ("line", "seconds"),
        [
            ("3 12.345 ms", 0.012345),
            ("3: time=12.3ms", 0.0123),
            ("seq=3 0,41 ms", 0.00041),
            ("[3]\t54.46619299982558 ms", 0.05446619299982558),
            ("#3 250 us", 0.00025),
            ("3 1.2e-02 s", 0.012),
            ("\x1b[32m3 7 ms\x1b[0m", 0.007),
        ],
    )
    def test_a_time(self, line, seconds):
        """Whatever stands between, in which of the usual units."""
        [it] = outcomes(line)
        assert (it.number, it.time_s) == (3, pytest.approx(seconds))

    @pytest.mark.parametrize("line", ["2 timeout", "2: Timed out!", "2 -- time-out", "2 TIMEOUT"])
    def test_a_timeout(self, line):
        """In any spelling."""
        [it] = outcomes(line)
        assert (it.number, it.time_s) == (2, None)

    @pytest.mark.parametrize(
        "line",
        [
            "average: 0.4 ms",
            "rtt min/avg/max/mdev = 0.1/0.2/0.3/0.0 ms",
            "lost: 3 of 4, timeout",
            "1.5 ms",
            "4",
            "4 requests sent",
            "2 12 m",
            "",
        ],
    )
    def test_other_lines(self, line):
        """What does not begin with a number, or says neither, is about no request."""
        assert outcomes(line) == []

    def test_a_long_line(self):
        """Is read in a time that grows with it."""
        assert outcomes("1 " + "9" * 200_000) == []
        assert outcomes("request " * 50_000) == []


class TestMeasuring:
    """What is held against what."""

    def test_when_answers_came(self):
        """The first one to each request counts, padded or not; another payload is no answer."""
        frames = [
            crossing(1.0, Direction.OUT, b"one"),
            crossing(1.2, Direction.IN, b"one" + bytes(43)),
            crossing(1.3, Direction.IN, b"one" + bytes(43)),
            crossing(2.0, Direction.OUT, b"two"),
            crossing(2.1, Direction.IN, b"other"),
        ]
        assert came(frames, NEAR) == (pytest.approx(0.2), None)

    @pytest.mark.parametrize(
        ("came_s", "printed", "wrong"),
        [
            (0.01, "1 10 ms", []),
            (0.01, "1 timeout", [1]),
            (None, "1 timeout", []),
            (None, "1 10 ms", [1]),
            (0.09, "1 timeout", []),
            (0.09, "1 90 ms", []),
            (0.01, "", [1]),
        ],
    )
    def test_lines_of_a_pair(self, came_s, printed, wrong):
        """Lost is timeout, in time is a time, and in between either is right; silence is not."""
        pair = Pair(sending(printed), sending().record, 1, 0.1, (came_s,))
        assert [number for number, _, _ in wrong_lines(pair)] == wrong

    def test_a_request_that_was_not_sent(self):
        """It is called lost, and nothing else."""
        pair = Pair(sending("1 3 ms\n2 3 ms\n"), sending().record, 2, 0.1, (0.003,))
        assert [number for number, _, _ in wrong_lines(pair)] == [2]

    @pytest.mark.parametrize(
        ("second_s", "ended_s", "right"),
        [(0.2, 0.4, True), (0.05, 0.4, False), (1.2, 2.4, False), (0.2, 3.0, True)],
    )
    def test_how_long_it_waited(self, second_s, ended_s, right):
        """Too short is wrong; too long is wrong where it is so both times."""
        first = Round(crossing(0.0, Direction.OUT, b"one"), 0.0)
        second = Round(replace(first.request, time_s=second_s), second_s)
        pinging = Pinging(sending(), 2, 0.2, (first, second), 0.0, ended_s)
        assert waits_as_told(pinging) is right

    @pytest.mark.parametrize(
        ("asked", "replied", "same"),
        [
            (b"x" + bytes(45), b"x", True),
            (b"x" + bytes(45), b"x" + bytes(45), True),
            (b"x" + bytes(45), b"y", False),
            (b"x" * 100, b"x" * 99, False),
            (b"x" * 100, b"x" * 100, True),
        ],
    )
    def test_the_same_payload(self, asked, replied, same):
        """Zeros that the network would add again may be left out; nothing else may."""
        frames = [bytes(Frame(HERE, THERE, EtherType.LAB, it)) for it in (asked, replied)]
        assert same_payload(*frames) is same

    def test_milliseconds(self):
        """A time as a client writes it."""
        assert (milliseconds(0.0123), milliseconds(2)) == ("12.3 ms", "2000 ms")


class TestTime:
    """`client.time` gives a client its due, and no more, whatever the machine does."""

    @staticmethod
    def said(*milliseconds):
        """How the check fails on three answers, each held back for 100 ms, 20 ms after another."""
        rounds = []
        for number in range(3):
            begin_s = 10 + number * 0.12
            request = crossing(begin_s, Direction.OUT, bytes([number]))
            rounds.append(Round(request, begin_s, begin_s + 0.1))
        lines = "".join(f"{number} {it} ms\n" for number, it in enumerate(milliseconds, 1))
        return failure_of(the_time, Pinging(sending(lines), 3, 20, tuple(rounds), 9.98, 10.36))

    def test_a_right_one(self):
        """As long as it was held back, or a little more; rounded, or not."""
        assert self.said(100, 100, 100) is None
        assert self.said(119.9, 101.234, 120) is None

    def test_one_that_looked_at_its_clock_too_late(self):
        """May have missed a moment, once even a long one; but not always."""
        assert self.said(90, 95, 60) is None
        assert self.said(100, 3, 100) is None
        assert "held back" in self.said(3, 100, 3).rationale

    def test_a_wrong_unit(self):
        """Seconds are too few milliseconds, microseconds too many."""
        assert "held back" in self.said(0.1, 0.1, 0.1).rationale
        assert "passed 140 ms" in self.said(100_000, 100_000, 100_000).rationale

    def test_a_clock_that_is_not_reset(self):
        """Even once more than there was time for is too much."""
        assert "for request 2" in self.said(100, 220, 340).rationale

    def test_one_that_went_on_too_early(self):
        """Is not judged by the time of that request."""
        begin_s = 10.0
        request = crossing(begin_s, Direction.OUT, b"x")
        rounds = (Round(request, begin_s, begin_s + 0.1, early=True),)
        assert failure_of(the_time, Pinging(sending("1 1 ms"), 1, 20, rounds, 9.9, 10.2)) is None
