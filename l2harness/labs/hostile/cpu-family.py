#!/usr/bin/env python3
# Computes for ever in forty processes, to leave nothing of the CPUs to others.
#: as = ["pyng", "pyngd"]
#: ends = ["CPU limit", "time limit", "stopped", "not started"]
import os

for _ in range(40):
    if os.fork() == 0:
        break
while True:
    pass
