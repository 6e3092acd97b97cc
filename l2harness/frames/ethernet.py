"""Ethernet II frames, with and without 802.1Q tags: bytes to `Frame` and back.

Strategy: a `Frame` is what a capture shows, without preamble and frame check sequence. Padding is
not told apart from payload, because nothing on the wire tells them apart.

Laws:
- ``bytes(Frame.from_bytes(data)) == data`` for all bytes that are a frame, and
  ``Frame.from_bytes(bytes(frame)) == frame`` for every frame.
- Any other bytes raise FrameError, and nothing else is ever raised.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from typing import Final

from l2harness.errors import FrameError
from l2harness.frames.address import ADDRESS_BYTES, MacAddress
from l2harness.frames.ethertype import EtherType, ethertype_name

#: Destination, source and type: 6 + 6 + 2 bytes. Source: IEEE 802.3-2018, clause 3.1.1.
HEADER_BYTES: Final = 14
#: The shortest frame on a cable, without the 4 bytes of frame check sequence.
#: Source: IEEE 802.3-2018, clause 4.2.3.3 and minFrameSize in clause 4.4.2 (64 bytes with it).
MINIMUM_FRAME: Final = 60
#: The longest untagged frame at an MTU of 1500, without the frame check sequence.
MAXIMUM_FRAME: Final = 1514
#: One 802.1Q tag: 2 bytes that announce it, 2 bytes of tag control information.
TAG_BYTES: Final = 4
#: Where the first tag or, without one, the type stands.
TAGS_OFFSET: Final = 2 * ADDRESS_BYTES

# Source: IEEE 802.1Q-2018, table 9-1.
_TAG_TYPES: Final = frozenset({int(EtherType.VLAN), int(EtherType.QINQ)})
_TAG_MARKS: Final = frozenset(tpid.to_bytes(2, "big") for tpid in _TAG_TYPES)


@dataclass(frozen=True, slots=True)
class VlanTag:
    """
    An 802.1Q tag, 4 bytes between the source address and the type.

    Source: IEEE 802.1Q-2018, clause 9.6: 3 bits priority, 1 bit drop eligible, 12 bits VLAN.

    Attributes:
        vid: The VLAN, 0 to 4095; 0 means none (priority only), 4095 is reserved.
        priority: 0 to 7, 7 the most urgent.
        drop_eligible: Whether to drop this frame before others.
        tpid: What announces the tag: 0x8100, or 0x88a8 for the outer one of two.

    Raises:
        FrameError: A value does not fit its bits, or the tpid announces no tag.
    """

    vid: int
    priority: int = 0
    drop_eligible: bool = False
    tpid: int = EtherType.VLAN

    def __post_init__(self) -> None:
        if not 0 <= self.vid <= 0xFFF:
            raise FrameError(f"VLAN {self.vid} is not in 0–4095")
        if not 0 <= self.priority <= 7:
            raise FrameError(f"priority {self.priority} is not in 0–7")
        if self.tpid not in _TAG_TYPES:
            raise FrameError(f"{self.tpid:#06x} does not announce a tag; 0x8100 and 0x88a8 do")

    @classmethod
    def from_bytes(cls, data: bytes) -> VlanTag:
        """
        Read a tag.

        Args:
            data: 4 bytes, network order, beginning with the tpid.

        Raises:
            FrameError: These are not 4 bytes, or the first two announce no tag.
        """
        if len(data) != TAG_BYTES:
            raise FrameError(f"an 802.1Q tag is {TAG_BYTES} bytes, not {len(data)}", data)
        tpid, control = struct.unpack("!HH", data)
        return cls(control & 0xFFF, control >> 13, bool(control & 0x1000), tpid)

    def __bytes__(self) -> bytes:
        """4 bytes, network order."""
        control = self.priority << 13 | self.drop_eligible << 12 | self.vid
        return struct.pack("!HH", self.tpid, control)

    def __str__(self) -> str:
        """``VLAN 5``, and what else is set: ``VLAN 5, priority 3, drop eligible``."""
        words = [f"VLAN {self.vid}"]
        if self.priority:
            words.append(f"priority {self.priority}")
        if self.drop_eligible:
            words.append("drop eligible")
        return ", ".join(words)


@dataclass(frozen=True, slots=True)
class Frame:
    """
    An Ethernet II frame.

    Attributes:
        destination: Bytes 0–5.
        source: Bytes 6–11.
        ethertype: The 2 bytes after the last tag as a number; up to 1500 it is a length. The two
            values that announce a tag are written as `tags` instead, so that every frame has one
            notation only.
        payload: All bytes after the type, padding included.
        tags: The 802.1Q tags from the outside in; empty for an untagged frame.

    Raises:
        FrameError: The ethertype does not fit 16 bits, or announces a tag.
    """

    destination: MacAddress
    source: MacAddress
    ethertype: int
    payload: bytes = b""
    tags: tuple[VlanTag, ...] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.ethertype <= 0xFFFF:
            raise FrameError(f"EtherType {self.ethertype:#x} does not fit 2 bytes")
        if self.ethertype in _TAG_TYPES:
            raise FrameError(
                f"EtherType {self.ethertype:#06x} announces an 802.1Q tag: give it in tags"
            )

    @classmethod
    def from_bytes(cls, data: bytes) -> Frame:
        """
        Read a frame.

        Args:
            data: A frame of any length as captured, destination first, without the frame check
                sequence.

        Returns:
            The frame; all its tags are read, however many there are.

        Raises:
            FrameError: The bytes end before the header does.
        """
        header = header_length(data)
        if len(data) < header:
            tagged = "with 802.1Q tag " if header > HEADER_BYTES else ""
            raise FrameError(
                f"{count(len(data), 'byte')}, but an Ethernet header {tagged}takes {header}", data
            )
        type_offset = header - 2
        return cls(
            MacAddress(data[:ADDRESS_BYTES]),
            MacAddress(data[ADDRESS_BYTES:TAGS_OFFSET]),
            int.from_bytes(data[type_offset:header], "big"),
            data[header:],
            tuple(
                VlanTag.from_bytes(data[offset : offset + TAG_BYTES])
                for offset in range(TAGS_OFFSET, type_offset, TAG_BYTES)
            ),
        )

    def padded(self, minimum: int = MINIMUM_FRAME) -> Frame:
        """
        Do what a network card does to a short frame: fill it up with zeros.

        Source: IEEE 802.3-2018, clause 4.2.3.3. The clause leaves the fill open; zero is what
        Linux drivers write, lest memory leak (CVE-2003-0001).

        Args:
            minimum: Bytes of the whole frame without frame check sequence.

        Returns:
            A frame of at least that length; an equal one when it was long enough.
        """
        return replace(self, payload=pad(self.payload, minimum - self._header_bytes))

    @property
    def _header_bytes(self) -> int:
        return HEADER_BYTES + TAG_BYTES * len(self.tags)

    def __bytes__(self) -> bytes:
        """The frame as it is sent, network order, without frame check sequence."""
        return b"".join(
            (
                self.destination.value,
                self.source.value,
                *(bytes(tag) for tag in self.tags),
                self.ethertype.to_bytes(2, "big"),
                self.payload,
            )
        )

    def __len__(self) -> int:
        """Bytes of the whole frame, without frame check sequence."""
        return self._header_bytes + len(self.payload)

    def __str__(self) -> str:
        """One line for people: ``source → destination, [tags,] type, payload length``."""
        return ", ".join(
            (
                f"{self.source} → {self.destination}",
                *(str(tag) for tag in self.tags),
                ethertype_name(self.ethertype),
                f"{count(len(self.payload), 'byte')} of payload",
            )
        )


def header_length(data: bytes) -> int:
    """
    Tell where the payload of a frame begins.

    Args:
        data: The beginning of a frame, any length.

    Returns:
        Bytes of the header with every tag that the data announces. More than ``len(data)`` when
        the data ends before the header does.
    """
    offset = TAGS_OFFSET
    while data[offset : offset + 2] in _TAG_MARKS:
        offset += TAG_BYTES
    return offset + 2


def pad(data: bytes, minimum: int = MINIMUM_FRAME) -> bytes:
    """
    Fill up with zeros.

    Args:
        data: Any bytes.
        minimum: Bytes that the result has at least.

    Returns:
        The data, followed by as many zero bytes as are missing.
    """
    return data.ljust(minimum, b"\0")


def count(number: int, noun: str) -> str:
    """Write a number with its noun: ``1 byte``, ``2 bytes``, ``0 bytes``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
