#!/usr/bin/env python3
# Takes all the memory there is as shared mappings, which belong to no heap.
#: as = ["pyng"]
#: ends = ["memory limit"]
import mmap

kept = []
while True:
    kept.append(mmap.mmap(-1, 16 << 20))
    for offset in range(0, 16 << 20, 4096):
        kept[-1][offset] = 1
