"""What a run leaves behind: frozen records that checks look at, and nothing of the kernel.

Being plain data, they can be written by hand to test a check, and kept to draw a report again.
"""

from __future__ import annotations

from dataclasses import dataclass

from l2harness.frames import MacAddress
from l2harness.network.timeline import FrameEvent
from l2harness.programs.exit import Exit


@dataclass(frozen=True, slots=True)
class ProgramRecord:
    """
    One execution of one program.

    Attributes:
        run: The run it belongs to.
        program: Its name in the lab, ``pyng``.
        argv: As it would be typed.
        host: Where it ran.
        exit: How it ended; None if it could not even be tried, see ``problem``.
        stdout: Bytes as printed, bounded.
        stderr: Bytes as printed, bounded.
        problem: Why it could not be tried: missing, no way to execute it, does not build.
    """

    run: str
    program: str
    argv: tuple[str, ...]
    host: str
    exit: Exit | None
    stdout: bytes = b""
    stderr: bytes = b""
    problem: str | None = None

    @property
    def said_something(self) -> bool:
        """Whether there is a word on stdout or stderr."""
        return bool(self.stdout.strip() or self.stderr.strip())

    def last_words(self, limit: int = 200) -> str:
        """Return the last line it printed on stderr, else on stdout, shortened."""
        for stream in (self.stderr, self.stdout):
            lines = stream.decode("utf-8", "backslashreplace").strip().splitlines()
            if lines:
                return lines[-1][-limit:]
        return ""


@dataclass(frozen=True, slots=True)
class Sending:
    """
    One execution of a program that sends, and what it put on the wire.

    Attributes:
        record: The execution.
        interface: The interface it was told to use, ``h1.eth0``.
        own: That interface's address.
        target: The address it was told to send to; None where it was told nonsense.
        frames: Every frame that left its host through any interface, as it was handed over.
        delivered: Every frame of these that another host received, as it was received.
    """

    record: ProgramRecord
    interface: str
    own: MacAddress
    target: MacAddress | None
    frames: tuple[FrameEvent, ...]
    delivered: tuple[FrameEvent, ...]

    @property
    def by_interface(self) -> tuple[bytes, ...]:
        """Frames that left through the named interface, oldest first."""
        return tuple(it.data for it in self.frames if it.interface == self.interface)

    @property
    def elsewhere(self) -> tuple[FrameEvent, ...]:
        """Frames that left through any other interface."""
        return tuple(it for it in self.frames if it.interface != self.interface)

    def received_by(self, interface: str) -> tuple[bytes, ...]:
        """Frames that arrived at another interface, as they arrived."""
        return tuple(it.data for it in self.delivered if it.interface == interface)


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What a listening program printed when a frame had come.

    Attributes:
        frame: The frame as it was delivered to the program's host.
        printed: What the program wrote on stdout from then until it had nothing left to do.
        provoked: It was seen waiting before, and had printed only now: the frame was the cause.
        alive: It was still running afterwards.
        started: It had to be started (again) for this frame.
        listening: It had a socket that could hear the frame.
    """

    frame: bytes
    printed: str
    provoked: bool
    alive: bool
    started: bool = False
    listening: bool = True

    @property
    def lines(self) -> list[str]:
        """The printed lines that are not blank."""
        return [line for line in self.printed.splitlines() if line.strip()]


@dataclass(frozen=True, slots=True)
class Burst:
    """
    What a listening program printed about many frames in a row.

    Attributes:
        frames: As they were delivered to its host, in order.
        printed: What it wrote on stdout until it had nothing left to do.
        alive: It was still running afterwards.
    """

    frames: tuple[bytes, ...]
    printed: str
    alive: bool
