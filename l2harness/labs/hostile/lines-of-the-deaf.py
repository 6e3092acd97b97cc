#!/usr/bin/env python3
# Listens with a filter through which nothing passes, and prints by the clock.
#: as = ["pyngd"]
#: ends = ["stopped", "exited", "time limit"]
import ctypes
import select
import struct
import sys

import ethernet

sock = ethernet.open_socket(sys.argv[1], ethernet.ETH_P_ALL)
nothing = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
sock.setsockopt(1, 26, struct.pack("HL", 1, ctypes.addressof(nothing)))
while True:
    select.select([sock], [], [], 0.001)
    print("a frame!", flush=True)
