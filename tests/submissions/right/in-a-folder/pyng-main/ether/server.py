import binascii
import socket
import struct


def main(argv):
    if len(argv) != 2:
        return "usage: pyngd INTERFACE"
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)) as sock:
        sock.bind((argv[1], 0))
        while True:
            frame = sock.recv(1514)
            to, by, kind = struct.unpack_from("!6s6sH", frame)
            to, by = (binascii.hexlify(address, ":").decode() for address in (to, by))
            print(f"dst: {to}, src: {by}, type: {kind:x}, payload: {frame[14:26]}")
