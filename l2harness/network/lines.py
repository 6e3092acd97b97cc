"""The links of a network, as good or bad as they were declared, and the frames under way on them.

A frame goes over two links: out of its host, and into another. On each it may be lost, changed,
doubled, held back or kept waiting, as `l2harness.network.mischief` decides. What waits for its
time does so here, in the order of the times, with one timer of the kernel; what waits for the next
frame waits in its `Mischief`. A link that nothing is said about costs nothing.
"""

from __future__ import annotations

import heapq
import itertools
import math
import os
import time
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from l2harness.network import linux
from l2harness.network.loop import Loop
from l2harness.network.mischief import Freight, Mischief, Outcome
from l2harness.network.timeline import Deed, Direction
from l2harness.topology import Impairment, ResolvedTopology

#: One way over the link of an interface: its label, and the way as seen from the host.
Way: TypeAlias = tuple[str, Direction]


def impairments_of(topology: ResolvedTopology) -> dict[Way, Impairment]:
    """Return what is bad in a network, way by way; nothing for perfect ones."""
    ways = {
        (interface.label, direction): bad
        for interface in topology.interfaces
        for direction, bad in ((Direction.OUT, interface.out), (Direction.IN, interface.into))
    }
    return {way: bad for way, bad in ways.items() if bad}


class Lines:
    """
    Every link of a network, both ways.

    Args:
        loop: Tells when a frame's time has come.
        impairments: Of the ways that are not perfect.
        seed: Of the network: decides what happens to which frame.
        gone: Called with the way and a frame when it has got over a link.
        done: Called with the number of a frame when something was done to it.
        turn_over: Called after frames have got over links because their time had come.
    """

    def __init__(
        self,
        loop: Loop,
        impairments: Mapping[Way, Impairment],
        seed: str,
        *,
        gone: Callable[[Way, Freight], None],
        done: Callable[[int, Deed], None],
        turn_over: Callable[[], None],
    ) -> None:
        self._loop = loop
        self._impairments = dict(impairments)
        self._seed = seed
        self._gone = gone
        self._done = done
        self._turn_over = turn_over
        self._mischief: dict[Way, Mischief] = {}
        self._waiting: list[tuple[float, int, Way, Freight]] = []
        self._order = itertools.count()
        self._timer: int | None = None
        if any(bad.waits for bad in self._impairments.values()):
            self._timer = linux.timer()
            loop.add(self._timer, self._time_has_come)

    def begin_run(self, run: str) -> None:
        """Begin to impair, as the seed and the name of the run decide; nothing is under way."""
        self._waiting.clear()
        self._mischief = {
            (label, direction): Mischief(bad, label, direction, f"{self._seed}/{run}")
            for (label, direction), bad in self._impairments.items()
        }

    def enter(self, way: Way, freight: Freight) -> None:
        """Put a frame on a link."""
        mischief = self._mischief.get(way)
        if mischief is None:
            self._gone(way, freight)
            return
        outcome = mischief.pass_on(freight, time.monotonic())
        for deed in outcome.deeds:
            self._done(freight.number, deed)
        self._leave(way, mischief, outcome)

    def _leave(self, way: Way, mischief: Mischief, outcome: Outcome) -> None:
        if not mischief.impairment.waits:
            for _, freight in outcome.leaving:
                self._gone(way, freight)
        elif outcome.leaving:
            for at_s, freight in outcome.leaving:
                heapq.heappush(self._waiting, (at_s, next(self._order), way, freight))
            self._set_timer()

    def _set_timer(self) -> None:
        if self._waiting and self._timer is not None:
            linux.set_timer(self._timer, self._waiting[0][0])

    def _time_has_come(self) -> None:
        assert self._timer is not None, "what calls is the timer"
        try:
            os.read(self._timer, 8)
        except BlockingIOError:  # set anew since
            return
        now_s = time.monotonic()
        try:
            while self._waiting and self._waiting[0][0] <= now_s:
                _, _, way, freight = heapq.heappop(self._waiting)
                self._gone(way, freight)
            self._turn_over()
        finally:
            self._set_timer()

    # -- what is under way ----------------------------------------------------------------

    def let_go(self) -> None:
        """
        Let frames go that wait for the next one, as if none came.

        Those on their way out of a host first: they may be what the others wait for.
        """
        for direction in Direction:
            holding = [
                (way, mischief)
                for way, mischief in self._mischief.items()
                if way[1] is direction and mischief.held is not None
            ]
            for way, mischief in holding:
                self._leave(way, mischief, mischief.let_go(time.monotonic()))
            if holding:
                break
        self._turn_over()

    def under_way(self, upto: int, flooded: Collection[str]) -> bool:
        """
        Whether frames are under way on links.

        Args:
            upto: The last number of a frame that is asked about.
            flooded: Interfaces whose frames are not asked about.
        """
        held = [it.held for it in self._mischief.values() if it.held is not None]
        return bool(self.latest_s(upto, flooded)) or any(
            _asked_about(freight, upto, flooded) for freight in held
        )

    def latest_s(self, upto: int, flooded: Collection[str]) -> float:
        """Return when the last of them goes that waits for its time; 0.0 if none does."""
        return max(
            (at_s for at_s, _, _, it in self._waiting if _asked_about(it, upto, flooded)),
            default=0.0,
        )

    @property
    def next_s(self) -> float:
        """When the next frame goes that waits for its time; infinity if none does."""
        return self._waiting[0][0] if self._waiting else math.inf

    def close(self) -> None:
        """Let go of the timer, and of what is under way."""
        self._waiting.clear()
        if self._timer is not None:
            self._loop.remove(self._timer)
            os.close(self._timer)
            self._timer = None


def _asked_about(freight: Freight, upto: int, flooded: Collection[str]) -> bool:
    return freight.number <= upto and freight.sender not in flooded
