"""What a bad line does to frames, and the units in which a topology file says so.

Strategy: an `Impairment` is what happens to the frames that go one way over the link between a
host's interface and its segment; all of it defaults to a perfect line. A file says parts of it,
for a segment and again for an interface; these parts are `Impairments`, and `merged` puts them
together. Each quantity has one way to be written, with its unit, so that nobody has to guess
whether ``5`` is a share or a percentage: ``5%``, ``20ms``, ``10Mbit``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Final

from l2harness.topology.words import quoted

#: The longest delay, and the slowest line, that frames are made to wait for: a run has to end.
LONGEST_DELAY_S: Final = 10.0
SLOWEST_RATE_BPS: Final = 64_000
FASTEST_RATE_BPS: Final = 100_000_000_000

#: A millionth of the frames, or of a second, is the least that makes a difference.
_DECIMALS: Final = 6

_NUMBER: Final = r"([0-9]{1,9}(?:\.[0-9]{1,9})?)"
_SHARE: Final = re.compile(rf"{_NUMBER} ?%", re.ASCII)
_DURATION: Final = re.compile(rf"{_NUMBER} ?(us|ms|s)", re.ASCII)
_RATE: Final = re.compile(rf"{_NUMBER} ?(kbit|Mbit|Gbit)", re.ASCII)
_SECONDS: Final = {"us": 1e6, "ms": 1e3, "s": 1.0}
_BITS: Final = {"kbit": 1e3, "Mbit": 1e6, "Gbit": 1e9}


@dataclass(frozen=True, slots=True)
class Impairment:
    """
    What happens to the frames that go one way over one link.

    Attributes:
        loss: Share of the frames that are lost, 0 to 1.
        duplication: Share of the frames that arrive twice, 0 to 1.
        corruption: Share of the frames in which one bit behind the header is wrong, 0 to 1.
        reordering: Share of the frames that are held back until the next one has gone, 0 to 1.
        delay_s: How long every frame takes, seconds.
        jitter_s: How much less or more it may be, seconds; at most the delay. Frames do not
            overtake each other by it.
        rate_bps: Bits a second of the line; frames wait for those before them. 0: no limit.
    """

    loss: float = 0.0
    duplication: float = 0.0
    corruption: float = 0.0
    reordering: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0
    rate_bps: int = 0

    def __bool__(self) -> bool:
        """Whether anything can happen to a frame."""
        return self != PERFECT

    @property
    def waits(self) -> bool:
        """Whether frames take time."""
        return bool(self.delay_s or self.jitter_s or self.rate_bps)

    def problems(self) -> Iterator[str]:
        """Yield what cannot be, in words."""
        for name in ("loss", "duplication", "corruption", "reordering"):
            share = getattr(self, name)
            if not 0 <= share <= 1:
                yield f"a {name} of {share * 100:g}% is not in 0%..100%"
        for name, delay_s in (("delay", self.delay_s), ("jitter", self.jitter_s)):
            if not 0 <= delay_s <= LONGEST_DELAY_S:
                yield f"a {name} of {delay_s:g}s is not in 0s..{LONGEST_DELAY_S:g}s"
        if self.jitter_s > self.delay_s:
            yield (
                f"a jitter of {_duration(self.jitter_s)} is more than the delay of "
                f"{_duration(self.delay_s)}, and no frame arrives before it was sent"
            )
        if self.rate_bps and not SLOWEST_RATE_BPS <= self.rate_bps <= FASTEST_RATE_BPS:
            slowest, fastest = _rate(SLOWEST_RATE_BPS), _rate(FASTEST_RATE_BPS)
            yield f"a rate of {_rate(self.rate_bps)} is not in {slowest}..{fastest}"

    def words(self) -> list[str]:
        """Return what is not perfect, as a file would say it: ``loss 5%``, ``delay 20ms``."""
        shares = ("loss", "duplication", "corruption", "reordering")
        said = [f"{it} {getattr(self, it) * 100:g}%" for it in shares if getattr(self, it)]
        if self.delay_s:
            said.append(f"delay {_duration(self.delay_s)}")
        if self.jitter_s:
            said.append(f"jitter {_duration(self.jitter_s)}")
        if self.rate_bps:
            said.append(f"rate {_rate(self.rate_bps)}")
        return said


#: What a line is that nothing is said about.
PERFECT: Final = Impairment()

#: Part of an `Impairment`: names of its attributes, with their values.
Said = tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Impairments:
    """
    What a file says of the links of a segment, or of the link of an interface.

    Attributes:
        out: Of frames that leave the host.
        into: Of frames that come to the host.
    """

    out: Said = ()
    into: Said = ()

    def __bool__(self) -> bool:
        """Whether anything is said."""
        return bool(self.out or self.into)

    @classmethod
    def of(cls, out: Impairment | None, into: Impairment | None) -> Impairments:
        """Return what says all of each, or nothing of it."""
        return cls(
            tuple(asdict(out).items()) if out else (), tuple(asdict(into).items()) if into else ()
        )


#: What is said of a line in a file that says nothing.
NOTHING_SAID: Final = Impairments()


def merged(*said: Said) -> Impairment:
    """Return the impairment of which every part is as it was said last."""
    values = {name: value for part in said for name, value in part}
    rate_bps = int(values.pop("rate_bps", 0))
    return replace(PERFECT, **values, rate_bps=rate_bps)


def share(text: str) -> float:
    """
    Read a share of frames: ``5%``, ``0.1%``.

    Returns:
        From 0 to 1.

    Raises:
        ValueError: Saying what was expected.
    """
    found = _SHARE.fullmatch(text)
    if not found:
        raise ValueError(f"expected a share of the frames, as in 5%, got {quoted(text)}")
    value = float(found[1])
    if value > 100:
        raise ValueError(f"{text} is not in 0%..100%")
    return round(value / 100, _DECIMALS)


def duration(text: str) -> float:
    """
    Read a time: ``20ms``, ``1.5s``, ``100us``.

    Returns:
        Seconds.

    Raises:
        ValueError: Saying what was expected.
    """
    found = _DURATION.fullmatch(text)
    if not found:
        expected = "expected a time with its unit, as in 20ms, 1.5s or 100us"
        raise ValueError(f"{expected}, got {quoted(text)}")
    value = round(float(found[1]) / _SECONDS[found[2]], _DECIMALS)
    if value > LONGEST_DELAY_S:
        raise ValueError(f"{text} is not in 0s..{LONGEST_DELAY_S:g}s")
    return value


def rate(text: str) -> int:
    """
    Read bits a second: ``64kbit``, ``10Mbit``, ``1Gbit``.

    Returns:
        Bits a second; a k is 1000.

    Raises:
        ValueError: Saying what was expected.
    """
    found = _RATE.fullmatch(text)
    if not found:
        expected = "expected bits a second with their unit, as in 64kbit, 10Mbit or 1Gbit"
        raise ValueError(f"{expected}, got {quoted(text)}")
    value = round(float(found[1]) * _BITS[found[2]])
    if not SLOWEST_RATE_BPS <= value <= FASTEST_RATE_BPS:
        slowest, fastest = _rate(SLOWEST_RATE_BPS), _rate(FASTEST_RATE_BPS)
        raise ValueError(f"{text} is not in {slowest}..{fastest}")
    return value


def _duration(seconds: float) -> str:
    for unit, times in (("s", 1.0), ("ms", 1e3)):
        if seconds * times >= 1:
            return f"{seconds * times:.6g}{unit}"
    return f"{seconds * 1e6:.6g}us"


def _rate(bps: float) -> str:
    for unit in ("Gbit", "Mbit"):
        if bps >= _BITS[unit]:
            return f"{bps / _BITS[unit]:.6g}{unit}"
    return f"{bps / 1e3:.6g}kbit"
