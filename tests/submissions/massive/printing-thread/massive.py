import queue
import select
import socket
import sys
import threading

sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2**30)
sock.bind((sys.argv[1], 0))
sock.setblocking(False)
waiting = queue.SimpleQueue()


def speak():
    while (line := waiting.get()) is not None:
        print(line, flush=True)


speaker = threading.Thread(target=speak)
speaker.start()
count = 0
going = True
while going:
    select.select([sock], [], [])
    while going:
        try:
            frame, (_, kind, way, _, _) = sock.recvfrom(2000)
        except BlockingIOError:
            break
        if kind != 0x88B5 or way == socket.PACKET_OUTGOING:
            continue
        going = frame[14:18] != b"stop"
        if going:
            count += 1
            number = int.from_bytes(frame[14:18], "big")
            waiting.put(f"src={frame[6:12].hex(':')} number={number} (frame {count})")
waiting.put(f"== total {count} ==")
waiting.put(None)
speaker.join()
