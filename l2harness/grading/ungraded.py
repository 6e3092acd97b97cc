"""The result of a submission that could not be graded: nothing is failed, nothing is given."""

from __future__ import annotations

from l2harness import __version__
from l2harness.errors import SubmissionError
from l2harness.grading.equip import Order
from l2harness.grading.records import Submission
from l2harness.grading.result import CheckResult, Result, Verdict
from l2harness.labs.rubric import rubric_of
from l2harness.network.entry import reported_mode
from l2harness.programs.submission import digest


def ungraded(order: Order, reason: str) -> Result:
    """
    Return a result in which every check of the lab waits for the instructor.

    Args:
        order: What should have been graded.
        reason: Why it could not be, in a sentence.

    Raises:
        SpecError: The lab's checks cannot be read either.
    """
    lab = order.lab
    try:
        named = digest(order.directory)
    except SubmissionError:
        named = ""
    return Result.of(
        (
            CheckResult(
                spec.id,
                spec.title,
                Verdict.ERROR,
                0,
                spec.points,
                spec.needs,
                visibility=spec.visibility,
                rationale=f"The submission could not be graded: {reason}",
            )
            for spec in rubric_of(lab)
        ),
        harness=__version__,
        lab=lab.name,
        lab_title=lab.title,
        lab_digest=lab.digest(),
        seed=order.seed,
        mode=reported_mode(),
        protections=() if order.sandboxed else ("no-sandbox",),
        submission=Submission(
            order.name,
            named,
            (f"it could not be graded: {reason}",),
            order.upload.student if order.upload else None,
            order.upload.student_id if order.upload else None,
        ),
    )
