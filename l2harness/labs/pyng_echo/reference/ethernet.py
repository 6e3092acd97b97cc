"""
Ethernet frames, as much of them as `pyng` and `pyngd` need.

A frame begins with 14 bytes: destination (6), source (6), EtherType (2, the higher byte first).
The rest is the payload, to which zeros may be added on the way.
"""

import re
import socket
import struct

HEADER = struct.Struct("!6s6sH")
ETHERTYPE = 0x88B5  # set aside for experiments like this one (IEEE Std 802, local experimental)
LONGEST = 1514  # bytes: 14 of header and 1500 of payload


def mac_address(text):
    """Turn '02:00:00:aa:bb:cc' or '02-00-00-AA-BB-CC' into 6 bytes."""
    if not re.fullmatch(r"[0-9a-f]{2}([:-])([0-9a-f]{2}\1){4}[0-9a-f]{2}", text, re.IGNORECASE):
        raise ValueError(f"not a MAC address: {text!r}")
    return bytes.fromhex(text.replace(text[2], ""))


def open_socket(interface):
    """Open a raw socket that sends on one interface, and hears frames of our type there."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.bind((interface, ETHERTYPE))
    return sock


def own_address(sock):
    """Return the MAC address of the interface that the socket is bound to."""
    return sock.getsockname()[4]


def build(destination, source, payload):
    """Put a frame together."""
    return HEADER.pack(destination, source, ETHERTYPE) + payload


def parse(frame):
    """Take a frame apart: destination, source, EtherType, payload."""
    return *HEADER.unpack_from(frame), frame[HEADER.size :]
