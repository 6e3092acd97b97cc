#!/usr/bin/env python3
# Takes every pseudo-terminal of the machine, so that nobody else can be given one.
#: as = ["pyng"]
#: beside = ["trying.py"]
#: says = "held"
#: ends = ["exited"]
import os

from trying import attempt

attempt("a terminal of its own", os.openpty)
attempt("the other way", os.open, "/dev/ptmx", os.O_RDWR)
