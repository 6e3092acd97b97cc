#!/usr/bin/env python3
# Sends every frame on that it hears, and so does its twin: what comes once goes round for ever.
#: as = ["pyngd"]
#: ends = ["frame limit", "exited", "stopped"]
import sys

import ethernet

with ethernet.open_socket(sys.argv[1], ethernet.ETH_P_ALL) as sock:
    while True:
        frame = sock.recv(ethernet.LONGEST)
        for _ in range(3):
            sock.send(frame)
