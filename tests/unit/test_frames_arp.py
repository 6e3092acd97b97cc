"""ARP packets: bytes and values are the same thing, and too few bytes are none."""

from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.errors import FrameError
from l2harness.frames import MacAddress
from l2harness.frames.arp import ARP_BYTES, NO_MAC, REQUEST, Arp

ASKER = MacAddress.parse("02:0d:76:a9:79:6f")
REQUESTED = Arp(REQUEST, ASKER, IPv4Address("10.1.2.3"), NO_MAC, IPv4Address("10.1.2.4"))
#: As tcpdump shows it.
BYTES = bytes.fromhex("0001 0800 06 04 0001 020d76a9796f 0a010203 000000000000 0a010204")


def test_a_request():
    """The layout is that of RFC 826."""
    assert bytes(REQUESTED) == BYTES
    assert Arp.from_bytes(BYTES + bytes(18)) == REQUESTED
    assert bytes(replace(REQUESTED, hardware=6, hardware_bytes=8))[:6].hex() == "000608000804"


@given(st.binary(min_size=ARP_BYTES, max_size=ARP_BYTES))
def test_there_and_back(data):
    """Any 28 bytes are a packet, and that packet is these bytes."""
    assert bytes(Arp.from_bytes(data)) == data


@given(st.binary(max_size=ARP_BYTES - 1))
def test_too_short(data):
    """Fewer are none."""
    with pytest.raises(FrameError, match="no ARP packet"):
        Arp.from_bytes(data)
