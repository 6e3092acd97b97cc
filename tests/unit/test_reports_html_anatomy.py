"""Frames taken apart: every byte has a field, and what is marked is what the sentences name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.frames import BROADCAST, EtherType, Frame, MacAddress, VlanTag, difference, pad
from l2harness.reports.html.anatomy import ROW_BYTES, anatomy

SOURCE = MacAddress.parse("02:00:00:4a:1b:2c")
RIGHT = bytes(Frame(BROADCAST, SOURCE, EtherType.LAB, b"Hi"))
TAGGED = bytes(Frame(BROADCAST, SOURCE, EtherType.LAB, b"Hi", (VlanTag(5),)))

frames = st.binary(max_size=80) | st.builds(
    lambda tail, tag: (TAGGED if tag else RIGHT) + tail, st.binary(max_size=60), st.booleans()
)


def marked(shown):
    """What is marked, as pairs of hex: expected, actual."""
    return [(it.expected, it.actual) for row in shown.rows for it in row.stretches if it.differs]


def fields(shown):
    """The table, a line as a tuple of place, name, expected and actual."""
    return [(it.place, it.name, it.expected, it.actual) for it in shown.fields]


class TestAlone:
    """A frame that is held against nothing."""

    def test_a_padded_one(self):
        """Addresses, type, payload and padding, each as people know it."""
        shown = anatomy(pad(RIGHT))
        assert shown.length == 60
        assert not shown.compared
        assert [(it.place, it.name, it.actual) for it in shown.fields] == [
            ("0–5", "destination", "ff:ff:ff:ff:ff:ff (everybody)"),
            ("6–11", "source", "02:00:00:4a:1b:2c"),
            ("12–13", "EtherType", "88 b5 = 0x88b5 (local experimental 1)"),
            ("14–15", "payload", "48 69 “Hi”"),
            ("16–59", "padding", "44 × 00"),
        ]

    def test_rows_of_eight(self):
        """Offsets, hex and ASCII; a byte that is no character is a dot."""
        first, second, *_ = anatomy(pad(RIGHT)).rows
        assert [(it.field, it.actual, it.text) for it in second.stretches] == [
            ("source", "00 4a 1b 2c", "·J·,"),
            ("ethertype", "88 b5", "··"),
            ("payload", "48 69", "Hi"),
        ]
        assert (first.offset, second.offset) == (0, ROW_BYTES)

    def test_a_tagged_one(self):
        """A tag has a place of its own, and its number in words."""
        assert anatomy(TAGGED).fields[2].actual == "81 00 00 05 = VLAN 5"

    def test_a_group_is_said_to_be_one(self):
        """An address with the lowest bit set is no single host's."""
        group = bytes([1]) + RIGHT[1:]
        assert anatomy(group).fields[0].actual == "01:ff:ff:ff:ff:ff (a group)"

    def test_a_reserved_tag(self):
        """A tag that no VLAN can have is read as any other."""
        tag = b"\x81\x00\xff\xff"
        assert anatomy(TAGGED.replace(TAGGED[12:16], tag)).fields[2].actual == (
            "81 00 ff ff = VLAN 4095, priority 7, drop eligible"
        )

    def test_zeros_after_a_payload_are_counted(self):
        """A payload that was not told from its padding still reads well."""
        shown = anatomy(RIGHT + bytes(20))
        assert shown.fields[-1].actual == "48 69 “Hi”, then 20 × 00"
        assert anatomy(RIGHT + bytes(2)).fields[-1].actual == "48 69 00 00"

    def test_a_long_one_is_shown_in_part(self):
        """Its beginning, and how much more there is."""
        shown = anatomy(RIGHT + bytes(range(256)) * 5)
        assert len(shown.rows) == 8
        assert shown.skipped == len(RIGHT) + 1280 - 64

    @pytest.mark.parametrize("data", [b"", b"\x01", RIGHT[:12], RIGHT[:13]])
    def test_what_is_no_frame(self, data):
        """Any bytes can be shown."""
        shown = anatomy(data)
        assert sum(len(it.actual.split()) for row in shown.rows for it in row.stretches) == len(
            data
        )


class TestCompared:
    """A frame over the one that should have come."""

    def test_two_bytes_the_wrong_way_round(self):
        """Exactly those are marked and named."""
        shown = anatomy(RIGHT[:12] + b"\xb5\x88Hi", RIGHT)
        assert shown.sentences == ("bytes 12–13: EtherType, expected 88 b5, got b5 88",)
        assert marked(shown) == [("88 b5", "b5 88")]
        assert [it.name for it in shown.fields if it.differs] == ["EtherType"]

    def test_a_right_one(self):
        """Nothing is marked where nothing differs."""
        shown = anatomy(RIGHT, RIGHT)
        assert (shown.sentences, marked(shown)) == ((), [])

    def test_a_tag_too_many(self):
        """What comes after it is not marked: it is only later."""
        shown = anatomy(TAGGED, RIGHT)
        assert marked(shown) == [("·· ·· ·· ··", "81 00 00 05")]
        assert fields(shown)[2] == ("12–15", "VLAN tag", None, "81 00 00 05 = VLAN 5")
        assert fields(shown)[3][:2] == ("16–17", "EtherType")

    def test_a_tag_missing(self):
        """It is marked where it should be."""
        shown = anatomy(RIGHT, TAGGED)
        assert marked(shown) == [("81 00 00 05", "·· ·· ·· ··")]

    def test_padding_missing(self):
        """Every missing zero is there to be seen."""
        shown = anatomy(RIGHT, pad(RIGHT))
        assert fields(shown)[-1] == ("16–59", "padding", "44 × 00", None)
        assert all(actual == " ".join(["··"] * 8) for _, actual in marked(shown)[:-1])

    def test_too_much(self):
        """What follows the end is no payload."""
        shown = anatomy(RIGHT + b"xyz", RIGHT)
        assert fields(shown)[-1] == ("16–18", "too much", None, "78 79 7a")

    def test_an_end_within_the_header(self):
        """The fields that are missing have names."""
        shown = anatomy(RIGHT[:12], RIGHT)
        assert [it[1] for it in fields(shown)[2:]] == ["EtherType", "payload"]
        assert [it[3] for it in fields(shown)[2:]] == [None, None]

    def test_rows_that_differ_are_always_shown(self):
        """Even far behind: what lies between is counted."""
        long = bytearray(RIGHT + bytes(1000))
        long[900] = 1
        shown = anatomy(bytes(long), RIGHT + bytes(1000))
        assert shown.rows[-1].offset == 896
        assert shown.rows[-1].skipped == 896 - 64

    @given(frames, frames)
    def test_what_is_marked_is_what_is_named(self, actual, expected):
        """A byte is marked exactly if it differs from the right one in its place."""
        shown = anatomy(actual, expected)
        named = difference(expected, actual)
        assert shown.sentences == tuple(it.sentence for it in named)
        assert bool(marked(shown)) == bool(named)
        differing = {it.name for it in shown.fields if it.differs}
        assert differing <= {
            "destination",
            "source",
            "VLAN tag",
            "EtherType",
            "payload",
            "padding",
            "too much",
        }

    @given(frames, frames)
    def test_no_byte_is_lost(self, actual, expected):
        """Read from left to right, the lower rows are the frame that came."""
        shown = anatomy(actual, expected)
        if all(row.skipped == 0 for row in shown.rows) and not shown.skipped:
            cells = " ".join(it.actual for row in shown.rows for it in row.stretches).split()
            assert bytes.fromhex("".join(it for it in cells if it != "··")) == actual

    @given(frames)
    def test_a_frame_is_like_itself(self, frame):
        """The control: nothing is marked in a frame that is as it should be."""
        assert marked(anatomy(frame, frame)) == []
