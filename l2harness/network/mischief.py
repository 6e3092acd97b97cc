"""What a bad line does to which frame: decided from a seed, and from nothing else. Pure.

A `Mischief` stands for one way over one link. Frames go in one by one; what comes out, in which
order and when, depends on the frames, the impairment and the seed.

Laws:

- For every frame the same number of draws is made, whatever becomes of it. So the fate of a frame
  depends on its place alone: more loss does not change which frames are corrupted.
- Nothing is decided by the clock but the times themselves: the order in which frames come out is
  that in which they went in, except where the seed holds one back until the next one has gone.
- What is lost is lost alone: a lost frame neither takes the place of one nor lets one go.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Final

from l2harness.frames.ethernet import HEADER_BYTES, header_length
from l2harness.network.timeline import Deed, DeedKind, Direction, Origin
from l2harness.topology import Impairment

#: Random numbers that are drawn for each frame.
DRAWS: Final = 7


@dataclass(frozen=True, slots=True)
class Freight:
    """
    A frame on its way through the network.

    Attributes:
        data: As it is now.
        number: Of the frame in its run.
        origin: Who sent it.
        sender: The interface by which it came in.
        deeds: What has been done to it.
    """

    data: bytes
    number: int = 0
    origin: Origin = Origin.PROGRAM
    sender: str = ""
    deeds: tuple[Deed, ...] = ()

    def with_data(self, data: bytes) -> Freight:
        """Return the same with other bytes."""
        if data is self.data:
            return self
        return Freight(data, self.number, self.origin, self.sender, self.deeds)


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What became of one frame, and of one that had waited for it.

    Attributes:
        leaving: What leaves the link, oldest first, each with the time at which it does: seconds
            of the clock on which it came, never less than that of the one before.
        deeds: What was done to the frame.
    """

    leaving: tuple[tuple[float, Freight], ...]
    deeds: tuple[Deed, ...]


class Mischief:
    """
    One way over one link.

    Args:
        impairment: How bad it is.
        interface: Whose link, as displayed.
        direction: Which way, seen from the host.
        seed: Text; the same for the same fates.
    """

    def __init__(
        self, impairment: Impairment, interface: str, direction: Direction, seed: str
    ) -> None:
        self.impairment = impairment
        self._interface = interface
        self._direction = direction
        # A text seed goes through SHA-512, and random() is what Python promises to keep as it is.
        # As ASCII, because a seed from the command line need not be UTF-8.
        self._random = random.Random(f"l2harness wire {interface} {direction} {seed!a}").random
        self._held: tuple[tuple[Freight, float], ...] = ()
        self._free_s = 0.0
        self._last_s = 0.0

    @property
    def held(self) -> Freight | None:
        """The frame that waits for the next one, if any."""
        return self._held[0][0] if self._held else None

    def pass_on(self, freight: Freight, now_s: float) -> Outcome:
        """Decide what becomes of a frame that comes now."""
        draw = self._random
        lost, doubled, corrupted, where, bit, reordered, varied = [draw() for _ in range(DRAWS)]
        bad = self.impairment
        if lost < bad.loss:
            return Outcome((), (self._deed(DeedKind.LOST),))
        deeds: list[Deed] = []
        data = freight.data
        first = max(HEADER_BYTES, header_length(data))
        if corrupted < bad.corruption and len(data) > first:
            place = first + int(where * (len(data) - first))
            number = int(bit * 8)
            data = flipped(data, place, number)
            deeds.append(replace(self._deed(DeedKind.CORRUPTED), byte=place, bit=number))
        if doubled < bad.duplication:
            deeds.append(self._deed(DeedKind.DUPLICATED))
        holding = reordered < bad.reordering and not self._held
        if holding:
            deeds.append(self._deed(DeedKind.REORDERED))
        delay_s = bad.delay_s + bad.jitter_s * (2 * varied - 1)
        if delay_s:
            deeds.append(replace(self._deed(DeedKind.DELAYED), delay_s=delay_s))
        changed = replace(freight, data=data, deeds=(*freight.deeds, *deeds))
        copies = ((changed, delay_s),) * (2 if doubled < bad.duplication else 1)
        if holding:
            self._held = copies
            return Outcome((), tuple(deeds))
        waiting, self._held = self._held, ()
        return Outcome(self._timed((*copies, *waiting), now_s), tuple(deeds))

    def let_go(self, now_s: float) -> Outcome:
        """Let the frame go that waits for the next one: none will come."""
        waiting, self._held = self._held, ()
        return Outcome(self._timed(waiting, now_s), ())

    def _timed(
        self, some: tuple[tuple[Freight, float], ...], now_s: float
    ) -> tuple[tuple[float, Freight], ...]:
        """Say when each leaves: once the line is free, and not before the one in front of it."""
        leaving = []
        for freight, delay_s in some:
            gone_s = now_s
            if self.impairment.rate_bps:
                bits = 8 * len(freight.data)
                self._free_s = max(now_s, self._free_s) + bits / self.impairment.rate_bps
                gone_s = self._free_s
            self._last_s = max(self._last_s, gone_s + delay_s)
            leaving.append((self._last_s, freight))
        return tuple(leaving)

    def _deed(self, kind: DeedKind) -> Deed:
        return Deed(kind, self._interface, self._direction)


def flipped(data: bytes, byte: int, bit: int) -> bytes:
    """Return a frame with one bit the other way."""
    changed = bytearray(data)
    changed[byte] ^= 1 << bit
    return bytes(changed)
