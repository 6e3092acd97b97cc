"""Wrong ideas about what follows the header: the payload, the padding, and where the frame ends.

Pure functions on the frame that was seen, from which a tag has been taken away; ``shift`` is by
how many bytes that moved what came after it, and is added to every offset that is told.
"""

from __future__ import annotations

import zlib
from typing import Final

from l2harness.frames import HEADER_BYTES, MINIMUM_FRAME
from l2harness.labs.misconceptions.mistake import (
    BODY,
    PADDING,
    Mistake,
    characters,
    is_text,
    place,
)

_FCS_BYTES: Final = 4
_LINE_ENDS: Final = (b"\n", b"\r\n")
_SHOWN: Final = 16


def wrong_body(payload: bytes, wanted: int, seen: bytes, shift: int) -> Mistake | None:
    """
    Name what happened after the header.

    Args:
        payload: The right one, without padding.
        wanted: Bytes of the right frame, with padding if it was asked for.
        seen: The frame.
        shift: See above.
    """
    if not seen[HEADER_BYTES:].startswith(payload):
        return _wrong_payload(payload, seen[HEADER_BYTES:], HEADER_BYTES + shift)
    end = HEADER_BYTES + len(payload)
    known = _checksum(seen, end, shift) or _line_end(seen[end:], end + shift)
    return known or _wrong_end(seen, end, shift, wanted)


def _wrong_payload(payload: bytes, body: bytes, start: int) -> Mistake:
    """Another payload, or the right one elsewhere; ``start`` is where it should begin."""
    at = body.find(payload)
    if at > 0:
        before = body[:at].hex(" ") if at <= _SHOWN else f"{at} bytes"
        sentence = (
            f"{_quoted(payload)} begins at byte {start + at}, after {before}, not at {start}."
        )
        return Mistake("payload-shifted", BODY, sentence)
    there = body[: len(payload)]
    if there:
        seen = f"{place(start, start + len(there))} {_quoted(there)}"
    else:
        seen = f"The frame ends before byte {start}"
    return Mistake("payload-other", BODY, f"{seen}; {_quoted(payload)} belongs there.")


def _checksum(seen: bytes, end: int, shift: int) -> Mistake | None:
    """The CRC-32 of all bytes before it, with nothing but zeros behind it."""
    if shift:
        return None  # it was calculated with the tag
    last = len(seen.rstrip(b"\0"))
    for at in range(max(end, last - _FCS_BYTES), min(last, len(seen) - _FCS_BYTES) + 1):
        found = seen[at : at + _FCS_BYTES]
        crc = zlib.crc32(seen[:at])
        if found in (crc.to_bytes(_FCS_BYTES, "little"), crc.to_bytes(_FCS_BYTES, "big")):
            where = place(at, at + _FCS_BYTES)
            sentence = f"{where} {found.hex(' ')}, the CRC-32 of the {at} bytes before them."
            return Mistake("fcs-appended", PADDING, sentence)
    return None


def _line_end(rest: bytes, offset: int) -> Mistake | None:
    found = rest.rstrip(b"\0")
    if found not in _LINE_ENDS:
        return None
    where = place(offset, offset + len(found))
    sentence = f"{where} {found.hex(' ')}, a line end, right after the payload."
    return Mistake("payload-with-line-end", PADDING, sentence)


def _wrong_end(seen: bytes, end: int, shift: int, wanted: int) -> Mistake | None:
    """Too long, too short, or filled with something; the payload ends before byte ``end``."""
    length = len(seen) + shift
    longest = max(MINIMUM_FRAME, wanted)
    rest = seen[end:]
    if len(seen) > longest:
        sentence = (
            f"The frame has {length} bytes instead of {longest + shift}; its payload ends with "
            f"byte {end + shift - 1}."
        )
        return Mistake("frame-too-long", PADDING, sentence)
    if any(rest):
        return _filled(rest, end + shift)
    if length < min(MINIMUM_FRAME, wanted):
        sentence = f"The frame has {length} bytes; {MINIMUM_FRAME} is the least."
        return Mistake("not-padded", PADDING, sentence)
    return None


def _filled(rest: bytes, offset: int) -> Mistake:
    """Something that is not zero where the padding should be: more text, or a filling."""
    text = rest.rstrip(b"\0")
    if is_text(text) and len(set(text)) > 1:
        sentence = f"From byte {offset} on the payload continues: {_quoted(text)}."
        return Mistake("payload-other", BODY, sentence)
    first = next(at for at, byte in enumerate(rest) if byte)
    shown = rest[first : first + 4].hex(" ")
    sentence = f"From byte {offset + first} on there is {shown} …; padding is 00."
    return Mistake("padding-not-zero", PADDING, sentence)


def _quoted(data: bytes) -> str:
    """Bytes in hex, and as text where they are some."""
    begin = data[:_SHOWN]
    shown = begin.hex(" ") + (" …" if len(data) > _SHOWN else "")
    return f"{shown} (“{characters(begin)}”)" if is_text(begin) else shown
