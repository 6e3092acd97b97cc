#!/usr/bin/env python3
# Prints what a terminal obeys: clears it, retitles it, fills the clipboard, turns the text round.
#: as = ["pyng", "pyngd"]
#: ends = ["exited"]
import os
import sys

spells = (
    "\x1b[2J\x1b[H", "\x1b]0;passed\x07", "\x1b]52;c;cm0gLXJmIH4K\x07",
    "\x1b]8;;http://evil.example\x07score\x1b]8;;\x07", "\x9b31m", "\x1b[8m", "\x1bc",
    "\u202e001/001\u202c", "\u2066\u200f", "\r100 of 100 points\x1b[K", "\x1b[?1049h", "\b" * 80,
    "\x1bP$q\x1b\\", "\x1b[6n", "\x0e\x0f", "\u2028\u2029\x85",
)
for spell in spells:
    os.write(1, spell.encode())
    os.write(2, spell.encode() + b"\n")
sys.exit("\x1b[2J\x1b[32m100 of 100 points\x1b[0m")
