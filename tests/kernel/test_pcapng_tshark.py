"""Captures as Wireshark's own reader sees them."""

import shutil
import subprocess

import pytest

from l2harness.frames import EtherType, Frame, MacAddress, VlanTag
from l2harness.frames.pcapng import Packet, PacketDirection, pcapng

pytestmark = pytest.mark.skipif(
    shutil.which("tshark") is None, reason="tshark is missing: apt-get install tshark"
)

TARGET = MacAddress.parse("02:00:00:00:00:02")
SOURCE = MacAddress.parse("02:00:00:00:00:01")
HI = Frame(TARGET, SOURCE, EtherType.LAB, b"Hi")


def read_with_tshark(path, *fields):
    """The given fields of every packet, as tshark prints them."""
    columns = [argument for field in fields for argument in ("-e", field)]
    done = subprocess.run(
        ["tshark", "-n", "-r", path, "-T", "fields", "-E", "separator=|", *columns],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return [tuple(line.split("|")) for line in done.stdout.splitlines()]


def test_tshark_reads_every_property_of_a_packet(tmp_path):
    """Interface, nanoseconds, direction, comments, tags, bytes and original length arrive."""
    tagged = Frame(TARGET, SOURCE, EtherType.LAB, b"Hi", (VlanTag(5),))
    path = tmp_path / "evidence.pcapng"
    path.write_bytes(
        pcapng(
            ["h1.eth0", "h2.eth0"],
            [
                Packet(
                    "h1.eth0",
                    1,
                    bytes(HI),
                    PacketDirection.OUTBOUND,
                    ("client.padding: 16 – too short",),
                ),
                Packet("h2.eth0", 1_500_000_002, bytes(HI.padded()), PacketDirection.INBOUND),
                Packet("h1.eth0", 2_000_000_000, bytes(tagged)),
                Packet("h1.eth0", 3_000_000_000, bytes(HI), original_bytes=1514),
            ],
        )
    )
    rows = read_with_tshark(
        path,
        "frame.interface_name",
        "frame.time_relative",
        "frame.packet_flags_direction",
        "frame.comment",
        "vlan.id",
        "frame.cap_len",
        "frame.len",
    )
    assert rows == [
        ("h1.eth0", "0.000000000", "0x00000002", "client.padding: 16 – too short", "", "16", "16"),
        ("h2.eth0", "1.500000001", "0x00000001", "", "", "60", "60"),
        ("h1.eth0", "1.999999999", "", "", "5", "20", "20"),
        ("h1.eth0", "2.999999999", "", "", "", "16", "1514"),
    ]


def test_tshark_reads_a_capture_without_packets(tmp_path):
    """A run in which nothing was sent still gives a file that opens."""
    path = tmp_path / "empty.pcapng"
    path.write_bytes(pcapng(["h1.eth0"], []))
    assert read_with_tshark(path, "frame.number") == []
