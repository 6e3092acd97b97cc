"""asyncio: a reader for each socket, and a timer for each address."""
import asyncio
import errno
import socket
import struct
import sys


class Bridge:
    def __init__(self, loop, names, ageing):
        self.loop, self.ageing = loop, ageing
        self.entries = {}
        self.ports = [self.port(name) for name in names]

    def port(self, name):
        it = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        it.setblocking(False)
        it.setsockopt(263, 8, 1)
        it.bind((name, 3))
        it.setsockopt(263, 1, struct.pack("iHH8s", socket.if_nametoindex(name), 1, 0, b""))
        self.loop.add_reader(it, self.readable, it)
        return it

    def readable(self, port):
        while True:
            try:
                frame, extra, _, where = port.recvmsg(4096, 128)
            except BlockingIOError:
                return
            if where[2] != 4:
                for _, _, data in extra:
                    status, tci, tpid = struct.unpack("I12xHH", data)
                    if status & 0x10:
                        frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
                self.forward(port, frame)

    def forward(self, port, frame):
        source, target = frame[6:12], frame[:6]
        if not source[0] & 1:
            if source in self.entries:
                self.entries[source][1].cancel()
            timer = self.loop.call_later(self.ageing, self.entries.pop, source)
            self.entries[source] = port, timer
        if target[:5].hex() == "0180c20000" and target[5] < 0x10:
            return
        known = self.entries.get(target)
        for out in [known[0]] if known else self.ports:
            if out is not port:
                try:
                    out.send(frame)
                except OSError as error:
                    if error.errno != errno.ENOBUFS:
                        raise


async def main(names, ageing):
    Bridge(asyncio.get_running_loop(), names, ageing)
    await asyncio.Event().wait()


ageing, names = 300, sys.argv[1:]
if names[:1] == ["--ageing"]:
    ageing, names = float(names[1]), names[2:]
if not names:
    sys.exit("usage: switch [--ageing SECONDS] INTERFACE...")
asyncio.run(main(names, ageing))
