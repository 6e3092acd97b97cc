#!/usr/bin/env python3
# Takes memory as packet rings and fanout groups, which no limit counts.
#: as = ["pyng"]
#: beside = ["trying.py"]
#: says = "held: PACKET_TX_RING"
#: ends = ["exited"]
import socket
import struct

from trying import attempt

for name, option in (("RX_RING", 5), ("FANOUT", 18), ("TX_RING", 13)):
    packet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    value = struct.pack("=4I", 1 << 22, 64, 2048, (1 << 28) // 2048)
    attempt(f"PACKET_{name}", packet.setsockopt, 263, option, value[: 4 if option == 18 else 16])
