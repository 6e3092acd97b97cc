"""Whether a hundred frames were reported each once and in order, by what the lines show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, floor

from l2harness.frames import MacAddress
from l2harness.labs.api import Failure
from l2harness.labs.reading import addresses, mentions_address, shows_payload
from l2harness.labs.records import Answer, Burst


@dataclass(frozen=True, slots=True)
class Tally:
    """
    What the lines about a burst say of its frames.

    Attributes:
        frames: How many there were.
        reports: How many lines speak of one of them. Where the lines show nothing of the frames,
            for how many frames there would be enough lines.
        identified: Whether it can be told which line is whose; otherwise they can only be counted.
        doubled: Frames with more than one report; without identification, reports too many.
        missing: Frames without a report.
        in_order: Whether the lines come in the order of the frames, as far as one can tell.
    """

    frames: int
    reports: int
    identified: bool
    doubled: int
    missing: int
    in_order: bool


def tally(burst: Burst, single: list[Answer]) -> Tally:
    """
    Count the lines about a burst.

    Args:
        burst: The frames and what was printed.
        single: Answers to single frames: what this program's lines show of a frame is learnt
            there.
    """
    lines = [line for line in burst.printed.splitlines() if line.strip()]
    identify = _identification(burst, single)
    count = len(burst.frames)
    if identify is None:
        each = len(single[0].lines) if single else 1
        reports = len(lines) / each
        return Tally(
            count,
            floor(reports),
            identified=False,
            doubled=max(ceil(reports - count), 0),
            missing=max(ceil(count - reports), 0),
            in_order=True,
        )
    seen = [number for line in lines if (number := identify(line)) is not None]
    times = Counter(seen)
    return Tally(
        count,
        len(seen),
        identified=True,
        doubled=sum(1 for often in times.values() if often > 1),
        missing=count - len(times),
        in_order=seen == sorted(seen),
    )


def expect_each_once_in_order(burst: Burst, single: list[Answer]) -> None:
    """
    Fail unless the lines printed about a burst are one for each frame, in the order of arrival.

    Args:
        burst: The frames and what was printed.
        single: Answers to single frames, as for `tally`.

    Raises:
        Failure: Naming what is missing, doubled, or out of order.
    """
    said = tally(burst, single)
    count = said.frames
    if not said.identified and (said.doubled or said.missing):
        raise _wrong(f"{count} frames came, and lines for {said.reports}", said)
    if said.doubled:
        raise _wrong(f"{said.doubled} of {count} frames were reported more than once", said)
    if said.missing:
        raise _wrong(f"{said.missing} of {count} frames were not reported", said)
    if not said.in_order:
        raise Failure(
            f"{count} frames were reported, but not in the order in which they came.",
            expected="the order of arrival",
            actual="another order",
        )


def _wrong(what: str, said: Tally) -> Failure:
    return Failure(
        f"{what}.",
        help="One line for each frame. A frame that comes while the program is busy waits in the "
        "socket: keep one socket open, and read from it again and again.",
        expected=f"{said.frames} lines",
        actual=f"{said.reports} lines",
    )


def _identification(burst: Burst, single: list[Answer]) -> Callable[[str], int | None] | None:
    """Return what tells from a line the number of its frame; None if the lines show too little."""
    if any(mentions_address(it.lines, MacAddress(it.frame[6:12])) for it in single):
        numbers = {frame[6:12]: number for number, frame in enumerate(burst.frames)}

        def by_source(line: str) -> int | None:
            for address in addresses(line):
                groups = address.text.replace("-", ":").split(":")
                found = numbers.get(bytes(int(group, 16) for group in groups))
                if found is not None:
                    return found
            return None

        return by_source
    for end in (18, 16):  # the whole word, or the two bytes that must be shown
        if single and all(shows_payload(it.lines, it.frame[14:end]) for it in single):
            return _by_payload(burst, end)
    return None


def _by_payload(burst: Burst, end: int) -> Callable[[str], int | None]:
    def find(line: str) -> int | None:
        for number, frame in enumerate(burst.frames):
            if shows_payload([line], frame[14:end]):
                return number
        return None

    return find
