"""What lab pyng asks for in figures: EtherType, payload, names of the programs.

A course sets them as options, perhaps for each student others. Runs put them into their records,
so that checks and detectors speak of what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from l2harness.frames import EtherType, Frame, MacAddress
from l2harness.labs.options import Option


@dataclass(frozen=True, slots=True)
class Task:
    """
    What is asked for; what nobody sets is as in the lecture.

    Attributes:
        ethertype: Of the frame, host byte order.
        payload: What the frame carries, 2 to 32 bytes.
        client: Name of the program that sends.
        server: Name of the program that listens.
    """

    ethertype: int = EtherType.LAB
    payload: bytes = b"Hi"
    client: str = "pyng"
    server: str = "pyngd"

    @classmethod
    def of(cls, options: Mapping[str, Option]) -> Task:
        """Return the task that a lab's options say."""
        return cls(
            int(options["ethertype"]),
            str(options["payload"]).encode("ascii"),
            str(options["client"]),
            str(options["server"]),
        )

    @property
    def type_bytes(self) -> bytes:
        """Bytes 12–13 of the frame: 2 bytes, network order."""
        return self.ethertype.to_bytes(2, "big")

    @property
    def swapped(self) -> int:
        """The EtherType with its bytes the wrong way round."""
        return int.from_bytes(self.type_bytes, "little")

    @property
    def end(self) -> int:
        """Offset of the first byte after the payload."""
        return 14 + len(self.payload)

    @property
    def greeting(self) -> str:
        """The payload as text."""
        return self.payload.decode("ascii")

    def frame(self, target: MacAddress, own: MacAddress) -> Frame:
        """Return the frame that the client should send, without padding."""
        return Frame(target, own, self.ethertype, self.payload)


#: What the lecture asks for.
LECTURE: Final = Task()
