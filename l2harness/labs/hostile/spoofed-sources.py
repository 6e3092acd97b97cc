#!/usr/bin/env python3
# Sends as if it were the server, the hub and everybody else, so that their frames seem wrong.
#: as = ["pyng"]
#: earns = ["client.sends", "client.interface", "client.exits", "client.reports",
#:          "client.bad-interface", "client.usage", "client.ethertype",
#:          "client.minimum-frame", "client.broadcast", "pair.*"]
#: ends = ["exited"]
import os
import sys

import ethernet

if len(sys.argv) != 3:
    sys.exit("usage")
target = bytes.fromhex("".join(filter(str.isalnum, sys.argv[1])).ljust(12, "0")[:12])
with ethernet.open_socket(sys.argv[2]) as sock:
    for source in (target, bytes(6), b"\xff" * 6, bytes.fromhex("0180c2000000"), os.urandom(6)):
        sock.send(ethernet.build(b"\xff" * 6, source, b"Ho"))
print("Sent!")
