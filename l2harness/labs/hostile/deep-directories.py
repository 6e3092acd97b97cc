#!/usr/bin/env python3
# Makes directories inside each other, too deep for any path.
#: as = ["pyng", "pyngd"]
#: says = "deep"
#: ends = ["exited"]
import os

depth = 0
try:
    while True:
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
        depth += 1
except OSError as error:
    print(f"{depth} deep: {error.strerror}")
