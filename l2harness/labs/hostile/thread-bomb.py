#!/usr/bin/env python3
# Starts as many threads as it gets, and keeps them all busy.
#: as = ["pyng"]
#: ends = ["process limit", "time limit", "CPU limit", "memory limit"]
import threading


def burn():
    while True:
        pass


while True:
    try:
        threading.Thread(target=burn, daemon=True).start()
    except RuntimeError:
        burn()
