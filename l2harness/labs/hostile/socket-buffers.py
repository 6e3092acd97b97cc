#!/usr/bin/env python3
# Fills the buffers of as many sockets as it gets: memory of the kernel's.
#: as = ["pyng"]
#: says = "filled"
#: ends = ["time limit", "memory limit", "process limit"]
import os
import signal
import socket

for _ in range(100):
    try:
        child = os.fork()
    except OSError:
        break
    if child == 0:
        break
kept, size = [], 0
try:
    while True:
        kept.append(socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
        kept[-1][0].setblocking(False)
        try:
            while True:
                size += kept[-1][0].send(bytes(60_000))
        except BlockingIOError:
            pass
except OSError as error:
    print(f"filled {size}: {error.strerror}", flush=True)
signal.pause()
