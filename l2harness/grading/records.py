"""What happened while a submission was graded, as `report.json` keeps it; no judgement.

Strategy: small frozen records of text and numbers. Times are nowhere in them: what varies from run
to run would make two reports of the same submission differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, Literal

_HEX: Final = re.compile("(?:[0-9a-f]{2})*")

#: Metadata of fields that came to the schema later: left out of a report where they say nothing,
#: so that reports from before them stay as they are.
OPTIONAL: Final = {"optional": True}


@dataclass(frozen=True, slots=True)
class Submission:
    """
    What was graded.

    Attributes:
        name: Of its directory or archive, or what a learning platform calls it.
        digest: Of its files, as in ``sha256:…``.
        notes: What the student should know but is not charged for.
        student: What the learning platform calls whoever handed it in; None if nobody says.
        student_id: The platform's id for them; None if nobody says.
    """

    name: str
    digest: str
    notes: tuple[str, ...] = ()
    student: str | None = None
    student_id: str | None = None


@dataclass(frozen=True, slots=True)
class ExitResult:
    """
    How a program ended; never how long it took, which varies.

    Attributes:
        reason: As in ``exited``, ``signalled``, ``stopped`` (by the harness) or a limit's name.
        code: Exit status, 0 to 255; None when it did not exit by itself.
        signal: Name, as in ``SIGSEGV``; None when no signal ended it.
    """

    reason: str
    code: int | None = None
    signal: str | None = None


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """
    One program in one run.

    Attributes:
        run: Name of the run.
        argv: Its command line.
        host: The host it ran on, as in ``h1``.
        exit: How it ended.
        stdout: What it wrote, decoded and bounded by `l2harness.programs.text.decode`.
        stderr: The same of its standard error.
    """

    run: str
    argv: tuple[str, ...]
    host: str
    exit: ExitResult
    stdout: str = ""
    stderr: str = ""


@dataclass(frozen=True, slots=True)
class DeedRecord:
    """
    One thing that the network did to one frame, as its topology asks for.

    Attributes:
        kind: What.
        interface: On the link of which interface, as in ``h1.eth0``.
        direction: Which way the frame went there: ``out`` of the host or ``in``.
        byte: Of a corrupted frame, the offset of the wrong byte; else None.
        bit: Its wrong bit, 0 the lowest; else None.
        delay_s: Of a delayed frame, how long, in seconds, as the seed decided; else None.
    """

    kind: Literal["lost", "duplicated", "corrupted", "reordered", "delayed"]
    interface: str
    direction: Literal["out", "in"]
    byte: int | None = None
    bit: int | None = None
    delay_s: float | None = None

    def __post_init__(self) -> None:
        """Refuse places that are none."""
        if (self.byte or 0) < 0 or not 0 <= (self.bit or 0) <= 7:
            raise ValueError(f"no bit of a frame: byte {self.byte}, bit {self.bit}")


@dataclass(frozen=True, slots=True)
class FrameRecord:
    """
    One frame on the wire; without its time, which varies.

    Attributes:
        interface: Label, as in ``h1.eth0``.
        direction: ``out`` left the host, ``in`` was delivered to it.
        origin: Who sent it.
        bytes: From the destination address on, without FCS, in hex without separators.
        truncated: Whether ``bytes`` is only its beginning.
        deeds: What the network did to it: to one that arrived, on its way; to one that left, to
            all that became of it.
    """

    interface: str
    direction: Literal["out", "in"]
    origin: Literal["program", "harness"]
    bytes: str
    truncated: bool = False
    deeds: tuple[DeedRecord, ...] = field(default=(), metadata=OPTIONAL)

    def __post_init__(self) -> None:
        """Refuse bytes that are no hex."""
        _require_hex(self.bytes)


@dataclass(frozen=True, slots=True)
class Gap:
    """
    Frames that are left out of a long stream, between its first and its last ones.

    Attributes:
        before: Index of the frame in front of which they would stand.
        frames: How many they are.
    """

    before: int
    frames: int

    def __post_init__(self) -> None:
        """Refuse a gap that is none."""
        if self.before < 0 or self.frames < 1:
            raise ValueError(f"no gap: {self.frames} frames before frame {self.before}")


@dataclass(frozen=True, slots=True)
class RunResult:
    """
    One execution of programs on a network.

    Attributes:
        name: As in ``client-unicast``.
        title: What was done, in a few words.
        frames: By interface, in the topology's order; of one interface those that left it, then
            those that came, each in the order in which they were seen there. `RunTiming` has
            their times, and so the order across interfaces.
        gaps: Where frames are left out of them.
    """

    name: str
    title: str
    frames: tuple[FrameRecord, ...] = ()
    gaps: tuple[Gap, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    Where a verdict can be seen.

    Attributes:
        run: Name of the run.
        interface: Label, as in ``h1.eth0``; empty where the run as a whole is meant.
        frame: Index into the run's frames, counted from 0; None where no single one is meant.
        bytes: The bytes in question, in hex without separators; may be empty.
        note: What is to be seen there, in a few words; may be empty.
        wanted: The frame that should have been there, in hex; empty where that is not the point.
    """

    run: str
    interface: str = ""
    frame: int | None = None
    bytes: str = ""
    note: str = ""
    wanted: str = ""

    def __post_init__(self) -> None:
        """Refuse bytes that are no hex."""
        _require_hex(self.bytes)
        _require_hex(self.wanted)


@dataclass(frozen=True, slots=True)
class Finding:
    """
    A known mistake that was met, with all that is to be learnt from it.

    The lesson is told in full, so that a report can be read without the catalogue it is from.

    Attributes:
        misconception: Id of the mistake.
        title: What is wrong, in one line.
        sentence: What was seen of it here, with bytes and offsets.
        checks: Ids of the failed checks that it explains, in the order of the rubric.
        follows_from: Id of the finding that brings this one about; None for a root cause.
        why: Why people do it, and what is true instead.
        find_out: How to see it for oneself; what to type for that is in the next two.
        command: A line for a shell.
        filter: A display filter for Wireshark.
        question: What in the lecture is answered by it.
    """

    misconception: str
    title: str
    sentence: str
    checks: tuple[str, ...]
    follows_from: str | None
    why: str
    find_out: str
    command: str | None
    filter: str | None
    question: str


def _require_hex(text: str) -> None:
    if not _HEX.fullmatch(text):
        raise ValueError("bytes are written as lower-case hex without separators")
