import datetime
import os
import socket

HERE = os.path.dirname(os.path.abspath(__file__))


def log(*words):
    with open(os.path.join(HERE, "pyng.log"), "a") as file:
        print(datetime.datetime.now().isoformat(), *words, file=file)


def parse(text):
    digits = text.replace(text[2:3], "") if text[2:3] in (":", "-") else text
    if len(text) != 17 or len(digits) != 12:
        raise ValueError(f"not a MAC address: {text!r}")
    return bytes.fromhex(digits)


def open_socket(interface):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sock.bind((interface, 3))
    return sock
