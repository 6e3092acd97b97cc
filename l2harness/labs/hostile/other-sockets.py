#!/usr/bin/env python3
# Looks for other ways out: other families, the Internet, other interfaces, abstract sockets.
#: as = ["pyng"]
#: beside = ["trying.py"]
#: says = "held: connect to 169.254.169.254"
#: ends = ["exited"]
import fcntl
import os
import socket
import struct

from trying import attempt

for family in (9, 21, 29, 30, 31, 38, 40, 41, 43, 44, 45):
    attempt(f"family {family}", socket.socket, family, socket.SOCK_RAW, 0)
for name in os.listdir("/sys/class/net"):
    if name != "lo" and not name.startswith("eth"):
        print(f"ESCAPED: sees interface {name}")
for line in open("/proc/net/unix"):
    if "@" in line:
        print(f"ESCAPED: sees the socket {line.split()[-1]}")
control = socket.socket()
for what, number, value in (
    ("link down", 0x8914, struct.pack("16sH", b"eth0", 0)),
    ("another address", 0x8924, struct.pack("16sH6s", b"eth0", 1, b"\2owned")),
    ("an IP address", 0x8916, struct.pack("16sHH4s", b"eth0", 2, 0, b"\x0a\0\0\1")),
    ("another MTU", 0x8922, struct.pack("16si", b"eth0", 9000)),
    ("another name", 0x8923, struct.pack("16s16s", b"eth0", b"owned")),
):
    attempt(what, fcntl.ioctl, control, number, value.ljust(40, b"\0"))
route = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
message = struct.pack("=IHHIIBxHiII", 32, 17, 5, 1, 0, 0, 0, 2, 0, 0)  # RTM_DELLINK of the first
route.send(message)
if struct.unpack_from("=i", route.recv(256), 16)[0] == 0:
    print("ESCAPED: deleted a link")
for address in (("127.0.0.1", 22), ("10.0.0.1", 80), ("169.254.169.254", 80)):
    with socket.socket() as outside:
        outside.settimeout(0.2)
        attempt(f"connect to {address[0]}", outside.connect, address)
