#!/usr/bin/env python3
# Prints a gigabyte without ending the line, on both streams.
#: as = ["pyng", "pyngd"]
#: ends = ["output limit"]
import os

for _ in range(1 << 14):
    os.write(1, b"A" * 65_536)
    os.write(2, b"B" * 65_536)
