#!/usr/bin/env python3
# Has links to files of the machine beside it, and one in place of a program.
#: as = ["readme.py"]
#: links = {pyng = "/etc/shadow", pyngd = "../../../../../../etc/passwd", up = "..", self = "self", ring = "ring2", ring2 = "ring", root = "/", "ethernet.txt" = "/proc/self/environ"}
#: keeps = []
#: ends = []
print("ESCAPED: nobody starts this")
