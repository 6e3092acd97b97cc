#!/usr/bin/env python3
"""Send one frame that says Hi, from enp0s10 to enp0s3."""

import socket

INTERFACE = "enp0s10"
DESTINATION = bytes.fromhex("080027ddd743")  # enp0s3
SOURCE = bytes.fromhex("0800278e7544")  # enp0s10
ETHERTYPE = bytes.fromhex("88b5")  # set aside by IEEE for experiments

with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:  # 0: it hears nothing
    sock.bind((INTERFACE, 0))
    sock.sendall(DESTINATION + SOURCE + ETHERTYPE + b"Hi\n")
print("Sent!")
