"""What comparing two frames gives: an idea, the fields that it explains, and where it is seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

#: ``padding`` is all that follows the payload, and the length of the frame.
Field: TypeAlias = Literal["destination", "source", "EtherType", "payload", "padding"]

ADDRESSES: Final[frozenset[Field]] = frozenset(("destination", "source"))
BODY: Final[frozenset[Field]] = frozenset(("payload", "padding"))
PADDING: Final[frozenset[Field]] = frozenset(("padding",))
TYPE: Final[frozenset[Field]] = frozenset(("EtherType",))
FROM_TYPE_ON: Final = TYPE | BODY
EVERYTHING: Final = ADDRESSES | FROM_TYPE_ON


@dataclass(frozen=True, slots=True)
class Mistake:
    """
    One idea that explains some of the bytes.

    Attributes:
        misconception: Its id in the catalogue.
        fields: What it explains.
        sentence: What stands where, with offsets in the frame that was seen.
    """

    misconception: str
    fields: frozenset[Field]
    sentence: str


def characters(data: bytes) -> str:
    """Write bytes as the ASCII characters that they are, others as a dot."""
    return "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in data)


def is_text(data: bytes) -> bool:
    """Whether there is something, and all of it printable ASCII."""
    return bool(data) and all(0x20 <= byte < 0x7F for byte in data)


def place(start: int, end: int) -> str:
    """Write ``Byte 14 is`` or ``Bytes 14–15 are``, for offsets from ``start`` up to ``end``."""
    return f"Byte {start} is" if end == start + 1 else f"Bytes {start}–{end - 1} are"
