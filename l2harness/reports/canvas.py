"""Grades in a gradebook export of Canvas: one assignment's column, and nothing else, is changed.

Strategy: the instructor exports the gradebook, we fill it, they import it. Canvas knows its own
rows and columns by what stands in them, so a file that differs only in one column's numbers is
understood as it is meant.

Laws, which are the importer's:
- The header begins with ``Student,ID``, or ``LastName,FirstName,ID``, and the students' columns
  end with ``Section``; in any other order the file is refused.
- A column is an assignment if its header ends with its number, ``Lab 1 (12345)``. Titles with
  ``Current Score``, ``Final Grade`` and the like in them are skipped, and ``(read only)`` ones.
- A student is found by ID, else by SIS User ID, else by SIS Login ID, else by name.
- ``EX`` is a student who is excused, ``N/A`` one who does not have the assignment: neither is
  graded.

Source: Canvas LMS, lib/gradebook_importer.rb and lib/gradebook_exporter.rb.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import Final

from l2harness.errors import UsageError
from l2harness.reports.columns import Column, as_number, chosen_column
from l2harness.reports.filling import Filled, Grade, Student, fill
from l2harness.reports.table import Table, read_table

_NAMES: Final = (("Student",), ("LastName", "FirstName"))
_IDS: Final = ("ID", "SIS User ID", "SIS Login ID")
_ORDER: Final = "Student, ID, SIS User ID, SIS Login ID, Section"
_SECTION: Final = "Section"
#: Of an assignment: its title and its number.
_ASSIGNMENT: Final = re.compile(r"(?P<title>.*) \((?P<id>\d+)\)", re.DOTALL)
#: In the header of a column that the importer skips, wherever it stands.
_TOTALS: Final = re.compile(
    r"(?:Current|Final|Override) (?:Score|Grade)|(?:Current|Final) Points|Override Status"
)
_POSSIBLE: Final = "Points Possible"
_READ_ONLY: Final = re.compile(r"read\s+only")
#: Rows of nothing but this say which assignments are not shown to students yet.
_NO_STUDENT: Final = re.compile(r"\s*(?:Muted|Manual Posting.*)?\s*", re.IGNORECASE)
#: The one that Canvas makes for whoever teaches the course.
_TEST_STUDENT: Final = "Student, Test"
_CLOSED: Final = {"ex": "excused in Canvas", "n/a": "the assignment is not theirs in Canvas"}


def fill_canvas(
    data: bytes,
    grades: Sequence[Grade],
    *,
    column: str | None = None,
    out_of: float | None = None,
    hints: Iterable[str] = (),
    source: str = "the export",
) -> Filled:
    """
    Fill one column of a gradebook export.

    Args:
        data: The whole export.
        grades: What to fill in.
        column: Which one; its header, its title, its number, or a part that only it has. None
            for the only assignment there is, or the one that a hint names.
        out_of: What full points are worth there, where that is not the results' own maximum.
        hints: What the assignment may be called.
        source: What to call the export in an error.

    Raises:
        UsageError: It is no such export, or it is not certain which column is meant, or the
            column has another maximum.
    """
    table = read_table(data, source)
    section = _section(table)
    possible = _possible(table)
    chosen = chosen_column(source, _assignments(table, section, possible), column, hints=hints)
    students = list(_students(table, chosen.index, possible))
    return fill(table, chosen.index, students, grades, out_of=out_of)


def _section(table: Table) -> int:
    """
    Index of the last column about students.

    Raises:
        UsageError: The header is none that Canvas would take; says what is missing.
    """
    header = [" ".join(text.split()) for text in table.header]
    begin = _NAMES[1] if header[0] == _NAMES[1][0] else _NAMES[0]
    wanted = [*begin, _IDS[0], _SECTION]
    for name in wanted:
        if name not in header:
            raise UsageError(
                f"{table.source} is no gradebook export of Canvas: its header has no {name!r}. "
                f"It begins with: {_ORDER}. Export the gradebook again, as CSV"
            )
    optional = {"SIS User ID", "SIS Login ID", "Integration ID", "Root Account"}
    places = [header.index(name) for name in wanted]
    between = set(header[places[-2] + 1 : places[-1]])
    ordered = places[:-1] == list(range(len(wanted) - 1))
    if not ordered or not between <= optional or any(b <= a for a, b in pairwise(places)):
        raise UsageError(
            f"{table.source} is no gradebook export of Canvas as it was: Canvas only takes the "
            f"columns {_ORDER} in this order, at the beginning. Export the gradebook again"
        )
    return places[-1]


def _possible(table: Table) -> int | None:
    """Index of the row that says what each assignment is worth; None without one."""
    rows = enumerate(table.rows)
    return next((index for index, row in rows if index and _POSSIBLE in row[0].text), None)


def _assignments(table: Table, section: int, possible: int | None) -> list[Column]:
    columns = []
    for index, header in enumerate(table.header):
        found = _ASSIGNMENT.fullmatch(header.strip())
        if index <= section or found is None or _TOTALS.search(header):
            continue
        if possible is not None and _READ_ONLY.search(table.text(possible, index)):
            continue
        columns.append(Column(index, header, found["title"]))
    return columns


def _students(table: Table, column: int, possible: int | None) -> Iterator[Student]:
    header = [" ".join(text.split()) for text in table.header]
    names = len(_NAMES[1]) if header[0] == _NAMES[1][0] else len(_NAMES[0])
    ids = [header.index(name) for name in _IDS if name in header]
    maximum = None if possible is None else as_number(table.text(possible, column))
    for index, row in enumerate(table.rows):
        if index in (0, possible) or all(_NO_STUDENT.fullmatch(cell.text) for cell in row):
            continue
        name = ", ".join(table.text(index, place) for place in range(names))
        if name == _TEST_STUDENT:
            continue
        called = [name]
        if names > 1:
            called.append(" ".join(table.text(index, place) for place in reversed(range(names))))
        keys = [(table.text(index, place),) for place in ids]
        standing = table.text(index, column).strip().casefold()
        yield Student(index, name, (*keys, tuple(called)), maximum, _CLOSED.get(standing, ""))
