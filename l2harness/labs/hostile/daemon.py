#!/usr/bin/env python3
# Leaves a daemon that holds the terminal open, ignores signals, sends and prints later; then ends.
#: as = ["pyng", "pyngd"]
#: ends = ["exited"]
import os
import signal
import time

if os.fork():
    os._exit(0)
os.setsid()
if os.fork():
    os._exit(0)
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
while True:
    time.sleep(0.01)
    print("still here", flush=True)
