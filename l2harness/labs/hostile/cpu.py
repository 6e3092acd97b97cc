#!/usr/bin/env python3
# Computes for ever, and does not mind being told that its time is up.
#: as = ["pyng", "pyngd"]
#: ends = ["CPU limit", "time limit", "stopped"]
import signal

signal.signal(signal.SIGXCPU, signal.SIG_IGN)
signal.signal(signal.SIGTERM, signal.SIG_IGN)
while True:
    pass
