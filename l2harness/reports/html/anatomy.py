"""A frame taken apart for the eye: which byte belongs to which field, and which should not be so.

Strategy: `l2harness.frames.difference` says what differs and where. Its answer is laid out byte by
byte, the right one over the one that came, so that what is marked is exactly what its sentences
name. Everything else, the colours of the fields and the rows, follows from the place of a byte.

Laws:
- Any bytes can be shown, also none and such that are no frame.
- A long frame is shown in part: its beginning, its end, and every row that differs up to a limit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from l2harness.frames import MINIMUM_FRAME, FieldDifference, MacAddress, VlanTag, difference
from l2harness.frames.address import ADDRESS_BYTES
from l2harness.frames.ethernet import HEADER_BYTES, TAG_BYTES, TAGS_OFFSET, header_length
from l2harness.frames.ethertype import ethertype_name

#: Bytes in a row: as many as a telephone has room for.
ROW_BYTES: Final = 8
#: Rows at the beginning that are always shown, and how many that differ at most.
_FIRST_ROWS, _DIFFERING_ROWS = 8, 16
#: Of a field's value in the table.
_VALUE_BYTES: Final = 12
#: As many equal bytes in a row are counted, not listed.
_MANY_EQUAL: Final = 5
_SURPLUS: Final = "surplus"


@dataclass(frozen=True, slots=True)
class Cell:
    """
    One byte.

    Attributes:
        offset: Its place in the frame that came; of a missing one, where it should be.
        field: What it belongs to.
        expected: Its value in the right frame; None if nothing should be there.
        actual: Its value in the frame that came; None if nothing is there.
    """

    offset: int
    field: str
    expected: int | None
    actual: int | None

    @property
    def differs(self) -> bool:
        """Whether it is not what it should be."""
        return self.expected != self.actual


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring bytes of one row, one field and one verdict, as hex; ``··`` for none."""

    field: str
    differs: bool
    expected: str
    actual: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """
    Up to eight bytes.

    Attributes:
        offset: Of the first of them.
        stretches: From left to right.
        differs: Whether any of them does.
        skipped: How many bytes before this row are not shown.
    """

    offset: int
    stretches: tuple[Stretch, ...]
    differs: bool
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class FieldValue:
    """
    One field as a line of a table.

    Attributes:
        place: ``12–13``, or ``16`` for a single byte.
        name: Of the field.
        key: The same as a word for style sheets.
        actual: What came, for people; None if it is not there.
        expected: What should have come; None if nothing should.
        differs: Whether the two are not the same.
    """

    place: str
    name: str
    key: str
    actual: str | None
    expected: str | None
    differs: bool


@dataclass(frozen=True, slots=True)
class Anatomy:
    """
    A frame, ready to be drawn.

    Attributes:
        length: Bytes that came.
        rows: Those that are shown.
        skipped: Bytes after the last row that are not shown.
        fields: Every field, in order.
        sentences: What differs, as ``bytes 12–13: EtherType, expected 88 b5, got b5 88``.
        compared: Whether it was held against a right one.
    """

    length: int
    rows: tuple[Row, ...]
    skipped: int
    fields: tuple[FieldValue, ...]
    sentences: tuple[str, ...]
    compared: bool


def anatomy(actual: bytes, expected: bytes | None = None) -> Anatomy:
    """
    Take a frame apart.

    Args:
        actual: The frame that came.
        expected: The right one; None where there is nothing to compare.
    """
    differences = () if expected is None else difference(expected, actual)
    cells = list(_cells(actual, expected, differences))
    rows, skipped = _rows(cells)
    return Anatomy(
        len(actual),
        rows,
        skipped,
        tuple(_fields(cells)),
        tuple(it.sentence for it in differences),
        expected is not None,
    )


def key_of(field: str) -> str:
    """The field's name as a word for style sheets: ``vlan-tag``."""
    return field.lower().replace(" ", "-")


def _cells(
    actual: bytes, expected: bytes | None, differences: Sequence[FieldDifference]
) -> Iterator[Cell]:
    """Lay the two frames over each other; a byte that only one of them has stands alone."""
    name = _Naming(actual, expected)
    position = 0
    for one in differences:
        for offset in range(position, one.offset):
            yield Cell(offset, name.of(offset), actual[offset], actual[offset])
        position = max(position, one.end)
        if one.field == "length" and not one.expected:
            for offset in range(one.offset, one.end):
                yield Cell(offset, _SURPLUS, None, actual[offset])
            continue
        for number in range(max(len(one.expected), len(one.actual))):
            offset = one.offset + number
            yield Cell(
                offset,
                name.of_missing(offset) if one.field == "length" else one.field,
                one.expected[number] if number < len(one.expected) else None,
                one.actual[number] if number < len(one.actual) else None,
            )
    for offset in range(position, len(actual)):
        yield Cell(offset, name.of(offset), actual[offset], actual[offset])


class _Naming:
    """Which field a byte belongs to, by its place."""

    def __init__(self, actual: bytes, expected: bytes | None) -> None:
        headers = [header_length(actual), header_length(expected or actual)]
        if headers[0] > len(actual):
            headers[0] = headers[1] if expected else HEADER_BYTES
        self._header, right_header = headers
        like = actual if expected is None else expected
        padding = len(like)
        if len(like) == MINIMUM_FRAME:
            padding = max(right_header, len(like.rstrip(b"\0")))
        self._padding = padding + self._header - right_header
        self._missing = _Fields(right_header, padding)
        self._there = _Fields(self._header, self._padding)

    def of(self, offset: int) -> str:
        return self._there.of(offset)

    def of_missing(self, offset: int) -> str:
        return self._missing.of(offset)


@dataclass(frozen=True, slots=True)
class _Fields:
    """Where the fields of one frame begin: its payload, and its padding."""

    header: int
    padding: int

    def of(self, offset: int) -> str:
        if offset < ADDRESS_BYTES:
            return "destination"
        if offset < TAGS_OFFSET:
            return "source"
        if offset < self.header - 2:
            return "VLAN tag"
        if offset < self.header:
            return "EtherType"
        return "payload" if offset < self.padding else "padding"


def _rows(cells: Sequence[Cell]) -> tuple[tuple[Row, ...], int]:
    """Return the rows to show, and how many bytes after the last of them are not."""
    chunks = [cells[at : at + ROW_BYTES] for at in range(0, len(cells), ROW_BYTES)]
    differing = [n for n, chunk in enumerate(chunks) if any(cell.differs for cell in chunk)]
    shown = {*range(min(_FIRST_ROWS, len(chunks))), *differing[:_DIFFERING_ROWS]}
    if chunks and len(chunks) <= _FIRST_ROWS + 1:
        shown.add(len(chunks) - 1)
    rows = []
    following = 0
    for number in sorted(shown):
        skipped = sum(len(chunk) for chunk in chunks[following:number])
        rows.append(_row(chunks[number], skipped))
        following = number + 1
    return tuple(rows), sum(len(chunk) for chunk in chunks[following:])


def _row(cells: Sequence[Cell], skipped: int) -> Row:
    stretches = []
    for (field, differs), some in groupby(cells, key=lambda cell: (cell.field, cell.differs)):
        same = list(some)
        values = [cell.actual for cell in same]
        stretches.append(
            Stretch(
                key_of(field),
                differs,
                _hex(cell.expected for cell in same),
                _hex(values),
                "".join(_character(value) for value in values),
            )
        )
    return Row(cells[0].offset, tuple(stretches), any(it.differs for it in stretches), skipped)


def _hex(values: Iterable[int | None]) -> str:
    return " ".join("··" if value is None else f"{value:02x}" for value in values)


def _character(value: int | None) -> str:
    if value is None:
        return " "
    return chr(value) if 0x20 < value < 0x7F else "·"


def _fields(cells: Sequence[Cell]) -> Iterator[FieldValue]:
    for field, some in groupby(cells, key=lambda cell: cell.field):
        same = list(some)
        first, last = same[0].offset, same[-1].offset
        expected = bytes(cell.expected for cell in same if cell.expected is not None)
        actual = bytes(cell.actual for cell in same if cell.actual is not None)
        yield FieldValue(
            str(first) if first == last else f"{first}–{last}",
            "too much" if field == _SURPLUS else field,
            key_of(field),
            _value(field, actual),
            _value(field, expected),
            any(cell.differs for cell in same),
        )


def _value(field: str, data: bytes) -> str | None:
    """Write a field as people know it; None for no bytes."""
    if not data:
        return None
    if field in ("destination", "source") and len(data) == ADDRESS_BYTES:
        address = MacAddress(data)
        kind = " (everybody)" if data == b"\xff" * ADDRESS_BYTES else ""
        kind = kind or (" (a group)" if address.is_multicast else "")
        return f"{address}{kind}"
    if field == "EtherType" and len(data) == 2:
        return f"{data.hex(' ')} = {ethertype_name(int.from_bytes(data, 'big'))}"
    if field == "VLAN tag" and len(data) == TAG_BYTES:
        return f"{data.hex(' ')} = {VlanTag.from_bytes(data)}"
    if len(data) >= _MANY_EQUAL and len(set(data)) == 1:
        return f"{len(data)} × {data[0]:02x}"
    if field == "payload" and data.rstrip(b"\0") != data:
        return _payload_with_zeros(data)
    return _plain(field, data)


def _payload_with_zeros(data: bytes) -> str:
    """A payload that was not told from its padding: what is in it, then how many zeros."""
    text = data.rstrip(b"\0")
    zeros = len(data) - len(text)
    if zeros < _MANY_EQUAL:
        return _plain("payload", data)
    return f"{_plain('payload', text)}, then {zeros} × 00"


def _plain(field: str, data: bytes) -> str:
    shown = data[:_VALUE_BYTES]
    text = shown.hex(" ")
    if len(data) > len(shown):
        text += f" … ({len(data)} bytes)"
    if field == "payload" and all(0x20 <= byte <= 0x7E for byte in shown):
        text += f" “{shown.decode('ascii')}”"
    return text
