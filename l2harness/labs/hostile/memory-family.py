#!/usr/bin/env python3
# Takes all the memory there is in sixty processes, each of which alone takes little.
#: as = ["pyng"]
#: ends = ["memory limit", "process limit"]
import os
import signal

for _ in range(60):
    if os.fork() == 0:
        kept = bytearray(b"\1") * (48 << 20)
        signal.pause()
signal.pause()
