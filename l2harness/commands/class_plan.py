"""What would be graded and why: found out without writing or running anything."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from l2harness.commands.class_request import (
    CHANGED,
    Request,
    asked_for,
    class_seed,
    scratch_directory,
)
from l2harness.commands.output import harmless, show
from l2harness.grading.journal import JOURNAL, Journal, journal_in_memory, open_journal
from l2harness.grading.survey import Status, Survey, Terms
from l2harness.programs.tree import shown
from l2harness.reports.summary import plural


def show_plan(request: Request) -> int:
    """
    Say what would be graded and why.

    Returns:
        The exit status.

    Raises:
        UsageError: A submission that was asked for is not there, or the journal is damaged.
        KernelError: The machine's.
    """
    with contextlib.ExitStack() as stack:
        scratch = stack.enter_context(scratch_directory())
        there = (request.out / JOURNAL).exists()
        journal = stack.enter_context(open_journal(request.out) if there else journal_in_memory())
        terms = Terms(request.lab, class_seed(request, journal), sandboxed=request.sandboxed)
        survey = Survey(terms, journal, request.out, scratch / "survey")
        lines = list(_lines(request, journal, survey))
    total = plural(len(request.uploads), "submission")
    lines.append(f"{len(lines)} of {total} would be graded")
    lines += request.about_left_out()
    show(lambda screen: "".join(f"{harmless(line, screen)}\n" for line in lines))
    return 0


def _lines(request: Request, journal: Journal, survey: Survey) -> Iterator[str]:
    """A line for each submission that would be graded."""
    again = set(asked_for(request, journal))
    if not request.only:
        wanted = frozenset(Status) - {Status.FINISHED}
    else:
        wanted = frozenset({Status.CHANGED} if CHANGED in request.only else ())
    for upload in request.uploads:
        seen = survey.look(upload)
        asked = upload.name in again or seen.status is Status.AGAIN
        if asked or seen.status in wanted:
            status = Status.AGAIN if asked and seen.status is Status.FINISHED else seen.status
            yield f"{shown(upload.name)}: {status}" + (f" ({seen.detail})" if seen.detail else "")
