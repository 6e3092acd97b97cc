"""A run as a ladder in time: a column for each host, a rung for each thing that happened.

Strategy: starts, frames, printed lines and exits of a run are one list, sorted by their times.
Lines that a program printed in a row share a rung. Of a long run the first and the last rungs are
shown, and between them one that says what is left out.
"""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby, zip_longest
from typing import Final

from l2harness.frames.ethernet import HEADER_BYTES, header_length
from l2harness.frames.ethertype import ethertype_name
from l2harness.grading.result import FrameRecord, ProgramResult, Result, RunResult
from l2harness.grading.timing import ProgramTiming, RunTiming
from l2harness.programs.exit import ExitReason
from l2harness.reports.deeds import told
from l2harness.reports.escape import clip
from l2harness.reports.html.anatomy import Anatomy, anatomy
from l2harness.reports.html.travel import Trip, trips
from l2harness.reports.summary import exit_text, plural


class Kind(StrEnum):
    """What a rung shows."""

    START = "start"
    FRAME = "frame"
    PRINTED = "printed"
    EXIT = "exit"
    GAP = "gap"


#: Rungs that are shown of a long run: at its beginning and at its end.
_FIRST_RUNGS, _LAST_RUNGS = 30, 10
#: Frames of a run that can be opened to see their bytes.
_OPENED_FRAMES: Final = 10
#: Lines on one rung, and characters of a line.
_LINES: Final = 6
_LINE_LENGTH: Final = 200
#: From here on times are told in seconds.
_LONG_S: Final = 10.0
#: How what is left out is counted.
_NOUNS: Final = {
    Kind.FRAME: "frame",
    Kind.PRINTED: "line",
    Kind.START: "start",
    Kind.EXIT: "exit",
}
#: Letters of a payload in the label of its frame.
_PAYLOAD_SHOWN: Final = 8


@dataclass(frozen=True, slots=True)
class Arrow:
    """
    A frame between columns.

    Attributes:
        start: Column that it left; None if the harness put it on the wire from outside.
        ends: Columns that it reached.
    """

    start: int | None
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rung:
    """
    One thing that happened.

    Attributes:
        kind: What it is.
        time_s: When, in seconds since the run began; None where it is not known.
        column: Of the host where it happened; for a frame, where it left or else arrived.
        host: Its name, or for a frame what left and arrived where.
        lines: What there is to say, a line each.
        tone: ``good``, ``bad`` or empty.
        origin: For a frame ``program`` or ``harness``; for a printed line its stream.
        arrow: For a frame, between which columns it went.
        bytes: For a frame, all of it, if it can be opened.
        count: How many frames or lines it stands for.
        deeds: For a frame, what the network did to it.
    """

    kind: Kind
    time_s: float | None
    column: int = 0
    host: str = ""
    lines: tuple[str, ...] = ()
    tone: str = ""
    origin: str = ""
    arrow: Arrow | None = None
    bytes: Anatomy | None = None
    count: int = 1
    deeds: tuple[str, ...] = ()

    @property
    def when(self) -> str:
        """Its time, as people write it; empty where it is not known."""
        if self.time_s is None:
            return ""
        return f"{self.time_s * 1000:.1f} ms" if self.time_s < _LONG_S else f"{self.time_s:.2f} s"

    @property
    def leftmost(self) -> int:
        """The first column that it touches."""
        return min(self._columns())

    @property
    def rightmost(self) -> int:
        """The last column that it touches."""
        return max(self._columns())

    def points(self, end: int) -> str:
        """Which way the head of its arrow points in a column: ``right``, ``left`` or ``down``."""
        start = self.arrow.start if self.arrow else None
        if start is None or start == end:
            return "down"
        return "right" if end > start else "left"

    def _columns(self) -> tuple[int, ...]:
        if self.arrow is None:
            return (self.column,)
        start = () if self.arrow.start is None else (self.arrow.start,)
        return (*start, *self.arrow.ends)


@dataclass(frozen=True, slots=True)
class Ladder:
    """
    A run in time.

    Attributes:
        hosts: Names of the columns.
        rungs: From the first to the last.
        timed: Whether the times are known; otherwise the rungs stand by program and interface.
    """

    hosts: tuple[str, ...]
    rungs: tuple[Rung, ...]
    timed: bool


def hosts_of(result: Result) -> tuple[str, ...]:
    """Every host where something happened in any run, in the topology's order."""
    seen = {_host(frame.interface) for run in result.runs for frame in run.frames}
    seen |= {program.host for program in result.programs}
    known = [host.name for host in result.topology.hosts] if result.topology else []
    return (*(name for name in known if name in seen), *sorted(seen.difference(known)))


def ladder(result: Result, run: RunResult) -> Ladder:
    """Draw up the ladder of one run; all runs of a result have the same columns."""
    timing = next((it for it in result.timing.runs if it.run == run.name), None)
    programs = result.programs_of(run.name)
    columns = {name: column for column, name in enumerate(hosts_of(result))}
    rungs = [
        *_of_programs(programs, timing.programs if timing else (), columns),
        *_of_frames(result, run, timing, columns),
    ]
    if timing is not None:
        rungs.sort(key=lambda rung: timing.wall_s if rung.time_s is None else rung.time_s)
    return Ladder(tuple(columns), tuple(_shown(list(_joined(rungs)))), timing is not None)


def _host(label: str) -> str:
    return label.partition(".")[0]


def _of_programs(
    programs: Sequence[ProgramResult], timings: Sequence[ProgramTiming], columns: dict[str, int]
) -> Iterator[Rung]:
    for program, times in zip_longest(programs, timings, fillvalue=ProgramTiming()):
        assert isinstance(program, ProgramResult)
        assert isinstance(times, ProgramTiming)
        yield from _of_program(program, times, columns[program.host])


def _of_program(program: ProgramResult, times: ProgramTiming, column: int) -> Iterator[Rung]:
    def rung(
        kind: Kind, time_s: float | None, line: str, tone: str = "", origin: str = ""
    ) -> Rung:
        return Rung(kind, time_s, column, program.host, (line,), tone, origin)

    yield rung(Kind.START, times.started_s, shlex.join(program.argv))
    for stream, text, moments in (
        ("stdout", program.stdout, times.stdout_s),
        ("stderr", program.stderr, times.stderr_s),
    ):
        lines = text.removesuffix("\n").split("\n") if text else []
        # Of a long output only the lines at its head have times: only they have a place here.
        timed = zip(lines, moments, strict=False) if moments else ((it, None) for it in lines)
        for line, time_s in timed:
            if line.strip():
                yield rung(Kind.PRINTED, time_s, clip(line, _LINE_LENGTH), origin=stream)
    # A status may be just what was asked for; a signal or a limit never is.
    tone = "" if program.exit.reason in (ExitReason.STOPPED, ExitReason.EXITED) else "bad"
    yield rung(Kind.EXIT, times.ended_s, exit_text(program.exit), tone)


def _of_frames(
    result: Result, run: RunResult, timing: RunTiming | None, columns: dict[str, int]
) -> Iterator[Rung]:
    exhibited = {
        evidence.frame
        for check in result.checks
        for evidence in check.evidence
        if evidence.run == run.name
    }
    opened = 0
    for trip in trips(run, result.topology, timing.frames_s if timing else ()):
        wanted = not exhibited.isdisjoint(trip.frames())
        can_open = wanted or opened < _OPENED_FRAMES
        opened += can_open
        yield _of_trip(run, trip, columns, with_bytes=can_open)
    for gap in run.gaps:
        before = min(gap.before, len(run.frames)) - 1
        if before >= 0:
            frames = "frame" if gap.frames == 1 else "frames"
            text = f"{gap.frames:,} more {frames} at {run.frames[before].interface}"
            time_s = timing.frames_s[before] if timing else None
            yield Rung(Kind.GAP, time_s, lines=(f"{text}, which the report does not keep",))


def _of_trip(run: RunResult, trip: Trip, columns: dict[str, int], *, with_bytes: bool) -> Rung:
    frames = [run.frames[index] for index in trip.frames()]
    first = frames[0]
    received = [run.frames[index] for index in trip.received]
    ends = tuple(columns[_host(frame.interface)] for frame in received)
    start = None if trip.sent is None else columns[_host(first.interface)]
    return Rung(
        Kind.FRAME,
        trip.time_s,
        columns[_host(first.interface)],
        way(run, trip),
        (frame_label(first),),
        origin=first.origin,
        arrow=Arrow(start, ends),
        bytes=anatomy(bytes.fromhex(first.bytes)) if with_bytes else None,
        deeds=tuple(told(dict.fromkeys(deed for frame in frames for deed in frame.deeds))),
    )


def way(run: RunResult, trip: Trip) -> str:
    """Where a frame went, as in ``h1.eth0 → h2.eth0, h3.eth0``."""
    arrived = ", ".join(run.frames[index].interface for index in trip.received) or "nobody"
    if trip.sent is None:
        return f"harness → {arrived}"
    return f"{run.frames[trip.sent].interface} → {arrived}"


def frame_label(frame: FrameRecord) -> str:
    """What a frame is, in a few words: ``0x88b5 (local experimental 1), 60 bytes, “Hi”``."""
    data = bytes.fromhex(frame.bytes)
    size = f"{'more than ' if frame.truncated else ''}{plural(len(data), 'byte')}"
    header = header_length(data)
    if len(data) < max(header, HEADER_BYTES):
        return size
    words = [ethertype_name(int.from_bytes(data[header - 2 : header], "big")), size]
    if header > HEADER_BYTES:
        words.append("tagged")
    text = data[header:].rstrip(b"\0")[:_PAYLOAD_SHOWN]
    if text and all(0x20 <= byte <= 0x7E for byte in text):
        words.append(f"“{text.decode('ascii')}”")
    return ", ".join(words)


def _joined(rungs: Iterable[Rung]) -> Iterator[Rung]:
    """Put lines that one program printed in a row on one rung, up to a number."""

    def speaker(rung: Rung) -> object:
        if rung.kind is not Kind.PRINTED:
            return id(rung)
        return rung.column, rung.origin

    for _, some in groupby(rungs, key=speaker):
        same = list(some)
        lines = [line for rung in same for line in rung.lines]
        if (more := len(lines) - _LINES) > 0:
            lines = [*lines[:_LINES], f"… and {plural(more, 'more line')}"]
        yield replace(same[0], lines=tuple(lines), count=sum(rung.count for rung in same))


def _shown(rungs: list[Rung]) -> Iterator[Rung]:
    """The first and the last rungs, and between them how much is left out."""
    left_out = rungs[_FIRST_RUNGS : len(rungs) - _LAST_RUNGS]
    if not left_out:
        yield from rungs
        return
    yield from rungs[:_FIRST_RUNGS]
    numbers: Counter[Kind] = Counter()
    for rung in left_out:
        numbers[rung.kind] += rung.count
    words = [plural(numbers[kind], noun) for kind, noun in _NOUNS.items() if numbers[kind]]
    notes = [line for rung in left_out if rung.kind is Kind.GAP for line in rung.lines]
    told = [f"{', '.join(words)} between", *notes] if words else notes
    yield Rung(Kind.GAP, left_out[0].time_s, lines=tuple(told))
    yield from rungs[len(rungs) - _LAST_RUNGS :]
