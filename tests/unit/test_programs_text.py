"""Decoding what programs print: nothing lost unsaid, never too long, never refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.programs.text import decode

_CUT = re.compile(r"\[… (\d+) bytes? cut …\]\n")


def test_text_within_the_limit_is_itself():
    """Valid UTF-8 that is short enough comes back unchanged, control characters and all."""
    assert decode("Sent!\r\n\x1b[0m é 😀\0".encode(), 100) == "Sent!\r\n\x1b[0m é 😀\0"


def test_other_bytes_are_spelled():
    """Bytes that are no UTF-8, among them encoded surrogates, are spelled in hex."""
    assert decode(b"a\xff\xed\xa0\x80b", 100) == r"a\xff\xed\xa0\x80b"


def test_long_text_keeps_head_and_tail():
    """The line in the middle says how many bytes are missing, and stands alone."""
    assert decode(b"first" + b"x" * 1000 + b"last!", 10) == "first\n[… 1000 bytes cut …]\nlast!"
    assert decode(b"ab\n" + b"x" * 10 + b"cd", 5) == "ab\n[… 10 bytes cut …]\ncd"
    assert decode(b"abc", 2) == "a\n[… 1 byte cut …]\nc"


def test_nothing_may_be_kept():
    """With a limit of 0 only the number of bytes is left."""
    assert decode(b"abc", 0) == "[… 3 bytes cut …]\n"
    assert decode(b"", 0) == ""


def test_a_negative_limit_is_a_mistake():
    """A limit below 0 is refused, because it would keep nearly everything."""
    with pytest.raises(ValueError, match="-1 bytes"):
        decode(b"abc", -1)


@given(st.text(min_size=1), st.integers(0, 40))
def test_characters_are_never_cut_in_two(text, limit):
    """Of valid UTF-8 nothing is spelled in hex, wherever the cut falls."""
    data = text.encode()
    shown = decode(data, limit)
    if len(data) <= limit:
        assert shown == text
        return
    marks = [m for m in _CUT.finditer(shown) if shown.count("…") >= 2]
    assert any(
        text.startswith(shown[: m.start()].removesuffix("\n")) and text.endswith(shown[m.end() :])
        for m in marks
    )


@given(st.binary(max_size=200), st.integers(0, 60))
def test_it_is_bounded_and_can_be_stored(data, limit):
    """Any bytes become text that UTF-8 can hold and that is as short as promised."""
    shown = decode(data, limit)
    shown.encode()
    assert len(shown) <= 4 * limit + len("\n[…  bytes cut …]\n") + len(str(len(data)))


@given(st.binary(min_size=30, max_size=200), st.integers(0, 29))
def test_the_number_of_bytes_that_are_cut_is_right(data, limit):
    """Kept and cut bytes add up to all of them."""
    data = data.replace(b"\\", b"/").replace(b"\xe2", b"a")  # nothing like our own line or escapes
    shown = decode(data, limit)
    mark = _CUT.search(shown)
    assert mark
    head, tail = shown[: mark.start()], shown[mark.end() :]
    sizes = {
        sum(1 if len(part) == 4 and part[0] == "\\" else len(part.encode()) for part in parts)
        for parts in (
            re.findall(r"\\x[0-9a-f]{2}|.", text, re.DOTALL)
            for text in (head + tail, head.removesuffix("\n") + tail)
        )
    }
    assert len(data) - int(mark[1]) in sizes
