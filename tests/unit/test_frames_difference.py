"""The difference of two frames: its laws, and the sentences that students read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l2harness.frames import EtherType, Frame, MacAddress, VlanTag, difference

TARGET = MacAddress.parse("02:00:00:00:00:02")
SOURCE = MacAddress.parse("02:00:00:00:00:01")
OTHER = MacAddress.parse("02:00:00:00:00:99")
SHORT = bytes(Frame(TARGET, SOURCE, EtherType.LAB, b"Hi"))
FULL = bytes(Frame(TARGET, SOURCE, EtherType.LAB, b"Hi").padded())
TAG = bytes(VlanTag(5, priority=3))
OTHER_TAG = bytes(VlanTag(6))
SERVICE_TAG = bytes(VlanTag(100, tpid=EtherType.QINQ))


def tagged(frame, *tags):
    """Put tags behind the addresses, outer one first."""
    return frame[:12] + b"".join(tags) + frame[12:]


def sentences(expected, actual):
    """The sentences of all differences."""
    return [found.sentence for found in difference(expected, actual)]


# Bytes around the interesting borders: headers, tags at any depth, truncation, the minimum.
marks = st.sampled_from([b"\x81\x00", b"\x88\xa8", b"\x88\xb5", b"\0\0", TAG, SERVICE_TAG, b"Hi"])
headers = st.sampled_from([SHORT[:12], bytes(12), bytes(range(12))])
bodies = st.lists(marks | st.binary(max_size=3), max_size=8).map(b"".join)
framelike = st.builds(
    lambda header, body, size: (header + body).ljust(size, b"\0"),
    headers,
    bodies,
    st.sampled_from([0, 0, 59, 60, 61, 64]),
)
anything = st.one_of(
    st.binary(max_size=70),
    framelike,
    st.builds(lambda data, end: data[:end], framelike, st.integers(0, 30)),
)


# A frame and what a mistake makes of it: some bytes replaced, inserted or removed.
mistaken = st.builds(
    lambda data, at, length, other: (data, data[:at] + other + data[at + length :]),
    framelike,
    st.integers(0, 24),
    st.integers(0, 6),
    marks | st.binary(max_size=6),
)


@settings(deadline=None, max_examples=300)
@given(st.tuples(anything, anything) | mistaken | mistaken.map(lambda pair: pair[::-1]))
def test_laws(pair):
    """No bytes raise, each difference is where it says, and there is none only in equal bytes."""
    expected, actual = pair
    found = difference(expected, actual)
    assert (found == ()) == (expected == actual)
    for one in found:
        assert actual[one.offset : one.end] == one.actual
        assert one.end - one.offset == len(one.actual)
        assert one.expected != one.actual
        assert one.sentence.isprintable()
    assert [one.offset for one in found] == sorted(one.offset for one in found)


@settings(deadline=None, max_examples=300)
@given(st.tuples(anything, anything) | mistaken | mistaken.map(lambda pair: pair[::-1]))
def test_differences_are_complete(pair):
    """Whoever mends all differences has the expected frame, but for padding where tags differ."""
    expected, actual = pair
    found = difference(expected, actual)
    mended = actual
    for one in reversed(found):
        mended = mended[: one.offset] + one.expected + mended[one.end :]
    if any(one.field == "VLAN tag" for one in found):
        mended, expected = mended.rstrip(b"\0"), expected.rstrip(b"\0")
    assert mended == expected


@settings(deadline=None)
@given(anything)
def test_equal_bytes_have_no_difference(data):
    """Bytes do not differ from themselves, be they a frame or not."""
    assert difference(data, data) == ()


def test_frames_and_bytes_compare_alike():
    """A frame may be given as such or as its bytes, on either side."""
    frame = Frame.from_bytes(SHORT)
    assert difference(frame, SHORT) == difference(SHORT, frame) == difference(frame, frame) == ()
    assert difference(frame, FULL) == difference(SHORT, Frame.from_bytes(FULL)) != ()


def test_difference_is_data_too():
    """Besides its sentence a difference holds the field, its place and both values."""
    (found,) = difference(FULL, FULL[:12] + b"\xb5\x88" + FULL[14:])
    assert (found.field, found.offset, found.end) == ("EtherType", 12, 14)
    assert (found.expected, found.actual) == (b"\x88\xb5", b"\xb5\x88")


@pytest.mark.parametrize(
    ("actual", "told"),
    [
        pytest.param(
            OTHER.value + FULL[6:],
            ["bytes 0–5: destination, expected 02:00:00:00:00:02, got 02:00:00:00:00:99"],
            id="destination",
        ),
        pytest.param(
            FULL[6:12] + FULL[:6] + FULL[12:],
            [
                "bytes 0–5: destination, expected 02:00:00:00:00:02, got 02:00:00:00:00:01",
                "bytes 6–11: source, expected 02:00:00:00:00:01, got 02:00:00:00:00:02",
            ],
            id="addresses-swapped",
        ),
        pytest.param(
            FULL[:12] + b"\xb5\x88" + FULL[14:],
            ["bytes 12–13: EtherType, expected 88 b5, got b5 88"],
            id="byte-order",
        ),
        pytest.param(
            FULL[:14] + b"hi" + FULL[16:],
            ['byte 14: payload, expected 48 "H", got 68 "h"'],
            id="payload-names-only-what-differs",
        ),
        pytest.param(
            FULL[:14] + b"\0\x1b" + FULL[16:],
            ['bytes 14–15: payload, expected 48 69 "Hi", got 00 1b'],
            id="payload-without-text",
        ),
        pytest.param(
            FULL[:14] + b"A\x7f" + FULL[16:],
            ['bytes 14–15: payload, expected 48 69 "Hi", got 41 7f'],
            id="payload-just-not-text",
        ),
        pytest.param(
            FULL[:14] + b" ~" + FULL[16:],
            ['bytes 14–15: payload, expected 48 69 "Hi", got 20 7e " ~"'],
            id="payload-just-text",
        ),
        pytest.param(
            FULL[:16] + b"\n" + FULL[17:],
            ["byte 16: padding, expected 00, got 0a"],
            id="padding-not-zero",
        ),
        pytest.param(
            FULL[:16] + b"\xff" * 44,
            [
                "bytes 16–59: padding, "
                "expected 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 …, "
                "got ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff …"
            ],
            id="long-values-are-cut",
        ),
        pytest.param(
            FULL[:16] + b"\xff" * 16 + FULL[32:],
            [
                "bytes 16–31: padding, "
                "expected 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00, "
                "got ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff"
            ],
            id="sixteen-bytes-are-shown",
        ),
        pytest.param(
            FULL + b"\xde\xad\xbe\xef",
            [
                "byte 60 on: 4 bytes more than expected (de ad be ef), "
                "the frame has 64 instead of 60"
            ],
            id="too-long",
        ),
        pytest.param(
            FULL + b"\0",
            ["byte 60 on: 1 byte more than expected (00), the frame has 61 instead of 60"],
            id="zeros-beyond-the-minimum-are-no-padding",
        ),
        pytest.param(
            SHORT, ["byte 16 on: 44 bytes of padding expected, none there"], id="not-padded"
        ),
        pytest.param(
            FULL[:20], ["byte 20 on: 40 of 44 bytes of padding missing"], id="padded-too-little"
        ),
        pytest.param(
            b"",
            [
                "byte 0 on: 60 bytes missing "
                "(02 00 00 00 00 02 02 00 00 00 00 01 88 b5 48 69 …), "
                "the frame has 0 instead of 60 and ends within its header"
            ],
            id="nothing",
        ),
    ],
)
def test_sentences_for_a_padded_frame(actual, told):
    """Each mistake in a padded frame is told in one sentence with its bytes."""
    assert sentences(FULL, actual) == told


@pytest.mark.parametrize(
    ("actual", "told"),
    [
        pytest.param(
            SHORT[:15],
            ["byte 15 on: 1 byte missing (69), the frame has 15 instead of 16"],
            id="payload-cut",
        ),
        pytest.param(
            SHORT[:14],
            ["byte 14 on: 2 bytes missing (48 69), the frame has 14 instead of 16"],
            id="no-payload",
        ),
        pytest.param(
            SHORT[:13],
            [
                "byte 13 on: 3 bytes missing (b5 48 69), "
                "the frame has 13 instead of 16 and ends within its header"
            ],
            id="header-cut",
        ),
        pytest.param(
            OTHER.value[:3] + b"\x01",
            [
                "bytes 0–3: destination, expected 02 00 00 00, got 02 00 00 01",
                "byte 4 on: 12 bytes missing (00 02 02 00 00 00 00 01 88 b5 48 69), "
                "the frame has 4 instead of 16 and ends within its header",
            ],
            id="address-cut",
        ),
        pytest.param(FULL, ["byte 16 on: no padding expected, 44 bytes there"], id="padded"),
        pytest.param(
            SHORT + b"\0!",
            ["byte 16 on: 2 bytes more than expected (00 21), the frame has 18 instead of 16"],
            id="payload-longer",
        ),
    ],
)
def test_sentences_for_an_unpadded_frame(actual, told):
    """An expected frame below the minimum has no padding, so what is missing is its content."""
    assert sentences(SHORT, actual) == told


def test_padding_behind_an_empty_payload():
    """A frame that should be nothing but its header can be padded too."""
    assert sentences(SHORT[:14], SHORT[:14].ljust(60, b"\0")) == [
        "byte 14 on: no padding expected, 46 bytes there"
    ]


def test_bytes_expected_that_are_no_frame():
    """Something below a header may be expected too; what follows it is no padding."""
    assert sentences(b"\x02", b"\x02" + bytes(2)) == [
        "byte 1 on: 2 bytes more than expected (00 00), the frame has 3 instead of 1"
    ]


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        pytest.param(SHORT[:14], tagged(SHORT[:14], TAG), id="header-only"),
        pytest.param(SHORT, tagged(SHORT, TAG), id="as-sent"),
        pytest.param(FULL, tagged(FULL, TAG)[:60], id="padded-to-the-same-minimum"),
    ],
)
def test_tag_too_many_is_one_difference(expected, actual):
    """A tag that should not be there is named and shifts nothing that follows."""
    assert sentences(expected, actual) == [
        "bytes 12–15: 802.1Q tag (81 00 60 05: VLAN 5, priority 3), none expected"
    ]


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        pytest.param(tagged(SHORT[:14], TAG), SHORT[:14], id="header-only"),
        pytest.param(tagged(SHORT, TAG), SHORT, id="as-sent"),
        pytest.param(tagged(FULL, TAG)[:60], FULL, id="padded-to-the-same-minimum"),
    ],
)
def test_missing_tag_is_one_difference(expected, actual):
    """A tag that should be there is named and shifts nothing that follows."""
    assert sentences(expected, actual) == [
        "byte 12 on: 802.1Q tag (81 00 60 05: VLAN 5, priority 3) expected, none there"
    ]


def test_offsets_behind_a_tag_are_those_of_the_captured_frame():
    """Behind a tag too many, the other mistakes are told where the student sees them."""
    wrong = tagged(SHORT[:12] + b"\xb5\x88Ho", TAG)
    assert sentences(FULL, wrong) == [
        "bytes 12–15: 802.1Q tag (81 00 60 05: VLAN 5, priority 3), none expected",
        "bytes 16–17: EtherType, expected 88 b5, got b5 88",
        'byte 19: payload, expected 69 "i", got 6f "o"',
        "byte 20 on: 40 bytes of padding expected, none there",
    ]


def test_payload_cut_behind_a_tag():
    """Behind a tag too many, a payload cut short is missing and no matter of padding."""
    assert sentences(SHORT, tagged(SHORT, TAG)[:19]) == [
        "bytes 12–15: 802.1Q tag (81 00 60 05: VLAN 5, priority 3), none expected",
        "byte 19 on: 1 byte missing (69), the frame has 19 instead of 20",
    ]
    assert sentences(FULL, tagged(SHORT, TAG)[:19])[1] == (
        "byte 19 on: 41 bytes missing (69 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 …), "
        "the frame has 19 instead of 60"
    )


@pytest.mark.parametrize(
    ("expected", "actual", "told"),
    [
        pytest.param(
            [TAG],
            [TAG[:3] + b"\6"],
            "bytes 12–15: VLAN tag, expected 81 00 60 05, got 81 00 60 06",
            id="other-vlan",
        ),
        pytest.param(
            [TAG],
            [SERVICE_TAG, TAG],
            "bytes 12–15: 802.1Q tag (88 a8 00 64: VLAN 100), none expected",
            id="one-outside",
        ),
        pytest.param(
            [TAG, OTHER_TAG],
            [SERVICE_TAG, TAG, OTHER_TAG],
            "bytes 12–15: 802.1Q tag (88 a8 00 64: VLAN 100), none expected",
            id="one-outside-of-two",
        ),
        pytest.param(
            [SERVICE_TAG],
            [SERVICE_TAG, TAG],
            "bytes 16–19: 802.1Q tag (81 00 60 05: VLAN 5, priority 3), none expected",
            id="one-inside",
        ),
        pytest.param(
            [SERVICE_TAG, TAG],
            [TAG],
            "byte 12 on: 802.1Q tag (88 a8 00 64: VLAN 100) expected, none there",
            id="outer-missing",
        ),
        pytest.param(
            [SERVICE_TAG, TAG],
            [SERVICE_TAG],
            "byte 16 on: 802.1Q tag (81 00 60 05: VLAN 5, priority 3) expected, none there",
            id="inner-missing",
        ),
    ],
)
def test_tags_that_are_right_are_not_mentioned(expected, actual, told):
    """Among several tags only the wrong one is named."""
    assert sentences(tagged(SHORT, *expected), tagged(SHORT, *actual)) == [told]


def test_frame_that_ends_within_its_tag_is_read_as_expected():
    """A frame cut off within an expected tag is short, and has no wrong type."""
    expected = tagged(SHORT, TAG)
    assert sentences(expected, expected[:15]) == [
        "byte 15 on: 5 bytes missing (05 88 b5 48 69), "
        "the frame has 15 instead of 20 and ends within its header"
    ]


def test_frame_that_ends_within_an_unexpected_tag_has_a_wrong_type():
    """Bytes that only begin like a tag are compared with the fields expected there."""
    assert sentences(SHORT, SHORT[:12] + b"\x81\0\0") == [
        "bytes 12–13: EtherType, expected 88 b5, got 81 00",
        'byte 14: payload, expected 48 "H", got 00',
        "byte 15 on: 1 byte missing (69), the frame has 15 instead of 16",
    ]
