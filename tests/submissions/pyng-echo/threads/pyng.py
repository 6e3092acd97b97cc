"""One thread hears, the other one asks; what was asked is kept in a table; all lines at the end."""
import re
import secrets
import socket
import sys
import threading
import time

TYPE = 0x88B5
_, target, interface, count, timeout_ms = sys.argv
if not re.fullmatch("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}", target):
    sys.exit("bad address")
target = bytes.fromhex(target.replace(":", ""))
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
s.bind((interface, 0))
own = s.getsockname()[4]
begun, took = {}, {}
there = threading.Condition()


def hear():
    while True:
        frame = s.recv(65535)
        now = time.perf_counter()
        with there:
            key = frame[14:30]
            if frame[:14] == own + target + b"\x88\xb5" and key in begun:
                took.setdefault(key, now - begun[key])
                there.notify()


threading.Thread(target=hear, daemon=True).start()
keys = []
missing = set()
for _ in range(int(count)):
    key = secrets.token_bytes(16)
    keys.append(key)
    with there:
        begun[key] = time.perf_counter()
        s.send(target + own + b"\x88\xb5" + key + bytes(100))
        if not there.wait_for(lambda: key in took, int(timeout_ms) / 1000):
            missing.add(key)
for number, key in enumerate(keys, 1):
    print(f"{number}\ttimeout" if key in missing else f"{number}\t{took[key] * 1e3} ms")
sys.exit(len(missing) > 0)
