"""What grading again has changed: who gained or lost how much, and through which check."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from l2harness.grading.points import total
from l2harness.grading.result import CheckResult, Result, Verdict


@dataclass(frozen=True, slots=True)
class Change:
    """
    One check that is not as it was.

    Attributes:
        check: Its id.
        before: As it was; None if the lab did not have it.
        after: As it is now; None if the lab does not have it any more.
    """

    check: str
    before: CheckResult | None
    after: CheckResult | None

    @property
    def gained(self) -> float:
        """Points gained, in hundredths at the finest; negative for lost ones."""
        return total((_points(self.after), -_points(self.before)))

    @property
    def verdicts(self) -> tuple[Verdict | None, Verdict | None]:
        """The verdict before and after; None where there was no such check."""
        return (
            self.before.verdict if self.before else None,
            self.after.verdict if self.after else None,
        )


@dataclass(frozen=True, slots=True)
class Difference:
    """
    One submission that is not graded as it was.

    Attributes:
        before: Its result before.
        after: Its result now.
        changes: The checks that differ, in the order of the rubric, those that are gone last.
    """

    before: Result
    after: Result
    changes: tuple[Change, ...]

    @property
    def name(self) -> str:
        """The submission's."""
        return self.after.submission.name

    @property
    def gained(self) -> float:
        """Points gained in all; negative for lost ones."""
        return total((self.after.score, -self.before.score))


def difference(before: Result, after: Result) -> Difference | None:
    """
    Compare two results of the same submission by what they say of each check.

    Returns:
        None if every check has the verdict and the points that it had.
    """
    then = {check.id: check for check in before.checks}
    now = {check.id: check for check in after.checks}
    changes = tuple(
        Change(id, then.get(id), now.get(id))
        for id in dict.fromkeys([*now, *then])
        if _said(then.get(id)) != _said(now.get(id))
    )
    return Difference(before, after, changes) if changes else None


def ordered(differences: Iterable[Difference]) -> list[Difference]:
    """Sort by what was lost, then gained, the most first; equal ones by name."""
    return sorted(differences, key=lambda it: (it.gained >= 0, -abs(it.gained), it.name))


def _said(check: CheckResult | None) -> tuple[Verdict, float, float] | None:
    return None if check is None else (check.verdict, check.points, check.max_points)


def _points(check: CheckResult | None) -> float:
    return 0.0 if check is None else check.points
