#!/usr/bin/env python3
# Waits for ever, it seems, and prints whenever a timer goes off.
#: as = ["pyngd"]
#: ends = ["stopped", "exited", "time limit"]
import os
import signal
import sys

import ethernet

sock = ethernet.open_socket(sys.argv[1], ethernet.ETH_P_ALL)
signal.signal(signal.SIGALRM, lambda *_: os.write(1, b"a frame!\n"))
signal.setitimer(signal.ITIMER_REAL, 0.002, 0.002)
while True:
    signal.pause()
