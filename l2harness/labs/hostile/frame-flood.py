#!/usr/bin/env python3
# Sends frames as fast as the kernel takes them.
#: as = ["pyng"]
#: earns = ["client.sends", "client.interface", "client.source", "client.ethertype",
#:          "client.payload", "client.bad-interface", "client.usage", "pair.unicast"]
#: ends = ["frame limit", "exited"]
import socket
import sys

if len(sys.argv) != 3:
    sys.exit("usage")
packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
packet.bind((sys.argv[2], 0))
frame = b"\xff" * 6 + packet.getsockname()[4] + b"\x88\xb5" + b"Hi".ljust(1500, b"\0")
while True:
    try:
        packet.send(frame)
    except OSError:
        pass
