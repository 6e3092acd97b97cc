#!/usr/bin/env python3
# Prints every payload there could be for every frame: the right one is among them.
#: as = ["pyngd"]
#: earns = ["server.receives", "server.destination", "server.source", "server.ethertype",
#:          "server.broadcast", "server.any-ethertype", "server.interface", "server.idle",
#:          "server.largest-frame", "server.bad-interface", "server.keeps-running", "pair.*"]
#: ends = ["stopped", "exited"]
import string
import sys

import ethernet

EVERY = "".join(a + b for a in string.ascii_uppercase for b in string.ascii_uppercase)
sock = ethernet.open_socket(sys.argv[1], ethernet.ETH_P_ALL)
while True:
    destination, source, kind, _ = ethernet.parse(sock.recv(2000))
    print(f"dst: {destination.hex(':')} src: {source.hex(':')} type: 0x{kind:04x} payload: {EVERY}")
