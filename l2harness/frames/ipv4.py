"""IPv4 packets and ICMP echo messages, as much of them as a lab needs to ask and to judge.

Source: RFC 791, section 3.1 (header); RFC 792, “Echo or Echo Reply Message”; RFC 1071 (checksum).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

HEADER_BYTES: Final = 20
ICMP: Final = 1
ECHO_REPLY: Final = 0
ECHO_REQUEST: Final = 8
DONT_FRAGMENT: Final = 0x4000
MORE_FRAGMENTS: Final = 0x2000
_VERSION: Final = 4
_FORMAT: Final = struct.Struct("!BBHHHBBH4s4s")


def checksum(data: bytes) -> int:
    """
    Return the Internet checksum of some bytes: 0 where their own checksum, in them, is right.

    The one's complement of the one's complement sum of all 16-bit words, high byte first; an odd
    byte at the end counts as the high byte of a word.
    """
    padded = data + bytes(len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


@dataclass(frozen=True, slots=True)
class Ipv4:
    """
    One IPv4 packet.

    Attributes:
        source: Who sends it.
        destination: For whom it is.
        payload: What it carries.
        protocol: What that is; 1 is ICMP.
        ttl: Hops that it may still take.
        identification: Tells fragments of one packet from those of another.
        fragment: Flags and offset, 16 bits.
        options: A multiple of four bytes, 40 at most.
    """

    source: IPv4Address
    destination: IPv4Address
    payload: bytes
    protocol: int = ICMP
    ttl: int = 64
    identification: int = 0
    fragment: int = DONT_FRAGMENT
    options: bytes = b""

    def __bytes__(self) -> bytes:
        length = HEADER_BYTES + len(self.options)
        header = (
            _FORMAT.pack(
                _VERSION << 4 | length // 4,
                0,
                length + len(self.payload),
                self.identification,
                self.fragment,
                self.ttl,
                self.protocol,
                0,
                self.source.packed,
                self.destination.packed,
            )
            + self.options
        )
        return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + self.payload


@dataclass(frozen=True, slots=True)
class Echo:
    """
    One ICMP message that has the form of an echo.

    Attributes:
        kind: 8 asks, 0 answers.
        identifier: Of whoever asks, 16 bits.
        sequence: Of the question, 16 bits.
        data: To be sent back as it is.
        code: 0 for both kinds.
    """

    kind: int
    identifier: int
    sequence: int
    data: bytes = b""
    code: int = 0

    def __bytes__(self) -> bytes:
        message = struct.pack("!BBHHH", self.kind, self.code, 0, self.identifier, self.sequence)
        total = checksum(message + self.data)
        return message[:2] + struct.pack("!H", total) + message[4:] + self.data
