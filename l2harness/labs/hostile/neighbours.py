#!/usr/bin/env python3
# Looks for programs that run at the same time: by shared memory, by keys, by processes, by /proc.
#: as = ["pyng", "pyngd"]
#: says = "met nobody"
#: ends = ["exited"]
import os

for name in ("shm", "msg", "sem"):
    lines = open(f"/proc/sysvipc/{name}").read().splitlines()[1:]
    for line in lines:
        print(f"ESCAPED: {name} {line}")
for name in os.listdir("/dev/shm") + os.listdir("/tmp"):
    print(f"ESCAPED: file {name}")
try:
    mine = {line.split()[0] for line in open("/proc/keys") if f" {os.getuid()} " in line}
    if mine:
        print(f"keys {mine}")
except OSError:
    pass
for pid in filter(str.isdecimal, os.listdir("/proc")):
    if int(pid) not in (1, os.getpid()):
        print(f"ESCAPED: process {pid}")
open("/dev/shm/canary-for-the-next", "w").close()
open("/tmp/canary-for-the-next", "w").close()
print("met nobody else", flush=True)
