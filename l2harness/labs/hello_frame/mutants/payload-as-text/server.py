#!/usr/bin/env python3
"""Print the first frame that comes to enp0s3."""

import socket

INTERFACE = "enp0s3"
ETH_P_ALL = 0x0003  # <linux/if_ether.h>: frames of every EtherType
ETH_FRAME_LEN = 1514  # bytes: 14 of header and 1500 of payload

with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
    # Asked for only now: before bind() it would hear all interfaces.
    sock.bind((INTERFACE, ETH_P_ALL))
    data = sock.recv(ETH_FRAME_LEN)
print(data[:14], data[14:].decode("ascii", "replace"))
