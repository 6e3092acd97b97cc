#!/usr/bin/env python3
# Prints the lines before the frames have come, a thousand of them, and then listens in silence.
#: as = ["pyngd"]
#: ends = ["stopped", "exited"]
import os
import sys

import ethernet

with ethernet.open_socket(sys.argv[1], ethernet.ETH_P_ALL) as sock:
    for _ in range(1000):
        source = os.urandom(6).hex(":")
        print(f"dst: {ethernet.own_address(sock).hex(':')}, src: {source}, type: 0x88b5, payload: Hi")
    while True:
        sock.recv(2000)
