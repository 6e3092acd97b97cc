"""Prints more than was asked for: the whole header, in the order of people."""
import asyncio
import socket
import sys


async def main(interface):
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sock.bind((interface, 3))
    sock.setblocking(False)
    loop = asyncio.get_running_loop()
    while True:
        frame = await loop.sock_recv(sock, 1514)
        destination, source, kind = frame[:6].hex(":"), frame[6:12].hex(":"), frame[12:14].hex()
        print(f"{len(frame):5} bytes  {source} -> {destination}  0x{kind}", flush=True)


try:
    asyncio.run(main(sys.argv[1]))
except OSError as error:
    sys.exit(str(error))
