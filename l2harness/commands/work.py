"""What a worker does with a submission: grade it, and draw its reports.

Importing this module imports everything that this takes, so that workers are forked with it.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

from l2harness.commands.grading import interruptible
from l2harness.grading.classwork import Graded, Standing
from l2harness.grading.equip import Closing, Order
from l2harness.grading.recording import Recording
from l2harness.grading.result import Result
from l2harness.grading.session import Grading
from l2harness.grading.timing import Timing
from l2harness.reports.files import rendered
from l2harness.reports.json import from_json, to_json
from l2harness.reports.summary import score


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
    return drawn(result, grading.recording())


def drawn(result: Result, recording: Recording | None = None) -> Graded:
    """Return a result with its reports, as a class keeps it."""
    return Graded(
        rendered(result, recording),
        result.submission.digest,
        Standing.of(result),
        score(result),
        summary_of(result),
    )


def summary_of(result: Result) -> bytes:
    """
    Return what the documents of a class are made from: a result without what happened.

    Its runs, programs, network and times stand in the submission's own report.
    """
    summary = replace(result, topology=None, programs=(), runs=(), timing=Timing())
    return zlib.compress(to_json(summary))


def result_in(summary: bytes) -> Result:
    """
    Return the result that `summary_of` made a summary of, as far as it is in it.

    Raises:
        UsageError: It is no summary.
    """
    return from_json(zlib.decompress(summary), source="an entry of the journal")
