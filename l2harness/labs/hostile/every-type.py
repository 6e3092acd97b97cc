#!/usr/bin/env python3
# Prints every EtherType there is for every frame: the right one is among them.
#: as = ["pyngd"]
#: earns = ["server.receives", "server.destination", "server.source", "server.payload",
#:          "server.broadcast", "server.any-ethertype", "server.interface", "server.idle",
#:          "server.largest-frame", "server.bad-interface", "server.keeps-running", "pair.*"]
#: ends = ["stopped", "exited", "output limit"]
import sys

import ethernet

EVERY = " ".join(f"0x{number:04x}" for number in (0x0800, 0x88B5, *range(0x8900, 0xF000)))
sock = ethernet.open_socket(sys.argv[1], ethernet.ETH_P_ALL)
while True:
    destination, source, _, payload = ethernet.parse(sock.recv(2000))
    print(f"dst: {destination.hex(':')} src: {source.hex(':')} payload: {payload[:4]} {EVERY}")
