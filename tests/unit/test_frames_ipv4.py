"""IPv4 and ICMP: the bytes are those of the RFCs, and every checksum proves itself."""

from ipaddress import IPv4Address

from hypothesis import given
from hypothesis import strategies as st

from l2harness.frames.ipv4 import ECHO_REQUEST, HEADER_BYTES, Echo, Ipv4, checksum

ONE, OTHER = IPv4Address("192.168.0.1"), IPv4Address("192.168.0.199")


def test_the_example_of_the_rfc():
    """RFC 1071, section 3: the words 0001 f203 f4f5 f6f7 have the sum ddf2."""
    assert checksum(bytes.fromhex("0001 f203 f4f5 f6f7")) == 0xDDF2 ^ 0xFFFF


def test_a_known_header():
    """A header that is shown in many books, with its checksum b861."""
    packet = Ipv4(ONE, OTHER, bytes(95), protocol=17)
    assert bytes(packet)[:HEADER_BYTES].hex(" ", 2) == (
        "4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7"
    )


@given(st.binary(max_size=40), st.integers(0, 0xFFFF), st.integers(0, 10))
def test_checksums_prove_themselves(data, number, words):
    """Over header or message, the checksum counted in, the result is 0; changed, it is not."""
    message = bytes(Echo(ECHO_REQUEST, number, number, data))
    packet = bytes(Ipv4(ONE, OTHER, message, options=b"\x01" * 4 * words, ttl=1))
    header = packet[: 4 * (packet[0] & 15)]
    assert len(header) == HEADER_BYTES + 4 * words
    assert (checksum(header), checksum(message)) == (0, 0)
    assert packet[len(header) :] == message
    assert checksum(header[:8] + b"\x02" + header[9:]) != 0
