"""What a stranger's program printed, as text: lossless, bounded, never refused.

Strategy: bytes come in as the program wrote them, in any encoding or none. They leave as a `str`
that every format can store (no lone surrogates) and that is never longer than its limit allows.
Control characters stay what they are: making them harmless is the business of whoever shows them,
because only they know the place (a terminal, a table cell, XML).
"""

from __future__ import annotations

import codecs
from typing import Final

#: A continuation byte of UTF-8 is 10xxxxxx; a character has at most three of them.
_CONTINUATION: Final = range(0x80, 0xC0)
_MOST_CONTINUATIONS: Final = 3


def decode(data: bytes, limit: int) -> str:
    r"""
    Text of ``data``, with its head and its tail when it is too long.

    UTF-8 is read as such; every other byte is spelled ``\xff``, so that none disappears. A
    backslash of the program's own stays one: this is for people to read, and the recorded output
    is what tells ``\xff`` from the byte.

    Args:
        data: Bytes as the program wrote them, of any length.
        limit: How many bytes to keep at most, half of them from each end, at least 0.

    Returns:
        The text. When bytes were left out, a line in their place says how many. At most
        ``4 * limit`` characters and that line; never a lone surrogate.

    Raises:
        ValueError: The limit is negative.
    """
    if limit < 0:
        raise ValueError(f"a limit of {limit} bytes: at least 0 is needed")
    if len(data) <= limit:
        return data.decode("utf-8", "backslashreplace")
    head, tail = data[: limit - limit // 2], data[len(data) - limit // 2 :]

    # Cut between characters: half of one would be spelled as bytes that were never printed so.
    decoder = codecs.getincrementaldecoder("utf-8")("backslashreplace")
    first = decoder.decode(head, final=False)
    unfinished = len(decoder.getstate()[0])
    continued = 0
    while continued < min(_MOST_CONTINUATIONS, len(tail)) and tail[continued] in _CONTINUATION:
        continued += 1
    last = tail[continued:].decode("utf-8", "backslashreplace")

    cut = len(data) - len(head) - len(tail) + unfinished + continued
    before = "\n" if first and not first.endswith("\n") else ""
    noun = "byte" if cut == 1 else "bytes"
    return f"{first}{before}[… {cut} {noun} cut …]\n{last}"
