"""Taking a reply apart, whatever somebody made of it: the parts where they should be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from l2harness.frames.ipv4 import HEADER_BYTES, checksum

_ETHERNET: Final = 14
_ECHO_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Packet:
    """
    An IPv4 packet with a message in it, in a frame.

    Attributes:
        frame: All of it.
        header: Of IPv4, with its options; at least 20 bytes unless the frame ends before.
        message: What follows, as long as the header says; where that cannot be, to the end of
            the frame.
    """

    frame: bytes
    header: bytes
    message: bytes

    @classmethod
    def of(cls, frame: bytes, expected_bytes: int = 0) -> Self:
        """Take a frame apart; a length that cannot be is replaced by the expected one."""
        packet = frame[_ETHERNET:]
        length = 4 * (packet[0] & 15) if packet else 0
        if not HEADER_BYTES <= length <= len(packet):
            length = HEADER_BYTES
        total = int.from_bytes(packet[2:4], "big")
        if not length + _ECHO_BYTES <= total <= len(packet):
            total = expected_bytes or len(packet)
        return cls(frame, packet[:length], packet[length:total])

    @property
    def source(self) -> bytes:
        """Four bytes."""
        return self.header[12:16]

    @property
    def destination(self) -> bytes:
        """Four bytes."""
        return self.header[16:20]

    @property
    def identity(self) -> bytes:
        """Identifier and sequence number, four bytes."""
        return self.message[4:8]

    @property
    def data(self) -> bytes:
        """What is to be sent back."""
        return self.message[8:]

    def message_checksum(self) -> tuple[int, int]:
        """Return the message's checksum, and what it should be."""
        rest = self.message[:2] + bytes(2) + self.message[4:]
        return int.from_bytes(self.message[2:4], "big"), checksum(rest)

    def header_checksum(self) -> tuple[int, int]:
        """Return the header's checksum, and what it should be."""
        rest = self.header[:10] + bytes(2) + self.header[12:]
        return int.from_bytes(self.header[10:12], "big"), checksum(rest)


def replied(asked: bytes, seen: bytes) -> tuple[Packet, Packet]:
    """Return a request and the reply to it, both taken apart."""
    request = Packet.of(asked)
    return request, Packet.of(seen, HEADER_BYTES + len(request.message))
