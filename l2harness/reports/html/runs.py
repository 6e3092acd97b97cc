"""The runs on the page: what happened in each, and what its programs printed."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Final

from l2harness.grading.result import ProgramResult, RunResult, Verdict
from l2harness.reports.html.anchors import Anchored
from l2harness.reports.html.ladder import Ladder, ladder
from l2harness.reports.summary import exit_text, plural

#: Of what a program printed; the rest is in `report.json`.
_OUTPUT_CHARACTERS: Final = 1500


@dataclass(frozen=True, slots=True)
class ShownProgram:
    """One program in one run: what was typed, what it wrote, how it ended."""

    host: str
    command: str
    outputs: tuple[tuple[str, str], ...]
    ended: str


@dataclass(frozen=True, slots=True)
class ShownRun:
    """
    One run on the page.

    Attributes:
        name: Its name.
        title: What was done.
        anchor: Its id in the document.
        open: Whether a check that was not passed looked at it.
        ladder: What happened.
        programs: With what they printed.
        checks: Ids and anchors of the checks that looked at it.
    """

    name: str
    title: str
    anchor: str
    open: bool
    ladder: Ladder
    programs: tuple[ShownProgram, ...]
    checks: tuple[tuple[str, str], ...]


def shown_runs(page: Anchored) -> tuple[ShownRun, ...]:
    """Prepare the runs of a page, in their order."""
    return tuple(_run(page, run) for run in page.runs)


def _run(page: Anchored, run: RunResult) -> ShownRun:
    checks = page.looking_at(run)
    return ShownRun(
        run.name,
        run.title,
        page.of_runs[run.name],
        any(it.verdict not in (Verdict.PASS, Verdict.BLOCKED) for it in checks),
        ladder(page.result, run),
        tuple(map(_program, page.result.programs_of(run.name))),
        tuple((check.id, page.of_checks[check.id]) for check in checks),
    )


def _program(program: ProgramResult) -> ShownProgram:
    outputs = [
        (stream, _bounded(text))
        for stream, text in (("stdout", program.stdout), ("stderr", program.stderr))
        if text.strip()
    ]
    return ShownProgram(
        program.host, shlex.join(program.argv), tuple(outputs), exit_text(program.exit)
    )


def _bounded(text: str) -> str:
    """The beginning and the end of an output, cut between lines where there are some."""
    text = text.rstrip("\n")
    if len(text) <= _OUTPUT_CHARACTERS:
        return text
    half = _OUTPUT_CHARACTERS // 2
    head, tail = text[:half], text[-half:]
    head = head[: head.rfind("\n") + 1] or head
    tail = tail[tail.find("\n") + 1 :] or tail
    left_out = len(text) - len(head) - len(tail)
    return f"{head.rstrip()}\n[… {plural(left_out, 'character')} more, in report.json …]\n{tail}"
