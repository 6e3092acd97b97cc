"""What a sniffer's lines say of who has sent: one address a line, whatever stands around it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from l2harness.frames import MacAddress
from l2harness.labs.reading import addresses
from l2harness.labs.records import Answer, Burst

#: An address without separators; nothing that could belong to it beside it.
_BARE: Final = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{12}(?![0-9A-Za-z]|[:.-][0-9A-Fa-f])")


def sources_in(line: str) -> list[bytes]:
    """
    Return the addresses that a line shows as those of a sender, six bytes each.

    Of a single address it does not matter what is written beside it. Of several, those count that
    are called the source, by a label, by an arrow or by their place; see `reading.addresses`.
    """
    named = [it for it in addresses(line) if it.mac is not None]
    if not named:
        return [bytes.fromhex(digits) for digits in _BARE.findall(line)]
    values = dict.fromkeys(it.mac.value for it in named if it.mac)
    if len(values) == 1:
        return list(values)
    return [it.mac.value for it in named if it.mac and it.role == "source"]


def names_source(answer: Answer) -> bool:
    """Whether what was printed about a frame names its sender, and nobody else as that."""
    shown = [it for line in answer.lines for it in sources_in(line)]
    return bool(shown) and set(shown) == {answer.frame[6:12]}


def mentions_sender(text: str, frame: bytes) -> bool:
    """Whether a text mentions the sender of a frame, however it is spelled."""
    source = frame[6:12]
    return any(
        source in sources_in(line) or source in [it.mac.value for it in addresses(line) if it.mac]
        for line in text.splitlines()
    )


@dataclass(frozen=True, slots=True)
class Tally:
    """
    What lines about many frames say of them.

    Attributes:
        frames: How many frames there were.
        reports: How many lines speak of one.
        doubled: Reports too many.
        missing: Frames without a report.
        in_order: Whether the lines come in the order of the frames.
        once_each: Whether there is one line for each sender, and no more.
    """

    frames: int
    reports: int
    doubled: int
    missing: int
    in_order: bool
    once_each: bool


def tally(burst: Burst, single: Sequence[Answer]) -> Tally:
    """
    Count the lines about many frames.

    Args:
        burst: The frames and what was printed.
        single: Answers to single frames. Where their lines do not name the sender, lines can only
            be counted.
    """
    wanted = [frame[6:12] for frame in burst.frames]
    count = len(wanted)
    lines = [line for line in burst.printed.splitlines() if line.strip()]
    if not all(map(names_source, single)):
        each = len(single[0].lines) if single and single[0].lines else 1
        reports = len(lines) // each
        return Tally(count, reports, max(0, reports - count), max(0, count - reports), True, False)
    seen = [it for line in lines for it in sources_in(line) if it in wanted]
    doubled = sum(max(0, seen.count(it) - wanted.count(it)) for it in set(wanted))
    missing = sum(max(0, wanted.count(it) - seen.count(it)) for it in set(wanted))
    once = list(dict.fromkeys(wanted))
    return Tally(count, len(seen), doubled, missing, _in_order(seen, wanted), seen == once)


def _in_order(seen: Iterable[bytes], wanted: Iterable[bytes]) -> bool:
    """Whether what was seen is what was wanted, as far as it goes, with gaps."""
    rest = iter(wanted)
    return all(it in rest for it in seen)


def spelled(frame: bytes) -> str:
    """Return who sends a frame, as people write it."""
    return str(MacAddress(frame[6:12]))
