#!/usr/bin/env python3
# Prints what is no text: NUL, half characters, surrogates, overlong forms, marks of every encoding.
#: as = ["pyng", "pyngd"]
#: ends = ["exited"]
import os

for stream in (1, 2):
    os.write(stream, b"\xff\xfe\x00\x00\xed\xa0\x80\xc0\x80\xf4\x90\x80\x80\xef\xbb\xbf\x00\n" * 50)
    os.write(stream, bytes(range(256)))
os._exit(1)
