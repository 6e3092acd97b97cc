"""`evidence.pcapng`: every frame of every run, for Wireshark, with the checks that it answers.

Strategy: one interface for each interface of a host, as it was seen there, and one packet each
time a frame left or reached one. Runs are made side by side on networks that are equal; here they
lie end to end, each from a whole second on, so that a viewer shows one after the other. Within a
run the nanoseconds are those that were measured.

Laws:
- No frame is left out that was recorded, and none is cut.
- A comment says where a run begins and ends, which checks looked at it, what a check says of this
  very frame, what a network that is made to misbehave did to it, and where a program was stopped
  so that no more frames could come.
- Runs that are not in the result are left out: for a reader who may not see all of it, both are
  made from what `l2harness.reports.view` leaves.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from l2harness.frames.pcapng import Packet, PacketDirection, PcapngWriter
from l2harness.grading.recording import Recording, RunRecording
from l2harness.grading.result import Result, RunResult
from l2harness.network.timeline import Direction
from l2harness.programs.exit import ExitReason
from l2harness.reports.deeds import told
from l2harness.reports.escape import clip, terminal
from l2harness.reports.summary import VERDICT_WORDS, plural

_SECOND_NS: Final = 1_000_000_000
#: Of one comment, in characters; viewers show it in one line.
_LONGEST_COMMENT: Final = 1000
_DIRECTIONS: Final = {
    Direction.OUT: PacketDirection.OUTBOUND,
    Direction.IN: PacketDirection.INBOUND,
}
#: How a program ends that would perhaps have sent more.
_CUT_SHORT: Final = frozenset(
    reason.value for reason in ExitReason if reason.value.endswith(" limit")
)


def to_pcapng(result: Result, recording: Recording) -> bytes:
    """
    The capture of one grading.

    Args:
        result: What was found out.
        recording: Of the same grading; runs that the result has not are left out.

    Returns:
        A pcapng file, from the second on in which the first run began.
    """
    kept = {run.name for run in result.runs}
    recording = replace(recording, runs=tuple(it for it in recording.runs if it.run in kept))
    writer = PcapngWriter(
        _interfaces(result, recording),
        descriptions=_descriptions(result),
        comments=[_comment(line) for line in _about(result, recording)],
    )
    return writer.header() + b"".join(map(writer.packet, _packets(result, recording)))


def _interfaces(result: Result, recording: Recording) -> list[str]:
    """Every interface of every host in the topology's order, whether it was used or not."""
    known = list(_descriptions(result))
    used = sorted({frame.interface for run in recording.runs for frame in run.frames})
    return known + [label for label in used if label not in known]


def _descriptions(result: Result) -> dict[str, str]:
    if result.topology is None:
        return {}
    return {
        f"{host.name}.{interface.name}": f"{interface.mac} on {interface.segment}"
        for host in result.topology.hosts
        for interface in host.interfaces
    }


def _about(result: Result, recording: Recording) -> Iterator[str]:
    """What there is to say of the capture as a whole: whose it is, and what is in it."""
    name = result.submission.name
    yield f"{result.lab_title}: submission {name}, lab {result.lab}, seed {result.seed}"
    titles = {run.name: run.title for run in result.runs}
    for run in recording.runs:
        yield f"run {run.run}: {titles.get(run.run, '')} ({plural(len(run.frames), 'packet')})"


def _packets(result: Result, recording: Recording) -> Iterator[Packet]:
    runs = {run.name: run for run in result.runs}
    begins_ns = 0
    for run in recording.runs:
        if not run.frames:
            continue
        first_ns = _nanoseconds(run.begun_s) + recording.clock_ns
        # Runs that were made side by side must not be mixed up: each has its own seconds.
        begins_ns = max(begins_ns, first_ns // _SECOND_NS * _SECOND_NS)
        for packet in _of_run(result, runs[run.run], run, begins_ns):
            yield packet
            last_ns = packet.time_ns
        begins_ns = (last_ns // _SECOND_NS + 1) * _SECOND_NS


def _of_run(
    result: Result, run: RunResult, recording: RunRecording, begins_ns: int
) -> Iterator[Packet]:
    comments = _of_frames(result, recording)
    order = sorted(range(len(recording.frames)), key=lambda place: recording.frames[place].time_s)
    begun_ns = _nanoseconds(recording.begun_s)
    for place in order:
        frame = recording.frames[place]
        said = [f"run {run.name}"]
        if place == order[0]:
            said = list(_beginning(result, run))
        said += [f"the network: {phrase}" for phrase in told(recording.deeds.get(place, ()))]
        said += comments.get(place, [])
        if place == order[-1]:
            said += _end(result, run)
        yield Packet(
            frame.interface,
            begins_ns + _nanoseconds(frame.time_s) - begun_ns,
            frame.data,
            _DIRECTIONS[frame.direction],
            tuple(map(_comment, said)),
        )


def _beginning(result: Result, run: RunResult) -> Iterator[str]:
    yield f"run {run.name} begins: {run.title}"
    checks = [check for check in result.checks if any(it.run == run.name for it in check.evidence)]
    if checks:
        told = ", ".join(f"{it.id} ({VERDICT_WORDS[it.verdict]})" for it in checks)
        yield f"run {run.name} answers {told}"


def _end(result: Result, run: RunResult) -> Iterator[str]:
    for program in result.programs_of(run.name):
        if program.exit.reason in _CUT_SHORT:
            yield (
                f"{shlex.join(program.argv)} on {program.host} was stopped at the "
                f"{program.exit.reason}: what it would have sent later is not here"
            )
    yield f"run {run.name} ends"


def _of_frames(result: Result, recording: RunRecording) -> dict[int, list[str]]:
    """What checks say of single frames, by the frame's place in the recording."""
    comments: dict[int, list[str]] = {}
    for check in result.checks:
        for evidence in check.evidence:
            if evidence.run != recording.run or evidence.frame is None:
                continue
            if evidence.frame < len(recording.kept):
                word = VERDICT_WORDS[check.verdict]
                text = f"{check.id} {word}: {check.rationale}".rstrip(": ")
                comments.setdefault(recording.kept[evidence.frame], []).append(text)
    return comments


def _comment(text: str) -> str:
    return terminal(clip(text, _LONGEST_COMMENT))


def _nanoseconds(time_s: float) -> int:
    return round(time_s * _SECOND_NS)
