#!/usr/bin/env python3
# Makes namespaces of its own, enters those of others, and mounts.
#: as = ["pyng"]
#: beside = ["trying.py"]
#: says = "held: chroot"
#: ends = ["exited"]
import os
import subprocess

from trying import attempt, call

for name, flag in (("user", 0x10000000), ("net", 0x40000000), ("mnt", 0x20000), ("pid", 0x20000000)):
    attempt(f"unshare {name}", call, "unshare", flag)
    attempt(f"clone {name}", call, "clone", flag | 17, 0, 0, 0, 0)
    attempt(f"setns {name}", call, "setns", os.open(f"/proc/self/ns/{name}", os.O_RDONLY), 0)
attempt("mount", call, "mount", b"none", b"/tmp", b"tmpfs", 0, 0)
attempt("remount", call, "mount", b"none", b"/usr", b"", 0x1020, 0)
attempt("unmount", call, "umount2", b"/proc/1", 2)
attempt("fsopen", call, "fsopen", b"tmpfs", 0)
attempt("pivot_root", call, "pivot_root", b"/tmp", b"/tmp")
for line in (("unshare", "-U", "true"), ("bwrap", "--dev-bind", "/", "/", "true")):
    try:
        if subprocess.run(line, capture_output=True, check=False).returncode == 0:
            print(f"ESCAPED: {line}")
    except OSError:
        pass
attempt("chroot", os.chroot, "/tmp")
