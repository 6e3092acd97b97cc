"""EtherTypes: their numbers and their names in reports."""

import pytest

from l2harness.frames import EtherType, ethertype_name


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (EtherType.LAB, "0x88b5 (local experimental 1)"),
        (0x0800, "0x0800 (IPv4)"),
        (0x0806, "0x0806 (ARP)"),
        (0x0842, "0x0842 (Wake-on-LAN)"),
        (0x8100, "0x8100 (802.1Q tag)"),
        (0x86DD, "0x86dd (IPv6)"),
        (0x8809, "0x8809 (slow protocols)"),
        (0x8847, "0x8847 (MPLS)"),
        (0x8863, "0x8863 (PPPoE discovery)"),
        (0x8864, "0x8864 (PPPoE session)"),
        (0x888E, "0x888e (802.1X)"),
        (0x88A8, "0x88a8 (802.1Q service tag)"),
        (0x88CC, "0x88cc (LLDP)"),
        (0x88E5, "0x88e5 (MACsec)"),
        (0x88F7, "0x88f7 (PTP)"),
        (0x9000, "0x9000 (loopback)"),
        (0x1234, "0x1234"),
        (0xB588, "0xb588"),
        (0, "length 0"),
        (46, "length 46"),
        (1500, "length 1500"),
        (1501, "0x05dd"),
        (1536, "0x0600"),
    ],
)
def test_name_of_a_type_field(value, name):
    """A type reads as hex with its name; up to 1500 the field is a length and reads as one."""
    assert ethertype_name(value) == name


@pytest.mark.parametrize("ethertype", EtherType)
def test_every_ethertype_has_a_name(ethertype):
    """No EtherType that the package knows is shown as a bare number."""
    assert ethertype_name(ethertype).startswith(f"0x{ethertype:04x} (")


def test_lab_types_are_the_local_experimental_ones():
    """The labs use the two types that IEEE 802 sets aside for experiments."""
    assert (EtherType.LAB, EtherType.LAB2) == (0x88B5, 0x88B6)
