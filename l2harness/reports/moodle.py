"""Grades in a file that Moodle handed out: one column, and nothing else, is changed.

Strategy: Moodle hands out two kinds. A *grading worksheet* of one assignment has the columns
``Identifier``, ``Grade`` and ``Last modified (grade)``, and is uploaded there again. An *export*
of the gradebook has a column for each item, ``Assignment: Lab 1 (Real)``, and is imported with
whichever column the teacher maps to the item.

Laws, which are the importers':
- One unknown student, or one grade above the item's maximum, aborts the import of an export: so
  no row is added, and a maximum that is not known is asked for where it is likely to be exceeded.
- A student is found by the number of the identifier, else by id number, e-mail address (as it is
  spelled there), user name, else by name.
- A worksheet says who is locked, and what full points are worth.

Source: Moodle, grade/import/csv/classes/load_data.php, grade/export/txt, and
mod/assign/feedback/offline (importgradeslib.php, locallib.php); Moodle documentation,
"Grade import".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from l2harness.errors import UsageError
from l2harness.grading.points import points_text
from l2harness.reports.columns import Column, as_number, chosen_column
from l2harness.reports.filling import Filled, Grade, Student, fill
from l2harness.reports.table import Table, read_table

_IDENTIFIER: Final = "identifier"
_WORKSHEET: Final = (_IDENTIFIER, "grade", "last modified (grade)")
_MAXIMUM: Final = "maximum grade"
_MAY_CHANGE: Final = "grade can be changed"
#: How a student may be known, in the order in which it is tried; last names have two headers.
_IDS: Final = ("id number", "email address", "username")
_FULL_NAME: Final = "full name"
_FIRST_NAME: Final = "first name"
_LAST_NAMES: Final = ("last name", "surname")
#: Of an item of the gradebook whose column holds points; percentages and letters are no points.
_ITEM: Final = re.compile(r"(?:\w+: )?(?P<title>.*) \(Real\)", re.DOTALL)
#: Of a category or the course: what Moodle adds up itself.
_TOTAL: Final = re.compile(r".* total \(Real\)", re.DOTALL)
_USUAL_MAXIMUM: Final = 100
_LAST_NUMBER: Final = re.compile(r"(\d+)\s*$")


def fill_moodle(
    data: bytes,
    grades: Sequence[Grade],
    *,
    column: str | None = None,
    out_of: float | None = None,
    hints: Iterable[str] = (),
    source: str = "the export",
) -> Filled:
    """
    Fill one column of a grading worksheet or of an export.

    Args:
        data: The whole file.
        grades: What to fill in.
        column: Which one of an export; its header, its title, or a part that only it has. None
            for the only item there is, or the one that a hint names.
        out_of: What full points are worth there, where that is not the results' own maximum.
        hints: What the item may be called.
        source: What to call the file in an error.

    Raises:
        UsageError: It is neither, or it is not certain which column is meant, or the column has,
            or may have, another maximum.
    """
    table = read_table(data, source)
    places = {" ".join(text.split()).casefold(): n for n, text in enumerate(table.header)}
    if _IDENTIFIER in places:
        columns = _worksheet_columns(table, places)
    else:
        columns = _export_columns(table, places)
    chosen = chosen_column(source, columns, column, hints=hints)
    students = list(_students(table, places))
    if _MAXIMUM not in places and out_of is None:
        _expect_usual_maximum(table, chosen, grades)
    return fill(table, chosen.index, students, grades, out_of=out_of)


def _worksheet_columns(table: Table, places: Mapping[str, int]) -> list[Column]:
    for name in _WORKSHEET:
        if name not in places:
            raise UsageError(
                f"{table.source} is no grading worksheet of Moodle: its header has no "
                f"{name.capitalize()!r}, without which Moodle refuses it. Export it again, and "
                "save it as CSV with all its columns"
            )
    if "scale" in places:
        raise UsageError(
            f"{table.source}: this assignment is graded by a scale, not by points. Set the type "
            "of its grade to Point in Moodle, and export it again"
        )
    place = places["grade"]
    return [Column(place, table.header[place], "Grade")]


def _export_columns(table: Table, places: Mapping[str, int]) -> list[Column]:
    known = any(name in places for name in (*_IDS, _FULL_NAME))
    named = _FIRST_NAME in places and any(name in places for name in _LAST_NAMES)
    if not known and not named:
        raise UsageError(
            f"{table.source} is no export of Moodle in English: its header has none of "
            "'ID number', 'Email address', 'Username', 'Full name', 'First name' with "
            "'Last name', and no 'Identifier' either. Export it again with Moodle in English"
        )
    columns = []
    for index, header in enumerate(table.header):
        found = _ITEM.fullmatch(header.strip())
        if found is not None and not _TOTAL.fullmatch(header.strip()):
            columns.append(Column(index, header, found["title"]))
    if not columns:
        raise UsageError(
            f"{table.source} has no column of points: its header has nothing that ends with "
            "'(Real)'. Export the item as real grades"
        )
    return columns


def _students(table: Table, places: Mapping[str, int]) -> Iterator[Student]:
    for index, row in enumerate(table.rows):
        if index == 0 or not any(cell.text.strip() for cell in row):
            continue

        def says(name: str, row_index: int = index) -> str:
            return table.text(row_index, places[name]).strip() if name in places else ""

        number = _LAST_NUMBER.search(says(_IDENTIFIER))
        names = tuple(filter(None, (says(_FULL_NAME), *_whole_names(says))))
        closed = "locked in Moodle" if says(_MAY_CHANGE).casefold() == "no" else ""
        yield Student(
            index,
            next(iter(names), says(_IDENTIFIER) or says(_IDS[1]) or says(_IDS[0])),
            ((number[1],) if number else (), *((says(name),) for name in _IDS), names),
            as_number(says(_MAXIMUM)),
            closed,
        )


def _whole_names(says: Callable[[str], str]) -> Iterator[str]:
    """First and last name in either order, as Moodle's settings may have it in file names."""
    first = says(_FIRST_NAME)
    for name in _LAST_NAMES:
        if first and (last := says(name)):
            yield f"{first} {last}"
            yield f"{last} {first}"


def _expect_usual_maximum(table: Table, column: Column, grades: Iterable[Grade]) -> None:
    """
    Refuse grades that an item with the usual maximum has no room for.

    Raises:
        UsageError: Says how to tell the maximum.
    """
    highest = max((grade.max_points for grade in grades), default=0)
    if highest > _USUAL_MAXIMUM:
        whole = points_text(highest)
        raise UsageError(
            f"{table.source} does not say how many points {column.header!r} has; 100 are usual, "
            f"and the results are out of {whole}. Say --out-of {whole} if it has as many, or "
            "--out-of 100 to have them converted"
        )
