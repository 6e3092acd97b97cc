# The shape of the lecture's sample: a helper module, classes, a selector, errors as tracebacks.
import fcntl
import re
import socket
import struct

ETH_P_ALL = 0x0003
ETH_P_LAB = 0x88B5
ETH_FRAME_LEN = 1514
SIOCGIFHWADDR = 0x8927


class MalformedAddress(Exception):
    pass


def to_bytes(text):
    for separator in ":", "-":
        if re.match("^([0-9a-fA-F]{2}%s){5}[0-9a-fA-F]{2}$" % separator, text):
            return bytes(int(byte, 16) for byte in text.split(separator))
    raise MalformedAddress(text)


def to_text(address):
    return ":".join("%02x" % byte for byte in address)


class Interface:
    def __init__(self, name):
        self.name = name
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.socket.bind((name, 0))

    @property
    def address(self):
        request = struct.pack("256s", self.name.encode()[:15])
        return fcntl.ioctl(self.socket.fileno(), SIOCGIFHWADDR, request)[18:24]

    def close(self):
        self.socket.close()
