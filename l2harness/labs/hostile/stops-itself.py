#!/usr/bin/env python3
# Stops itself with SIGSTOP, and is neither running nor waiting nor dead.
#: as = ["pyng", "pyngd"]
#: ends = ["time limit", "stopped"]
import os
import signal

while True:
    os.kill(os.getpid(), signal.SIGSTOP)
