"""What a holder and the commands say to each other: one JSON object a message, and descriptors.

Laws:

- A message is a packet of a Unix socket (SOCK_SEQPACKET): it comes whole or not at all.
- Both sides are the same user; who is not is not answered (unix(7), SO_PEERCRED).
- A descriptor that arrives is closed at exec.
"""

from __future__ import annotations

import json
import os
import socket
import struct
from dataclasses import dataclass
from typing import Any, Final

from l2harness.errors import KernelError

#: Longer than any message: a frame of 64 KiB, or the description of some thousand hosts.
LARGEST_BYTES: Final = 160_000
_MOST_DESCRIPTORS: Final = 4
_CREDENTIALS: Final = struct.Struct("=iII")

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Peer:
    """
    Who is at the other end.

    Attributes:
        pid: Its process, in our PID namespace; of a listener, whoever called listen(2). 0 if it
            cannot be named there.
        uid: Its user, in our user namespace.
    """

    pid: int
    uid: int

    @classmethod
    def of(cls, connection: socket.socket) -> Peer:
        """Ask the kernel."""
        raw = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        pid, uid, _ = _CREDENTIALS.unpack(raw)
        return cls(pid, uid)


def new_socket() -> socket.socket:
    """Return a socket for this protocol."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)


def send(connection: socket.socket, document: Document, descriptors: tuple[int, ...] = ()) -> None:
    """
    Send one message.

    Raises:
        OSError: The other side has gone, or does not read what it is sent.
    """
    data = json.dumps(document).encode()
    if descriptors:
        socket.send_fds(connection, [data], list(descriptors))
    else:
        connection.send(data)


def receive(connection: socket.socket) -> tuple[Document, tuple[int, ...]]:
    """
    Receive one message, with the descriptors that came along.

    Raises:
        EOFError: The other side has closed.
        KernelError: This is no message of ours.
        OSError: As recvmsg(2); BlockingIOError where nothing has come yet.
    """
    data, found, flags, _ = socket.recv_fds(
        connection, LARGEST_BYTES, _MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
    )
    descriptors = tuple(found)
    try:
        if not data:
            raise EOFError
        document = json.loads(data)
        if not isinstance(document, dict) or flags & (socket.MSG_TRUNC | socket.MSG_CTRUNC):
            raise ValueError
    except (ValueError, EOFError) as error:
        for fd in descriptors:
            os.close(fd)
        if isinstance(error, EOFError):
            raise
        raise KernelError("understand", "what came through the control socket") from error
    return document, descriptors
