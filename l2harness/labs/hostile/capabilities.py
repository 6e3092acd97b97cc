#!/usr/bin/env python3
# Gets rights from the bounding set, from set-user-id programs, and from capabilities of files.
#: as = ["pyng"]
#: beside = ["trying.py"]
#: says = "held: all capabilities"
#: ends = ["exited"]
import os
import shutil
import struct
import subprocess

from trying import attempt, call


def capabilities(line):
    """Execute something, and return the capabilities that it has."""
    script = "grep CapEff /proc/self/status"
    result = subprocess.run((*line, "/bin/sh", "-c", script), capture_output=True, check=False)
    return int(result.stdout.split()[1], 16) if result.stdout.startswith(b"CapEff") else 0


RAW = 1 << 13
for line in ((), ("setpriv", "--ambient-caps", "+all", "--inh-caps", "+all"), ("su", "-c"), ("sudo",),
             ("newgrp",), ("setpriv", "--reuid", "1"), ("capsh", "--caps=all+eip", "--")):
    if not line or shutil.which(line[0]):
        if (got := capabilities(line)) & ~RAW:
            print(f"ESCAPED: {line} gave {got:x}")
shutil.copy("/bin/sh", "/tmp/shell")
os.chmod("/tmp/shell", 0o6755)
if capabilities(("/tmp/shell", "-p", "-c", '"$@"', "x")) & ~RAW:
    print("ESCAPED: a set-user-id shell")
attempt("file capabilities", os.setxattr, "/tmp/shell", "security.capability",
        struct.pack("<5I", 0x02000001, 0xFFFFFFFF, 0xFFFFFFFF, 0xFF, 0xFF))
attempt("another user", os.setresuid, 1, 1, 1)
attempt("another group", os.setgroups, [0])
attempt("a device", os.mknod, "/tmp/sda", 0o60600, os.makedev(8, 0))
attempt("somebody else's file", os.chown, "/tmp/shell", 1, 1)
header, everything = struct.pack("<Ii", 0x20080522, 0), struct.pack("<6I", *[0xFFFFFFFF] * 6)
attempt("all capabilities", call, "capset", header, everything)
