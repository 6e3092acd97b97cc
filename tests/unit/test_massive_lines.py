"""Lab massive: reading what a program tells of frames, and how many fit into a buffer."""

import pytest

from l2harness.labs.massive.lines import (
    Numbered,
    out_of_order,
    reported,
    share,
    total,
    twice,
)
from l2harness.network.room import frames_in
from l2harness.programs.output import terminal_room

A, B = bytes.fromhex("061c2bea64da"), bytes.fromhex("0e7133523c98")


def frames(sender, *numbers):
    """Frames of one sender."""
    return [Numbered(sender, number) for number in numbers]


class TestReading:
    """`reported` and `total` take what lines say, and no more."""

    @pytest.mark.parametrize(
        "line",
        [
            "06:1c:2b:ea:64:da 100017",
            "06-1C-2B-EA-64-DA,100017",
            "no 100017 from 06:1c:2b:ea:64:da",
            "src=06:1c:2b:ea:64:da number=100017 (frame 3)",
            "('06:1c:2b:ea:64:da', 100017)",
        ],
    )
    def test_a_line(self, line):
        """Sender and number in either order, with words or without."""
        assert reported(line) == frames(A, 100017)

    @pytest.mark.parametrize(
        "line",
        [
            "total 3",
            "100017",
            "06:1c:2b:ea:64:da",
            "06:1c:2b:ea:64 100017",
            "06:1c:2b:ea:64:da 0e:71:33:52:3c:98 100017",
            "06:1c:2b:ea:64:da 1.5",
            "x" * 1_000 + "06:1c:2b:ea:64:da 100017",
        ],
    )
    def test_other_lines(self, line):
        """Without an address, with two, without a number, or too long: about no frame."""
        assert reported(line) == []

    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("total 3", 3),
            ("Total: 3 frames\n", 3),
            ("== TOTAL=3 ==", 3),
            ("total 2\nmore\ntotal 3", 3),
            ("totally 3", None),
            ("3", None),
        ],
    )
    def test_the_total(self, text, count):
        """The last number behind the word."""
        assert total(text) == count


class TestComparing:
    """What was sent and what is told of."""

    def test_a_share(self):
        """Only what was sent counts, and each frame once."""
        sent = frames(A, 1, 2, 3, 4)
        assert share(sent, frames(A, 1, 1, 2, 9) + frames(B, 3)) == 0.5
        assert share(sent, sent) == 1

    def test_twice(self):
        """Each frame that has more than one line, once."""
        assert twice(frames(A, 1, 2, 1, 1) + frames(B, 2)) == frames(A, 1)

    def test_order(self):
        """Senders may be mixed; the numbers of each only grow."""
        assert out_of_order([*frames(A, 1), *frames(B, 9), *frames(A, 2)]) is None
        assert out_of_order([*frames(A, 5), *frames(B, 1), *frames(A, 2)]) == (
            Numbered(A, 5),
            Numbered(A, 2),
        )


@pytest.mark.parametrize(("buffer", "count"), [(212_992, 278), (768, 1), (769, 2), (1, 1)])
def test_frames_in_a_buffer(buffer, count):
    """A frame is taken while the buffer is not full, so the last one may go beyond it."""
    assert frames_in(buffer, 768) == count


def test_a_terminal_has_an_end():
    """As much as is said fits, in whole lines, and no terminal takes a mebibyte."""
    assert 4_096 <= terminal_room(b"twenty-four characters.\n") < 1 << 20
