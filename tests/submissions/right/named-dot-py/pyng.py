#!/usr/bin/env python3
# The programs are called pyng.py, with a #! line but no run bit, and pyngd.py, with neither.
import socket
import struct
import sys


def main():
    target = sys.argv[1].lower().replace("-", ":")
    numbers = [int(number, 16) for number in target.split(":")]
    if len(numbers) != 6:
        sys.exit("wrong length")
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sock.bind((sys.argv[2], 0))
    frame = struct.pack("!6B6sH", *numbers, sock.getsockname()[4], 0x88B5) + b"Hi"
    sock.send(frame)
    print("Sent!")


if __name__ == "__main__":
    main()
