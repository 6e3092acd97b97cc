#!/usr/bin/env python3
# Writes to files through mappings, past every write(2) that could be refused.
#: as = ["pyng"]
#: ends = ["signalled", "memory limit", "exited"]
import mmap
import os

for number in range(10_000):
    fd = os.open(f"/tmp/{number}", os.O_RDWR | os.O_CREAT)
    os.ftruncate(fd, 8 << 20)
    area = mmap.mmap(fd, 8 << 20)
    for offset in range(0, 8 << 20, 4096):
        area[offset] = 1
    if number > 100:
        print("ESCAPED: wrote 800 MiB")
        break
