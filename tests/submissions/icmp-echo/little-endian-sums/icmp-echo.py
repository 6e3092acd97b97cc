"""Adds words as the processor reads them, and writes the sum so: RFC 1071 says that it is the same."""
import array
import socket
import sys


def checksum(data):
    words = array.array("H", data + b"\0" * (len(data) % 2))
    total = sum(words) % 0xFFFF
    return array.array("H", [0xFFFF - total]).tobytes()


def right(data):
    return sum(array.array("H", data + b"\0" * (len(data) % 2))) % 0xFFFF == 0


interface, text = sys.argv[1:]
own = socket.inet_pton(socket.AF_INET, text)
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind((interface, 0x0800))
mac = sock.getsockname()[4]
print(f"answering for {text} on {interface}", flush=True)
while True:
    frame = sock.recv(65536)
    ip = frame[14:]
    if len(ip) < 20 or ip[0] >> 4 != 4:
        continue
    length, total = (ip[0] & 15) * 4, int.from_bytes(ip[2:4], "big")
    if not 20 <= length <= total - 8 <= len(ip) - 8:
        continue
    header, message = ip[:length], ip[length:total]
    whole = int.from_bytes(ip[6:8], "big") & 0x3FFF == 0
    if not (whole and ip[9] == 1 and ip[16:20] == own and message[:2] == b"\x08\0"):
        continue
    if not (right(header) and right(message)):
        continue
    rest = message[4:]
    answer = b"\0\0" + checksum(b"\0\0\0\0" + rest) + rest
    head = b"\x45\0" + (20 + len(answer)).to_bytes(2, "big") + b"\x12\x34\0\0\x40\x01"
    head += checksum(head + b"\0\0" + own + ip[12:16]) + own + ip[12:16]
    sock.send(frame[6:12] + mac + b"\x08\0" + head + answer)
