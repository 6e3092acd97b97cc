"""Who reads a report.

Strategy: a lab's author says of each check who may see it, and when; the readers are the same
three everywhere. What a reader sees of a result is `l2harness.reports.view`'s business.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from l2harness.grading.result import CheckResult, Visibility


class Audience(StrEnum):
    """Who reads a report; each sees what those before it see, and more."""

    #: Before the work is due.
    STUDENT = "student"
    #: The same, once the work is due.
    AFTER_DUE = "after-due"
    #: Everything.
    INSTRUCTOR = "instructor"

    def sees(self, check: CheckResult) -> bool:
        """Whether a check may be shown."""
        return _RANKS[self] >= _RANKS[FIRST_TO_SEE[check.visibility]]


_RANKS: Final = {audience: rank for rank, audience in enumerate(Audience)}

#: The first audience that may see checks of a visibility.
FIRST_TO_SEE: Final[dict[Visibility, Audience]] = {
    "visible": Audience.STUDENT,
    "after_due": Audience.AFTER_DUE,
    "hidden": Audience.INSTRUCTOR,
}
