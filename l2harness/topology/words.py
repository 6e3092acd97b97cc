"""Words for sentences: a stranger's text made harmless, and the nearest right word.

Every message of this layer quotes what the author wrote. These helpers quote it short, with
control characters escaped, and say which word was probably meant.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable
from typing import Final

_LONGEST_QUOTE: Final = 40  # characters
_LONGEST_LIST: Final = 12  # words


def quoted(text: str) -> str:
    """
    Quote *text* for a message.

    Returns:
        The text in quotes, at most 40 characters of it, control characters escaped.
    """
    # str() first: a member of an enumeration has a repr of its own.
    short = repr(str(text)[:_LONGEST_QUOTE])
    return short if len(text) <= _LONGEST_QUOTE else f"{short}…"


def plain(text: str) -> str:
    """Return *text* as a part of a dotted key: itself where it is a short word, else quoted."""
    harmless = text.isprintable() and not set(text) & set(" .'\"")
    return text if text and harmless and len(text) <= _LONGEST_QUOTE else quoted(text)


def nearest(word: str, known: Iterable[str]) -> str | None:
    """
    Find the word that *word* was probably meant to be.

    Returns:
        One of *known*, or None where none is similar.
    """
    words = list(known)
    cut = word[:_LONGEST_QUOTE]
    folded = {candidate.casefold(): candidate for candidate in reversed(words)}
    if cut.casefold() in folded:
        return folded[cut.casefold()]
    close = difflib.get_close_matches(cut.casefold(), folded, n=1)
    return folded[close[0]] if close else None


def advice(word: str, known: Iterable[str]) -> str:
    """
    Say what to write instead of *word*, to be put behind a sentence.

    Returns:
        ``"; did you mean 'hub'?"``, or ``"; there are cable, hub, switch"`` where nothing is
        similar, or ``""`` where nothing is known.
    """
    words = list(known)
    meant = nearest(word, words)
    if meant is not None:
        return f"; did you mean {quoted(meant)}?"
    if len(words) < 2:
        return f"; there is only {plain(words[0])}" if words else ""
    more = ", …" if len(words) > _LONGEST_LIST else ""
    return f"; there are {', '.join(map(plain, words[:_LONGEST_LIST]))}{more}"


def columns(text: str) -> int:
    """
    Measure *text* in terminal columns.

    Returns:
        Columns: 2 for a wide character, 0 for a combining one, 1 for any other.

    Source: Unicode Standard Annex 11, East Asian Width.
    """
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )
