#!/usr/bin/env python3
# Replaces itself and all that lies beside it, for the next start and for whoever reads it.
#: as = ["pyng"]
#: says = "fresh"
#: ends = ["exited"]
import os

print("ESCAPED: was here before" if os.path.exists("marked") else "fresh", flush=True)
for where, _, files in os.walk("."):
    for name in files:
        path = os.path.join(where, name)
        os.unlink(path)
        with open(path, "w") as file:
            file.write("#!/bin/sh\necho ESCAPED: replaced\n")
        os.chmod(path, 0o4777)
open("marked", "w").close()
