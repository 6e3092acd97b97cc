"""Finding a whole frame in what a program printed: as an escaped string, in hex, or as numbers.

A byte string is printed in as many ways as there are languages: ``b'Hi\\x00'``, ``48 69 00``,
``4869``, ``[72, 105, 0]``, or a dump of many lines with offsets before and letters behind. All
are turned back into bytes, and these are looked for. What is looked for is random.

Law: every character is looked at a fixed number of times, whoever made the text.
"""

from __future__ import annotations

import re
from typing import Final

_ESCAPE: Final = re.compile(r"\\(x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)", re.DOTALL)
#: Escapes of Python and C that stand for something other than the character itself.
_SHORT: Final = {"a": 7, "b": 8, "t": 9, "n": 10, "v": 11, "f": 12, "r": 13}
#: Beginning of a line of a dump: an offset of its own, with a colon or two spaces behind.
_OFFSET: Final = re.compile(r"^\s*(?:0x)?[0-9A-Fa-f]{3,8}(?::\s*|\s{2,}|\t)")
_PAIRS: Final = re.compile(r"(?<![0-9A-Za-z])(?:0x|\\x)?((?:[0-9A-Fa-f]{2})+)(?![0-9A-Za-z])")
_NUMBERS: Final = re.compile(r"(?<![\w.])\d{1,3}(?![\w.])")
_LARGEST: Final = 255


def shows_bytes(text: str, data: bytes) -> bool:
    """Whether a text shows these bytes, all of them and in a row, in any usual form."""
    return any(data in it for it in (_unescaped(text), _from_numbers(text), *_from_hex(text)))


def shown_length(text: str, data: bytes) -> int:
    """Return how many of these bytes, from the first on, a text shows in a row."""
    longest, too_long = 0, len(data) + 1
    while too_long - longest > 1:
        middle = (longest + too_long) // 2
        if shows_bytes(text, data[:middle]):
            longest = middle
        else:
            too_long = middle
    return longest


def _unescaped(text: str) -> bytes:
    """A text with its escapes undone; every other character stands for itself."""
    found = bytearray()
    end = 0
    for match in _ESCAPE.finditer(text):
        found += text[end : match.start()].encode("utf-8", "replace")
        found.append(_escape(match.group(1)))
        end = match.end()
    return bytes(found + text[end:].encode("utf-8", "replace"))


def _escape(code: str) -> int:
    if len(code) > 1 and code[0] == "x":
        return int(code[1:], 16)
    if code[0] in "01234567":
        return int(code, 8) & _LARGEST
    return _SHORT.get(code, ord(code) & _LARGEST)


def _from_hex(text: str) -> list[bytes]:
    """The hex digits of a text, read as they stand and as a dump with offsets and characters."""
    lines = text.splitlines()
    rows = [_OFFSET.sub("", line) for line in lines]
    readings = (
        lines,
        [row.partition("|")[0] for row in rows],  # hexdump -C
        [row.partition("  ")[0] for row in rows],  # xxd
    )
    return [bytes.fromhex("".join(_PAIRS.findall("\n".join(it)))) for it in readings]


def _from_numbers(text: str) -> bytes:
    """The decimal numbers of a text, as in a list, as far as they are bytes."""
    return bytes(it for it in map(int, _NUMBERS.findall(text)) if it <= _LARGEST)
