#!/usr/bin/env python3
# Types into the terminal of whoever started it, and changes what that terminal is.
#: as = ["pyng", "pyngd"]
#: beside = ["trying.py"]
#: says = "held: type"
#: ends = ["exited"]
import fcntl
import termios
import tty

from trying import attempt

for fd in (0, 1, 2):
    attempt("line discipline", fcntl.ioctl, fd, 0x5423, b"\x02\0\0\0")
    attempt("console", fcntl.ioctl, fd, 0x541D, 0)
    attempt("selection", fcntl.ioctl, fd, 0x541C, b"\x03")
    attempt("the other end", fcntl.ioctl, fd, 0x5441, 2)
    for character in b"echo ESCAPED\n":
        attempt("type", fcntl.ioctl, fd, termios.TIOCSTI, bytes([character]))
tty.setcbreak(1)
termios.tcflow(2, termios.TCIOFF)
fcntl.ioctl(1, 0x540C)
