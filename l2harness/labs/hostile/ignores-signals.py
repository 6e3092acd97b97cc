#!/usr/bin/env python3
# Ignores every signal that can be ignored, and waits for ever.
#: as = ["pyng", "pyngd"]
#: ends = ["time limit", "stopped"]
import signal

for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        pass
while True:
    signal.pause()
