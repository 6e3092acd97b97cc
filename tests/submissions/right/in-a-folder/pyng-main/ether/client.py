import binascii
import socket
import struct

from . import TYPE


def main(argv):
    if len(argv) != 3:
        return "usage: pyng TARGET_MAC INTERFACE"
    for separator in ":-":
        parts = argv[1].split(separator)
        if len(parts) == 6 and all(len(part) == 2 for part in parts):
            break
    else:
        return "pyng: not a MAC address: " + repr(argv[1])
    target = binascii.unhexlify("".join(parts))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as sock:
        sock.bind((argv[2], 0))
        sock.send(struct.pack("!6s6sH", target, sock.getsockname()[4], TYPE) + b"Hi")
    print("Sent!")
