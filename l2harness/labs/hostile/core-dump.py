#!/usr/bin/env python3
# Crashes with much memory in use, so that it is written somewhere, or piped to a program of root's.
#: as = ["pyng", "pyngd"]
#: ends = ["signalled"]
import os
import resource

try:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
except ValueError:
    pass
kept = bytearray(b"\1") * (64 << 20)
os.abort()
