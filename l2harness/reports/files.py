"""Which files a result becomes, and writing them: all renderers of one submission in one place."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from l2harness.grading.files import Owner, open_output
from l2harness.grading.result import Result
from l2harness.reports.audience import Audience

if TYPE_CHECKING:
    from l2harness.grading.recording import Recording


def rendered(result: Result, recording: Recording | None = None) -> dict[str, bytes]:
    """
    Return the files that are written for one submission, by name.

    ``report.json`` is all of it, and the instructor's; the others may be handed to the student.

    Args:
        result: What was found out.
        recording: Every frame of the same grading; without it there is no capture.
    """
    from l2harness.reports.evidence import to_pcapng
    from l2harness.reports.html import to_html
    from l2harness.reports.json import to_json
    from l2harness.reports.junit import to_junit
    from l2harness.reports.markdown import to_markdown
    from l2harness.reports.view import shown_to

    shown = shown_to(result, Audience.STUDENT)
    files = {
        "report.json": to_json(result),
        "report.html": to_html(shown).encode(),
        "report.md": to_markdown(shown).encode(),
        "report.xml": to_junit([shown]),
    }
    if recording is not None:
        files["evidence.pcapng"] = to_pcapng(shown, recording)
    return files


def write_reports(
    out: Path,
    name: str,
    result: Result,
    *,
    submissions: Iterable[Path],
    recording: Recording | None = None,
    capture: bytes | None = None,
) -> Path:
    """
    Write the files of one submission into ``out/name``, or into ``out`` if the name is empty.

    Each appears whole or not at all; under ``sudo`` they belong to whoever called it.

    Args:
        out: The output directory; made if need be.
        name: Of the folder in it.
        result: What was found out.
        submissions: Directories in which nothing may be written.
        recording: Every frame of the same grading, for ``evidence.pcapng`` beside the report.
        capture: … or that file, where it has been made already.

    Returns:
        The path of report.json.

    Raises:
        UsageError: The directory cannot be written, or lies inside a submission.
        KernelError: The disk is full, or the machine refused otherwise.
    """
    with ExitStack() as stack:
        directory = stack.enter_context(
            open_output(out, submissions=list(submissions), owner=Owner.behind_sudo())
        )
        if name:
            directory = stack.enter_context(directory.directory(name))
        files = rendered(result, recording)
        if capture is not None:
            files["evidence.pcapng"] = capture
        paths = {file: directory.write(file, data) for file, data in files.items()}
        return paths["report.json"]


def class_rendered(results: Iterable[Result], *, absent: Iterable[str] = ()) -> dict[str, bytes]:
    """
    Return the files that are written for a class, by name.

    Args:
        results: Of all submissions; of what happened in their runs nothing is used.
        absent: What those are called who should have handed in and did not.
    """
    from l2harness.reports.class_page import to_class_page
    from l2harness.reports.class_summary import to_class_json
    from l2harness.reports.class_sums import sum_up
    from l2harness.reports.gradebook import to_gradebook

    results = list(results)
    summary = sum_up(results, absent=absent)
    return {
        "gradebook.csv": to_gradebook(results),
        "class.html": to_class_page(summary).encode(),
        "class.json": to_class_json(summary),
    }


def write_class(out: Path, results: Iterable[Result], *, absent: Iterable[str] = ()) -> None:
    """Write the files of a class, see `class_rendered`; raises as `write_reports`."""
    files = class_rendered(results, absent=absent)
    with open_output(out, submissions=[], owner=Owner.behind_sudo()) as directory:
        for file, data in files.items():
            directory.write(file, data)
