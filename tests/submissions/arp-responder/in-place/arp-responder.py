"""Turns the request round where it lies; waits with select, and looks up now and then."""
import fcntl
import select
import socket
import struct
import sys


def own_mac(sock, name):
    return fcntl.ioctl(sock, 0x8927, struct.pack("256s", name.encode()))[18:24]  # SIOCGIFHWADDR


name, address = sys.argv[1:]
ip = socket.inet_pton(socket.AF_INET, address)
sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
sock.bind((name, 0))
mac = own_mac(sock, name)
while True:
    if not select.select([sock], [], [], 2.0)[0]:
        continue
    frame = bytearray(sock.recv(65536)[:42])
    if frame[12:22] == bytes.fromhex("0806 0001 0800 06 04 0001") and frame[38:42] == ip:
        frame[32:42] = frame[22:32]
        frame[22:32] = mac + ip
        frame[0:6], frame[6:12] = frame[32:38], mac
        frame[21] = 2
        sock.sendall(frame)
