"""Lessons against tshark: the filter of a lesson finds the frame with the mistake alone."""

from __future__ import annotations

import shutil
import subprocess
import zlib

import pytest

from l2harness.frames import BROADCAST, EtherType, Frame, MacAddress, VlanTag
from l2harness.frames.pcapng import Packet, pcapng
from l2harness.labs.misconceptions import CATALOGUE, mistakes

TARGET = MacAddress.parse("02:00:00:aa:bb:01")
SOURCE = MacAddress.parse("02:00:00:00:00:02")
HI = bytes(Frame(TARGET, SOURCE, EtherType.LAB, b"Hi").padded())
#: A frame that shows the mistake, for each lesson whose filter is made to find it.
SHOWN = {
    "header-built-as-text": HI[:14].hex().encode() + b"Hi",
    "address-as-text": b"02:00:" + HI[6:],
    "broadcast-rewritten": bytes(Frame(BROADCAST, SOURCE, EtherType.LAB, b"Hi").padded()),
    "source-zero": HI[:6] + bytes(6) + HI[12:],
    "ethertype-byte-order": HI[:12] + b"\xb5\x88" + HI[14:],
    "length-in-type-field": HI[:12] + b"\x00\x02" + HI[14:],
    "vlan-tagged": HI[:12] + bytes(VlanTag(1)) + HI[12:],
    "payload-other": HI[:14] + b"hi" + HI[16:],
    "payload-with-line-end": HI[:16] + b"\n" + HI[17:],
    "padding-not-zero": HI[:16] + b" " * 44,
    "not-padded": HI[:16],
    "frame-too-long": HI + bytes(4),
    "fcs-appended": HI + zlib.crc32(HI).to_bytes(4, "little"),
}


@pytest.mark.skipif(
    shutil.which("tshark") is None, reason="tshark is missing: apt-get install tshark"
)
class TestFilters:
    """What a lesson has the student type into Wireshark."""

    def found(self, path, text, *frames):
        """Which of the frames a display filter lets through, by their numbers from 0."""
        packets = [Packet("h1.eth0", number, data) for number, data in enumerate(frames)]
        path.write_bytes(pcapng(["h1.eth0"], packets))
        done = subprocess.run(
            ["tshark", "-n", "-r", path, "-Y", text, "-T", "fields", "-e", "frame.number"],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        return [int(line) - 1 for line in done.stdout.split()]

    @pytest.mark.parametrize("id", SHOWN)
    def test_it_finds_the_mistake_alone(self, id, tmp_path):
        """The frame with the mistake passes the filter, and the right one does not."""
        if id != "broadcast-rewritten":  # that filter is made for the right frame
            assert [it.misconception for it in mistakes(HI, SHOWN[id])] == [id]
        frames = (HI, SHOWN[id])
        assert self.found(tmp_path / "it.pcapng", CATALOGUE[id].filter, *frames) == [1]

    def test_wireshark_understands_every_filter(self, tmp_path):
        """Also those that look for something else than one mistake."""
        for lesson in CATALOGUE.values():
            if lesson.filter is not None and lesson.id not in SHOWN:
                assert set(self.found(tmp_path / "it.pcapng", lesson.filter, HI)) <= {0}
