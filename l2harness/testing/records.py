"""Builders for what a run leaves behind, to test a check on a record that was written by hand.

Strategy: what is usual need not be said. A program ended with status 0; a frame that left was
delivered as long as the network makes it; an answering program waited before and goes on waiting.
"""

from __future__ import annotations

import shlex
import signal
from collections.abc import Callable, Iterable, Mapping
from typing import Final, Self, TypeAlias

from l2harness.frames import Frame, MacAddress, pad
from l2harness.labs.api import Failure
from l2harness.labs.records import Answer, ProgramRecord, Sending
from l2harness.network.timeline import (
    Direction,
    Event,
    ExitEvent,
    FrameEvent,
    MarkEvent,
    Origin,
    OutputEvent,
    Timeline,
)
from l2harness.programs.exit import Exit, ExitReason

_STEP_S: Final = 0.001

#: How a program ended: an exit status, the name of a signal (``SIGSEGV``), or any other reason.
Ending: TypeAlias = int | str | ExitReason


class TimelineBuilder:
    """
    Writes a `Timeline` by hand, one event a line; each comes a millisecond after the one before.

    Attributes:
        timeline: What has been written so far.
    """

    def __init__(self, begin_s: float = 0.0) -> None:
        self.timeline = Timeline()
        self._now_s = begin_s

    def later(self, seconds: float) -> Self:
        """Let time pass."""
        self._now_s += seconds
        return self

    def left(self, interface: str, frame: Frame | bytes, origin: Origin = Origin.PROGRAM) -> Self:
        """A frame left a host through this interface."""
        now_s = self._tick()
        return self._add(FrameEvent(now_s, interface, Direction.OUT, bytes(frame), origin))

    def reached(
        self, interface: str, frame: Frame | bytes, origin: Origin = Origin.PROGRAM
    ) -> Self:
        """A frame was delivered to a host through this interface, as long as it is."""
        now_s = self._tick()
        return self._add(FrameEvent(now_s, interface, Direction.IN, bytes(frame), origin))

    def printed(self, data: bytes, *, program: int = 0, stream: str = "stdout") -> Self:
        """A program wrote these bytes."""
        return self._add(OutputEvent(self._tick(), program, stream, data))

    def ended(self, reason: ExitReason = ExitReason.EXITED, *, program: int = 0) -> Self:
        """A program ended."""
        return self._add(ExitEvent(self._tick(), program, reason.value))

    def marked(self, text: str) -> Self:
        """The harness did something worth showing."""
        return self._add(MarkEvent(self._tick(), text))

    def _tick(self) -> float:
        self._now_s += _STEP_S
        return self._now_s

    def _add(self, event: Event) -> Self:
        self.timeline.add(event)
        return self


def ended(how: Ending = 0, wall_s: float = 0.02) -> Exit:
    """
    Return the end of a program.

    Args:
        how: An exit status; the name of a signal, ``SIGSEGV``; or any other reason.
        wall_s: How long it had run, seconds.
    """
    if isinstance(how, ExitReason):
        return Exit(how, None, None, wall_s)
    if isinstance(how, str):
        return Exit(ExitReason.SIGNALLED, None, signal.Signals[how].value, wall_s)
    return Exit(ExitReason.EXITED, how, None, wall_s)


def program(
    command: str,
    how: Ending = 0,
    *,
    stdout: bytes = b"",
    stderr: bytes = b"",
    host: str = "h1",
    run: str = "run",
    problem: str | None = None,
) -> ProgramRecord:
    """
    Return the record of one execution.

    Args:
        command: As it would be typed, ``./pyng 02:…:01 eth0``; quotes as in a shell.
        how: Its end, as for `ended`.
        stdout: What it printed.
        stderr: The same on standard error.
        host: Where it ran.
        run: The run it belongs to.
        problem: Why it could not be tried; then it has no end.
    """
    argv = tuple(shlex.split(command))
    name = argv[0].rpartition("/")[2]
    end = ended(how) if problem is None else None
    return ProgramRecord(run, name, argv, host, end, stdout, stderr, problem)


def sending(
    interface: str,
    own: MacAddress,
    *frames: Frame | bytes,
    target: MacAddress | None = None,
    record: ProgramRecord | None = None,
    reached: Iterable[str] = (),
    min_frame: int = 60,
    elsewhere: Mapping[str, Frame | bytes] | None = None,
) -> Sending:
    """
    Return the record of one execution of a program that sends.

    Args:
        interface: The one that it was told to use, ``h1.eth0``.
        own: That interface's address.
        frames: What left through it, as it was handed over.
        target: The address it was told to send to; None: where its first frame went.
        record: The execution; None: of ``./pyng TARGET INTERFACE``, which printed ``Sent!``.
        reached: The interfaces that every one of the frames was delivered to.
        min_frame: What the network fills frames up to, in bytes.
        elsewhere: What left through other interfaces, by label.
    """
    wire = [bytes(frame) for frame in frames]
    if target is None and wire:
        target = MacAddress(wire[0][:6])
    if record is None:
        device = interface.partition(".")[2]
        record = program(f"./pyng '{target or ''}' {device}", stdout=b"Sent!\n")
    others = tuple(reached)
    script = TimelineBuilder()
    for data in wire:
        script.left(interface, data)
        for label in others:
            script.reached(label, pad(data, min_frame))
    for label, frame in (elsewhere or {}).items():
        script.left(label, frame)
    crossed = script.timeline.frames
    return Sending(
        record,
        interface,
        own,
        target,
        tuple(crossed(direction=Direction.OUT)),
        tuple(crossed(direction=Direction.IN)),
    )


def answer(
    frame: Frame | bytes,
    printed: str = "",
    *,
    provoked: bool = True,
    alive: bool = True,
    started: bool = False,
    listening: bool = True,
) -> Answer:
    """
    Return what a listening program printed about one frame.

    By default it waited for the frame, got it, and goes on waiting; all as in `Answer`.
    """
    return Answer(
        bytes(frame),
        printed,
        provoked=provoked,
        alive=alive,
        started=started,
        listening=listening,
    )


def failure_of(check: Callable[..., object], *records: object, **named: object) -> Failure | None:
    """
    Ask a check about records; return how it failed, or None if it passed.

    A bare assertion is a failure without details. Any other error of the check goes through: it
    is a fault of the lab's.

    Args:
        check: The function, as it stands in the lab's file.
        records: What it gets, in the order of its arguments.
        named: The same by name.
    """
    try:
        check(*records, **named)
    except AssertionError as error:
        return error if isinstance(error, Failure) else Failure(str(error))
    return None
