import socket
import sys


def main():
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sock.bind((sys.argv[1], 0))
    while True:
        frame = sock.recv(1514)
        print("dst:", frame[:6].hex(":"), end=", ")
        print("src:", frame[6:12].hex(":"), end=", ")
        print("type:", "0x" + frame[12:14].hex(), end=", ")
        print("payload:", frame[14:18])


if __name__ == "__main__":
    main()
