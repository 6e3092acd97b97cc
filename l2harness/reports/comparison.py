"""Expected and actual side by side, with a mark for every byte that differs.

Strategy: two texts that both spell bytes (in hex, as addresses or as dumps) are compared byte by
byte, and of long ones only the rows that differ are kept. Any other two texts are left alone:
marking letters of sentences explains nothing. Pure data; each format draws it in its own way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import Final

#: Stands for a byte that only the other side has.
ABSENT: Final = "--"

#: ``88 b5``, ``02:00:00:aa:bb:cc``, ``02-00-…``, over any number of lines.
_BYTES: Final = re.compile(r"[0-9a-f]{2}(?:[ \n:-][0-9a-f]{2})*", re.IGNORECASE)
#: A line of `l2harness.frames.hexdump`: offset, bytes, and between bars their ASCII.
_DUMP_LINE: Final = re.compile(
    r"[0-9a-f]{4,}  (?P<bytes>[0-9a-f]{2}(?: {1,2}[0-9a-f]{2})*) +\|.*\|", re.IGNORECASE
)
_BYTE: Final = re.compile("[0-9a-f]{2}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Row:
    """
    Some bytes of both sides, one under the other.

    Attributes:
        offset: Of the first of them.
        expected: Each as two hex digits, `ABSENT` where only the other side has one.
        actual: The same, as long as ``expected``.
        differs: Whether they differ, for each.
    """

    offset: int
    expected: tuple[str, ...]
    actual: tuple[str, ...]
    differs: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    Two byte strings, reduced to where they differ.

    Attributes:
        rows: Those with a difference; the only row there is, also without one.
        length: Number of bytes of the longer side.
        same: How many bytes are alike and not in ``rows``.
    """

    rows: tuple[Row, ...]
    length: int
    same: int


def compare(expected: str | None, actual: str | None, *, columns: int = 16) -> Comparison | None:
    """
    Both sides as bytes.

    Args:
        expected: What a check wanted.
        actual: What it got.
        columns: Bytes in a row.

    Returns:
        The comparison, or None when one of them is not there or does not spell bytes.
    """
    left, right = _bytes(expected), _bytes(actual)
    if left is None or right is None:
        return None
    pairs = list(zip_longest(left, right, fillvalue=ABSENT))
    rows = []
    for offset in range(0, len(pairs), columns):
        some = pairs[offset : offset + columns]
        differs = tuple(a.lower() != b.lower() for a, b in some)
        if any(differs) or len(pairs) <= columns:
            ours, theirs = zip(*some, strict=True)
            rows.append(Row(offset, ours, theirs, differs))
    return Comparison(tuple(rows), len(pairs), len(pairs) - sum(len(r.differs) for r in rows))


def to_text(both: Comparison) -> str:
    """The rows in plain text, one side under the other, and the marks under both."""
    lines = []
    for row in both.rows:
        marks = " ".join("^^" if differs else "  " for differs in row.differs)
        lines += [
            f"expected  {row.offset:>4}  {' '.join(row.expected)}",
            f"actual    {row.offset:>4}  {' '.join(row.actual)}",
            f"                {marks}".rstrip(),
        ]
    return "\n".join(lines)


def _bytes(text: str | None) -> list[str] | None:
    """The bytes that a text spells, each as two hex digits; None when it spells something else."""
    if text is None:
        return None
    text = text.strip()
    dump = [_DUMP_LINE.fullmatch(line) for line in text.split("\n")]
    if all(dump):
        text = " ".join(line["bytes"] for line in dump if line)
    elif not _BYTES.fullmatch(text):
        return None
    return _BYTE.findall(text)
