"""What is wrong in a frame, field by field, in words that a beginner can act on.

Strategy: both frames are read as addresses, tags, type, payload and padding, and field is held
against field. So a tag that should not be there is one difference and does not shift all that
comes after it. Bytes that end before their header does are read with the other frame's fields.

Laws:
- The result is empty exactly when the bytes are equal.
- No bytes make it raise.
- For each difference, ``actual[offset:end]`` of the frame is the difference's `actual`: offsets
  are those of the frame that was captured. Where something is missing, ``offset == end``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from l2harness.frames.address import ADDRESS_BYTES
from l2harness.frames.ethernet import (
    HEADER_BYTES,
    MINIMUM_FRAME,
    TAG_BYTES,
    TAGS_OFFSET,
    Frame,
    VlanTag,
    count,
    header_length,
)

FieldName: TypeAlias = Literal[
    "destination", "source", "VLAN tag", "EtherType", "payload", "padding", "length"
]

# More than this many bytes in a row are not read by anybody; the values hold them all.
_SHOWN_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """
    One field in which a frame is not what it should be.

    Attributes:
        field: Its name. ``length``: payload or header are missing, or something follows that is
            no padding. ``padding``: the zeros that fill a frame up to 60 bytes.
        offset: First byte of it in the actual frame, counted from 0.
        end: First byte after it in the actual frame; equal to the offset for missing bytes.
        expected: The bytes that should be there, network order; empty where none should.
        actual: The bytes that are there, network order; empty where there are none.
        sentence: All of it for people: ``bytes 12–13: EtherType, expected 88 b5, got b5 88``.
            Printable, whatever the bytes are.
    """

    field: FieldName
    offset: int
    end: int
    expected: bytes
    actual: bytes
    sentence: str


def difference(expected: bytes | Frame, actual: bytes | Frame) -> tuple[FieldDifference, ...]:
    """
    Hold a frame against the one that should have come.

    The trailing zeros of an expected frame of exactly 60 bytes are taken for its padding (IEEE
    802.3-2018, clause 4.2.3.3), of which a tag too many leaves less and a missing tag more.

    Args:
        expected: The right frame.
        actual: The captured one. Both may be any bytes, even none, without frame check sequence.

    Returns:
        The differences in the order of the frame; empty for equal bytes.
    """
    wanted, found = _read(bytes(expected), bytes(actual))
    return (
        *_whole("destination", 0, wanted.destination, found.destination),
        *_whole("source", ADDRESS_BYTES, wanted.source, found.source),
        *_tags(wanted.tags, found.tags),
        *_whole("EtherType", found.header - 2, wanted.ethertype, found.ethertype),
        *_body(wanted, found),
        *_ending(wanted, found),
    )


@dataclass(frozen=True, slots=True)
class _Reading:
    """
    Bytes together with the fields that they are read as; of a frame cut off, fields may be short.

    Attributes:
        data: The whole frame, or what there is of it.
        header: Bytes of the header, which may be more than there are.
        padding: Offset of the padding; the end of the data when there is none.
    """

    data: bytes
    header: int
    padding: int

    @property
    def destination(self) -> bytes:
        return self.data[:ADDRESS_BYTES]

    @property
    def source(self) -> bytes:
        return self.data[ADDRESS_BYTES:TAGS_OFFSET]

    @property
    def ethertype(self) -> bytes:
        return self.data[self.header - 2 : self.header]

    @property
    def tags(self) -> list[bytes]:
        """The tags from the outside in."""
        return [
            self.data[offset : offset + TAG_BYTES]
            for offset in range(TAGS_OFFSET, self.header - 2, TAG_BYTES)
        ]


def _read(expected: bytes, actual: bytes) -> tuple[_Reading, _Reading]:
    """Decide which bytes are which field, in both frames."""
    headers = [header_length(expected), header_length(actual)]
    complete = [
        header
        for header, data in zip(headers, (expected, actual), strict=True)
        if header <= len(data)
    ]
    if len(complete) < len(headers):
        headers = [complete[0] if complete else HEADER_BYTES] * 2
    header, actual_header = headers
    padding = len(expected)
    if len(expected) == MINIMUM_FRAME:
        padding = max(header, len(expected.rstrip(b"\0")))
    if padding < len(expected):
        # The minimum is that of the whole frame: a tag takes the place of as much padding.
        expected = expected[:padding].ljust(MINIMUM_FRAME + header - actual_header, b"\0")
    return _Reading(expected, header, padding), _Reading(actual, actual_header, len(actual))


def _whole(
    field: FieldName, offset: int, expected: bytes, actual: bytes
) -> Iterator[FieldDifference]:
    """Compare a field that is shown whole; of one that is cut off, the part that both have."""
    common = min(len(expected), len(actual))
    expected, actual = expected[:common], actual[:common]
    if expected != actual:
        yield _other(field, offset, expected, actual)


def _tags(expected: list[bytes], actual: list[bytes]) -> Iterator[FieldDifference]:
    """Compare the tags; equal ones at both ends are matched first, so that a new one is found."""
    before = _equal_pairs(expected, actual)
    expected, actual = expected[before:], actual[before:]
    after = _equal_pairs(expected[::-1], actual[::-1])
    expected, actual = expected[: len(expected) - after], actual[: len(actual) - after]
    offset = TAGS_OFFSET + TAG_BYTES * before
    for wanted, found in zip(expected, actual, strict=False):
        yield from _whole("VLAN tag", offset, wanted, found)
        offset += TAG_BYTES
    for wanted in expected[len(actual) :]:
        problem = f"{_described(wanted)} expected, none there"
        yield _difference("VLAN tag", offset, wanted, b"", problem)
    for found in actual[len(expected) :]:
        problem = f"{_described(found)}, none expected"
        yield _difference("VLAN tag", offset, b"", found, problem)
        offset += TAG_BYTES


def _body(wanted: _Reading, found: _Reading) -> Iterator[FieldDifference]:
    """Compare payload and padding as far as both go."""
    shift = found.header - wanted.header
    common = min(len(wanted.data), len(found.data) - shift)
    ranges: list[tuple[FieldName, range]] = [
        ("payload", range(wanted.header, min(wanted.padding, common))),
        ("padding", range(wanted.padding, common)),
    ]
    for field, offsets in ranges:
        differing = [at for at in offsets if wanted.data[at] != found.data[at + shift]]
        if differing:
            first, end = differing[0], differing[-1] + 1
            there = found.data[first + shift : end + shift]
            yield _other(field, first + shift, wanted.data[first:end], there)


def _ending(wanted: _Reading, found: _Reading) -> Iterator[FieldDifference]:
    """Say what the captured frame lacks at its end, or has too much there."""
    shift = found.header - wanted.header
    end, wanted_end = len(found.data), len(wanted.data) + shift
    missing = wanted.data[end - shift :]
    surplus = found.data[wanted_end:]
    lengths = f"the frame has {end} instead of {wanted_end}"
    if missing and end - shift >= wanted.padding:
        padding = count(len(wanted.data) - wanted.padding, "byte") + " of padding"
        if end - shift > wanted.padding:
            problem = f"{len(missing)} of {padding} missing"
        else:
            problem = f"{padding} expected, none there"
        yield _difference("padding", end, missing, b"", problem)
    elif missing:
        where = " and ends within its header" if end < found.header else ""
        problem = f"{count(len(missing), 'byte')} missing ({_shown(missing)}), {lengths}{where}"
        yield _difference("length", end, missing, b"", problem)
    elif surplus and wanted_end >= found.header and end <= MINIMUM_FRAME and not any(surplus):
        problem = f"no padding expected, {count(len(surplus), 'byte')} there"
        yield _difference("padding", wanted_end, b"", surplus, problem)
    elif surplus:
        more = f"{count(len(surplus), 'byte')} more than expected"
        problem = f"{more} ({_shown(surplus)}), {lengths}"
        yield _difference("length", wanted_end, b"", surplus, problem)


def _other(field: FieldName, offset: int, expected: bytes, actual: bytes) -> FieldDifference:
    """Say that there are other bytes than expected, equally many."""
    problem = f"{field}, expected {_shown(expected, field)}, got {_shown(actual, field)}"
    return _difference(field, offset, expected, actual, problem)


def _difference(
    field: FieldName, offset: int, expected: bytes, actual: bytes, problem: str
) -> FieldDifference:
    """Put the place in front of the problem."""
    end = offset + len(actual)
    if not actual or (not expected and field in ("length", "padding")):
        place = f"byte {offset} on"
    elif len(actual) == 1:
        place = f"byte {offset}"
    else:
        place = f"bytes {offset}–{end - 1}"
    return FieldDifference(field, offset, end, expected, actual, f"{place}: {problem}")


def _equal_pairs(left: list[bytes], right: list[bytes]) -> int:
    """Count the equal tags at the beginning of both."""
    unequal = (at for at, pair in enumerate(zip(left, right, strict=False)) if pair[0] != pair[1])
    return next(unequal, min(len(left), len(right)))


def _described(tag: bytes) -> str:
    return f"802.1Q tag ({_shown(tag)}: {VlanTag.from_bytes(tag)})"


def _shown(data: bytes, field: FieldName | None = None) -> str:
    """Write bytes as people know them from this field."""
    if field in ("destination", "source") and len(data) == ADDRESS_BYTES:
        return data.hex(":")
    if len(data) > _SHOWN_BYTES:
        return f"{data[:_SHOWN_BYTES].hex(' ')} …"
    if field == "payload" and all(0x20 <= byte <= 0x7E for byte in data):
        return f'{data.hex(" ")} "{data.decode("ascii")}"'
    return data.hex(" ")
