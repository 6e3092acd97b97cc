"""Reading what a client says of its requests: the time that each took, or that it timed out.

A line about a request begins with its number; what else a client prints does not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: A line about a request: its number, perhaps with a word such as ``seq=`` before it.
_LINE: Final = re.compile(
    r"[\s\[(#]*(?:(?:seq|icmp_seq|request)[\s=:#]{0,3})?(\d{1,6})(?![\w.])(.*)", re.IGNORECASE
)
_TIME: Final = re.compile(
    r"(?<![\w.,])(\d{1,20}(?:[.,]\d{1,40})?(?:[eE][-+]?\d{1,3})?)\s?(ms|msec|us|µs|μs|usec|s|sec)\b"
)
_TIMED_OUT: Final = re.compile(r"time[ds]?[ -]?out", re.IGNORECASE)
_UNITS: Final = {"ms": 1e-3, "msec": 1e-3, "s": 1.0, "sec": 1.0}
_MICROSECOND: Final = 1e-6
_COLOUR: Final = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What a client says of one request.

    Attributes:
        number: Of the request, from 1.
        time_s: The round-trip time that it prints, seconds; None where it timed out.
        line: As it was printed.
    """

    number: int
    time_s: float | None
    line: str


def outcomes(text: str) -> list[Outcome]:
    """Return what the lines say of requests, in their order; other lines are passed over."""
    found = []
    for line in _COLOUR.sub("", text).splitlines():
        if match := _LINE.match(line):
            rest = match.group(2)
            if took := _TIME.search(rest):
                time_s = float(took.group(1).replace(",", "."))
                time_s *= _UNITS.get(took.group(2), _MICROSECOND)
                found.append(Outcome(int(match.group(1)), time_s, line.strip()))
            elif _TIMED_OUT.search(rest):
                found.append(Outcome(int(match.group(1)), None, line.strip()))
    return found
