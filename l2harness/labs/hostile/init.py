#!/usr/bin/env python3
# Takes over the sandbox's own init, which has the same uid, through /proc and by signals.
#: as = ["pyng"]
#: beside = ["trying.py"]
#: says = "held: ptrace"
#: ends = ["exited"]
import os

from trying import attempt, call

for name in ("mem", "environ", "cmdline", "maps", "auxv", "status", "root/etc/passwd"):
    attempt(f"/proc/1/{name}", open, f"/proc/1/{name}", "rb")
for name in ("fd", "ns", "cwd", "root"):
    attempt(f"/proc/1/{name}", os.listdir, f"/proc/1/{name}")
attempt("its memory", call, "process_vm_readv", 1, 0, 0, 0, 0, 0)
attempt("to write it", call, "process_vm_writev", 1, 0, 0, 0, 0, 0)
attempt("its descriptors", call, "pidfd_getfd", call("pidfd_open", 1, 0), 0, 0)
attempt("compare", call, "kcmp", 1, os.getpid(), 0, 0, 0)
attempt("ptrace", call, "ptrace", 16, 1, 0, 0)
