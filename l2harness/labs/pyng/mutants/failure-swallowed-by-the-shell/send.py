#!/usr/bin/env python3
"""Send one frame that says Hi."""

import argparse
import sys

import ethernet


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=ethernet.mac_address, help="MAC address of the receiver")
    parser.add_argument("interface", help="name of the interface to send from")
    arguments = parser.parse_args()

    try:
        sock = ethernet.open_socket(arguments.interface)
    except OSError as error:
        sys.exit(f"pyng: {arguments.interface}: {error.strerror}")
    with sock:
        sock.sendall(ethernet.build(arguments.target, ethernet.own_address(sock), b"Hi"))
    print("Sent!")


if __name__ == "__main__":
    main()
