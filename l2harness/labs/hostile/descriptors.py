#!/usr/bin/env python3
# Opens descriptors in many processes until the machine has none left.
#: as = ["pyng"]
#: says = "each at most"
#: ends = ["time limit", "process limit"]
import os
import signal

for _ in range(100):
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        break
count = 0
try:
    while True:
        os.pipe()
        count += 2
except OSError as error:
    print(f"each at most {count}: {error.strerror}", flush=True)
signal.pause()
