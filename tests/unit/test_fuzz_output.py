"""Any bytes as what a program prints: text, in every format, in a time that grows with it."""

import pytest
from damage import damaged
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.targets import output, seeds
from l2harness.frames import MacAddress
from l2harness.labs import reading

ADDRESS = "aa:bb:cc:dd:ee:ff"
MAC = MacAddress.parse(ADDRESS)
LONG = 200_000


@settings(deadline=None)
@given(damaged(seeds("output")) | st.binary(max_size=300))
def test_output(data):
    """Any encoding or none, any control characters, anything that looks like a line of pyngd."""
    output(data)


@pytest.mark.parametrize(
    "line",
    [
        "type" + " " * LONG,
        "type" + "\t" * LONG + "x",
        "type: " * (LONG // 6),
        "0" * LONG,
        "0x" * (LONG // 2),
        "48 " * (LONG // 3),
        "48," + " " * LONG,
        f"{ADDRESS}{'=' * LONG}{ADDRESS}",
        f"{ADDRESS} " * (LONG // 18),
        "aa:" * (LONG // 3),
        "dst " * (LONG // 4) + ADDRESS,
    ],
    ids=lambda line: line[:12],
)
def test_long_lines(line):
    """A line made to have many readings is read as fast as any other: in hours, if it were not."""
    reading.names_address([line], "source", MAC)
    reading.mentions_address([line], MAC)
    reading.names_ethertype([line], 0x88B5)
    reading.shows_payload([line], b"Hi there!")
