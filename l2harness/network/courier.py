"""Many frames delivered on two cores: one thread sends while another receives and compares.

Strategy: most of a frame's time is spent in the kernel, where a thread holds up no other of this
interpreter. So a second thread does nothing but to send, one batch at a time, while the first one
makes the next batch and looks at what the batch before has become. Two batches are under way at a
time at most, and the receiver has room for both. Where anything is not as it should be, both are
waited for and looked at together; so it is said as exactly as by `bulk.deliver`.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from itertools import islice
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import TYPE_CHECKING, Final, Protocol, Self

from l2harness.errors import L2HarnessError
from l2harness.frames import HEADER_BYTES, Frame
from l2harness.network import bulk
from l2harness.network.batches import OutBatch
from l2harness.network.delivery import Delivery, Tally
from l2harness.network.loop import Loop

if TYPE_CHECKING:
    from l2harness.network.port import RawSocket

#: Frames of a batch: enough that handing it over costs little for each. Two batches are fewer than
#: the 1,000 that the backlog of a CPU holds.
TOGETHER: Final = 384


class PromptReceiver(bulk.Receiver, Protocol):
    """A receiver that can be asked what has come, without a proof."""

    def has_come(self, count: int) -> bool:
        """Whether at least so many frames wait to be received."""


def deliver(
    raw: RawSocket, loop: Loop, frames: Iterable[Frame | bytes], to: PromptReceiver
) -> Delivery:
    """Send frames as fast as can be, receive them elsewhere, and compare; see `Port.deliver`."""
    tally = Tally()
    window = max(1, min(TOGETHER, to.room // 2))
    while to.receive_many(bulk.BATCH):
        pass
    to.lost()
    begun_s = time.monotonic()
    every = iter(frames)
    before: list[bytes] = []
    with Courier(raw, loop) as courier:
        while chunk := [bytes(frame) for frame in islice(every, window)]:
            batch = OutBatch(chunk)
            if batch.shortest < HEADER_BYTES:
                courier.wait()
                raw.expect_headers(batch.lengths)
            courier.wait()
            courier.send(batch)
            came = to.receive_many(len(before)) if to.has_come(len(before)) else []
            if came == before:
                tally.add(before, came)
                before = chunk
            else:
                courier.wait()
                _account(tally, before + chunk, came, to)
                before = []
        courier.wait()
        _account(tally, before, [], to)
    while late := to.receive_many(bulk.BATCH):
        tally.add([], late)
    took_s = time.monotonic() - begun_s
    return tally.delivery(to.lost(), took_s)


def _account(tally: Tally, sent: list[bytes], came: list[bytes], to: bulk.Receiver) -> None:
    """Take in what became of frames that have all been sent; some may have been received."""
    came = came + to.receive_many(len(sent) - len(came))
    if came != sent:
        came += to.receive_many(bulk.BATCH)
    tally.add(sent, came)


class Courier:
    """
    A thread that sends, one batch at a time. Use it as a context manager, from one thread.

    Args:
        raw: What to send through.
        loop: To wait with where the kernel has no room.
    """

    def __init__(self, raw: RawSocket, loop: Loop) -> None:
        self._raw = raw
        self._loop = loop
        self._todo: SimpleQueue[OutBatch | None] = SimpleQueue()
        self._done: SimpleQueue[int | L2HarnessError] = SimpleQueue()
        self._batch: OutBatch | None = None
        self._thread = Thread(target=self._carry, name="courier")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._todo.put(None)
        self._thread.join()

    def send(self, batch: OutBatch) -> None:
        """Begin to send a batch; the one before must have been waited for."""
        self._batch = batch
        self._todo.put(batch)

    def wait(self) -> None:
        """
        Return once the batch has been sent; at once if there is none.

        Raises:
            KernelError: As `bulk.send_batch`.
        """
        if (batch := self._batch) is None:
            return
        self._batch = None
        sent = self._done.get()
        if isinstance(sent, L2HarnessError):
            raise sent
        while sent < len(batch):
            sent += bulk.some_of(self._raw, self._loop, batch, sent)

    def _carry(self) -> None:
        """Send what there is to do, as far as the kernel has room; it never waits."""
        while (batch := self._todo.get()) is not None:
            sent, taken = 0, 1
            try:
                while taken and sent < len(batch):
                    taken = self._raw.send_some(batch, sent, len(batch))
                    sent += taken
                self._done.put(sent)
            except L2HarnessError as error:
                self._done.put(error)
