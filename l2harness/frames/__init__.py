"""Ethernet frames as bytes and as values: read, written, compared, dumped. Pure, no I/O.

The capture format lives in `l2harness.frames.pcapng` and is imported from there.
"""

from l2harness.frames.address import BROADCAST, MacAddress
from l2harness.frames.difference import FieldDifference, FieldName, difference
from l2harness.frames.ethernet import (
    HEADER_BYTES,
    MAXIMUM_FRAME,
    MINIMUM_FRAME,
    Frame,
    VlanTag,
    pad,
)
from l2harness.frames.ethertype import EtherType, ethertype_name
from l2harness.frames.hexdump import hexdump

__all__ = [
    "BROADCAST",
    "HEADER_BYTES",
    "MAXIMUM_FRAME",
    "MINIMUM_FRAME",
    "EtherType",
    "FieldDifference",
    "FieldName",
    "Frame",
    "MacAddress",
    "VlanTag",
    "difference",
    "ethertype_name",
    "hexdump",
    "pad",
]
