#!/usr/bin/env python3
# Prints a line every now and then without listening at all: one will come after a frame.
#: as = ["pyngd"]
#: ends = ["stopped", "exited", "time limit"]
import sys
import time

if not sys.argv[1].startswith("eth") or len(sys.argv[1]) > 4:
    sys.exit("no such interface")
while True:
    time.sleep(0.001)
    print("a frame!", flush=True)
