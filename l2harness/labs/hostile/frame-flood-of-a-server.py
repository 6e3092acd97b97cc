#!/usr/bin/env python3
# Floods the wire from the server's host, so that nobody can tell what the client sent.
#: as = ["pyngd"]
#: ends = ["frame limit", "exited", "stopped"]
import socket
import sys

packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 3)
packet.bind((sys.argv[1], 3))
frame = b"\xff" * 6 + packet.getsockname()[4] + b"\x88\xb5" + b"Hi".ljust(46, b"\0")
while True:
    try:
        packet.send(frame)
    except OSError:
        pass
