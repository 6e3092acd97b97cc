#!/usr/bin/env python3
# Takes all the memory there is, byte by byte touched.
#: as = ["pyng", "pyngd"]
#: ends = ["memory limit", "stopped"]
kept = []
while True:
    kept.append(bytearray(b"\1") * (8 << 20))
