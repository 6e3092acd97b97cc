"""ARP for IPv4 over Ethernet: 28 bytes that ask who has an address, or say who.

Source: RFC 826, “Packet format”; numbers: IANA, Address Resolution Protocol Parameters.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final, Self

from l2harness.errors import FrameError
from l2harness.frames.address import MacAddress

ARP_BYTES: Final = 28
REQUEST: Final = 1
REPLY: Final = 2
_ETHERNET: Final = 1
_IPV4: Final = 0x0800
_FORMAT: Final = struct.Struct("!HHBBH6s4s6s4s")
NO_MAC: Final = MacAddress(bytes(6))


@dataclass(frozen=True, slots=True)
class Arp:
    """
    One ARP packet.

    Attributes:
        operation: 1 asks, 2 answers.
        sender_mac: Hardware address of whoever sends it.
        sender_ip: Protocol address of whoever sends it; 0.0.0.0 in a probe (RFC 5227).
        target_mac: Of whom it is for; zero where that is asked.
        target_ip: Whose hardware address is asked for, or to whom it is told.
        hardware: Kind of hardware; 1 is Ethernet.
        protocol: EtherType of the protocol whose addresses these are.
        hardware_bytes: Length of a hardware address.
        protocol_bytes: Length of a protocol address.
    """

    operation: int
    sender_mac: MacAddress
    sender_ip: IPv4Address
    target_mac: MacAddress
    target_ip: IPv4Address
    hardware: int = _ETHERNET
    protocol: int = _IPV4
    hardware_bytes: int = 6
    protocol_bytes: int = 4

    def __bytes__(self) -> bytes:
        return _FORMAT.pack(
            self.hardware,
            self.protocol,
            self.hardware_bytes,
            self.protocol_bytes,
            self.operation,
            self.sender_mac.value,
            self.sender_ip.packed,
            self.target_mac.value,
            self.target_ip.packed,
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """
        Read the first 28 bytes of a payload; what follows is padding.

        Raises:
            FrameError: There are fewer.
        """
        if len(data) < ARP_BYTES:
            raise FrameError(f"{len(data)} bytes are no ARP packet: that has {ARP_BYTES}", data)
        hardware, protocol, hlen, plen, operation, sha, spa, tha, tpa = _FORMAT.unpack_from(data)
        return cls(
            operation,
            MacAddress(sha),
            IPv4Address(spa),
            MacAddress(tha),
            IPv4Address(tpa),
            hardware,
            protocol,
            hlen,
            plen,
        )
