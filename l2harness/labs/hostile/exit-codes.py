#!/usr/bin/env python3
# Ends as if a time limit, a memory limit or the harness had ended it.
#: as = ["pyng", "pyngd"]
#: ends = ["exited", "signalled"]
import os
import sys

codes = (124, 125, 126, 127, 137, 143, 152, 153, 255)
os._exit(codes[sum(map(len, sys.argv)) % len(codes)])
