"""How much may wait at a host for a program that does not read: the receive buffer of its sockets.

The kernel puts a frame into a socket's queue as long as the memory of those that wait there is
less than its receive buffer, so the last one may go beyond it. It counts what a frame takes in
memory, which is some 700 bytes for a short one.

Source: socket(7); packet_rcv() in net/packet/af_packet.c.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Final, Self

from l2harness.network import linux

#: More than any machine gives; the kernel takes what net.core.rmem_max allows, and doubles it.
_AS_MUCH_AS_THERE_IS: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Room:
    """
    Receive buffers of sockets in one network namespace.

    Attributes:
        usual_bytes: Of one that nobody has asked to be larger (net.core.rmem_default).
        most_bytes: Of one that was made as large as a program without CAP_NET_ADMIN may make it.
    """

    usual_bytes: int
    most_bytes: int

    @classmethod
    def of(cls, namespace: int) -> Self:
        """Ask the kernel, by a socket that is closed again."""
        # Any family will do, the limits are the same for all.
        with linux.entered(namespace), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as it:
            usual_bytes = it.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
            it.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _AS_MUCH_AS_THERE_IS)
            return cls(usual_bytes, it.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF))


def frames_in(buffer_bytes: int, frame_bytes: int) -> int:
    """
    Return how many frames a receive buffer takes.

    Args:
        buffer_bytes: Its size, as getsockopt(2) says it.
        frame_bytes: What each frame takes in memory, at least 1.
    """
    return -(-buffer_bytes // frame_bytes)
