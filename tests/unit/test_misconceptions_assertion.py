"""What pytest says of a failed comparison of frames."""

from __future__ import annotations

import pytest

from l2harness.frames import EtherType, Frame, MacAddress
from l2harness.labs.misconceptions.assertion import explain_comparison

TARGET = MacAddress.parse("02:00:00:00:00:02")
SOURCE = MacAddress.parse("02:00:00:00:00:01")
HI = Frame(TARGET, SOURCE, EtherType.LAB, b"Hi").padded()
SWAPPED = Frame(TARGET, SOURCE, 0xB588, b"Hi").padded()


class TestExplaining:
    """The lines for two frames."""

    @pytest.mark.parametrize("actual", [SWAPPED, bytes(SWAPPED), bytearray(bytes(SWAPPED))])
    def test_fields_and_idea(self, actual):
        """The field that differs, with offset and bytes; then the idea, and where to read on."""
        title, field, idea = explain_comparison(actual, HI)
        assert title.endswith("60 bytes == Frame of 60 bytes")
        assert field == "bytes 12–13: EtherType, expected 88 b5, got b5 88"
        assert "wrong way round. (l2harness explain ethertype-byte-order)" in idea

    def test_the_expected_one_is_on_the_right(self):
        """Turned round, what was expected and what was got change places."""
        lines = explain_comparison(HI, bytes(SWAPPED))
        assert lines[1] == "bytes 12–13: EtherType, expected b5 88, got 88 b5"

    def test_an_unknown_idea(self):
        """A difference that fits no idea is told without one."""
        stranger = Frame(MacAddress(b"\x02\x09\x08\x07\x06\x05"), SOURCE, EtherType.LAB, b"Hi")
        assert len(explain_comparison(stranger.padded(), HI)) == 2

    def test_equal_bytes(self):
        """Bytes never equal a frame, and that is said."""
        lines = explain_comparison(bytes(HI), HI)
        assert "compare bytes(frame)" in lines[1]

    @pytest.mark.parametrize("other", ["02:00", None, 60, [0]])
    def test_something_else(self, other):
        """What is no frame is left to pytest, and so are two byte strings."""
        assert explain_comparison(HI, other) is None
        assert explain_comparison(other, HI) is None
        assert explain_comparison(bytes(HI), bytes(SWAPPED)) is None

    @pytest.mark.parametrize("data", [bytes(1514), b"\xff" * 60, bytes(SWAPPED)[::-1], b""])
    def test_pytest_shows_all_of_it(self, data):
        """However much is wrong, it fits into what pytest does not cut off."""
        lines = explain_comparison(data, HI)
        assert len(lines) <= 8
        assert sum(map(len, lines)) <= 640

    def test_dumps(self):
        """Asked for more, both frames come in hex."""
        lines = explain_comparison(SWAPPED, HI, dumps=True)
        assert lines.index("expected:") < lines.index("got:")
        assert sum("48 69" in line for line in lines) == 2


class TestInPytest:
    """The same in pytest's own output."""

    @pytest.fixture
    def said(self, pytester):
        """What pytest prints about a test that compares two frames."""

        def run(*arguments):
            pytester.makepyfile(
                """
                from l2harness.frames import Frame, MacAddress

                A, B = MacAddress(b"\\2\\0\\0\\0\\0\\1"), MacAddress(b"\\2\\0\\0\\0\\0\\2")
                EXPECTED = Frame(B, A, 0x88B5, b"Hi").padded()

                def test_frame():
                    frame = Frame(B, A, 0xB588, b"Hi").padded()
                    assert frame == EXPECTED

                def test_text():
                    assert "a" == "b"
                """
            )
            done = pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)
            done.assert_outcomes(failed=2)
            return done.stdout

        return run

    def test_a_failed_assertion_names_the_idea(self, said):
        """Field by field, and underneath the idea; other comparisons are as ever."""
        out = said()
        out.fnmatch_lines(
            [
                "E*assert Frame of 60 bytes == Frame of 60 bytes",
                "E*bytes 12–13: EtherType, expected 88 b5, got b5 88",
                "E*known mistake: *(l2harness explain ethertype-byte-order)",
                "E*AssertionError: assert 'a' == 'b'",
            ]
        )
        out.no_fnmatch_line("*got:*")

    def test_very_verbose(self, said):
        """With -vv the frames are shown in hex."""
        said("-vv").fnmatch_lines(["E*expected:", "E*0000*88 b5*", "E*got:", "E*0000*b5 88*"])
