"""Frames: bytes to `Frame` and back; each parser fed whole, cut, padded, tagged and at random."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l2harness.errors import FrameError
from l2harness.frames import (
    BROADCAST,
    HEADER_BYTES,
    MAXIMUM_FRAME,
    MINIMUM_FRAME,
    EtherType,
    Frame,
    MacAddress,
    VlanTag,
    pad,
)

TARGET = MacAddress.parse("02:00:00:00:00:02")
SOURCE = MacAddress.parse("02:00:00:00:00:01")
HI = bytes.fromhex("020000000002 020000000001 88b5 4869")
TAGGED = bytes.fromhex("020000000002 020000000001 81006005 88b5 4869")
DOUBLE = bytes.fromhex("020000000002 020000000001 88a80064 81001005 88b5 4869")

macs = st.binary(min_size=6, max_size=6).map(MacAddress)
vlan_tags = st.builds(
    VlanTag,
    st.integers(0, 4095),
    st.integers(0, 7),
    st.booleans(),
    st.sampled_from([0x8100, 0x88A8]),
)
ethertypes = st.integers(0, 0xFFFF).filter(lambda value: value not in (0x8100, 0x88A8))
frames = st.builds(
    Frame,
    macs,
    macs,
    ethertypes,
    st.binary(max_size=80),
    st.lists(vlan_tags, max_size=3).map(tuple),
)


@pytest.mark.parametrize(
    ("data", "tags"),
    [
        (HI, ()),
        (TAGGED, (VlanTag(5, priority=3),)),
        (DOUBLE, (VlanTag(100, tpid=EtherType.QINQ), VlanTag(5, drop_eligible=True))),
    ],
    ids=["untagged", "tagged", "double-tagged"],
)
def test_frame_and_bytes(data, tags):
    """An untagged, a tagged and a double-tagged frame are what the standard's pictures show."""
    frame = Frame(TARGET, SOURCE, EtherType.LAB, b"Hi", tags)
    assert bytes(frame) == data
    assert Frame.from_bytes(data) == frame
    assert len(frame) == len(data)


@settings(deadline=None)
@given(frames)
def test_written_frames_are_read_back(frame):
    """Every frame is read back from its bytes, and its length is that of its bytes."""
    assert Frame.from_bytes(bytes(frame)) == frame
    assert len(frame) == len(bytes(frame))


@settings(deadline=None)
@given(st.binary(max_size=80) | frames.map(bytes))
def test_any_bytes_are_a_frame_or_a_frame_error(data):
    """Whatever the bytes: a frame with exactly these bytes, or FrameError, never anything else."""
    try:
        frame = Frame.from_bytes(data)
    except FrameError:
        return
    assert bytes(frame) == data


@pytest.mark.parametrize(
    ("data", "header"), [(HI, 14), (TAGGED, 18), (DOUBLE, 22)], ids=["14", "18", "22"]
)
def test_every_truncation(data, header):
    """A frame cut within its header is refused, one cut behind it is a frame."""
    for length in range(header):
        with pytest.raises(FrameError, match=rf"^{length} bytes?, but an Ethernet header "):
            Frame.from_bytes(data[:length])
    for length in range(header, len(data) + 1):
        assert Frame.from_bytes(data[:length]).payload == data[header:length]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "0 bytes, but an Ethernet header takes 14"),
        (HI[:1], "1 byte, but an Ethernet header takes 14"),
        (HI[:13], "13 bytes, but an Ethernet header takes 14"),
        (TAGGED[:14], "14 bytes, but an Ethernet header with 802.1Q tag takes 18"),
        (DOUBLE[:21], "21 bytes, but an Ethernet header with 802.1Q tag takes 22"),
    ],
)
def test_refusal_counts_the_bytes(data, message):
    """The refusal of a short frame says how long it is and how long its header would be."""
    with pytest.raises(FrameError) as refused:
        Frame.from_bytes(data)
    assert str(refused.value) == message
    assert refused.value.data == data


def test_every_tag_of_a_long_stack_is_read():
    """A frame that is nothing but tags is read to its end, without a limit on their number."""
    tags = tuple(VlanTag(vid) for vid in range(370))
    assert Frame.from_bytes(bytes(Frame(TARGET, SOURCE, 0x88B5, b"", tags))).tags == tags


@pytest.mark.parametrize(
    ("frame", "length"),
    [
        (HI, 60),
        (TAGGED, 60),
        (HI[:14], 60),
        (HI + bytes(43), 60),
        (HI + bytes(44), 60),
        (HI + bytes(45), 61),
    ],
)
def test_padding_fills_short_frames_with_zeros(frame, length):
    """A frame below 60 bytes is filled with zeros to 60, tags included; others stay."""
    padded = Frame.from_bytes(frame).padded()
    assert bytes(padded) == pad(frame) == frame + bytes(length - len(frame))
    assert len(padded) == length


def test_padding_to_another_minimum():
    """The minimum can be chosen; none at all leaves a frame as it is."""
    frame = Frame.from_bytes(HI)
    assert len(frame.padded(64)) == 64
    assert frame.padded(0) == frame
    assert pad(HI, 17) == HI + b"\0"


def test_limits_are_those_of_the_standard():
    """The constants are the header, the shortest and the longest frame without check sequence."""
    assert (HEADER_BYTES, MINIMUM_FRAME, MAXIMUM_FRAME) == (14, 60, 1514)
    assert len(Frame(BROADCAST, SOURCE, EtherType.LAB, bytes(1500))) == MAXIMUM_FRAME


@pytest.mark.parametrize("ethertype", [-1, 0x10000])
def test_ethertype_fits_two_bytes(ethertype):
    """A type that does not fit its field is refused."""
    with pytest.raises(FrameError, match="does not fit 2 bytes"):
        Frame(TARGET, SOURCE, ethertype)


@pytest.mark.parametrize("ethertype", [EtherType.VLAN, EtherType.QINQ])
def test_tags_have_one_notation(ethertype):
    """A type that announces a tag is refused, since the same bytes are a tagged frame."""
    with pytest.raises(FrameError, match=r"announces an 802\.1Q tag: give it in tags"):
        Frame(TARGET, SOURCE, ethertype, b"\0\5\x88\xb5")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ({"vid": -1}, "VLAN -1 is not in 0–4095"),
        ({"vid": 4096}, "VLAN 4096 is not in 0–4095"),
        ({"vid": 1, "priority": -1}, "priority -1 is not in 0–7"),
        ({"vid": 1, "priority": 8}, "priority 8 is not in 0–7"),
        ({"vid": 1, "tpid": 0x88B5}, "0x88b5 does not announce a tag; 0x8100 and 0x88a8 do"),
    ],
)
def test_tag_values_fit_their_bits(arguments, problem):
    """A tag whose values do not fit its bits cannot be made."""
    with pytest.raises(FrameError, match=problem):
        VlanTag(**arguments)


@settings(deadline=None)
@given(st.binary(max_size=8) | vlan_tags.map(bytes))
def test_any_bytes_are_a_tag_or_a_frame_error(data):
    """Whatever the bytes: a tag with exactly these bytes, or FrameError, never anything else."""
    try:
        tag = VlanTag.from_bytes(data)
    except FrameError:
        return
    assert bytes(tag) == data
    assert VlanTag.from_bytes(bytes(tag)) == tag


@pytest.mark.parametrize("length", [0, 3, 5])
def test_tag_is_four_bytes(length):
    """A tag is read from four bytes, neither fewer nor more."""
    with pytest.raises(FrameError, match=f"an 802.1Q tag is 4 bytes, not {length}"):
        VlanTag.from_bytes(b"\x81\x00\x00\x05\x00"[:length])


def test_frames_read_well():
    """A frame prints as one line: who to whom, tags, type and how much payload."""
    assert str(Frame.from_bytes(HI)) == (
        "02:00:00:00:00:01 → 02:00:00:00:00:02, 0x88b5 (local experimental 1), 2 bytes of payload"
    )
    assert str(Frame(BROADCAST, SOURCE, 1, b"x", (VlanTag(5, 3, True), VlanTag(6)))) == (
        "02:00:00:00:00:01 → ff:ff:ff:ff:ff:ff, VLAN 5, priority 3, drop eligible, VLAN 6, "
        "length 1, 1 byte of payload"
    )
