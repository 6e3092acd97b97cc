"""What sentences have in common that were written for different students.

Strategy: where a lab asks every student for something else, a check's sentence and a lesson have
other values in them for each. A page about the class shows what they agree on, and ``…`` for the
rest; sentences that differ in more than a value are different sentences, and one is chosen.

Law: the same sentences give the same, in whatever order they come.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

#: Words that a value may make different; more of them is another sentence.
_MOST_WORDS: Final = 6
_REST: Final = "…"


def agreed(sentences: Collection[str]) -> str:
    """
    Return what all sentences say; the first of them in alphabetical order if they do not agree.

    Args:
        sentences: At least one.
    """
    first = min(sentences)
    texts = [sentence.split() for sentence in sorted(set(sentences))]
    if len(texts) == 1:
        return first
    begin = _common(texts)
    rest = [words[begin:] for words in texts]
    end = _common([words[::-1] for words in rest])
    if max(len(words) - end for words in rest) > _MOST_WORDS or begin + end == 0:
        return first
    words = texts[0]
    return " ".join([*words[:begin], _REST, *words[len(words) - end :]])


def _common(texts: Iterable[list[str]]) -> int:
    """How many words all texts begin with."""
    count = 0
    for words in zip(*texts, strict=False):
        if len(set(words)) > 1:
            break
        count += 1
    return count
