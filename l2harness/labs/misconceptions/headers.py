"""Wrong ideas about the first 14 bytes: written as text, turned round, taken from elsewhere.

Pure functions on the right frame (``wanted``) and the one that was seen, from which a tag has been
taken away; ``shift`` is by how many bytes that moved what came after it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from l2harness.frames import BROADCAST, HEADER_BYTES, MacAddress, ethertype_name
from l2harness.labs.misconceptions.mistake import (
    ADDRESSES,
    EVERYTHING,
    FROM_TYPE_ON,
    TYPE,
    Field,
    Mistake,
    characters,
)

_DESTINATION: Final = slice(0, 6)
_SOURCE: Final = slice(6, 12)
_TYPE: Final = slice(12, 14)
#: As many characters as an address has with separators: ``02:00:00:aa:bb:cc``.
_WRITTEN: Final = 17
#: Up to here the field is a length. Source: IEEE 802.3-2018, clause 3.2.6.
_LARGEST_LENGTH: Final = 1500
#: The lecture's machines run in VirtualBox, whose interfaces begin so. Source: IEEE, list of OUIs.
_LECTURE: Final = b"\x08\x00\x27"
#: Ways in which six bytes come out when they were read as numbers of a little-endian processor:
#: as one, as three of 16 bits (in either order), as one of 32 bits and one of 16.
_ORDERS: Final = (
    (5, 4, 3, 2, 1, 0),
    (1, 0, 3, 2, 5, 4),
    (4, 5, 2, 3, 0, 1),
    (3, 2, 1, 0, 5, 4),
    (1, 0, 5, 4, 3, 2),
)


def header_in_text(wanted: bytes, seen: bytes) -> Mistake | None:
    """Digits where bytes belong, from the beginning on: nothing behind them is in its place."""
    if _digits(seen, 2 * HEADER_BYTES) == wanted[:HEADER_BYTES].hex():
        return Mistake(
            "header-built-as-text",
            EVERYTHING,
            f"The frame begins with the characters “{characters(seen[:28])}”: the header in "
            f"digits, {2 * HEADER_BYTES} bytes of text for {HEADER_BYTES} bytes.",
        )
    address = wanted[_DESTINATION]
    if _digits(seen, 12) == address.hex() or seen.startswith(_spellings(address, _WRITTEN)):
        return Mistake(
            "address-as-text",
            EVERYTHING,
            f"The frame begins with the characters “{characters(seen[:_WRITTEN])}”: the "
            "destination in digits. All that comes after it is late.",
        )
    return None


def _digits(data: bytes, wanted: int) -> str | None:
    """The hex digits that data begins with, separators left out; None where others come first."""
    found = ""
    for character in data.decode("latin-1").lower():
        if character in "0123456789abcdef":
            found += character
        elif character not in ":-. x":
            return None
        if len(found) == wanted:
            return found
    return None


def _spellings(address: bytes, length: int) -> tuple[bytes, ...]:
    """The first characters of an address in every usual spelling, as bytes."""
    texts = [address.hex(separator) for separator in ":-."] + [address.hex()]
    return tuple(spelled[:length].encode() for it in texts for spelled in (it, it.upper()))


def wrong_addresses(
    wanted: bytes, seen: bytes, interfaces: Mapping[str, MacAddress]
) -> Iterator[Mistake]:
    """Name what happened to destination and source."""
    destination, source = seen[_DESTINATION], seen[_SOURCE]
    if destination + source == wanted[_SOURCE] + wanted[_DESTINATION]:
        if destination != source:
            yield Mistake(
                "addresses-swapped",
                ADDRESSES,
                f"Bytes 0–5 are {destination.hex(':')}, the sender, and bytes 6–11 are "
                f"{source.hex(':')}, the receiver.",
            )
        return
    if destination != wanted[_DESTINATION]:
        known = _misread("destination", 0, wanted[_DESTINATION], destination)
        if known := known or _wrong_destination(wanted[_DESTINATION], destination):
            yield known
    if source != wanted[_SOURCE]:
        known = _misread("source", 6, wanted[_SOURCE], source)
        if known := known or _wrong_source(wanted[_DESTINATION], source, interfaces):
            yield known


def _misread(field: Field, offset: int, wanted: bytes, seen: bytes) -> Mistake | None:
    """An address that was taken wrongly from where it stands."""
    where = f"Bytes {offset}–{offset + 5} are {seen.hex(' ')}"
    if seen in _spellings(wanted, len(wanted)):
        sentence = f"{where}, the characters “{characters(seen)}” of {wanted.hex(':')}."
        return Mistake("address-as-text", frozenset((field,)), sentence)
    if seen in [bytes(wanted[at] for at in order) for order in _ORDERS]:
        sentence = f"{where}: the bytes of {wanted.hex(':')} in another order."
        return Mistake("address-byte-order", frozenset((field,)), sentence)
    return None


def _wrong_destination(wanted: bytes, seen: bytes) -> Mistake | None:
    where = f"Bytes 0–5 are {seen.hex(':')}"
    if seen == BROADCAST.value:
        sentence = f"{where}, which is everybody; the receiver named is {wanted.hex(':')}."
        return Mistake("destination-ignored", frozenset(("destination",)), sentence)
    if wanted[0] & 1 and seen == bytes([wanted[0] & 0xFE]) + wanted[1:]:
        sentence = f"{where}, not {wanted.hex(':')}: the lowest bit of byte 0 has been cleared."
        return Mistake("broadcast-rewritten", frozenset(("destination",)), sentence)
    return None


def _wrong_source(
    target: bytes, seen: bytes, interfaces: Mapping[str, MacAddress]
) -> Mistake | None:
    where = f"Bytes 6–11 are {seen.hex(':')}"
    if seen == bytes(6):
        return Mistake("source-zero", frozenset(("source",)), f"{where}: no address at all.")
    if seen == target:
        sentence = f"{where}, the receiver's address, as in bytes 0–5."
        return Mistake("source-copied-from-destination", frozenset(("source",)), sentence)
    for name, mac in interfaces.items():
        if seen == mac.value:
            sentence = f"{where}, the address of {name}, by which this frame did not leave."
            return Mistake("source-of-other-interface", frozenset(("source",)), sentence)
    if seen.startswith(_LECTURE):
        sentence = f"{where}: 08:00:27 begins the addresses of VirtualBox, as in the lecture."
        return Mistake("source-hard-coded", frozenset(("source",)), sentence)
    return None


def wrong_width(wanted: bytes, payload: bytes, seen: bytes, shift: int) -> Mistake | None:
    """The EtherType in four bytes, of either byte order, or in four digits."""
    right = wanted[_TYPE]
    field = seen[12:16]
    where = f"Bytes {12 + shift}–{15 + shift} are {field.hex(' ')}"
    if field in (b"\0\0" + right, right[::-1] + b"\0\0") and seen[16:].startswith(payload):
        return Mistake(
            "header-field-too-wide",
            FROM_TYPE_ON,
            f"{where}: {right.hex(' ')} as a number of four bytes. The payload begins at byte "
            f"{16 + shift} instead of {14 + shift}.",
        )
    if field.lower() == right.hex().encode():
        sentence = f"{where}, the characters “{characters(field)}”: the EtherType in digits."
        return Mistake("header-built-as-text", FROM_TYPE_ON, sentence)
    return None


def wrong_type(wanted: bytes, seen: bytes, shift: int) -> Mistake | None:
    """Name what happened to the EtherType."""
    right, kind = wanted[_TYPE], seen[_TYPE]
    if kind == right or len(kind) < len(right):
        return None
    number = int.from_bytes(kind, "big")
    where = f"Bytes {12 + shift}–{13 + shift} are {kind.hex(' ')}"
    if kind == right[::-1]:
        sentence = f"{where}: {right.hex(' ')} with the low byte first."
        return Mistake("ethertype-byte-order", TYPE, sentence)
    if number <= _LARGEST_LENGTH:
        sentence = f"{where}, which is {number}: up to {_LARGEST_LENGTH} that is read as a length."
        return Mistake("length-in-type-field", TYPE, sentence)
    sentence = f"{where}: {ethertype_name(number)}. {right.hex(' ')} belongs there."
    return Mistake("ethertype-other", TYPE, sentence)
