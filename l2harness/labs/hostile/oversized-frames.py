#!/usr/bin/env python3
# Sends segments of 64 KiB that a network card would cut, and frames of the strangest forms.
#: as = ["pyng"]
#: earns = ["client.sends", "client.interface", "client.bad-interface", "client.usage",
#:          "client.exits", "client.broadcast", "pair.*"]
#: says = "sent"
#: ends = ["exited"]
import socket
import struct
import sys

if len(sys.argv) != 3:
    sys.exit("usage")
packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
packet.bind((sys.argv[2], 0))
own = packet.getsockname()[4]
frames = [
    bytes(14), b"\xff" * 14, bytes(14) + b"\x81\0" * 20, b"\xff" * 12 + b"\x81\0\0\1\x81\0\0\2",
    b"\xff" * 12 + b"\x88\xa8" * 2, bytes(1514), b"\xff" * 12 + b"\x81\0\0\1" + bytes(1502),
    bytes.fromhex("0180c200000e") + own + b"\x88\xb6" + bytes(46), own + own + b"\x88\xcc",
]
sent = 0
for frame in frames:
    try:
        sent += packet.send(frame) > 0
    except OSError:
        pass
try:
    packet.setsockopt(263, 15, 1)  # PACKET_VNET_HDR
except OSError:
    sys.exit(print(f"sent {sent}"))
ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 60_014, 0, 0, 64, 6, 0, bytes(4), bytes(4))
tcp = struct.pack("!HHIIBBHHH", 1, 1, 0, 0, 0x50, 0, 0, 0, 0)
for kind, size in ((1, 1460), (1, 9), (0, 0), (3, 1460)):
    header = struct.pack("=BBHHHH", 1, kind, 54, size, 34, 16)
    try:
        sent += packet.send(header + own + own + b"\x08\0" + ip + tcp + bytes(59_974)) > 0
    except OSError:
        pass
print(f"sent {sent}")
