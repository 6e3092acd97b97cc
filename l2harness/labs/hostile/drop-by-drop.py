#!/usr/bin/env python3
# Prints one byte at a time, each of which costs whoever reads it far more than a byte.
#: as = ["pyng", "pyngd"]
#: ends = ["output limit", "time limit", "stopped", "CPU limit"]
import os

while True:
    os.write(1, b".")
    os.sched_yield()
