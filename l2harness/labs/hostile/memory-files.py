#!/usr/bin/env python3
# Fills every file system that it may write to.
#: as = ["pyng"]
#: says = "full: /dev/shm"
#: ends = ["exited"]
import os

total = 0
for place in (".", "/tmp", "/root", "/dev/shm"):
    try:
        for number in range(10_000):
            with open(f"{place}/{number}", "wb", buffering=0) as file:
                total += file.write(bytes(1 << 20))
    except OSError as error:
        print(f"full: {place}: {error.strerror} after {total} bytes")
if total > 100 << 20:
    print(f"ESCAPED: wrote {total} bytes")
