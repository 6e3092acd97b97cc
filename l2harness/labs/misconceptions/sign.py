"""Signs of a misconception in what was recorded, and the functions that look for them.

A lab's ``misconceptions*.py`` hold detectors. Like a check, a detector names what it looks at as
its arguments: runs by their names, ``found`` for the programs as they were found among the files,
``built`` for what make did. It yields signs; of two that explain the same check, the one that is
found first counts, so detectors stand in the order of cause and effect::

    @detector
    def the_header(pair: Pair) -> Iterator[Sign]:
        if pair.unicast.by_interface[0][12:14] == b"\\xb5\\x88":
            yield Sign("ethertype-byte-order", "Bytes 12–13 are b5 88.", ("client.ethertype",))

Laws:
- A detector is a pure function of frames, ends of programs, and what the kernel and the files
  show. It never reads source code, and never believes what a program says about itself.
- A sign counts only if a check that it explains has failed: no right submission has any.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

Detector = Callable[..., Iterable["Sign"]]
D = TypeVar("D", bound=Detector)

_DETECTOR = "__l2harness_detector__"


@dataclass(frozen=True, slots=True)
class Sign:
    """
    One misconception, seen.

    Attributes:
        misconception: Its id in the catalogue.
        sentence: What was seen, with offsets and bytes, in one or two sentences.
        checks: Ids of the checks that it explains, if they failed.
    """

    misconception: str
    sentence: str
    checks: tuple[str, ...] = ()

    def explaining(self, *checks: str) -> Sign:
        """Return the same sign for these checks."""
        return replace(self, checks=checks)


def detector(function: D) -> D:
    """Make a function of a lab's ``misconceptions*.py`` one that looks for signs."""
    setattr(function, _DETECTOR, True)
    return function


def is_detector(function: object) -> bool:
    """Whether `detector` was said of a function."""
    return getattr(function, _DETECTOR, False) is True
