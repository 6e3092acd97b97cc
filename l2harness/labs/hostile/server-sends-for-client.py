#!/usr/bin/env python3
# The client sends rubbish, and the server on the other host the frame that the client should have.
#: as = ["pyng", "pyngd"]
#: earns = ["client.sends", "client.interface", "client.exits", "client.bad-interface",
#:          "client.usage", "client.reports", "client.once"]
#: ends = ["exited", "stopped", "frame limit", "time limit"]
import os
import sys

import ethernet

if len(sys.argv) == 3 and sys.argv[0].endswith("pyng"):
    with ethernet.open_socket(sys.argv[2]) as sock:
        sock.send(bytes(12) + b"\x12\x34" + b"Ho" * 50)
    sys.exit(print("Sent!"))
with ethernet.open_socket(sys.argv[1], ethernet.ETH_P_ALL) as sock:
    while True:
        if sock.recv(ethernet.LONGEST)[12:14] == b"\x12\x34":
            for target in (b"\xff" * 6, ethernet.own_address(sock)):
                sock.send(ethernet.build(target, os.urandom(6), b"Hi"))
