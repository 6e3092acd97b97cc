"""One socket that hears all interfaces; the address of each frame says where it came in."""
import argparse
import socket
import struct
import time

p = argparse.ArgumentParser()
p.add_argument("--ageing", type=float, default=300)
p.add_argument("interface", nargs="+")
a = p.parse_args()
try:
    [socket.if_nametoindex(i) for i in a.interface]
except OSError as e:
    p.error(str(e))

s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.ntohs(3))
s.setsockopt(263, 8, 1)
for i in a.interface:
    s.setsockopt(263, 1, struct.pack("@iHH8s", socket.if_nametoindex(i), 1, 0, b""))
seen = {}
while True:
    frame, control, flags, (name, protocol, kind, hardware, mac) = s.recvmsg(65535, 256)
    if kind == socket.PACKET_OUTGOING or name not in a.interface:
        continue
    for level, what, value in control:
        status, length, kept, mac_at, net_at, tci, tpid = struct.unpack("=IIIHHHH", value[:20])
        if what == 8 and status & 0x10:
            frame = frame[:12] + tpid.to_bytes(2, "big") + tci.to_bytes(2, "big") + frame[12:]
    to, by = frame[0:6], frame[6:12]
    now = time.perf_counter()
    if not by[0] & 1:
        seen[by] = name, now + a.ageing
    if int.from_bytes(to, "big") >> 4 == 0x0180C200000:
        continue
    out = set(a.interface)
    if to in seen and seen[to][1] >= now:
        out = {seen[to][0]}
    for i in out - {name}:
        s.sendto(frame, (i, 0))
