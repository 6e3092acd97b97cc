#!/usr/bin/env python3
# Plays with the clock: sets it, and takes every timer and pending signal there is.
#: as = ["pyng"]
#: beside = ["trying.py"]
#: says = "timers"
#: ends = ["exited"]
import ctypes
import time

from trying import attempt, call

attempt("the clock", time.clock_settime, time.CLOCK_REALTIME, 0)
attempt("the time of day", call, "settimeofday", bytes(16), 0)
library, timers = ctypes.CDLL(None), 0
while timers < 100_000 and library.timer_create(1, None, ctypes.byref(ctypes.c_void_p())) == 0:
    timers += 1
print(f"{timers} timers")
if timers >= 100_000:
    print("ESCAPED: no limit on timers")
