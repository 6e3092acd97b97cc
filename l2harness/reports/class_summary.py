"""What a class adds up to, and ``class.json``, which says it to programs.

Strategy: frozen data, from which both documents of a class are drawn. `class_sums` adds it up; how
it looks is decided by neither.

Law: what could not be judged counts as nothing: not as failed, not as passed, and in no mean.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final, Literal

from l2harness.grading.result import Verdict
from l2harness.reports.escape import json_document
from l2harness.reports.json import plain

#: Version of the shape of `class.json`.
SCHEMA: Final = 1


@dataclass(frozen=True, slots=True)
class Seat:
    """
    One submission, in a line.

    Attributes:
        name: Of the submission, and of the directory that its reports lie in.
        student: What the learning platform calls its author; None if nobody says.
        score: None if there is no grade yet.
        max_score: What there was to be had.
        verdicts: Of each check of the class, in the order of `ClassSummary.checks`; None where
            this submission was not asked it at all, as by another version of the lab.
    """

    name: str
    student: str | None
    score: float | None
    max_score: float
    verdicts: tuple[Verdict | None, ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One bar of the distribution.

    Attributes:
        lowest: Percent of the maximum with which it begins.
        highest: Percent with which it ends, which belongs to the next one; full marks end theirs.
        submissions: How many are in it.
    """

    lowest: int
    highest: int
    submissions: int


@dataclass(frozen=True, slots=True)
class CheckCount:
    """
    One check over the whole class.

    Attributes:
        id: Of the check.
        title: What is true of a right submission.
        max_points: What the rubric gives for it.
        passed: How many passed it.
        failed: How many did not.
        blocked: How many were not asked, because another check did not pass.
        unjudged: How many could not be judged.
    """

    id: str
    title: str
    max_points: float
    passed: int
    failed: int
    blocked: int
    unjudged: int

    @property
    def asked(self) -> int:
        """How many had to show it, and did or did not."""
        return self.passed + self.failed


@dataclass(frozen=True, slots=True)
class MistakeCount:
    """
    One known mistake over the whole class.

    Attributes:
        misconception: Its id.
        title: What is wrong, in one line; the id where nobody told more.
        submissions: Names of those that have it.
        consequence: How many of them have it only because of another mistake.
        why: Why people make it; empty where nobody told.
    """

    misconception: str
    title: str
    submissions: tuple[str, ...]
    consequence: int
    why: str


@dataclass(frozen=True, slots=True)
class OpenCheck:
    """A check that could not be judged, and why."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class OpenSeat:
    """A submission that the instructor has to look at, with the checks that are open."""

    name: str
    checks: tuple[OpenCheck, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """Submissions whose files are the same, byte for byte."""

    digest: str
    submissions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Terms:
    """
    What the results were made with. One of each is what makes them comparable.

    Attributes:
        harness: Versions of this package.
        lab_digest: Versions of the lab.
        protections: What machines were not protected by.
    """

    harness: tuple[str, ...]
    lab_digest: tuple[str, ...]
    protections: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ClassSummary:
    """
    A class. `class_sums.sum_up` makes one.

    Attributes:
        schema: `SCHEMA`.
        lab: Id of the lab; several, with commas, if the results are of several.
        lab_title: Its title.
        terms: What the results were made with.
        submissions: How many there are.
        looked_at: Of these, how many had a check that could be judged.
        graded: Of these, how many have a grade.
        full_marks: Of these, how many have all points.
        max_score: What there was to be had; None where that is not the same for all.
        mean: Of the grades, in points; None without a grade or without one maximum.
        median: The same.
        distribution: The grades in bars from nothing to full marks; empty without a grade.
        checks: In the order of the rubric.
        misconceptions: The most frequent first.
        needs_instructor: Those without a grade, by name.
        alike: Groups of two and more, the largest first.
        absent: Who should have handed in and did not.
        seats: One for each submission, by name.
    """

    schema: Literal[1]
    lab: str
    lab_title: str
    terms: Terms
    submissions: int
    looked_at: int
    graded: int
    full_marks: int
    max_score: float | None
    mean: float | None
    median: float | None
    distribution: tuple[Bar, ...]
    checks: tuple[CheckCount, ...]
    misconceptions: tuple[MistakeCount, ...]
    needs_instructor: tuple[OpenSeat, ...]
    alike: tuple[Alike, ...]
    absent: tuple[str, ...]
    seats: tuple[Seat, ...]

    @property
    def hardest(self) -> list[CheckCount]:
        """Checks that somebody failed: those that the largest share of the asked did, first."""
        failed = [check for check in self.checks if check.failed]
        return sorted(failed, key=lambda it: (-it.failed / it.asked, -it.failed))


def to_class_json(summary: ClassSummary) -> bytes:
    """``class.json``: the summary word for word, as UTF-8 with a newline at the end."""
    text = json.dumps(plain(summary), indent=1, ensure_ascii=False, allow_nan=False)
    return json_document(text).encode() + b"\n"
