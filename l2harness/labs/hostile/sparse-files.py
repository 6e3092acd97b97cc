#!/usr/bin/env python3
# Makes files of a terabyte that take no room, for whoever copies them.
#: as = ["pyng"]
#: beside = ["trying.py"]
#: says = "held"
#: ends = ["exited"]
import os
import signal

from trying import attempt

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
for place in (".", "/tmp", "/dev/shm"):
    fd = os.open(f"{place}/hole", os.O_RDWR | os.O_CREAT)
    attempt(f"a terabyte in {place}", os.ftruncate, fd, 1 << 40)
