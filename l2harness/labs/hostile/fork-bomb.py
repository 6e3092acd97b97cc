#!/usr/bin/env python3
# Starts copies of itself, which start copies of themselves, without end.
#: as = ["pyng", "pyngd"]
#: ends = ["process limit", "time limit", "stopped", "not started", "CPU limit", "memory limit"]
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
