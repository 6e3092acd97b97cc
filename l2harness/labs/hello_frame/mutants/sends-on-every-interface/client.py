#!/usr/bin/env python3
import socket

frame = bytes.fromhex("080027ddd743 0800278e7544 88b5") + b"Hi"
for interface in ("enp0s10", "enp0s9", "enp0s8"):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((interface, 0))
        sock.sendall(frame)
print("Sent!")
