"""What became of frames that were sent from one port to another: counted and compared, pure.

A `Tally` is told, part by part, what was sent and what came of it by the time that nothing was
under way any more. So what did not come is lost for good, and is named by its place.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

#: So many lost and so many strange frames are kept; beyond that they are only counted.
_KEPT: Final = 1_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    Frames from one port to another.

    Attributes:
        sent: How many were sent.
        received: How many of these arrived.
        missing: The places, from 0, of those that did not; the first thousand. Where equal frames
            were sent, the earlier ones count as those that arrived.
        strange: Frames that arrived and were not sent, or came once more than they were sent; the
            first thousand.
        strange_count: How many such there were.
        in_order: Whether those that arrived did so in the order of sending.
        dropped: How many frames of any kind the kernel had no room for at the receiving port.
        took_s: From the first to be sent to the last received, seconds.
    """

    sent: int
    received: int
    missing: tuple[int, ...]
    strange: tuple[bytes, ...]
    strange_count: int
    in_order: bool
    dropped: int
    took_s: float

    @property
    def complete(self) -> bool:
        """Whether every frame arrived once, byte for byte, in order, and nothing else did."""
        return self.received == self.sent and self.in_order and self.strange_count == 0

    def __str__(self) -> str:
        """Say it in a sentence."""
        if self.complete:
            return f"all {self.sent} frames arrived, in order"
        parts = [f"{self.received} of {self.sent} frames arrived"]
        if self.missing:
            some = ", ".join(map(str, self.missing[:10]))
            more = ", …" if self.sent - self.received > 10 else ""
            parts.append(f"missing from 0 on: {some}{more}")
        if not self.in_order:
            parts.append("not in order")
        if self.strange_count:
            parts.append(f"{self.strange_count} that were not sent, or once too often")
        if self.dropped:
            parts.append(f"{self.dropped} dropped by the kernel at the receiving port")
        return "; ".join(parts)


class Tally:
    """Adds up a delivery, part by part."""

    def __init__(self) -> None:
        self._sent = 0
        self._received = 0
        self._missing: list[int] = []
        self._strange: list[bytes] = []
        self._strange_count = 0
        self._in_order = True

    def add(self, sent: Sequence[bytes], came: Sequence[bytes]) -> None:
        """Take in what was sent, and all that came by the time nothing of it was under way."""
        if list(sent) == list(came):
            self._received += len(sent)
        else:
            self._compare(sent, came)
        self._sent += len(sent)

    def _compare(self, sent: Sequence[bytes], came: Sequence[bytes]) -> None:
        places: dict[bytes, deque[int]] = {}
        for place, data in enumerate(sent):
            places.setdefault(data, deque()).append(place)
        arrived: list[int] = []
        strange: Counter[bytes] = Counter()
        for data in came:
            if waiting := places.get(data):
                arrived.append(waiting.popleft())
            else:
                strange[data] += 1
        self._received += len(arrived)
        self._in_order = self._in_order and arrived == sorted(arrived)
        room = max(0, _KEPT - len(self._missing))
        gone = sorted(set(range(len(sent))).difference(arrived))
        self._missing += [self._sent + place for place in gone[:room]]
        self._strange_count += strange.total()
        self._strange += list(strange.elements())[: max(0, _KEPT - len(self._strange))]

    def delivery(self, dropped: int, took_s: float) -> Delivery:
        """Return what became of all of them."""
        return Delivery(
            self._sent,
            self._received,
            tuple(self._missing),
            tuple(self._strange),
            self._strange_count,
            self._in_order,
            dropped,
            took_s,
        )
