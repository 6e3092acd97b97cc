"""Bytes side by side: every difference is marked, and nothing that is no bytes is compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.frames import hexdump
from l2harness.reports.comparison import ABSENT, Row, compare


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("88 b5", "b5 88"),
        ("88:b5", "B5-88"),
        ("88\nb5", "b5 88"),
        (" 88 b5\n", "b5 88"),
        (hexdump(b"\x88\xb5"), "b5 88"),
    ],
)
def test_bytes_are_recognised(expected, actual):
    """Hex with blanks, addresses and dumps are all bytes."""
    both = compare(expected, actual)
    assert both
    (row,) = both.rows
    assert row.expected == ("88", "b5")
    assert [cell.lower() for cell in row.actual] == ["b5", "88"]
    assert row.differs == (True, True)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (None, "88 b5"),
        ("88 b5", None),
        ("60 bytes", "16 bytes"),
        ("", ""),
        ("88 b5", "nothing"),
        ("88  b5", "88 b5"),
        ("8 8", "b 5"),
        ("0000  zz  |..|", "88"),
    ],
)
def test_other_texts_are_left_alone(expected, actual):
    """Sentences and numbers are not taken for bytes."""
    assert compare(expected, actual) is None


def test_case_is_no_difference():
    """An address in upper case is the same address."""
    both = compare("AA:BB", "aa:bb")
    assert both
    assert both.rows[0].differs == (False, False)


def test_a_missing_byte_is_a_difference():
    """What only one side has stands against a sign for nothing."""
    both = compare("48 69", "48")
    assert both
    assert both.rows == (Row(0, ("48", "69"), ("48", ABSENT), (False, True)),)


def test_only_rows_that_differ_are_kept():
    """Of a long frame only the rows with a difference remain, and the others are counted."""
    right = bytes(60)
    wrong = right[:35] + b"\1" + right[36:]
    both = compare(right.hex(" "), wrong.hex(" "))
    assert both
    assert [row.offset for row in both.rows] == [32]
    assert both.rows[0].differs.index(True) == 3
    assert (both.length, both.same) == (60, 44)


@given(
    st.binary(min_size=1, max_size=70),
    st.binary(min_size=1, max_size=70),
    st.sampled_from([8, 16]),
)
def test_every_difference_is_marked(expected, actual, columns):
    """As hex or as a dump, exactly the bytes that differ are marked."""
    differing = {
        place
        for place in range(max(len(expected), len(actual)))
        if expected[place : place + 1] != actual[place : place + 1]
    }
    for left in (expected.hex(" "), hexdump(expected)):
        both = compare(left, actual.hex(":"), columns=columns)
        assert both
        marked = {
            row.offset + place
            for row in both.rows
            for place, differs in enumerate(row.differs)
            if differs
        }
        assert marked == differing
        assert both.same + sum(len(row.differs) for row in both.rows) == both.length
