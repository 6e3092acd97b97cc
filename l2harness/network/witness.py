"""A witness: a raw socket of the harness on a host's interface that counts what has arrived there.

The kernel hands a frame to the newest socket first. So once a witness that was opened before a
program has a frame, every socket of the program has it, too: from there on silence is
the program's.
"""

from __future__ import annotations

from collections.abc import Callable

from l2harness.network.loop import Loop
from l2harness.network.port import RawSocket


class Witness:
    """
    Counts frames that arrive at a host.

    Attributes:
        count: How many have been seen, without the harness's own probes.
    """

    def __init__(self, raw: RawSocket, loop: Loop, is_probe: Callable[[bytes], bool]) -> None:
        self.count = 0
        self._raw = raw
        self._loop = loop
        self._is_probe = is_probe
        loop.add(raw.fileno(), self._look)

    def _look(self) -> None:
        while (arrival := self._raw.read()) is not None:
            if not self._is_probe(arrival.data):
                self.count += 1

    def inode(self) -> int:
        """Return the inode that /proc/net/packet shows for it."""
        return self._raw.inode()

    def close(self) -> None:
        """Stop looking."""
        self._loop.remove(self._raw.fileno())
        self._raw.close()
