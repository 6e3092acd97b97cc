"""Which wrong ideas turn the right frame into the one that was seen.

Strategy: undo one idea after another and look at what is left. A frame that is text all over is
named once and not field by field; a tag is taken away before the rest is read; what still differs
is named where it stands. What fits no idea stays unnamed: a wrong name is worse than none.

Laws:
- Pure: two frames in, names out. No bytes make it raise.
- The cause comes before what may follow from it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from l2harness.frames import HEADER_BYTES, Frame, MacAddress, VlanTag
from l2harness.labs.misconceptions.bodies import wrong_body
from l2harness.labs.misconceptions.headers import (
    header_in_text,
    wrong_addresses,
    wrong_type,
    wrong_width,
)
from l2harness.labs.misconceptions.mistake import FROM_TYPE_ON, Mistake

_TAG = slice(12, 16)
_TAG_MARKS: Final = (b"\x81\x00", b"\x88\xa8")


def mistakes(
    expected: bytes | Frame,
    actual: bytes | Frame,
    interfaces: Mapping[str, MacAddress] | None = None,
) -> tuple[Mistake, ...]:
    """
    Name the ideas by which the expected frame became the actual one.

    Args:
        expected: The right frame, padded or not.
        actual: What was seen; any bytes.
        interfaces: Addresses of the sending host's other interfaces, by name.

    Returns:
        The mistakes; empty for equal frames, for frames that differ in nothing but zeros up to 60
        bytes, and where no known idea fits.
    """
    wanted, seen = bytes(expected), bytes(actual)
    if wanted == seen or len(wanted) < HEADER_BYTES:
        return ()
    if text := header_in_text(wanted, seen):
        return (text,)
    named: list[Mistake] = []
    shift = 0
    if _has_tag(seen) and not _has_tag(wanted):
        named.append(_tagged(seen))
        shift = _TAG.stop - _TAG.start
    rest = seen[: _TAG.start] + seen[_TAG.start + shift :]
    named += wrong_addresses(wanted, rest, interfaces or {})
    payload = wanted[HEADER_BYTES:].rstrip(b"\0")
    if wide := wrong_width(wanted, payload, rest, shift):
        return (*named, wide)
    if kind := wrong_type(wanted, rest, shift):
        named.append(kind)
    if body := wrong_body(payload, len(wanted), rest, shift):
        named.append(body)
    return tuple(named)


def _has_tag(frame: bytes) -> bool:
    return frame[12:14] in _TAG_MARKS and len(frame) >= HEADER_BYTES + 4


def _tagged(seen: bytes) -> Mistake:
    tag = seen[_TAG]
    return Mistake(
        "vlan-tagged",
        FROM_TYPE_ON,
        f"Bytes 12–15 are {tag.hex(' ')}, an 802.1Q tag ({VlanTag.from_bytes(tag)}). What comes "
        f"after it is four bytes late: bytes 16–17 are {seen[16:18].hex(' ')}.",
    )
