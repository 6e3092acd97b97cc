"""Whose grade goes into which row of a platform's own export, and into which cell.

Strategy: a platform's module says which rows are students, how each may be known and what is in
the column; here, once for all of them, grades find their rows. Whatever is not certain is not
written but listed: an empty cell can be filled by hand, a wrong number is found by nobody.

Laws:
- A grade that needs the instructor gets no number.
- A number goes into one cell of one row, and only if the student there is the only one that the
  submission may be from, and the submission the only one that may be theirs.
- A standing cell is replaced by another number or it stays as it is, byte for byte.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from l2harness.errors import UsageError
from l2harness.grading.points import points_text
from l2harness.grading.result import Result
from l2harness.reports.columns import as_number
from l2harness.reports.summary import plural
from l2harness.reports.table import Table


@dataclass(frozen=True, slots=True)
class Grade:
    """
    What a submission is worth, and whose it may be.

    Attributes:
        submission: What it is called in the results.
        points: None if there is no grade yet.
        max_points: What there was to be had.
        known_as: Ids, logins, addresses and names that its author may have on the platform.
        student: What the platform called its author; None if nobody says.
        problem: Why there is no grade; empty if there is one.
    """

    submission: str
    points: float | None
    max_points: float
    known_as: tuple[str, ...]
    student: str | None = None
    problem: str = ""

    @classmethod
    def of(cls, result: Result, also: Iterable[str] = ()) -> Grade:
        """
        The grade that a result gives.

        Args:
            result: The result.
            also: What else its author is known as, from a list of students.
        """
        who = result.submission
        names = (who.student_id, who.name, who.student, *also)
        open_ = len(result.needs_instructor)
        return cls(
            who.name,
            result.score if result.complete else None,
            result.max_score,
            tuple(dict.fromkeys(name for name in names if name)),
            who.student,
            "" if result.complete else f"{plural(open_, 'check')} could not be judged",
        )


@dataclass(frozen=True, slots=True)
class Student:
    """
    One row of an export.

    Attributes:
        row: Its index in the table.
        name: What to call them in a sentence.
        keys: What they are known as: for each way, in the order in which the ways are tried, all
            values that it may have.
        maximum: The most points that the column has for them; None where the export is silent.
        closed: Why nothing may be written for them; empty if something may.
    """

    row: int
    name: str
    keys: tuple[tuple[str, ...], ...]
    maximum: float | None = None
    closed: str = ""


class Fate(StrEnum):
    """What became of a grade."""

    FILLED = "filled in"
    NO_GRADE = "needs the instructor"
    UNKNOWN = "not in the export"
    DOUBTFUL = "not certain whose"
    CLOSED = "not to be changed"


@dataclass(frozen=True, slots=True)
class Entry:
    """
    What became of one grade.

    Attributes:
        submission: What it is called in the results.
        fate: Whether it was filled in.
        student: Whose it is; empty where that is not known.
        detail: The number, or why there is none.
    """

    submission: str
    fate: Fate
    student: str
    detail: str


@dataclass(frozen=True, slots=True)
class Filled:
    """
    An export with grades in it.

    Attributes:
        data: The file.
        column: The header of the column.
        entries: One for each grade, in the order of the grades.
        absent: Students without a submission, in the order of the file.
    """

    data: bytes
    column: str
    entries: tuple[Entry, ...]
    absent: tuple[str, ...]

    @property
    def left(self) -> tuple[Entry, ...]:
        """The grades that somebody has to look at."""
        return tuple(entry for entry in self.entries if entry.fate is not Fate.FILLED)


def fill(
    table: Table,
    column: int,
    students: Sequence[Student],
    grades: Sequence[Grade],
    *,
    out_of: float | None = None,
) -> Filled:
    """
    Write grades into one column.

    Args:
        table: The export.
        column: Index of the column.
        students: Its rows.
        grades: What to write.
        out_of: What full points are worth in the column; grades are converted to it. None if they
            are worth the same there.

    Raises:
        UsageError: The column has another maximum than the grades.
    """
    matched = _matched(students, grades)
    takers = Counter(student.row for student, _ in matched if student is not None)
    numbers: dict[tuple[int, int], str] = {}
    entries = []
    for grade, (student, problem) in zip(grades, matched, strict=True):
        if student is None:
            fate = Fate.DOUBTFUL if problem else Fate.UNKNOWN
            entries.append(Entry(grade.submission, fate, "", problem or "nobody is called so"))
            continue
        text, fate, detail = "", Fate.FILLED, ""
        standing = table.text(student.row, column)
        if takers[student.row] > 1:
            fate, detail = Fate.DOUBTFUL, f"{takers[student.row]} submissions may be theirs"
        elif grade.points is None:
            still = f"; the export has {standing.strip()}" if standing.strip() else ""
            fate, detail = Fate.NO_GRADE, f"{grade.problem}{still}"
        elif student.closed:
            fate, detail = Fate.CLOSED, student.closed
        else:
            text = detail = points_text(_converted(table, column, student, grade, out_of))
        entries.append(Entry(grade.submission, fate, student.name, detail))
        if text and not _same_number(standing, text):
            numbers[student.row, column] = text
    absent = tuple(student.name for student in students if not takers[student.row])
    data = table.with_numbers(numbers)
    return Filled(data, table.header[column], tuple(entries), absent)


def _matched(
    students: Sequence[Student], grades: Sequence[Grade]
) -> list[tuple[Student | None, str]]:
    """For each grade its student, or why there is none; an empty reason where nobody fits."""
    ways = max((len(student.keys) for student in students), default=0)
    indexes: list[dict[str, list[Student]]] = [{} for _ in range(ways)]
    for student in students:
        for index, values in zip(indexes, student.keys, strict=False):
            for value in dict.fromkeys(filter(None, map(_squeezed, values))):
                index.setdefault(value, []).append(student)
    return [_student_of(grade, indexes) for grade in grades]


def _student_of(
    grade: Grade, indexes: Sequence[dict[str, list[Student]]]
) -> tuple[Student | None, str]:
    names = [_squeezed(name) for name in grade.known_as]
    for index in indexes:
        found = {student.row: student for name in names for student in index.get(name, ())}
        if len(found) > 1:
            some = " and ".join(student.name for student in found.values())
            return None, f"it may be from {some}"
        for student in found.values():
            if grade.student is not None and not _may_be_one(grade.student, student.name):
                return None, f"it is from {grade.student}, and the export has {student.name}"
            return student, ""
    return None, ""


def _squeezed(text: str) -> str:
    """The text with single spaces, as names are compared."""
    return " ".join(text.split())


def _may_be_one(one: str, other: str) -> bool:
    """
    Whether two names may be of one person: the letters of the shorter are among the longer's.

    Platforms turn names round, leave out letters that they do not know, and run words together;
    what has no letter of the Latin alphabet says nothing.
    """
    first, second = sorted((_letters(one), _letters(other)), key=Counter.total)
    return first <= second


def _letters(name: str) -> Counter[str]:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return Counter(char for char in plain if char.isascii() and char.isalpha())


def _converted(
    table: Table, column: int, student: Student, grade: Grade, out_of: float | None
) -> float:
    """
    The points as the column counts them.

    Raises:
        UsageError: It counts otherwise than it was said to.
    """
    assert grade.points is not None
    wanted = grade.max_points if out_of is None else out_of
    if student.maximum is not None and student.maximum != wanted:
        there = points_text(student.maximum)
        raise UsageError(
            f"{table.source}: {table.header[column]!r} has {there} points, and the results are "
            f"out of {points_text(wanted)}. Say --out-of {there} to have them converted"
        )
    if out_of is None or not grade.max_points:
        return grade.points
    return grade.points / grade.max_points * out_of


def _same_number(standing: str, text: str) -> bool:
    """Whether a cell says this number already, with whatever zeros behind it."""
    return as_number(standing) == float(text)
