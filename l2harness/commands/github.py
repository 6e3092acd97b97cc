"""What a job on GitHub Actions is told beside what is printed: annotations and a summary.

Strategy: commands call `announce` when they have results; outside of such a job it does nothing.
Results are told as students may see them: whoever may read the repository may read the job.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from l2harness.commands.output import show, tell

if TYPE_CHECKING:
    from l2harness.grading.result import Result


def announce(results: Sequence[Result], environ: Mapping[str, str] = os.environ) -> None:
    """
    Print annotations and write the step's summary, if this is a job on GitHub Actions.

    A summary that cannot be written costs nobody a grade: it is said, and that is all.

    Source: GitHub Docs, "Variables reference" (GITHUB_ACTIONS, GITHUB_STEP_SUMMARY).

    Raises:
        BrokenPipeError, KernelError: Stdout cannot be written.
    """
    if environ.get("GITHUB_ACTIONS") != "true" or not results:
        return
    from l2harness.reports.github import to_annotations, to_step_summary

    show(lambda _: to_annotations(results))
    if path := environ.get("GITHUB_STEP_SUMMARY"):
        try:
            with Path(path).open("ab") as summary:
                summary.write(to_step_summary(results).encode())
        except OSError as error:
            tell(f"note: the summary of this step cannot be written: {error.strerror}")
