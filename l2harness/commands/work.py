"""What a worker does with a submission: grade it, and draw its reports.

Importing this module imports everything that this takes, so that workers are forked with it.
"""

from __future__ import annotations

import importlib
import zlib
from dataclasses import replace
from typing import Final

import msgspec

from l2harness.commands.grading import interruptible
from l2harness.errors import UsageError
from l2harness.grading.classwork import Graded, Standing
from l2harness.grading.equip import Closing, Order
from l2harness.grading.recording import Recording
from l2harness.grading.result import Result, Verdict
from l2harness.grading.session import Grading
from l2harness.grading.timing import Timing
from l2harness.labs.lab import Lab
from l2harness.labs.loading import runs_of
from l2harness.labs.rubric import rubric_of
from l2harness.reports.files import rendered
from l2harness.reports.json import to_json
from l2harness.reports.summary import score

#: How many programs a run starts one after the other, at most and in its usual way.
_STARTS_OF_A_RUN: Final = 6


def grade_order(order: Order) -> Graded:
    """
    Grade a submission in this process, which has entered namespaces of its own.

    Raises:
        L2HarnessError: As `l2harness.grading.session.grade`.
        KeyboardInterrupt: By a signal; everything has been taken down.
    """
    grading = Grading(order)
    # Its networks go down beside what follows; what has not gone then goes with the worker.
    result = interruptible(grading, Closing())
    return drawn(result, grading.recording(), killed=grading.killed)


def drawn(result: Result, recording: Recording | None = None, *, killed: bool = False) -> Graded:
    """
    Return a result with its reports, as a class keeps it.

    Args:
        result: Of a submission.
        recording: All its frames; None where nothing was run.
        killed: Whether a program was ended by a SIGKILL that may not have been its own doing.
    """
    failed_us = any(check.verdict is Verdict.ERROR for check in result.checks)
    return Graded(
        rendered(result, recording),
        result.submission.digest,
        Standing.of(result),
        score(result),
        summary_of(result),
        doubt=score(result) if failed_us else "a program was killed" if killed else "",
    )


def summary_of(result: Result) -> bytes:
    """
    Return what the documents of a class are made from: a result without what happened.

    Runs, programs, bytes and times stand in the submission's own report.
    """
    checks = tuple(
        replace(check, expected=None, actual=None, evidence=()) for check in result.checks
    )
    summary = replace(result, checks=checks, topology=None, programs=(), runs=(), timing=Timing())
    return zlib.compress(to_json(summary))


def result_in(summary: bytes) -> Result:
    """
    Return the result that `summary_of` made a summary of, as far as it is in it.

    Raises:
        UsageError: It is no summary.
    """
    try:
        return msgspec.json.decode(zlib.decompress(summary), type=Result)
    except (zlib.error, msgspec.DecodeError) as error:
        raise UsageError(
            f"an entry of the journal cannot be read: {error}. --regrade grades everything again"
        ) from error


def warm_up(lab: Lab) -> None:
    """Import what the first submission would have to wait for otherwise."""
    for module in ("pytest", "pytest_timeout"):  # what every grading drives, and its one plugin
        importlib.import_module(module)
    runs_of(lab)
    rubric_of(lab)


def longest_s(lab: Lab) -> float:
    """
    Return after how many seconds whoever grades a submission of the lab is taken for hung.

    Every limit of every program together, and as much again: a submission that lets each of them
    pass is slow, and no accident.
    """
    each_s = lab.limits.start_s + lab.limits.wall_s
    return 2 * (lab.limits.build_s + len(runs_of(lab)) * _STARTS_OF_A_RUN * each_s)
