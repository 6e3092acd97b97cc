"""Reading what a program says of the frames that it has received: one line each, and a total."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from l2harness.labs.reading import addresses

_NUMBER: Final = re.compile(r"(?<![\w.:-])(\d{1,10})(?![\w.:-]\w)")
_TOTAL: Final = re.compile(r"\btotal\b\D{0,20}(\d{1,10})", re.IGNORECASE)
_LONGEST: Final = 400


@dataclass(frozen=True, slots=True)
class Numbered:
    """
    One frame by what nobody could have known of it: who sent it, and its number.

    Attributes:
        sender: Its source address, six bytes.
        number: What stands in the first four bytes of its payload.
    """

    sender: bytes
    number: int


def reported(text: str) -> list[Numbered]:
    """Return the frames that lines tell of, in their order; others are passed over."""
    found = []
    for line in text.splitlines():
        named = addresses(line[:_LONGEST])
        if len(named) != 1 or (mac := named[0].mac) is None:
            continue
        begin, end = named[0].at
        for part in (line[end:_LONGEST], line[:begin]):
            if number := _NUMBER.search(part):
                found.append(Numbered(mac.value, int(number.group(1))))
                break
    return found


def total(text: str) -> int | None:
    """Return the last total that is printed; None if there is none."""
    found = None
    for line in text.splitlines():
        if match := _TOTAL.search(line[:_LONGEST]):
            found = int(match.group(1))
    return found


def share(sent: Sequence[Numbered], said: Iterable[Numbered]) -> float:
    """Return which part of the frames is among those that lines tell of, 0 to 1."""
    known = set(said)
    return sum(it in known for it in sent) / len(sent)


def twice(said: Sequence[Numbered]) -> list[Numbered]:
    """Return the frames that more than one line tells of, each once."""
    seen: set[Numbered] = set()
    again: dict[Numbered, None] = {}
    for it in said:
        if it in seen:
            again[it] = None
        seen.add(it)
    return list(again)


def out_of_order(said: Iterable[Numbered]) -> tuple[Numbered, Numbered] | None:
    """Return two frames of a sender of which the later one is told first; None if none is."""
    last: dict[bytes, Numbered] = {}
    for it in said:
        before = last.get(it.sender)
        if before is not None and it.number < before.number:
            return before, it
        last[it.sender] = it
    return None
