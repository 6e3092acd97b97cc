"""What the network did to frames, in words: for whoever wonders where a frame has gone.

Strategy: a topology may ask for a network that loses, doubles, changes and delays frames. Where a
report shows such a frame it says so in half a sentence; where a check failed, the student reads
what happened to the very frame, or in the run as a whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

from l2harness.grading.result import CheckResult, DeedRecord, Result, RunResult

_DONE: Final = {
    "lost": "lost",
    "duplicated": "duplicated",
    "corrupted": "corrupted",
    "reordered": "held back until the next one had gone",
    "delayed": "delayed",
}
#: In a count of a whole run: what was done, in the order of how much it matters.
_COUNTED: Final = ("lost", "corrupted", "duplicated", "reordered", "delayed")
#: Frames of a check of which it is told what the network did to them.
_FRAMES: Final = 3


def told(deeds: Iterable[DeedRecord]) -> list[str]:
    """Say what was done to one frame: ``lost on its way to h2.eth0``; a phrase for each deed."""
    phrases: dict[str, list[str]] = {}
    for deed in deeds:
        way = f"{'from' if deed.direction == 'out' else 'to'} {deed.interface}"
        if deed.kind == "corrupted" and deed.byte is not None:
            way += f" (byte {deed.byte}, bit {deed.bit})"
        if deed.kind == "delayed" and deed.delay_s is not None:
            way += f" ({deed.delay_s * 1000:g} ms)"
        ways = phrases.setdefault(_DONE[deed.kind], [])
        if way not in ways:
            ways.append(way)
    return [f"{done} on its way {' and '.join(ways)}" for done, ways in phrases.items()]


def of_check(result: Result, check: CheckResult) -> list[str]:
    """
    Say what the network did to the frames that a check shows; else to those of its runs.

    Returns:
        Sentences; none where the network did nothing.
    """
    runs = {run.name: run for run in result.runs}
    shown: list[str] = []
    for evidence in check.evidence:
        run = runs.get(evidence.run)
        if run is None or evidence.frame is None or evidence.frame >= len(run.frames):
            continue
        frame = run.frames[evidence.frame]
        if phrases := told(frame.deeds):
            way = "left" if frame.direction == "out" else "reached"
            shown.append(
                f"The network is made to misbehave: the frame that {way} {frame.interface} was "
                f"{'; '.join(phrases)}."
            )
    if shown:
        return list(dict.fromkeys(shown))[:_FRAMES]
    names = dict.fromkeys(evidence.run for evidence in check.evidence)
    looked_at = [runs[name] for name in names if name in runs]
    if counts := _counts(looked_at):
        return [f"The network is made to misbehave: of the frames that were sent, {counts}."]
    return []


def _counts(runs: Sequence[RunResult]) -> str:
    """How many frames that left a host something was done to, as in ``2 were lost``."""
    numbers = Counter(
        kind
        for run in runs
        for frame in run.frames
        if frame.direction == "out"
        for kind in {deed.kind for deed in frame.deeds}
    )
    words = [
        f"{numbers[kind]} {'was' if numbers[kind] == 1 else 'were'} {kind}"
        for kind in _COUNTED
        if numbers[kind]
    ]
    return ", ".join(words)
