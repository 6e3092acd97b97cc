"""Naming the wrong idea from two frames: the right one and the one that was seen."""

from __future__ import annotations

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.frames import BROADCAST, EtherType, Frame, MacAddress, VlanTag
from l2harness.labs.misconceptions import CATALOGUE, mistakes

TARGET = MacAddress.parse("02:00:00:aa:bb:cc")
SOURCE = MacAddress.parse("02:00:00:00:00:01")
NEIGHBOUR = MacAddress.parse("06:1c:2b:ea:64:da")
HI = Frame(TARGET, SOURCE, EtherType.LAB, b"Hi")
TO_ALL = Frame(BROADCAST, SOURCE, EtherType.LAB, b"Hi")
RIGHT = bytes(HI)
DST, SRC, TYPE = RIGHT[:6], RIGHT[6:12], RIGHT[12:14]
CRC = zlib.crc32(bytes(HI.padded()))

#: The frame that was seen, the misconception, and what its sentence says.
MISTAKES = [
    (RIGHT[:14].hex().encode() + b"Hi", "header-built-as-text", "“020000aabbcc020000000001"),
    (RIGHT[:14].hex(":").encode() + b"Hi", "header-built-as-text", "28 bytes of text"),
    (DST + SRC + b"88B5Hi", "header-built-as-text", "Bytes 12–15 are 38 38 42 35"),
    (str(TARGET).encode() + SRC + TYPE, "address-as-text", "“02:00:00:aa:bb:cc”"),
    (DST.hex().encode() + SRC + TYPE, "address-as-text", "destination in digits"),
    (b"02:00:" + RIGHT[6:], "address-as-text", "Bytes 0–5 are 30 32 3a 30 30 3a"),
    (b"02-00-" + RIGHT[6:], "address-as-text", "characters “02-00-” of 02:00:00:aa:bb:cc"),
    (DST + b"020000" + RIGHT[12:], "address-as-text", "Bytes 6–11"),
    (DST[::-1] + RIGHT[6:], "address-byte-order", "cc bb aa 00 00 02: the bytes of"),
    (bytes.fromhex("0002aa00ccbb") + RIGHT[6:], "address-byte-order", "in another order"),
    (bytes.fromhex("aa000002ccbb") + RIGHT[6:], "address-byte-order", "in another order"),
    (SRC + DST + RIGHT[12:], "addresses-swapped", "the sender, and bytes 6–11"),
    (b"\xff" * 6 + RIGHT[6:], "destination-ignored", "which is everybody"),
    (DST + bytes(6) + RIGHT[12:], "source-zero", "Bytes 6–11 are 00:00:00:00:00:00"),
    (DST + DST + RIGHT[12:], "source-copied-from-destination", "the receiver's address"),
    (DST + NEIGHBOUR.value + RIGHT[12:], "source-of-other-interface", "address of h1.eth0"),
    (DST + b"\x08\x00'\x8eu\x44" + RIGHT[12:], "source-hard-coded", "08:00:27"),
    (DST + SRC + b"\xb5\x88Hi", "ethertype-byte-order", "b5 88: 88 b5 with the low byte first"),
    (DST + SRC + b"\x08\x00Hi", "ethertype-other", "0x0800 (IPv4). 88 b5 belongs there"),
    (DST + SRC + b"\x00\x02Hi", "length-in-type-field", "which is 2"),
    (DST + SRC + b"\x05\xdcHi", "length-in-type-field", "which is 1500"),
    (DST + SRC + b"\x05\xddHi", "ethertype-other", "05 dd"),
    (DST + SRC + b"\0\0\x88\xb5Hi", "header-field-too-wide", "byte 16 instead of 14"),
    (DST + SRC + b"\xb5\x88\0\0Hi", "header-field-too-wide", "b5 88 00 00"),
    (DST + SRC + bytes(VlanTag(5)) + TYPE + b"Hi", "vlan-tagged", "VLAN 5"),
    (RIGHT[:14] + b"hi", "payload-other", "68 69 (“hi”); 48 69 (“Hi”) belongs there"),
    (RIGHT[:14] + b"H", "payload-other", "Byte 14 is 48"),
    (RIGHT[:14], "payload-other", "ends before byte 14"),
    (RIGHT[:14] + b"H\0i\0", "payload-other", "Bytes 14–15 are 48 00"),
    (RIGHT + b" there", "payload-other", "From byte 16 on the payload continues"),
    (RIGHT + b"\n", "payload-with-line-end", "Byte 16 is 0a"),
    (RIGHT + b"\r\n" + bytes(42), "payload-with-line-end", "Bytes 16–17 are 0d 0a"),
    (RIGHT[:14] + b"\0\x02Hi", "payload-shifted", "begins at byte 16, after 00 02, not at 14"),
    (RIGHT + b" " * 44, "padding-not-zero", "From byte 16 on there is 20 20 20 20"),
    (RIGHT + bytes(10) + b"\xde\xad" + bytes(32), "padding-not-zero", "From byte 26 on"),
    (bytes(HI.padded(64)), "frame-too-long", "64 bytes instead of 60"),
    (bytes(HI.padded(1514)), "frame-too-long", "1514 bytes instead of 60"),
    (bytes(HI.padded()) + CRC.to_bytes(4, "little"), "fcs-appended", "Bytes 60–63"),
    (bytes(HI.padded()) + CRC.to_bytes(4, "big"), "fcs-appended", "of the 60 bytes before"),
    (RIGHT + zlib.crc32(RIGHT).to_bytes(4, "little"), "fcs-appended", "Bytes 16–19"),
]
NAMES = [f"{name}-{number}" for number, (_, name, _) in enumerate(MISTAKES)]


@pytest.mark.parametrize(("seen", "id", "words"), MISTAKES, ids=NAMES)
class TestOneMistake:
    """Frames with one thing wrong."""

    def test_it_is_named(self, seen, id, words):
        """The idea is named, and the sentence says which bytes stand where."""
        (mistake,) = mistakes(HI, seen, {"h1.eth0": NEIGHBOUR})
        assert mistake.misconception == id
        assert words in mistake.sentence
        assert id in CATALOGUE

    def test_padding_hides_nothing(self, seen, id, words):
        """It is named as well when the network has filled the frame up to 60 bytes."""
        padded = seen.ljust(60, b"\0")
        named = mistakes(HI.padded(), padded, {"h1.eth0": NEIGHBOUR})
        assert [mistake.misconception for mistake in named] == [id]


class TestSeveral:
    """Frames with more than one thing wrong."""

    def test_a_tag_does_not_hide_what_is_behind_it(self):
        """What is wrong after a tag is named with the offsets of the frame as it was seen."""
        seen = DST + bytes(6) + bytes(VlanTag(1)) + b"\xb5\x88" + b"hi"
        named = mistakes(HI, seen)
        assert [it.misconception for it in named] == [
            "vlan-tagged",
            "source-zero",
            "ethertype-byte-order",
            "payload-other",
        ]
        assert "Bytes 16–17 are b5 88" in named[2].sentence
        assert "Bytes 18–19 are 68 69" in named[3].sentence

    def test_a_tag_makes_no_frame_too_long(self):
        """A padded frame with a tag has 64 bytes; one more is too many."""
        tagged = DST + SRC + bytes(VlanTag(1)) + bytes(HI.padded())[12:]
        assert [it.misconception for it in mistakes(HI, tagged)] == ["vlan-tagged"]
        named = mistakes(HI, tagged + b"\0")
        assert [it.misconception for it in named] == ["vlan-tagged", "frame-too-long"]
        assert "65 bytes instead of 64" in named[1].sentence

    def test_each_address_has_its_own_reason(self):
        """Destination and source may be wrong for different reasons."""
        named = mistakes(HI, DST[::-1] + bytes(6) + RIGHT[12:])
        assert [it.misconception for it in named] == ["address-byte-order", "source-zero"]

    def test_fields_say_what_is_explained(self):
        """Each mistake names the fields that are wrong because of it."""
        assert mistakes(HI, SRC + DST + RIGHT[12:])[0].fields == {"destination", "source"}
        assert mistakes(HI, DST + SRC + b"\xb5\x88Hi")[0].fields == {"EtherType"}
        tagged = mistakes(HI, DST + SRC + bytes(VlanTag(5)) + TYPE + b"Hi")
        assert tagged[0].fields == {"EtherType", "payload", "padding"}


class TestNothingToName:
    """What is no mistake, or no known one."""

    @pytest.mark.parametrize("expected", [HI, HI.padded(), RIGHT])
    @pytest.mark.parametrize("seen", [RIGHT, bytes(HI.padded())])
    def test_the_right_frame(self, expected, seen):
        """It is right with and without padding, unless padding was asked for."""
        short = len(bytes(expected)) == 60 and len(seen) < 60
        assert [it.misconception for it in mistakes(expected, seen)] == ["not-padded"] * short

    def test_a_broadcast(self):
        """The broadcast address where it belongs is right, and one bit less is not."""
        assert mistakes(TO_ALL, TO_ALL) == ()
        (rewritten,) = mistakes(TO_ALL, b"\xfe" + bytes(TO_ALL)[1:])
        assert rewritten.misconception == "broadcast-rewritten"

    @pytest.mark.parametrize(
        "seen",
        [
            b"\x02\x11\x22\x33\x44\x55" + RIGHT[6:],
            DST + b"\x02\x11\x22\x33\x44\x55" + RIGHT[12:],
        ],
    )
    def test_an_address_from_anywhere(self, seen):
        """An address that fits no idea has no name: a wrong one would be worse."""
        assert mistakes(HI, seen) == ()

    def test_an_expected_tag(self):
        """A tag that was asked for is no mistake."""
        tagged = Frame(TARGET, SOURCE, EtherType.LAB, b"Hi", (VlanTag(5),))
        assert mistakes(tagged, tagged) == ()

    def test_a_short_frame(self):
        """A frame that ends within its header is named by nothing but what is there."""
        assert [it.misconception for it in mistakes(HI, DST)] == ["payload-other"]
        assert mistakes(b"", b"anything") == ()


@given(st.binary(max_size=80), st.binary(max_size=80))
def test_any_bytes_can_be_compared(expected, seen):
    """No two byte strings make it raise, and what it names is in the catalogue."""
    for mistake in mistakes(expected, seen):
        assert mistake.misconception in CATALOGUE
        assert mistake.fields
        assert mistake.sentence


@given(st.binary(min_size=14, max_size=60))
def test_equal_frames_have_no_mistake(data):
    """Whatever the frame is, it is the one that was expected."""
    assert mistakes(data, data) == ()
