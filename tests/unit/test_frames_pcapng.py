"""The capture writer: its blocks read back by an independent reader, and its refusals."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l2harness.frames.pcapng import Packet, PacketDirection, PcapngWriter, pcapng


def read_blocks(data):
    """Walk a little-endian capture and return (type, body) of each block."""
    blocks = []
    while data:
        kind, length = struct.unpack_from("<II", data)
        assert length % 4 == 0
        assert struct.unpack_from("<I", data, length - 4) == (length,)
        blocks.append((kind, data[8 : length - 4]))
        data = data[length:]
    return blocks


def read_options(data):
    """Walk the options of a block and return (code, value) of each, without the end."""
    options = []
    while data:
        code, length = struct.unpack_from("<HH", data)
        if code == 0:
            assert data == bytes(4)
            break
        options.append((code, data[4 : 4 + length]))
        data = data[4 + length + -length % 4 :]
    return options


def read_packet(body):
    """Take an enhanced packet block apart."""
    interface, high, low, kept, original = struct.unpack_from("<IIIII", body)
    data = body[20 : 20 + kept]
    options = read_options(body[20 + kept + -kept % 4 :])
    return interface, high << 32 | low, data, original, options


def test_bytes_of_a_small_capture():
    """A capture of one frame is, byte for byte, what the format's draft lays down."""
    packet = Packet("h1.eth0", 1, b"\xff" * 6, PacketDirection.INBOUND, ("no",))
    assert pcapng(["h1.eth0"], [packet]) == bytes.fromhex(
        "0a0d0d0a 30000000 4d3c2b1a 01000000 ffffffffffffffff"
        "04000900 6c326861726e657373 000000 00000000 30000000"
        "01000000 2c000000 01000000 00000000"
        "02000700 68312e65746830 00 09000100 09 000000 00000000 2c000000"
        "06000000 3c000000 00000000 00000000 01000000 06000000 06000000 ffffffffffff 0000"
        "01000200 6e6f 0000 02000400 01000000 00000000 3c000000"
    )


def test_interfaces_are_named_and_in_nanoseconds():
    """Each interface is described once, in order, as Ethernet with its name and resolution."""
    section, *interfaces = read_blocks(pcapng(["h1.eth0", "h2.eth0"], []))
    assert section[0] == 0x0A0D0D0A
    for (kind, body), name in zip(interfaces, [b"h1.eth0", b"h2.eth0"], strict=True):
        assert kind == 1
        assert struct.unpack_from("<HHI", body) == (1, 0, 0)
        assert read_options(body[8:]) == [(2, name), (9, b"\x09")]


def test_an_interface_is_described():
    """What is said of an interface stands behind its name, and of the others nothing."""
    writer = PcapngWriter(["h1.eth0", "h2.eth0"], descriptions={"h2.eth0": "far end"})
    _, first, second = read_blocks(writer.header())
    assert read_options(first[1][8:]) == [(2, b"h1.eth0"), (9, b"\x09")]
    assert read_options(second[1][8:]) == [(2, b"h2.eth0"), (3, b"far end"), (9, b"\x09")]


packets = st.builds(
    Packet,
    st.sampled_from(["h1.eth0", "h2.eth0"]),
    st.integers(0, 2**64 - 1),
    st.binary(max_size=70),
    st.sampled_from(PacketDirection),
    st.lists(st.text("ab \n–€\ud800", max_size=20), max_size=2).map(tuple),
)


@settings(deadline=None)
@given(st.lists(packets, max_size=5))
def test_packets_are_read_back(packets):
    """Every packet comes back with its interface, time, bytes, direction and comments."""
    names = ["h1.eth0", "h2.eth0"]
    blocks = read_blocks(pcapng(names, packets))[3:]
    for (kind, body), packet in zip(blocks, packets, strict=True):
        interface, time_ns, data, original, options = read_packet(body)
        assert kind == 6
        assert (names[interface], time_ns, data) == (packet.interface, packet.time_ns, packet.data)
        assert original == len(packet.data)
        told = [(1, comment.encode("utf-8", "backslashreplace")) for comment in packet.comments]
        if packet.direction:
            told.append((2, struct.pack("<I", packet.direction)))
        assert options == told


def test_pieces_make_the_same_file():
    """Writing packet by packet gives the same bytes as writing all at once."""
    packets = [Packet("h1.eth0", at, bytes(at)) for at in range(5)]
    writer = PcapngWriter(["h1.eth0"])
    pieces = [writer.header(), *(writer.packet(packet) for packet in packets)]
    assert b"".join(pieces) == pcapng(["h1.eth0"], iter(packets))


def test_frame_that_was_cut_keeps_its_length():
    """The length of a frame on the wire is written beside the bytes that were kept of it."""
    packet = Packet("h1.eth0", 0, bytes(14), original_bytes=1514)
    _, _, data, original, options = read_packet(read_blocks(pcapng(["h1.eth0"], [packet]))[2][1])
    assert (data, original, options) == (bytes(14), 1514, [])


def test_long_comment_is_cut_between_characters():
    """A comment longer than an option holds is cut, and what is left is valid UTF-8."""
    packet = Packet("h1.eth0", 0, b"", comments=("€" * 30_000, "x" * 65_535))
    options = read_packet(read_blocks(pcapng(["h1.eth0"], [packet]))[2][1])[4]
    assert [value.decode() for _, value in options] == ["€" * 21_845, "x" * 65_535]
    longer = Packet("h1.eth0", 0, b"", comments=("x" + "€" * 30_000,))
    ((_, value),) = read_packet(read_blocks(pcapng(["h1.eth0"], [longer]))[2][1])[4]
    assert value.decode() == "x" + "€" * 21_844


@pytest.mark.parametrize(
    ("names", "known"), [([], "none"), (["h1.eth0", "h2.eth0"], "h1.eth0, h2.eth0")]
)
def test_unknown_interface_is_refused(names, known):
    """A packet of an interface that the capture does not describe is refused by name."""
    with pytest.raises(ValueError, match=f"no interface 'h3.eth0' in this capture, but: {known}"):
        pcapng(names, [Packet("h3.eth0", 0, b"")])


def test_interface_named_twice_is_refused():
    """Two interfaces of one name could not be told apart, so they are refused."""
    with pytest.raises(ValueError, match=r"an interface is named twice: h1\.eth0, h1\.eth0"):
        PcapngWriter(["h1.eth0", "h1.eth0"])


@pytest.mark.parametrize(
    ("direction", "flags"),
    [
        (PacketDirection.INBOUND, [(2, b"\1\0\0\0")]),
        (PacketDirection.OUTBOUND, [(2, b"\2\0\0\0")]),
        (PacketDirection.UNKNOWN, []),
    ],
)
def test_direction_is_told_when_known(direction, flags):
    """The lowest two bits of the flags say in or out; an unknown direction is left out."""
    capture = pcapng(["h1.eth0"], [Packet("h1.eth0", 0, b"", direction)])
    assert read_packet(read_blocks(capture)[2][1])[4] == flags


@pytest.mark.parametrize("time_ns", [-1, 2**64])
def test_time_fits_its_field(time_ns):
    """A time outside the format's 64 bits is refused, the last one within is not."""
    assert Packet("h1.eth0", 2**64 - 1, b"").time_ns == 2**64 - 1
    with pytest.raises(ValueError, match=f"time_ns {time_ns} is not in 0–"):
        Packet("h1.eth0", time_ns, b"")


def test_original_length_covers_the_data():
    """A frame cannot have been shorter than what was kept of it; equal is right."""
    assert Packet("h1.eth0", 0, bytes(14), original_bytes=14).original_bytes == 14
    with pytest.raises(ValueError, match="original_bytes 13 is less than the 14 kept"):
        Packet("h1.eth0", 0, bytes(14), original_bytes=13)


def test_a_description_of_nothing_is_refused():
    """What is said of an interface that the capture does not have is a mistake, and named."""
    with pytest.raises(ValueError, match=r"there is no interface h3\.eth0 to describe"):
        PcapngWriter(["h1.eth0"], descriptions={"h1.eth0": "near", "h3.eth0": "far"})
