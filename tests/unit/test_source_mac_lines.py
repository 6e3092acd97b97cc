"""What lab source-mac reads out of a sniffer's lines, and what it makes of many of them."""

from dataclasses import replace

import pytest

from l2harness.frames import Frame, MacAddress
from l2harness.labs.records import Burst
from l2harness.labs.source_mac.lines import mentions_sender, names_source, sources_in, tally
from l2harness.testing import answer

SRC = MacAddress.parse("02:0d:76:a9:79:6f")
DST = MacAddress.parse("06:b5:26:40:a6:7a")
FRAME = bytes(Frame(DST, SRC, 0x0800, b"JQ"))
DIGITS = SRC.value.hex()

RIGHT = [
    f"{SRC}",
    f"MAC {str(SRC).upper()}",
    f"{str(SRC).replace(':', '-')} on eth0",
    f"#1 {DIGITS}",
    f"src:{SRC}",
    f"INFO:root:{SRC}",
    f"src:{DIGITS}",
    f"sent to eth0, MAC: {SRC}",
    f"src: {SRC}, dst: {DST}",
    f"{DST} {SRC} 0800",
    f"{SRC} -> {DST}",
    f"{SRC} {SRC}",
]


@pytest.mark.parametrize("line", RIGHT)
def test_a_right_line(line):
    """The sender is found, whatever stands around it and however it is spelled."""
    assert sources_in(line) == [SRC.value]
    assert names_source(answer(FRAME, line + "\n"))
    assert mentions_sender(line, FRAME)


@pytest.mark.parametrize(
    "line",
    [
        f"{DST}",
        f"dst: {SRC}, src: {DST}",
        f"{SRC} {DST}",
        "eth0",
        f"{SRC}\n{DST}",
        DIGITS + "00",
        "2:d:76:a9:79:6f",
    ],
)
def test_a_wrong_line(line):
    """The receiver, another order, a longer number and bytes of one digit are not the sender."""
    assert not names_source(answer(FRAME, line + "\n"))


def frame(number):
    """A frame of one of ten senders."""
    return bytes(Frame(DST, MacAddress(b"\x02\0\0\0\0" + bytes([number % 10])), 0x0800, b""))


def lines(*numbers):
    """Lines about the frames of these senders."""
    return "".join(f"{frame(number)[6:12].hex(':')}\n" for number in numbers)


class TestTally:
    """Many frames."""

    burst = Burst(tuple(frame(number) for number in range(20)), lines(*range(20)), alive=True)
    single = (answer(FRAME, f"{SRC}\n"),)

    def said(self, printed, single=None):
        """What is said of other lines."""
        known = self.single if single is None else single
        return tally(replace(self.burst, printed=printed), known)

    def test_all_of_them(self):
        """Each once and in order."""
        said = tally(self.burst, self.single)
        assert (said.reports, said.doubled, said.missing, said.in_order) == (20, 0, 0, True)
        assert not said.once_each

    def test_what_is_wrong(self):
        """Missing, doubled and disordered lines are told apart, and each sender once."""
        assert self.said(lines(*range(19))).missing == 1
        assert self.said(lines(*range(20), 3)).doubled == 1
        assert not self.said(lines(1, 0, *range(2, 20))).in_order
        assert self.said(lines(*range(10))).once_each

    def test_lines_that_cannot_be_told_apart(self):
        """Where no line names its sender they are counted."""
        dumb = (answer(FRAME, "a frame\n"),)
        assert self.said("a frame\n" * 20, dumb).missing == 0
        assert self.said("a frame\n" * 18, dumb).missing == 2
        assert self.said("a frame\n" * 21, dumb).doubled == 1
