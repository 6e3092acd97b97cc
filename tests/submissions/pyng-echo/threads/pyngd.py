import queue
import socket
import sys
import threading

TYPE = 0x88B5
interface = sys.argv[1]
s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(TYPE))
s.bind((interface, TYPE))
own = s.getsockname()[4]
waiting = queue.Queue()


def answer():
    while True:
        frame = waiting.get()
        s.send(frame[6:12] + own + frame[12:])


threading.Thread(target=answer, daemon=True).start()
while True:
    frame, (_, _, kind, _, _) = s.recvfrom(2000)
    if kind == socket.PACKET_HOST and frame[:6] == own:
        waiting.put(frame)
