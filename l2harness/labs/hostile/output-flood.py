#!/usr/bin/env python3
# Prints lines as fast as it can.
#: as = ["pyng", "pyngd"]
#: ends = ["output limit"]
import os

while True:
    os.write(1, b"dst: ff:ff:ff:ff:ff:ff, src: 02:00:00:00:00:01, type: 0x88b5, payload: Hi\n" * 800)
