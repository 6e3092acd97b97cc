"""Tags of IEEE 802.1Q at the ports of a switch: which VLAN a frame is in, and how it leaves. Pure.

Strategy: on its way in a frame loses its tag, if it has one, and gets a VLAN; on its way out it
gets a tag again where the port says so. Priority and drop eligibility are kept on the way. Source:
IEEE 802.1Q-2018, clauses 6.9 (a VLAN for each frame), 8.6.2 (ingress) and 8.8.2 (egress).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from l2harness.frames.ethernet import HEADER_BYTES, TAG_BYTES, TAGS_OFFSET
from l2harness.topology import PortVlans

#: Announces the tag of a customer's VLAN; others (0x88a8) are payload to such a switch.
_TAG: Final = b"\x81\x00"
_VID_MASK: Final = 0x0FFF
_NONE: Final = 0
_RESERVED: Final = 4095


@dataclass(frozen=True, slots=True)
class Inside:
    """
    A frame inside a switch.

    Attributes:
        vid: Its VLAN.
        control: Priority and drop eligibility, the upper 4 of 16 bits.
        data: Without the tag.
    """

    vid: int
    control: int
    data: bytes

    def leaving(self, port: PortVlans) -> bytes:
        """Return the frame as it leaves by a port that is in its VLAN."""
        if self.vid == port.untagged:
            return self.data
        tag = _TAG + (self.control | self.vid).to_bytes(2, "big")
        return self.data[:TAGS_OFFSET] + tag + self.data[TAGS_OFFSET:]


def admitted(port: PortVlans, data: bytes) -> Inside | None:
    """
    Let a frame in by a port.

    Args:
        port: Its VLANs.
        data: The frame; its tag, if any, is at offset 12.

    Returns:
        The frame inside; None where the port does not take it: it is in none of the port's VLANs,
        or has no tag where one is needed.
    """
    vid, control, bare = _NONE, 0, data
    if data[TAGS_OFFSET : TAGS_OFFSET + 2] == _TAG and len(data) >= HEADER_BYTES + TAG_BYTES:
        tag = int.from_bytes(data[TAGS_OFFSET + 2 : TAGS_OFFSET + TAG_BYTES], "big")
        vid, control = tag & _VID_MASK, tag & ~_VID_MASK
        bare = data[:TAGS_OFFSET] + data[TAGS_OFFSET + TAG_BYTES :]
    if vid == _NONE:  # no tag, or one that only says how urgent it is
        return None if port.untagged is None else Inside(port.untagged, control, bare)
    if vid == _RESERVED or not port.has(vid):
        return None
    return Inside(vid, control, bare)
