"""What a program prints, read from a terminal or a pipe: bounded, timed, never waited for."""

from __future__ import annotations

import contextlib
import os
import pty
import termios
import tty
from collections.abc import Callable
from typing import Final

_READ_BYTES: Final = 65_536
#: Of a stream that is too long, so much of its beginning and of its end is kept.
_HEAD_BYTES: Final = 200_000
_TAIL_BYTES: Final = 16_384
#: As much as no terminal takes: Linux 6 has room for some 20 KiB.
_NO_TERMINAL_TAKES: Final = 1 << 20


def terminal_room(line: bytes) -> int:
    """Return how many bytes a terminal takes, written line by line, while nobody reads from it."""
    ours, theirs = pty.openpty()
    try:
        tty.setraw(theirs, termios.TCSANOW)
        os.set_blocking(theirs, False)
        written = 0
        with contextlib.suppress(BlockingIOError):
            while written < _NO_TERMINAL_TAKES:
                written += os.write(theirs, line)
        return written
    finally:
        os.close(theirs)
        os.close(ours)


class Recorder:
    """The bytes of one stream: all of an ordinary one, beginning and end of a flood."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._tail = bytearray()
        self.total_bytes = 0

    def write(self, data: bytes) -> None:
        """Take in the next bytes."""
        self.total_bytes += len(data)
        room = max(0, _HEAD_BYTES - len(self._head))
        self._head += data[:room]
        self._tail += data[room:]
        if len(self._tail) > 2 * _TAIL_BYTES:
            del self._tail[:-_TAIL_BYTES]

    def content(self) -> bytes:
        """Return what was kept, with a line in between where something is missing."""
        tail = bytes(self._tail[-_TAIL_BYTES:])
        missing = self.total_bytes - len(self._head) - len(tail)
        gap = b"\n[... %d bytes not kept ...]\n" % missing if missing else b""
        return bytes(self._head) + gap + tail


class Terminal:
    """
    One pseudo-terminal, raw, so that nothing is echoed or translated, and what reads from it.

    On a terminal the C library and Python flush every line, as they do in the lecture; in a pipe
    they would keep 8 KiB back.

    Args:
        on_data: Gets what has been read.
        before_close: Gets the descriptor of our end before it is closed.
        owner_uid: Whose the program's end is to be; only its owner may open ``/dev/stdout``.
    """

    def __init__(
        self,
        on_data: Callable[[bytes], None],
        before_close: Callable[[int], None],
        owner_uid: int = 0,
    ) -> None:
        self.ours, self.theirs = pty.openpty()
        if owner_uid:
            os.fchown(self.theirs, owner_uid, -1)
        tty.setraw(self.theirs, termios.TCSANOW)
        termios.tcsetwinsize(self.theirs, (24, 120))
        os.set_blocking(self.ours, False)
        os.set_inheritable(self.ours, False)
        self._on_data = on_data
        self._before_close = before_close
        self.recorder = Recorder()
        self.open = True

    def read(self) -> None:
        """Take what is there now; at the end, close."""
        while self.open:
            try:
                data = os.read(self.ours, _READ_BYTES)
            except BlockingIOError:
                return
            except OSError:  # EIO: every holder of the other end is gone
                data = b""
            if not data:
                self.close()
                return
            self.recorder.write(data)
            self._on_data(data)
            if len(data) < _READ_BYTES:
                # A flood must not keep us here; what is left is an event of its own.
                return

    def read_the_rest(self, limit_bytes: int) -> None:
        """Read all that is there, of a flood not much further than its limit."""
        before = -1
        while self.open and before != self.recorder.total_bytes <= limit_bytes:
            before = self.recorder.total_bytes
            self.read()

    def give_away(self) -> None:
        """Close the program's end here, once the program has it."""
        os.close(self.theirs)

    def close(self) -> None:
        """Stop reading."""
        if self.open:
            self.open = False
            self._before_close(self.ours)
            os.close(self.ours)
