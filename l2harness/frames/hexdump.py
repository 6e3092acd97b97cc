"""Bytes for people to read: offset, hex, ASCII, as ``hexdump -C`` prints them."""

from __future__ import annotations

from typing import Final

_LINE_BYTES: Final = 16
_HALF_BYTES: Final = 8
# Sixteen bytes of two digits, a space between them and one more between the halves.
_HEX_COLUMNS: Final = 3 * _LINE_BYTES


def hexdump(data: bytes) -> str:
    """
    Dump bytes, 16 a line.

    Args:
        data: Any bytes, any length.

    Returns:
        Lines such as ``0000  02 00 … 88 b5 48 69  |..............Hi|``: the offset in hex, the
        bytes in two halves, and between bars the printable ASCII with dots for all else, so the
        dump holds no control characters. No newline at the end; empty for no bytes.
    """
    return "\n".join(
        _line(offset, data[offset : offset + _LINE_BYTES])
        for offset in range(0, len(data), _LINE_BYTES)
    )


def _line(offset: int, chunk: bytes) -> str:
    halves = f"{chunk[:_HALF_BYTES].hex(' ')}  {chunk[_HALF_BYTES:].hex(' ')}"
    text = "".join(chr(byte) if 0x20 <= byte <= 0x7E else "." for byte in chunk)
    return f"{offset:04x}  {halves:<{_HEX_COLUMNS}}  |{text}|"
