"""A place on a network for real: a raw socket that a loop watches.

What has arrived is taken out of the kernel in batches whenever the loop is stepped, by whoever
waits for whatever, so that its queue is empty for what comes next.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from l2harness.frames import HEADER_BYTES, Frame
from l2harness.network import bulk, courier
from l2harness.network.batches import InBatch
from l2harness.network.delivery import Delivery
from l2harness.network.loop import Deadline, Loop
from l2harness.network.port import Port, RawSocket

_SECRET_AT: Final = slice(HEADER_BYTES, None)
#: What may stand before the payload: a header and two tags.
_BEFORE_PAYLOAD: Final = HEADER_BYTES + 8
#: What the kernel counts for a waiting frame beyond its bytes: at most an sk_buff, its end, and
#: what the allocation was rounded up by to the next power of two.
_A_WAITING_FRAME_BYTES: Final = 1_024


class KernelPort:
    """
    `Port` for real.

    Args:
        raw: Sends and hears.
        loop: Watches it.
        secret: What the payload of a frame of the harness's own machinery begins with.
        announce: Is told of every frame before it is sent; None for nobody.
        mtu: Of the interface, bytes.
        prove_settled: Returns once everything that was on its way has come.
    """

    def __init__(
        self,
        raw: RawSocket,
        loop: Loop,
        *,
        secret: bytes,
        announce: Callable[[bytes], None] | None,
        mtu: int,
        prove_settled: Callable[[KernelPort], None],
    ) -> None:
        self._raw = raw
        self._loop = loop
        self._secret = secret
        self._announce = announce
        self._prove_settled = prove_settled
        self._waiting: deque[bytes] = deque()
        self._longest = mtu + _BEFORE_PAYLOAD
        self._incoming = InBatch(bulk.BATCH, self._longest)
        self._probes: set[bytes] = set()
        loop.add(raw.fileno(), self._collect)

    @property
    def label(self) -> str:
        """The interface, as displayed: ``h1.eth0``."""
        return self._raw.label

    def send(self, frame: Frame | bytes) -> None:
        """See `Port.send`."""
        data = bytes(frame)
        if self._announce is not None:
            self._announce(data)
        self._raw.send(data)

    def send_many(
        self,
        frames: Iterable[Frame | bytes],
        *,
        times: int = 1,
        per_second: float | None = None,
    ) -> None:
        """See `Port.send_many`."""
        bulk.send_many(
            self._raw,
            self._loop,
            frames,
            times=times,
            per_second=per_second,
            announce=self._announce,
        )

    def deliver(
        self, frames: Iterable[Frame | bytes], to: Port, *, per_second: float | None = None
    ) -> Delivery:
        """See `Port.deliver`."""
        if per_second is None and self._announce is None and isinstance(to, KernelPort):
            return courier.deliver(self._raw, self._loop, frames, to)
        return bulk.deliver(
            self._raw, self._loop, frames, to, per_second=per_second, announce=self._announce
        )

    def has_come(self, count: int) -> bool:
        """Whether at least so many frames wait to be received; without a proof."""
        if len(self._waiting) < count:
            self._loop.drain()
        return len(self._waiting) >= count

    def receive_many(self, count: int) -> list[bytes]:
        """See `Port.receive_many`."""
        if len(self._waiting) < count:
            self._loop.drain()
        if len(self._waiting) < count:
            self._prove_settled(self)
            self._loop.drain()
        if len(self._waiting) <= count:
            found = list(self._waiting)
            self._waiting.clear()
            return found
        return [self._waiting.popleft() for _ in range(count)]

    def lost(self) -> int:
        """See `Port.lost`."""
        return self._raw.lost()

    @property
    def room(self) -> int:
        """See `Port.room`."""
        each = _A_WAITING_FRAME_BYTES + 2 * self._longest
        return max(1, self._raw.receive_buffer_bytes() // each)

    def receive(self, within_s: float = 1.0) -> Frame | None:
        """See `Port.receive`. Raises FrameError for one with half an 802.1Q tag."""
        if self._loop.wait(lambda: bool(self._waiting), Deadline.after(within_s)):
            return Frame.from_bytes(self._waiting.popleft())
        return None

    def drain(self) -> list[Frame]:
        """See `Port.drain`."""
        self._loop.drain()
        frames = [Frame.from_bytes(data) for data in self._waiting]
        self._waiting.clear()
        return frames

    def expect_nothing(self) -> list[Frame]:
        """See `Port.expect_nothing`."""
        self._prove_settled(self)
        return self.drain()

    def saw(self, probe: bytes, deadline: Deadline) -> bool:
        """Wait until this frame of the harness's own machinery has arrived."""
        return self._loop.wait(lambda: probe in self._probes, deadline)

    def _collect(self) -> None:
        # What others send through the interface this socket does not hear.
        while found := self._raw.read_some(self._incoming):
            if self._secret in b"".join(found):  # one look at all of them
                own = {data for data in found if data[_SECRET_AT].startswith(self._secret)}
                self._probes |= own
                self._waiting += [data for data in found if data not in own]
            else:
                self._waiting += found
            if len(found) < bulk.BATCH:
                return

    def close(self) -> None:
        """Stop listening and close the socket."""
        self._loop.remove(self._raw.fileno())
        self._raw.close()
