#!/usr/bin/env python3
# Uses what it was given without being asked: descriptors, variables, parents, sessions.
#: as = ["pyng", "pyngd"]
#: says = "has descriptors"
#: ends = ["exited"]
import os
import stat

found = []
for fd in range(256):
    try:
        mode = os.fstat(fd).st_mode
    except OSError:
        continue
    found.append(fd)
    if fd > 2 or not stat.S_ISCHR(mode):
        print(f"ESCAPED: descriptor {fd}: {os.readlink(f'/proc/self/fd/{fd}')}")
known = {"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TERM", "PWD", "ASAN_OPTIONS",
         "LC_CTYPE", "PYTHONUNBUFFERED"}
for name in set(os.environ) - known:
    print(f"ESCAPED: {name}={os.environ[name]}")
if os.getppid() != 1 or set(filter(str.isdecimal, os.listdir("/proc"))) - {"1", str(os.getpid())}:
    print("ESCAPED: sees other processes")
print(f"has descriptors {found}", flush=True)
