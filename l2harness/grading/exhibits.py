"""Where the frames that a check speaks of are to be found in the report.

Strategy: a check hands over bytes, because it looks at records of runs and knows nothing of
reports. Here the bytes are looked for among the frames that the report keeps, and become
`Evidence` with a place, which a page or a capture can point at.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from l2harness.grading.records import Evidence, RunResult
from l2harness.grading.result import CheckResult
from l2harness.labs.api import Exhibit


def with_exhibits(
    checks: Iterable[CheckResult],
    exhibits: Mapping[str, Sequence[Exhibit]],
    runs: Sequence[RunResult],
    parts: Mapping[str, Sequence[str]],
) -> Iterator[CheckResult]:
    """
    Return the checks with the places of what they exhibit in front of their other evidence.

    Args:
        checks: With the runs that each of them looked at for evidence.
        exhibits: By the id of the check.
        runs: What the report keeps.
        parts: For a run in which nothing happened because it only puts the records of others
            together, the names of these.
    """
    by_name = {run.name: run for run in runs}
    for check in checks:
        named = [evidence.run for evidence in check.evidence]
        looked_at = list(dict.fromkeys(part for name in named for part in parts.get(name, [name])))
        located = [_located(it, looked_at, by_name) for it in exhibits.get(check.id, ())]
        told = {evidence.run for evidence in located}
        others = [Evidence(run) for run in looked_at if run not in told]
        yield replace(check, evidence=(*located, *others))


def _located(
    exhibit: Exhibit, looked_at: Sequence[str], runs: Mapping[str, RunResult]
) -> Evidence:
    names = [exhibit.run] if exhibit.run else looked_at
    frame: int | None = None
    run = names[0] if names else ""
    for name in names if exhibit.data else ():
        if name in runs and (frame := _place(exhibit, runs[name])) is not None:
            run = name
            break
    return Evidence(run, exhibit.interface, frame, exhibit.data.hex(), wanted=exhibit.wanted.hex())


def _place(exhibit: Exhibit, run: RunResult) -> int | None:
    """Find the first frame with these bytes at this interface; None if it is not kept."""
    wanted = exhibit.data.hex()
    for place, frame in enumerate(run.frames):
        whole = frame.truncated or len(wanted) == len(frame.bytes)
        if frame.interface == exhibit.interface and whole and wanted.startswith(frame.bytes):
            return place
    return None
