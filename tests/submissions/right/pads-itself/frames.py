# Pads the frame to 60 bytes itself, as one must on a network card that does not.
import struct


class Frame:
    SHORTEST = 60

    def __init__(self, destination, source, ethertype, payload):
        self.destination = destination
        self.source = source
        self.ethertype = ethertype
        self.payload = payload

    @classmethod
    def from_bytes(cls, data):
        return cls(*struct.unpack("!6s6sH", data[:14]), data[14:])

    def __bytes__(self):
        header = struct.pack("!6s6sH", self.destination, self.source, self.ethertype)
        padding = bytes(max(0, self.SHORTEST - len(header) - len(self.payload)))
        return header + self.payload + padding

    def __str__(self):
        text = self.payload.rstrip(b"\0").decode("ascii", "backslashreplace")
        text = "".join(c if c.isprintable() else "?" for c in text)[:32]
        return (f"dst: {self.destination.hex(':')}, src: {self.source.hex(':')}, "
                f"type: 0x{self.ethertype:04X}, payload: {text}")
