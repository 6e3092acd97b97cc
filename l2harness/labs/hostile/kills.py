#!/usr/bin/env python3
# Kills and stops everything that it can name: its init, all processes, its group, the harness.
#: as = ["pyng", "pyngd"]
#: beside = ["trying.py"]
#: says = "held: everything"
#: ends = ["exited", "signalled"]
import os
import signal

from trying import attempt

for number in (signal.SIGSTOP, signal.SIGKILL, signal.SIGTERM):
    os.kill(1, number)  # the init of its own namespace shrugs
for pid in range(3, 2000):
    if pid != os.getpid():
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            continue
        print(f"ESCAPED: killed {pid}")
attempt("everything", os.kill, -1, signal.SIGKILL)
