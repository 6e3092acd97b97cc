"""``l2harness grade-on``: grades inside a platform's container. Started by what `package` makes.

Laws:

- The platform gets a document whatever happens, and one without a score where there is no grade.
- What is the student's to mend, the student reads; of our faults only that there are some. What
  they are is printed, for the instructor.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from l2harness.commands.options import A_PATH, backend_option, enter_backend, lab_option
from l2harness.errors import L2HarnessError, SubmissionError


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a platform mounts what is handed in, and looks for results."""

    submission: Path
    results: Path


#: Source: Gradescope, "Autograder Specifications"; PrairieLearn, "External grading".
_PLACES: Final = {
    "gradescope": _Place(Path("/autograder/submission"), Path("/autograder/results")),
    "prairielearn": _Place(Path("/grade/student"), Path("/grade/results")),
}
_DOCUMENT: Final = "results.json"
_OURS: Final = (
    "This could not be graded, which is not your fault. Tell your instructor, or try again later."
)


@click.command("grade-on", hidden=True, short_help="Grade inside a platform's container.")
@click.argument("platform", type=click.Choice(list(_PLACES)))
@lab_option
@backend_option
@click.option("--submission", metavar="DIR", type=A_PATH, help="Instead of the platform's.")
@click.option("--results", metavar="DIR", type=A_PATH, help="Instead of the platform's.")
def grade_on(
    platform: str,
    lab_name: str,
    backend: str | None,
    submission: Path | None,
    results: Path | None,
) -> int:
    """
    Grade what the platform has put into the container, and write what it reads.

    The archives of `l2harness package` start this; there is nothing to type here.
    """
    from l2harness.grading.files import open_output

    place = _PLACES[platform]
    submission = submission or place.submission
    results = results or place.results
    results.mkdir(parents=True, exist_ok=True)
    status = 0
    try:
        document = _graded(platform, submission, lab_name, backend)
    except L2HarnessError as error:
        from l2harness.commands.output import complain

        complain(str(error))
        status = error.exit_code
        document = _without_grade(platform, error)
    with open_output(results, submissions=[submission.resolve()]) as directory:
        directory.write(_DOCUMENT, document)
    return status


def _graded(platform: str, submission: Path, lab_name: str, backend: str | None) -> bytes:
    from l2harness.commands.check import one_submission
    from l2harness.labs.lab import find_lab

    lab = find_lab(lab_name)
    upload = one_submission(submission, lab)
    hypervisor = enter_backend(backend, upload.path)

    from l2harness.commands.grading import grade_one, order_for
    from l2harness.commands.output import complain
    from l2harness.grading.draws import draw_seed
    from l2harness.reports.formats import FORMATS

    wanted = FORMATS[platform]
    graded = grade_one(order_for(lab, upload, draw_seed(), sandboxed=True), hypervisor)
    if graded.problem is not None:
        complain(graded.problem)
    return wanted.render(graded.result, wanted.audience)


def _without_grade(platform: str, error: L2HarnessError) -> bytes:
    """Say why there is no grade, without anything that would be taken for one."""
    from l2harness.reports.escape import terminal

    said = terminal(str(error), multiline=True) if isinstance(error, SubmissionError) else _OURS
    document: dict[str, object]
    if platform == "gradescope":
        # No test has a score, and there is none at the top: the platform takes the run for failed.
        document = {"output": said, "output_format": "text", "stdout_visibility": "hidden"}
        document["tests"] = []
    else:
        document = {"gradable": False, "format_errors": [said]}
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"
