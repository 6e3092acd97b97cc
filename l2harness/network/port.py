"""Raw sockets on one interface: the only user of AF_PACKET.

`RawSocket` is the bare thing: bytes out, bytes in, nothing waits. `Port` is what tests and labs
hold: it sends frames and receives them with a deadline; `KernelPort` is one for real.

Laws:

- Opened with protocol 0 and then bound: a socket opened with ETH_P_ALL hears every interface of
  the namespace until its bind, which then costs an RCU grace period (packet(7), and measured).
- The kernel strips the outer 802.1Q tag on the way in and leaves it in PACKET_AUXDATA; it is put
  back before anybody sees the frame.
"""

from __future__ import annotations

import errno
import socket
import struct
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from l2harness.errors import FrameError, KernelError
from l2harness.frames import HEADER_BYTES, Frame
from l2harness.network import linux
from l2harness.network.batches import AUXDATA, InBatch, OutBatch
from l2harness.network.delivery import Delivery

ETH_P_ALL: Final = 0x0003
_SOL_PACKET: Final = 263
_PACKET_STATISTICS: Final = 6
_PACKET_AUXDATA: Final = 8
_PACKET_IGNORE_OUTGOING: Final = 23
_PACKET_OUTGOING: Final = 4
_SO_TIMESTAMPNS: Final = 35
_SO_RCVBUFFORCE: Final = 33
_TP_STATUS_VLAN_VALID: Final = 1 << 4
_TP_STATUS_VLAN_TPID_VALID: Final = 1 << 6
_RECEIVE_BUFFER_BYTES: Final = 8 << 20
_LARGEST_READ: Final = 65_536 + 18
_TIMESPEC: Final = struct.Struct("qq")


@dataclass(frozen=True, slots=True)
class Arrival:
    """
    One frame, as one raw socket saw it.

    Attributes:
        time_s: When the kernel had it, on the monotonic clock, seconds.
        data: From the destination address on, tags in their place, no FCS.
        outgoing: It left through this interface, sent by somebody else in the namespace.
    """

    time_s: float
    data: bytes
    outgoing: bool


class RawSocket:
    """
    An AF_PACKET socket on one interface.

    Args:
        namespace: Descriptor of the interface's network namespace.
        name: The interface there.
        label: How errors name it, ``h1.eth0``.
        listen: Hear every frame; without it the socket can only send.
        ignore_outgoing: Do not hear what others send through the interface.
        stamped: Have the kernel say when each frame came; costs every frame of the machine.

    Raises:
        KernelError: No such interface, or no CAP_NET_RAW over the namespace.
    """

    __slots__ = ("_clock_offset_ns", "_socket", "label")

    def __init__(
        self,
        namespace: int,
        name: str,
        label: str,
        *,
        listen: bool,
        ignore_outgoing: bool = True,
        stamped: bool = True,
    ) -> None:
        self.label = label
        # In whole nanoseconds: a float that counts from 1970 has none of them left.
        self._clock_offset_ns = time.time_ns() - time.monotonic_ns()
        try:
            with linux.entered(namespace):
                self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            try:
                if listen:
                    self._prepare_to_listen(ignore_outgoing=ignore_outgoing, stamped=stamped)
                self._socket.bind((name, ETH_P_ALL if listen else 0))
                self._socket.setblocking(False)
            except BaseException:
                self._socket.close()
                raise
        except OSError as error:
            raise KernelError("open a raw socket on", label, error.errno or 0) from error

    def _prepare_to_listen(self, *, ignore_outgoing: bool, stamped: bool) -> None:
        packet = self._socket
        packet.setsockopt(_SOL_PACKET, _PACKET_AUXDATA, 1)
        if stamped:
            packet.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if ignore_outgoing:
            packet.setsockopt(_SOL_PACKET, _PACKET_IGNORE_OUTGOING, 1)
        try:
            packet.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER_BYTES)
        except PermissionError:  # a user namespace may not exceed net.core.rmem_max
            packet.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)

    def fileno(self) -> int:
        """Return the descriptor, for a loop to watch."""
        return self._socket.fileno()

    def inode(self) -> int:
        """Return the inode that /proc/net/packet shows for this socket."""
        import os

        return os.fstat(self._socket.fileno()).st_ino

    def send(self, data: bytes) -> None:
        """
        Put a frame on the wire.

        Args:
            data: From the destination address on, without FCS: 14 bytes to the MTU plus 14 (18
            with     an 802.1Q tag).

        Raises:
            FrameError: Shorter than a header.
            KernelError: Longer than the MTU allows, or the link is down.
        """
        self.expect_headers([len(data)], data)
        try:
            self._socket.send(data)
        except OSError as error:
            detail = f"{len(data)} bytes" if error.errno == errno.EMSGSIZE else ""
            raise KernelError("send on", self.label, error.errno or 0, detail) from error

    def expect_headers(self, lengths: Sequence[int], data: bytes = b"") -> None:
        """Raise FrameError where one of these lengths, in bytes, is shorter than a header."""
        if (shortest := min(lengths)) < HEADER_BYTES:
            raise FrameError(
                f"{shortest} bytes cannot be sent: an Ethernet header has {HEADER_BYTES}", data
            )

    def send_some(self, batch: OutBatch, first: int, end: int) -> int:
        """
        Put frames of a batch on the wire, from ``first`` to before ``end``, in one system call.

        Returns:
            How many; 0 where the kernel has no room for the first of them now.

        Raises:
            KernelError: The first one is longer than the MTU allows, or the link is down.
        """
        try:
            return batch.send(self._socket.fileno(), first, end)
        except OSError as error:
            if error.errno in (errno.EAGAIN, errno.ENOBUFS, errno.EINTR):
                return 0
            detail = f"{batch.lengths[first]} bytes" if error.errno == errno.EMSGSIZE else ""
            raise KernelError("send on", self.label, error.errno or 0, detail) from error

    def read_some(self, room: InBatch) -> list[bytes]:
        """
        Return the oldest frames that have not been read, as many as there is room for; or none.

        Raises:
            KernelError: The interface is gone, or a frame is longer than the room for one.
        """
        while True:
            try:
                frames, taken_out = room.receive(self._socket.fileno())
            except BlockingIOError:
                return []
            except OSError as error:
                if error.errno in (errno.ENETDOWN, errno.EINTR):  # as `read`
                    continue
                raise KernelError("receive on", self.label, error.errno or 0) from error
            return list(map(_with_tag, frames, taken_out)) if taken_out else frames

    def receive_buffer_bytes(self) -> int:
        """Return how much may wait here, in the kernel's count, which is more than the bytes."""
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def read(self) -> Arrival | None:
        """
        Return the oldest frame that has not been read, or None if there is none.

        Raises:
            KernelError: The interface is gone.
        """
        while True:
            try:
                data, ancillary, _, address = self._socket.recvmsg(_LARGEST_READ, 128)
            except BlockingIOError:
                return None
            except OSError as error:
                if error.errno == errno.ENETDOWN:  # said once after the link was down: go on
                    continue
                raise KernelError("receive on", self.label, error.errno or 0) from error
            time_s = 0.0
            for level, kind, value in ancillary:
                if level == _SOL_PACKET and kind == _PACKET_AUXDATA:
                    data = _with_tag(data, value)
                elif level == socket.SOL_SOCKET and kind == _SO_TIMESTAMPNS:
                    seconds, nanoseconds = _TIMESPEC.unpack(value)
                    time_ns = seconds * 1_000_000_000 + nanoseconds
                    time_s = (time_ns - self._clock_offset_ns) / 1e9
            return Arrival(time_s or time.monotonic(), data, address[2] == _PACKET_OUTGOING)

    def lost(self) -> int:
        """Return how many frames the kernel dropped here since the last call (packet(7))."""
        raw = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        return int(struct.unpack("II", raw)[1])

    def close(self) -> None:
        """Close it; where it listened, the kernel takes a grace period (15 ms) over that."""
        self._socket.close()


def _with_tag(data: bytes, auxdata: bytes) -> bytes:
    """Put back the tag that the kernel took out; ``struct tpacket_auxdata`` of packet(7)."""
    status, _, _, _, _, tci, tpid = AUXDATA.unpack_from(auxdata)
    if not status & _TP_STATUS_VLAN_VALID:
        return data
    kind = tpid if status & _TP_STATUS_VLAN_TPID_VALID else 0x8100
    return data[:12] + struct.pack("!HH", kind, tci) + data[12:]


class Port(Protocol):
    """
    A place on a network where a test sends and receives.

    `l2harness.testing.FakePort` is the same without a kernel.
    """

    @property
    def label(self) -> str:
        """The interface, as displayed: ``h1.eth0``."""

    def send(self, frame: Frame | bytes) -> None:
        """Send one frame. Raises FrameError or KernelError, as `RawSocket.send`."""

    def receive(self, within_s: float = 1.0) -> Frame | None:
        """Return the next frame, or None if none comes within that many seconds."""

    def drain(self) -> list[Frame]:
        """Return every frame that has arrived by now, oldest first, without waiting."""

    def expect_nothing(self) -> list[Frame]:
        """Return what arrived by the time that everything sent so far has: empty is a proof."""

    def send_many(
        self,
        frames: Iterable[Frame | bytes],
        *,
        times: int = 1,
        per_second: float | None = None,
    ) -> None:
        """
        Send frames, one after the other, with few system calls.

        Args:
            frames: From the destination address on, without FCS, as bytes or not.
            times: All of them so often; laid out once, they are sent as fast as C could.
            per_second: At this rate on average; None for as fast as can be.

        Raises:
            FrameError, KernelError: As `send`; the frames before it have been sent.
            UsageError: A rate that is not positive, or a negative number of times.
        """

    def receive_many(self, count: int) -> list[bytes]:
        """
        Return the next frames, from the destination address on, tags in their place.

        Fewer than ``count`` only where it is proven that all that was sent before has arrived or
        is lost; what is sent later is not waited for. Raises KernelError where there is no proof.
        """

    def lost(self) -> int:
        """Return how many frames the kernel had no room for here since this was last asked."""

    @property
    def room(self) -> int:
        """How many of the longest frames can wait here, at least, before one is lost."""

    def deliver(
        self, frames: Iterable[Frame | bytes], to: Port, *, per_second: float | None = None
    ) -> Delivery:
        """
        Send frames, receive them at another port, and compare them byte by byte.

        No more are on their way than the other port has room for. What it had not yet received
        before is thrown away.

        Args:
            frames: As `send_many`; a generator of millions takes no memory.
            to: Where they should arrive.
            per_second: As `send_many`.

        Returns:
            That nothing was lost, altered, added or out of order; or exactly what was.

        Raises:
            FrameError, KernelError, UsageError: As `send_many` and `receive_many`.
        """
