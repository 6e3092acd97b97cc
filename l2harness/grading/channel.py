"""Messages between two processes of ours: objects, whole, one after the other.

Strategy: a length of 8 bytes, big-endian, and a pickle of that many bytes. Both ends are this
program; what strangers' programs say never comes through here but inside of our own objects.
"""

from __future__ import annotations

import os
import pickle
import select
import struct
from typing import Final

from l2harness.network.loop import Deadline

_HEADER: Final = struct.Struct(">Q")
#: What is asked of the kernel at a time, bytes.
_PIECE_BYTES: Final = 1 << 20


class Hangup(Exception):
    """The other end has gone, perhaps in the middle of a message."""


class TooLate(Exception):
    """Nothing came before the deadline."""


class Channel:
    """
    One end. Used by one thread at a time.

    Args:
        incoming: Descriptor to read from.
        outgoing: Descriptor to write to; may be the same one. Both belong to the channel.
    """

    def __init__(self, incoming: int, outgoing: int) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def send(self, message: object) -> None:
        """
        Send one message; waits while the other end is busy.

        Raises:
            Hangup: Nobody will read it.
        """
        data = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        view = memoryview(_HEADER.pack(len(data)) + data)
        try:
            while view:
                view = view[os.write(self._outgoing, view) :]
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Hangup from error

    def receive(self, deadline: Deadline | None = None) -> object:
        """
        Return the next message.

        Args:
            deadline: When all of it has to be here; None waits as long as the other end is there.

        Raises:
            Hangup: There is no next one.
            TooLate: The deadline has passed; nothing can be received any more.
        """
        (length,) = _HEADER.unpack(self._read(_HEADER.size, deadline))
        message: object = pickle.loads(self._read(length, deadline))
        return message

    def close(self) -> None:
        """Let go of both descriptors; more than once is allowed."""
        for fd in {self._incoming, self._outgoing} - {-1}:
            os.close(fd)
        self._incoming = self._outgoing = -1

    def _read(self, length: int, deadline: Deadline | None) -> bytes:
        data = bytearray()
        poll = select.poll()
        poll.register(self._incoming, select.POLLIN)
        while len(data) < length:
            if deadline is not None and not poll.poll(deadline.remaining_s * 1000):
                raise TooLate
            try:
                piece = os.read(self._incoming, min(length - len(data), _PIECE_BYTES))
            except ConnectionResetError as error:
                raise Hangup from error
            if not piece:
                raise Hangup
            data += piece
        return bytes(data)
