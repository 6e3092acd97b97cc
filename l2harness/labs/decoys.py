"""Telling a line about a frame from a line that says everything there could be to say.

Whoever prints every EtherType, or every pair of letters, prints the right one too. So a line is
also asked for values that were in no frame at all: who shows several of them has read none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from l2harness.labs.reading import names_ethertype, shows_payload

_DECOYS: Final = 16
#: By accident a line shows one or two of them: digits of a time, or of a dump in hex.
_TOO_MANY: Final = 3
#: Numbers of protocols begin where lengths end, and from 0x8900 on few are given to anybody.
_FIRST_TYPE, _LAST_TYPE = 0x8900, 0xEFFF
_LETTERS: Final = b"GHJKLMNPQRSTUVWXYZ"


def lists_ethertypes(lines: Sequence[str], frame: bytes) -> bool:
    """Whether the lines about a frame name EtherTypes that nobody has sent."""
    count = _LAST_TYPE - _FIRST_TYPE + 1
    decoys = {_FIRST_TYPE + number % count for number in _numbers(frame)}
    own = int.from_bytes(frame[12:14], "big")
    return _too_many(names_ethertype(lines, decoy) for decoy in decoys - {own})


def lists_payloads(lines: Sequence[str], frame: bytes) -> bool:
    """Whether the lines about a frame show letters that nobody has sent."""
    size = len(_LETTERS)
    decoys = {
        bytes([_LETTERS[number % size], _LETTERS[number // size % size]])
        for number in _numbers(frame)
    }
    return _too_many(shows_payload(lines, decoy) for decoy in decoys - {frame[14:16]})


def _numbers(frame: bytes) -> Iterator[int]:
    """Numbers that follow from a frame, hence from its random sender, and are not in it."""
    digest = hashlib.shake_256(b"decoys" + frame).digest(2 * _DECOYS)
    for at in range(0, len(digest), 2):
        yield int.from_bytes(digest[at : at + 2], "big")


def _too_many(shown: Iterable[bool]) -> bool:
    return sum(shown) >= _TOO_MANY
