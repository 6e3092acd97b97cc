"""Live captures of networks that are up: what is seen where, and whoever reads goes away."""

import os
import shutil
import signal
import subprocess

import pytest
from standing import LECTURE, Commands

from l2harness.frames import EtherType, Frame, MacAddress, VlanTag

SERVER = MacAddress.parse("08:00:27:dd:d7:43")
CLIENT = MacAddress.parse("08:00:27:8e:75:44")
HI = Frame(SERVER, CLIENT, EtherType.LAB, b"Hi")
TAGGED = Frame(SERVER, CLIENT, EtherType.LAB, b"Hi", (VlanTag(5),))
ARP = Frame(SERVER, CLIENT, EtherType.ARP, b"\1" * 28)

_SEND = """
import socket, sys
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as out:
    out.bind(("enp0s10", 0))
    for frame in sys.argv[1:]:
        out.send(bytes.fromhex(frame))
"""


@pytest.fixture
def l2harness(tmp_path):
    """The commands, and the lecture's machine."""
    made = Commands(tmp_path)
    made.up("lecture")
    yield made
    made.close()


def begin(l2harness, *arguments, **options):
    """Start a capture, and return once it hears."""
    capture = l2harness.start("capture", *arguments, **options)
    assert capture.stderr.readline().startswith(b"capturing ")
    return capture


def send(l2harness, *frames):
    """Send frames from enp0s10."""
    line = ("exec", "vm", "--", "/usr/bin/python3", "-c", _SEND)
    done = l2harness(*line, *(bytes(frame).hex() for frame in frames))
    assert done.returncode == 0, done.stderr


class TestOnTheTerminal:
    """Frames as people read them."""

    def test_every_field_is_named(self, l2harness):
        """Offset, bytes, name and meaning; the card's zeros are told from the payload."""
        capture = begin(l2harness, "lan", "--filter", "eth.type == 0x88b5", "-c", "1")
        assert (
            l2harness("exec", "vm", "--", "/usr/bin/python3", LECTURE / "client.py").returncode
            == 0
        )
        printed, said = capture.communicate(timeout=60)
        heading, *lines = printed.decode().splitlines()
        assert heading.startswith("#1  ")
        assert heading.endswith("  lan  from vm.enp0s10  60 bytes")
        assert [line.split(None, 1)[0] for line in lines if line] == [
            *("0000", "0006", "000c", "000e", "0010")
        ]
        for words in (
            f"08 00 27 dd d7 43        destination {SERVER}",
            f"08 00 27 8e 75 44        source      {CLIENT}",
            "88 b5                    EtherType   0x88b5 (local experimental 1)",
            "48 69                    payload     |Hi|",
            "padding     44 zero bytes of the network card",
        ):
            assert words in printed.decode()
        assert (capture.returncode, said) == (0, b"1 frame captured\n")

    def test_places(self, l2harness):
        """An interface sees frames leave short and come padded; other interfaces see them, too."""
        leaving = begin(l2harness, "vm.enp0s10", "-c", "1")
        coming = begin(l2harness, "enp0s9", "-c", "1")
        send(l2harness, HI)
        assert b"  vm.enp0s10 out  16 bytes\n" in leaving.communicate(timeout=60)[0]
        assert b"  vm.enp0s9 in  from vm.enp0s10  60 bytes\n" in coming.communicate(timeout=60)[0]

    def test_the_filter(self, l2harness):
        """Only frames of that type are shown, tagged ones among them, and counted."""
        capture = begin(l2harness, "--filter", "0x88b5", "-c", "2")
        other = begin(l2harness, "--filter", "arp", "-c", "1")
        send(l2harness, ARP, TAGGED, ARP, HI)
        printed = capture.communicate(timeout=60)[0].decode()
        assert [line.split()[0] for line in printed.splitlines() if line.startswith("#")] == [
            *("#1", "#2")
        ]
        assert "tag         VLAN 5" in printed
        assert "ARP" not in printed
        assert "0x0806 (ARP)" in other.communicate(timeout=60)[0].decode()

    def test_ctrl_c_is_its_end(self, l2harness):
        """Interrupted, it says how many there were; status 0."""
        capture = begin(l2harness)
        capture.send_signal(signal.SIGINT)
        assert capture.communicate(timeout=60) == (b"", b"0 frames captured\n")
        assert capture.returncode == 0


class TestWhatOneCanDoToInterfaces:
    """Whoever is root on a host may change it; the network stands it."""

    @pytest.mark.parametrize("change", ["down", "name other"])
    def test_one_that_is_down_or_renamed(self, l2harness, change):
        """It loses what was for it, or not; the others hear as ever, and the holder lives."""
        done = l2harness("exec", "vm", "--", "ip", "link", "set", "enp0s3", "down")
        assert done.returncode == 0, done.stderr
        if change != "down":
            line = f"ip link set enp0s3 {change} && ip link set other up"
            assert l2harness("exec", "vm", "--", "sh", "-c", line).returncode == 0
        others = [begin(l2harness, f"enp0s{number}", "-c", "3") for number in (8, 9)]
        send(l2harness, HI, ARP, TAGGED)
        for other in others:
            assert other.communicate(timeout=60)[1] == b"3 frames captured\n"

    def test_one_that_was_removed(self, l2harness):
        """The others go on."""
        assert l2harness("exec", "vm", "--", "ip", "link", "del", "enp0s3").returncode == 0
        other = begin(l2harness, "enp0s9", "-c", "3")
        send(l2harness, HI, ARP, TAGGED)
        assert other.communicate(timeout=60)[1] == b"3 frames captured\n"


class TestForWireshark:
    """pcapng, live."""

    @pytest.mark.skipif(shutil.which("tshark") is None, reason="apt-get install tshark")
    def test_tshark_reads_it_live(self, l2harness):
        """Through a pipe: each frame once, as on the wire, padded, tags in their place."""
        capture = begin(l2harness, "lan", "-w", "-", "-c", "3")
        fields = ("frame.interface_name", "eth.type", "frame.len", "vlan.id")
        with subprocess.Popen(
            ["tshark", "-n", "-i", "-", "-T", "fields", "-E", "separator=|"]
            + [word for field in fields for word in ("-e", field)],
            stdin=capture.stdout,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(l2harness.place)},
            text=True,
        ) as shark:
            capture.stdout.close()
            try:
                send(l2harness, HI, TAGGED, ARP)
                printed, _ = shark.communicate(timeout=60)
            finally:
                shark.kill()
        assert printed.splitlines() == [
            "lan|0x88b5|60|",
            "lan|0x8100|60|5",
            "lan|0x0806|60|",
        ]

    def test_into_a_file(self, l2harness):
        """The file is whole when the network goes down, which is said."""
        file = l2harness.place / "lan.pcapng"
        capture = begin(l2harness, "vm", "-w", file, "-c", "100")
        send(l2harness, TAGGED)
        assert l2harness("down").returncode == 0
        printed, said = capture.communicate(timeout=60)
        assert (capture.returncode, printed) == (3, b"")
        assert said == b"4 frames captured\nnetwork lecture has gone down\n"
        data = file.read_bytes()
        assert data.count(bytes(TAGGED)) == 4
        assert data.count(bytes(TAGGED.padded())) == 3


class TestWhoReads:
    """Readers that go away, and readers that do not read."""

    def test_a_reader_that_goes_away(self, l2harness):
        """Though no frame comes, the capture ends at once and without a word."""
        capture = begin(l2harness, "-w", "-")
        capture.stdout.close()
        assert capture.wait(60) == 141
        assert capture.stderr.read() == b""

    def test_a_reader_that_stands_still(self, l2harness):
        """The network goes on without it, and can be taken down; a killed one is forgotten."""
        still, killed = begin(l2harness), begin(l2harness)
        still.send_signal(signal.SIGSTOP)
        killed.kill()
        other = begin(l2harness, "-c", "300")
        send(l2harness, *[HI] * 300)
        assert other.communicate(timeout=60)[1] == b"300 frames captured\n"
        assert l2harness("down").returncode == 0
        still.send_signal(signal.SIGCONT)
        assert still.communicate(timeout=60)[1].endswith(b"network lecture has gone down\n")
