"""EtherTypes: the numbers that say what a frame carries, and how they read in a report."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from types import MappingProxyType
from typing import Final

#: The largest value of the field that is a length and no type.
#: Source: IEEE 802.3-2018, clause 3.2.6. Values from 1501 to 1535 mean nothing.
MAXIMUM_LENGTH: Final = 1500


class EtherType(IntEnum):
    """
    The EtherTypes that a layer-2 lab meets, host byte order.

    Source: IANA, "IEEE 802 Numbers"; RFC 9542, section 3.
    """

    #: Internet protocol, version 4 (RFC 894).
    IPV4 = 0x0800
    #: Address resolution (RFC 826).
    ARP = 0x0806
    #: The magic packet that wakes a machine.
    WAKE_ON_LAN = 0x0842
    #: No type but the announcement of an 802.1Q customer tag (C-TAG).
    VLAN = 0x8100
    #: Internet protocol, version 6 (RFC 2464).
    IPV6 = 0x86DD
    #: Slow protocols, among them link aggregation (IEEE 802.3, annex 57A).
    SLOW = 0x8809
    #: Label switching (RFC 3032).
    MPLS = 0x8847
    #: Finding a PPP access concentrator (RFC 2516).
    PPPOE_DISCOVERY = 0x8863
    #: PPP over Ethernet (RFC 2516).
    PPPOE_SESSION = 0x8864
    #: Port authentication (IEEE 802.1X).
    EAPOL = 0x888E
    #: No type but the announcement of an 802.1Q service tag (S-TAG), the outer one of two.
    QINQ = 0x88A8
    #: Local experimental 1: for everybody's own use, never seen outside.
    LAB = 0x88B5
    #: Local experimental 2, the same for a second protocol.
    LAB2 = 0x88B6
    #: Link layer discovery (IEEE 802.1AB).
    LLDP = 0x88CC
    #: Encryption of frames (IEEE 802.1AE).
    MACSEC = 0x88E5
    #: Precision time (IEEE 1588).
    PTP = 0x88F7
    #: Configuration test, which some devices send to themselves.
    LOOPBACK = 0x9000


_NAMES: Final[Mapping[int, str]] = MappingProxyType(
    {
        EtherType.IPV4: "IPv4",
        EtherType.ARP: "ARP",
        EtherType.WAKE_ON_LAN: "Wake-on-LAN",
        EtherType.VLAN: "802.1Q tag",
        EtherType.IPV6: "IPv6",
        EtherType.SLOW: "slow protocols",
        EtherType.MPLS: "MPLS",
        EtherType.PPPOE_DISCOVERY: "PPPoE discovery",
        EtherType.PPPOE_SESSION: "PPPoE session",
        EtherType.EAPOL: "802.1X",
        EtherType.QINQ: "802.1Q service tag",
        EtherType.LAB: "local experimental 1",
        EtherType.LAB2: "local experimental 2",
        EtherType.LLDP: "LLDP",
        EtherType.MACSEC: "MACsec",
        EtherType.PTP: "PTP",
        EtherType.LOOPBACK: "loopback",
    }
)


def ethertype_name(value: int) -> str:
    """
    Write a type field for people.

    Args:
        value: The field, 0 to 0xffff, host byte order.

    Returns:
        ``0x88b5 (local experimental 1)``; ``0x1234`` for a type without a name here;
        ``length 46`` for a value up to 1500, which is the length of an 802.3 frame's data.
    """
    if value <= MAXIMUM_LENGTH:
        return f"length {value}"
    name = _NAMES.get(value)
    return f"{value:#06x} ({name})" if name else f"{value:#06x}"
