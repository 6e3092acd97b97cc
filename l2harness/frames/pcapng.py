"""Captured frames as a pcapng file, which Wireshark opens: a writer from values to bytes, no I/O.

Strategy: a file is a section header, one description for each interface, then the packets as they
come. `PcapngWriter` hands out those pieces one by one, for captures that are too large to hold;
`pcapng` joins them. Nothing but the arguments decides the bytes: no clock, no version, no machine.

Source: PCAP Next Generation (pcapng) Capture File Format, draft-ietf-opsawg-pcapng.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

# Block types: sections 4.1 (section header), 4.2 (interface description), 4.3 (enhanced packet).
_SECTION_HEADER: Final = 0x0A0D0D0A
_INTERFACE_DESCRIPTION: Final = 1
_ENHANCED_PACKET: Final = 6

# Option codes, each valid in its own kind of block; 1 is a comment in all of them.
_END_OF_OPTIONS: Final = 0
_COMMENT: Final = 1
_SECTION_APPLICATION: Final = 4
_INTERFACE_NAME: Final = 2
_INTERFACE_DESCRIPTION_TEXT: Final = 3
_INTERFACE_RESOLUTION: Final = 9
_PACKET_FLAGS: Final = 2

_BYTE_ORDER_MAGIC: Final = 0x1A2B3C4D
_VERSION: Final = (1, 0)
_LENGTH_UNKNOWN: Final = -1
_LINKTYPE_ETHERNET: Final = 1
_NO_SNAP_LENGTH: Final = 0
_NANOSECONDS: Final = bytes([9])  # a power of ten, negated
_APPLICATION: Final = b"l2harness"

_OPTION_BYTES: Final = 0xFFFF
_LAST_TIME_NS: Final = 2**64 - 1


class PacketDirection(IntEnum):
    """Which way a packet went, seen from the interface that recorded it (section 4.3.1)."""

    UNKNOWN = 0
    INBOUND = 1
    OUTBOUND = 2


@dataclass(frozen=True, slots=True)
class Packet:
    """
    One captured frame.

    Attributes:
        interface: Name of the interface that recorded it.
        time_ns: When, in nanoseconds since 1970; 0 to 2^64 - 1. Viewers that show the time since
            the first packet are content with any other zero.
        data: The frame, destination first, without frame check sequence.
        direction: Seen from that interface.
        comments: Texts that viewers show with the packet, empty for none.
        original_bytes: Bytes of the frame before it was cut short; None when the data is whole.

    Raises:
        ValueError: The time does not fit, or more data was kept than there was.
    """

    interface: str
    time_ns: int
    data: bytes
    direction: PacketDirection = PacketDirection.UNKNOWN
    comments: tuple[str, ...] = ()
    original_bytes: int | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.time_ns <= _LAST_TIME_NS:
            raise ValueError(f"time_ns {self.time_ns} is not in 0–{_LAST_TIME_NS}")
        if self.original_bytes is not None and self.original_bytes < len(self.data):
            raise ValueError(
                f"original_bytes {self.original_bytes} is less than the {len(self.data)} kept"
            )


class PcapngWriter:
    """
    Writes a capture piece by piece; holds no packets.

    The file is `header` followed by `packet` for each packet, in the order of the calls.

    Args:
        interfaces: Their names, in the order in which viewers number them from 0.
        descriptions: What viewers say beside some of these names.
        comments: Texts about the capture as a whole.

    Raises:
        ValueError: A name is there twice, or something is described that is not there.
    """

    def __init__(
        self,
        interfaces: Sequence[str],
        *,
        descriptions: Mapping[str, str] | None = None,
        comments: Sequence[str] = (),
    ) -> None:
        self._numbers = {name: number for number, name in enumerate(interfaces)}
        self._descriptions = dict(descriptions or {})
        self._comments = tuple(comments)
        if len(self._numbers) < len(interfaces):
            raise ValueError(f"an interface is named twice: {', '.join(interfaces)}")
        if unknown := self._descriptions.keys() - self._numbers.keys():
            raise ValueError(f"there is no interface {', '.join(sorted(unknown))} to describe")

    def header(self) -> bytes:
        """
        Write what stands before the first packet.

        Returns:
            A section header and the interface descriptions; a whole file if no packet follows.
        """
        section = struct.pack("<IHHq", _BYTE_ORDER_MAGIC, *_VERSION, _LENGTH_UNKNOWN)
        comments = [(_COMMENT, _text(comment)) for comment in self._comments]
        application = _options([*comments, (_SECTION_APPLICATION, _APPLICATION)])
        return _block(_SECTION_HEADER, section, application) + b"".join(
            _block(
                _INTERFACE_DESCRIPTION,
                struct.pack("<HHI", _LINKTYPE_ETHERNET, 0, _NO_SNAP_LENGTH),
                _options(self._about(name)),
            )
            for name in self._numbers
        )

    def _about(self, name: str) -> list[tuple[int, bytes]]:
        """List the options of an interface."""
        described = [(_INTERFACE_NAME, _text(name))]
        if name in self._descriptions:
            text = _text(self._descriptions[name])
            described.append((_INTERFACE_DESCRIPTION_TEXT, text))
        return [*described, (_INTERFACE_RESOLUTION, _NANOSECONDS)]

    def packet(self, packet: Packet) -> bytes:
        """
        Write a packet.

        Returns:
            One enhanced packet block.

        Raises:
            ValueError: The packet names an interface that the writer was not given.
        """
        number = self._numbers.get(packet.interface)
        if number is None:
            names = ", ".join(self._numbers) or "none"
            raise ValueError(f"no interface {packet.interface!r} in this capture, but: {names}")
        kept = len(packet.data)
        fixed = struct.pack(
            "<IIIII",
            number,
            packet.time_ns >> 32,
            packet.time_ns & 0xFFFFFFFF,
            kept,
            kept if packet.original_bytes is None else packet.original_bytes,
        )
        options = [(_COMMENT, _text(comment)) for comment in packet.comments]
        if packet.direction is not PacketDirection.UNKNOWN:
            options.append((_PACKET_FLAGS, struct.pack("<I", packet.direction)))
        return _block(_ENHANCED_PACKET, fixed + _aligned(packet.data), _options(options))


def pcapng(interfaces: Sequence[str], packets: Iterable[Packet]) -> bytes:
    """
    Write a whole capture.

    Args:
        interfaces: The names of all interfaces, each once.
        packets: In the order in which they are to be shown.

    Returns:
        A pcapng file, little-endian, times in nanoseconds.

    Raises:
        ValueError: A name is there twice, or a packet names another interface.
    """
    return b"".join(_pieces(PcapngWriter(interfaces), packets))


def _pieces(writer: PcapngWriter, packets: Iterable[Packet]) -> Iterator[bytes]:
    yield writer.header()
    yield from map(writer.packet, packets)


def _block(kind: int, fixed: bytes, options: bytes) -> bytes:
    """Put a block together; its length stands at both ends so that readers can go back."""
    length = 12 + len(fixed) + len(options)
    return struct.pack("<II", kind, length) + fixed + options + struct.pack("<I", length)


def _options(options: Sequence[tuple[int, bytes]]) -> bytes:
    """Write options and their end; nothing when there are none."""
    if not options:
        return b""
    return b"".join(
        struct.pack("<HH", code, len(value)) + _aligned(value)
        for code, value in (*options, (_END_OF_OPTIONS, b""))
    )


def _aligned(data: bytes) -> bytes:
    """Fill up to a multiple of 4 bytes, as everything in a block is."""
    return data + bytes(-len(data) % 4)


def _text(text: str) -> bytes:
    """Encode a text for an option: UTF-8 without a terminator, cut to what an option holds."""
    encoded = text.encode("utf-8", "backslashreplace")
    # Cutting may leave half a character at the end, which must not be written.
    return encoded[:_OPTION_BYTES].decode("utf-8", "ignore").encode("utf-8")
