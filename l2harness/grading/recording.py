"""What a run left behind, turned into the records of a report: bounded, and in a fixed order.

Strategy: two interfaces are two witnesses, and which of them spoke first is chance. So the frames
of a run are kept stream by stream (an interface, a direction, an origin), each stream in the order
in which it was seen, and the times, which bring the streams together, stand apart.

Laws:
- The same frames give the same records, however the threads of the kernel were scheduled.
- Of a long stream the first and the last frames are kept, and how many lie between is said.
- A `Recording` has all frames, with their times; it lives as long as its grading does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from l2harness.grading.records import (
    DeedRecord,
    ExitResult,
    FrameRecord,
    Gap,
    ProgramResult,
    RunResult,
)
from l2harness.grading.schedule import Observed
from l2harness.grading.timing import ProgramTiming, RunTiming
from l2harness.labs.records import ProgramRecord
from l2harness.network.timeline import (
    Deed,
    DeedEvent,
    Direction,
    ExitEvent,
    FrameEvent,
    Origin,
    OutputEvent,
    StartEvent,
    Timeline,
)
from l2harness.programs.exit import Exit, signal_name
from l2harness.programs.text import decode
from l2harness.topology import ResolvedTopology

#: What is kept of a program's output, on each of stdout and stderr, bytes.
OUTPUT_BYTES: Final = 16_384
#: Of a stream with more frames than both together, the first and the last ones are kept.
FIRST_FRAMES, LAST_FRAMES = 200, 50
#: The largest frame of an Ethernet with tags, and room for a mistake.
FRAME_BYTES: Final = 1_600
#: Lines that are given a time.
_TIMED_LINES: Final = 500
_ARGUMENT_BYTES: Final = 512
_TIME_DECIMALS: Final = 6


@dataclass(frozen=True, slots=True)
class RunRecording:
    """
    Every frame of one run.

    Attributes:
        run: Its name.
        begun_s: When it began, on the clock of the frames' times.
        frames: In the order in which they were seen.
        kept: For each frame that the report keeps, in its order, the place among ``frames``.
        deeds: What the network did to frames, or to what became of them, by their places among
            ``frames``; only of those that it did something to.
    """

    run: str
    begun_s: float
    frames: tuple[FrameEvent, ...]
    kept: tuple[int, ...]
    deeds: Mapping[int, tuple[DeedRecord, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recording:
    """
    Every frame of a grading, for a capture.

    Attributes:
        clock_ns: Nanoseconds from 1970 to the zero of the clock of the frames' times.
        runs: In the order of the report's runs.
    """

    clock_ns: int
    runs: tuple[RunRecording, ...]


@dataclass(frozen=True, slots=True)
class Recorded:
    """
    One run as the report has it, and what the report has no room for.

    Attributes:
        result: Its frames.
        programs: In the order in which they were started; then those that could not be.
        timing: When it all happened.
        recording: Every frame.
    """

    result: RunResult
    programs: tuple[ProgramResult, ...]
    timing: RunTiming
    recording: RunRecording


def recorded(observed: Observed, topology: ResolvedTopology) -> Recorded:
    """Return the records of a run that was made on a network of this topology."""
    timeline = observed.timeline
    begun_s = min((event.time_s for event in timeline.events), default=0.0)
    frames = tuple(timeline.of(FrameEvent))
    labels = [interface.label for interface in topology.interfaces]
    kept, gaps = _kept(frames, labels)
    deeds = _deeds(timeline, frames, labels)
    result = RunResult(
        observed.name,
        observed.title,
        tuple(_frame(frames[place], deeds.get(place, ())) for place in kept),
        tuple(gaps),
    )
    timing = RunTiming(
        observed.name,
        _seconds(observed.wall_s),
        tuple(_seconds(frames[place].time_s - begun_s) for place in kept),
        tuple(_program_timing(timeline, n, begun_s) for n, _ in enumerate(observed.programs)),
    )
    recording = RunRecording(observed.name, begun_s, frames, tuple(kept), deeds)
    return Recorded(result, tuple(map(_program, observed.programs)), timing, recording)


def _kept(frames: Sequence[FrameEvent], labels: Sequence[str]) -> tuple[list[int], list[Gap]]:
    """Find the places of the frames to keep, stream by stream, and where some are left out."""
    number = {label: place for place, label in enumerate(labels)}
    streams: dict[tuple[int, Direction, Origin], list[int]] = {}
    for place, frame in enumerate(frames):
        key = number.get(frame.interface, len(number)), frame.direction, frame.origin
        streams.setdefault(key, []).append(place)
    kept: list[int] = []
    gaps: list[Gap] = []
    for key in sorted(streams, key=lambda it: (it[0], it[1] is Direction.IN, it[2])):
        stream = streams[key]
        if key[1:] == (Direction.IN, Origin.PROGRAM):
            # Programs on several hosts may have sent at once, and then raced to this one.
            stream.sort(key=lambda place: frames[place].data[6:12])
        if more := max(0, len(stream) - FIRST_FRAMES - LAST_FRAMES):
            gaps.append(Gap(len(kept) + FIRST_FRAMES, more))
            stream = stream[:FIRST_FRAMES] + stream[-LAST_FRAMES:]
        kept += stream
    return kept, gaps


def _deeds(
    timeline: Timeline, frames: Sequence[FrameEvent], labels: Sequence[str]
) -> dict[int, tuple[DeedRecord, ...]]:
    """Find what the network did to each frame; in the topology's order, whichever was first."""
    number = {label: place for place, label in enumerate(labels)}
    done: dict[int, list[Deed]] = {}
    for event in timeline.of(DeedEvent):
        done.setdefault(event.number, []).append(event.deed)
    for some in done.values():
        some.sort(key=lambda it: (it.direction is Direction.IN, number.get(it.interface, 0)))
    found = {}
    for place, it in enumerate(frames):
        left = it.direction is Direction.OUT
        if told := tuple(map(_deed, done.get(it.number, []) if left else it.deeds)):
            found[place] = told
    return found


def _deed(deed: Deed) -> DeedRecord:
    return DeedRecord(
        deed.kind.value,
        deed.interface,
        deed.direction.value,
        deed.byte,
        deed.bit,
        None if deed.delay_s is None else _seconds(deed.delay_s),
    )


def _frame(event: FrameEvent, deeds: tuple[DeedRecord, ...]) -> FrameRecord:
    return FrameRecord(
        event.interface,
        event.direction.value,
        event.origin.value,
        event.data[:FRAME_BYTES].hex(),
        truncated=len(event.data) > FRAME_BYTES,
        deeds=deeds,
    )


def _program(record: ProgramRecord) -> ProgramResult:
    return ProgramResult(
        record.run,
        tuple(decode(os.fsencode(argument), _ARGUMENT_BYTES) for argument in record.argv),
        record.host,
        _exit(record.exit, record.problem),
        decode(record.stdout, OUTPUT_BYTES),
        decode(record.stderr, OUTPUT_BYTES),
    )


def _exit(end: Exit | None, problem: str | None) -> ExitResult:
    if end is None:
        return ExitResult(f"not tried: {problem}")
    return ExitResult(end.reason.value, end.code, signal_name(end.signal) if end.signal else None)


def _program_timing(timeline: Timeline, number: int, begun_s: float) -> ProgramTiming:
    started = (event.time_s for event in timeline.of(StartEvent) if event.program == number)
    ended = (event.time_s for event in timeline.of(ExitEvent) if event.program == number)
    outputs = [event for event in timeline.of(OutputEvent) if event.program == number]

    def lines(stream: str) -> tuple[float, ...]:
        times = _line_times([event for event in outputs if event.stream == stream])
        return tuple(_seconds(time_s - begun_s) for time_s in times)

    return ProgramTiming(
        _since(next(started, None), begun_s),
        _since(next(ended, None), begun_s),
        lines("stdout"),
        lines("stderr"),
    )


def _line_times(outputs: Sequence[OutputEvent]) -> Iterable[float]:
    """Return when each line was complete; of a long output, of those at its head."""
    total = sum(len(event.data) for event in outputs)
    head = total if total <= OUTPUT_BYTES else OUTPUT_BYTES - OUTPUT_BYTES // 2
    return list(_ends(outputs, head))[:_TIMED_LINES]


def _ends(outputs: Sequence[OutputEvent], head: int) -> Iterator[float]:
    left = head
    for event in outputs:
        seen = event.data[:left]
        left -= len(seen)
        yield from [event.time_s] * seen.count(b"\n")
    if outputs and sum(len(event.data) for event in outputs) == head:
        last = outputs[-1]
        if not last.data.endswith(b"\n"):
            yield last.time_s


def _since(time_s: float | None, begun_s: float) -> float | None:
    return None if time_s is None else _seconds(time_s - begun_s)


def _seconds(value: float) -> float:
    return round(value, _TIME_DECIMALS)
