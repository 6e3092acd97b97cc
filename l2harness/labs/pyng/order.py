"""Whether a hundred frames were reported each once and in order, by what the lines show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from l2harness.frames import MacAddress
from l2harness.labs.api import Failure
from l2harness.labs.reading import addresses, mentions_address, shows_payload
from l2harness.labs.records import Answer, Burst


def expect_each_once_in_order(burst: Burst, single: list[Answer]) -> None:
    """
    Fail unless the lines printed about a burst are one for each frame, in the order of arrival.

    Args:
        burst: The frames and what was printed.
        single: Answers to single frames: what this program's lines show of a frame is learnt
            there.

    Raises:
        Failure: Naming what is missing, doubled, or out of order.
    """
    lines = [line for line in burst.printed.splitlines() if line.strip()]
    identify = _identification(burst, single)
    count = len(burst.frames)
    if identify is None:
        # The lines show nothing of the frames: they can only be counted.
        each = len(single[0].lines) if single else 1
        if len(lines) != count * each:
            raise _wrong(f"{len(lines)} lines came for {count} frames", count, len(lines) // each)
        return
    seen = [number for line in lines if (number := identify(line)) is not None]
    doubled = sum(1 for times in Counter(seen).values() if times > 1)
    missing = count - len(set(seen))
    if doubled:
        raise _wrong(f"{doubled} of {count} frames were reported more than once", count, len(seen))
    if missing:
        raise _wrong(f"{missing} of {count} frames were not reported", count, len(seen))
    if seen != sorted(seen):
        raise Failure(
            f"{count} frames were reported, but not in the order in which they came.",
            expected="the order of arrival",
            actual="another order",
        )


def _wrong(what: str, expected: int, actual: int) -> Failure:
    return Failure(
        f"{what}.",
        help="One line for each frame. A frame that comes while the program is busy waits in the "
        "socket: keep one socket open, and read from it again and again.",
        expected=f"{expected} lines",
        actual=f"{actual} lines",
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
