#!/usr/bin/env python3
# Reads everything that it can find: other submissions, solutions, secrets, the harness itself.
#: as = ["pyng", "pyngd"]
#: says = "looked at"
#: ends = ["exited", "stopped", "time limit"]
import os

names = ("canary", "reference", "mutants", "hostile", "l2harness", "test_client", "shadow")
looked = 0
for top in ("/dev", "/etc", "/home", "/mnt", "/opt", "/proc/1", "/root", "/run", "/srv", "/sys/fs",
            "/tmp", "/var", "/work", "/usr/local", "/usr/lib/python3", "/usr/share", "/submission"):
    for where, folders, files in os.walk(top):
        looked += 1 + len(files)
        for name in (*folders, *files):
            path = os.path.join(where, name)
            if any(word in name for word in names) and "/linux-" not in path:
                try:
                    inside = os.listdir(path) if name in folders else open(path, "rb").read(64)
                except OSError:
                    continue
                if inside and ("l2harness" in path or name in ("shadow", "test_client.py")):
                    print(f"ESCAPED: {path}: {inside!r}"[:300])
for variable, value in os.environ.items():
    if variable.startswith("L2HARNESS") or "canary" in value:
        print(f"ESCAPED: {variable}={value}")
print(f"looked at {looked} files", flush=True)
