"""Many frames at once through one raw socket: in batches, at a rate, and what became of them.

Frames that are on their way wait in queues of bounded length, in the kernel's backlog and at the
receiving socket. So never more are sent at a time than fit there, and the loop handles what has
arrived before the next ones are sent.
"""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Final, Protocol

from l2harness.errors import KernelError, UsageError
from l2harness.frames import HEADER_BYTES, Frame
from l2harness.network.batches import OutBatch
from l2harness.network.delivery import Delivery, Tally
from l2harness.network.loop import Deadline, Loop
from l2harness.network.pace import Pace

if TYPE_CHECKING:
    from l2harness.network.port import RawSocket

#: So many frames are under way at a time at most. Where SO_RCVBUF cannot be forced a socket holds
#: 212,992 bytes (net.core.rmem_max), some 270 small frames; the backlog of a CPU holds 1,000.
BATCH: Final = 128
#: Twice as many where SO_RCVBUF was asked for, as our own ports do, if they are short ones.
_BATCH_OF_SHORT: Final = 256
_SHORT_BYTES: Final = 128
#: How long the kernel may have no room for a further frame, seconds.
_ROOM_WITHIN_S: Final = 10.0


class Receiver(Protocol):
    """The side of a `Port` that a delivery needs."""

    @property
    def room(self) -> int:
        """How many frames may be waiting there."""

    def receive_many(self, count: int) -> list[bytes]:
        """Return as many frames; fewer where no more are on their way."""

    def lost(self) -> int:
        """Return how many frames the kernel had no room for since this was last asked."""


def send_many(
    raw: RawSocket,
    loop: Loop,
    frames: Iterable[Frame | bytes],
    *,
    times: int,
    per_second: float | None,
    announce: Callable[[bytes], None] | None,
) -> None:
    """Send frames in batches, all of them so many times; see `Port.send_many`."""
    if times < 0:
        raise UsageError(f"times is {times}; it cannot be negative")
    with Pace(loop, per_second) as pace:
        for batch, data in _batches(frames, times):
            if announce is not None:
                for each in data:
                    announce(each)
            send_batch(raw, loop, batch, pace)


def deliver(
    raw: RawSocket,
    loop: Loop,
    frames: Iterable[Frame | bytes],
    to: Receiver,
    *,
    per_second: float | None,
    announce: Callable[[bytes], None] | None,
) -> Delivery:
    """Send frames, receive them elsewhere, and compare; see `Port.deliver`."""
    tally = Tally()
    window = min(BATCH, to.room)
    while to.receive_many(BATCH):
        pass
    to.lost()
    begun_s = time.monotonic()
    every = iter(frames)
    with Pace(loop, per_second) as pace:
        while chunk := [bytes(frame) for frame in islice(every, window)]:
            if announce is not None:
                for each in chunk:
                    announce(each)
            send_batch(raw, loop, OutBatch(chunk), pace)
            came = to.receive_many(len(chunk))
            if came != chunk:
                came += [bytes(frame) for frame in to.receive_many(BATCH)]
            tally.add(chunk, came)
    while late := to.receive_many(BATCH):
        tally.add([], late)
    took_s = time.monotonic() - begun_s
    return tally.delivery(to.lost(), took_s)


def send_batch(raw: RawSocket, loop: Loop, batch: OutBatch, pace: Pace) -> None:
    """
    Send a batch to its end, and handle what that has caused.

    Raises:
        FrameError: One is shorter than a header; those before it have not been sent either.
        KernelError: One is longer than the MTU allows, the link is down, or there is no room.
    """
    if batch.shortest < HEADER_BYTES:
        raw.expect_headers(batch.lengths)
    sent = 0
    while sent < len(batch):
        due = sent + pace.take(len(batch) - sent)
        while sent < due:
            sent += some_of(raw, loop, batch, sent, due)
        loop.drain()


def some_of(
    raw: RawSocket, loop: Loop, batch: OutBatch, first: int, end: int | None = None
) -> int:
    """
    Send some frames of a batch, at least one; a full queue is given time to empty.

    Args:
        raw: What to send through.
        loop: To wait with.
        batch: What it is sent from.
        first: The place of the first one.
        end: Before which place to stop at the latest; None at its end.

    Returns:
        How many.

    Raises:
        KernelError: As `send_batch`.
    """
    end = len(batch) if end is None else end
    if taken := raw.send_some(batch, first, end):
        return taken
    room = Deadline.after(_ROOM_WITHIN_S)
    if taken := loop.wait(lambda: raw.send_some(batch, first, end), room, poll=True):
        return taken
    raise KernelError("send on", raw.label, errno.ENOBUFS, "its queues stay full")


def _batches(
    frames: Iterable[Frame | bytes], times: int
) -> Iterator[tuple[OutBatch, Sequence[bytes]]]:
    """Yield batches and what is in them; what is sent again is laid out once."""
    if times == 1:
        every = iter(frames)
        while data := [bytes(frame) for frame in islice(every, BATCH)]:
            yield OutBatch(data), data
        return
    whole = [bytes(frame) for frame in frames]
    if not whole:
        return
    if len(whole) <= BATCH:
        # As often as it goes into one batch, which then is sent again and again.
        short = max(map(len, whole)) <= _SHORT_BYTES
        together = (_BATCH_OF_SHORT if short else BATCH) // len(whole)
        rounds, rest = divmod(times, together)
        batch, data = OutBatch(whole * together), whole * together
        for _ in range(rounds):
            yield batch, data
        if rest:
            yield OutBatch(whole * rest), whole * rest
        return
    parts = [whole[at : at + BATCH] for at in range(0, len(whole), BATCH)]
    laid_out = [(OutBatch(part), part) for part in parts]
    for _ in range(times):
        yield from laid_out
