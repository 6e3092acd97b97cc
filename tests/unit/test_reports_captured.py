"""A captured frame on the terminal: every byte is somewhere, and every field has its name."""

import re

from hypothesis import given
from hypothesis import strategies as st

from l2harness.frames import EtherType, Frame, MacAddress, VlanTag
from l2harness.live.taps import Captured, Way
from l2harness.reports.captured import draw_captured
from l2harness.reports.screen import Screen

SERVER = MacAddress.parse("08:00:27:dd:d7:43")
CLIENT = MacAddress.parse("08:00:27:8e:75:44")
HI = Frame(SERVER, CLIENT, EtherType.LAB, b"Hi")


def draw(data, *, sent=None, way=Way.ACROSS, sender=1, **screen):
    """Draw a frame of which so many bytes had been sent."""
    length = len(data) if sent is None else sent
    captured = Captured(way, 1_500_000, 0, sender, length, 0, bytes(data))
    return draw_captured(captured, 7, ["lan"], ["vm.a", "vm.b"], Screen(**screen))


def test_fields_in_their_order():
    """Offset, bytes, name, meaning: header, tags, type, payload, and the card's padding."""
    tagged = Frame(SERVER, CLIENT, EtherType.LAB, b"Hi", (VlanTag(5, priority=3),))
    lines = draw(bytes(tagged).ljust(60, b"\0"), sent=20).splitlines()
    assert lines[0].startswith("#7  ")
    assert lines[0].endswith(".001500  lan  from vm.b  60 bytes")
    assert [line.split()[0] for line in lines[1:-1]] == [
        *("0000", "0006", "000c", "0010", "0012", "0014")
    ]
    assert "81 00 60 05              tag         VLAN 5, priority 3" in lines[3]
    assert "padding     40 zero bytes of the network card" in lines[6]


def test_zeros_that_the_program_has_sent_are_payload():
    """Only what came after the program's last byte is called padding."""
    drawn = draw(bytes(HI).ljust(60, b"\0"), sent=60)
    assert "padding" not in drawn
    assert drawn.count("payload") == 1
    assert drawn.count("\n  00") == 3 + 6


def test_where_and_which_way():
    """A frame that leaves says so, and not once more from where."""
    assert "  lan out  16 bytes" in draw(bytes(HI), way=Way.OUT)
    assert "  lan in  from vm.a  16 bytes" in draw(bytes(HI), way=Way.IN, sender=0)
    assert "  lan in  16 bytes" in draw(bytes(HI), way=Way.IN, sender=None)


def test_colours_are_for_terminals():
    """With colours there are escape sequences, without none; the words are the same."""
    coloured, plain = draw(bytes(HI), color=True), draw(bytes(HI))
    assert "\x1b[" in coloured
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured).split() == plain.split()


def test_a_long_payload_is_cut():
    """128 bytes of it are shown, and how many more there are."""
    drawn = draw(bytes(Frame(SERVER, CLIENT, EtherType.LAB, b"x" * 1500)))
    assert "1372 bytes more" in drawn
    assert drawn.count("|xxxxxxxx|") == 16


def test_half_a_header_is_shown_as_bytes():
    """A frame that announces a tag and ends is told to be one."""
    drawn = draw(SERVER.value + CLIENT.value + b"\x81\x00")
    assert "an Ethernet header with 802.1Q tag takes 18" in drawn
    assert "81 00" in drawn


@given(st.binary(min_size=14, max_size=120), st.integers(0, 200), st.booleans())
def test_no_bytes_do_anything(data, sent, unicode):
    """Whatever is in a frame, only printable characters and line ends come out."""
    drawn = draw(data, sent=sent, unicode=unicode)
    assert all(char.isprintable() or char == "\n" for char in drawn)
    assert unicode or drawn.isascii()
