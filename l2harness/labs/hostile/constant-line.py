#!/usr/bin/env python3
# Listens, and prints the same line for every frame, whatever is in it.
#: as = ["pyngd"]
#: earns = ["server.receives", "server.broadcast", "server.any-ethertype", "server.interface",
#:          "server.idle", "server.largest-frame", "server.bad-interface",
#:          "server.keeps-running", "pair.*"]
#: ends = ["stopped", "exited"]
import sys

import ethernet

sock = ethernet.open_socket(sys.argv[1], ethernet.ETH_P_ALL)
while True:
    sock.recv(2000)
    print("dst: 02:00:00:00:00:02, src: 02:00:00:00:00:01, type: 0x88b5, payload: b'Hi\\x00\\x00'")
