"""The list of those who should have handed in: ``students.csv``, and whose submission is whose.

A header names the columns ``id``, ``name`` and ``email`` in any order, in any case, between commas
or semicolons; ``id`` is needed, further columns are passed over. A submission belongs to the
student whose id is its name, or the learning platform's id of who handed it in; failing that, to
the student of that e-mail address, or the only one of that name.

Law: nothing is guessed. What fits two students fits none, and is said.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from l2harness.errors import SpecError
from l2harness.programs.tree import shown

_COLUMNS: Final = {
    "id": ("id", "student id", "student_id", "username", "login"),
    "name": ("name", "student", "full name", "full_name"),
    "email": ("email", "e-mail", "mail", "email address"),
}
_MAXIMUM_BYTES: Final = 16 << 20
_NAMED: Final = 5


class HandedIn(Protocol):
    """A submission, as far as it says whose it is: an upload, or that of a result."""

    @property
    def name(self) -> str:
        """What it is called in reports."""

    @property
    def student(self) -> str | None:
        """What the learning platform calls its author; None if nobody says."""

    @property
    def student_id(self) -> str | None:
        """The platform's id for its author; None if nobody says."""


@dataclass(frozen=True, slots=True)
class Student:
    """
    Somebody who should have handed in.

    Attributes:
        id: Of the student, unique.
        name: May be empty.
        email: May be empty.
        line: Where the roster has it, counted from 1.
    """

    id: str
    name: str = ""
    email: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Roll:
    """
    A roster beside the submissions of a class.

    Attributes:
        handed_in: The student of a submission, by the submission's name.
        missing: Those who handed in nothing, in the order of the roster.
        strangers: Names of submissions that are nobody's on the roster, in their order.
        several: Of those who handed in more than once, by id, the names of the submissions.
    """

    handed_in: Mapping[str, Student]
    missing: tuple[Student, ...]
    strangers: tuple[str, ...]
    several: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Roster:
    """
    All who should have handed in.

    Attributes:
        students: In the order of the file.
    """

    students: tuple[Student, ...]

    def call(self, uploads: Iterable[HandedIn]) -> Roll:
        """Find out whose the submissions are, and who is missing."""
        directory = _Directory(self.students)
        uploads = list(uploads)
        found = {upload.name: directory.student_of(upload) for upload in uploads}
        handed_in = {name: student for name, student in found.items() if student is not None}
        names: dict[str, list[str]] = {}
        for name, student in handed_in.items():
            names.setdefault(student.id, []).append(name)
        return Roll(
            handed_in,
            tuple(student for student in self.students if student.id not in names),
            tuple(name for name, student in found.items() if student is None),
            {id: tuple(several) for id, several in names.items() if len(several) > 1},
        )


def read_roster(path: Path) -> Roster:
    """
    Read a roster.

    Args:
        path: A CSV file in UTF-8, of any of the dialects that spreadsheets write.

    Raises:
        SpecError: It cannot be read, has no column ``id``, or an id is missing or there twice;
            names the lines.
    """
    text = _text_of(path)
    lines = [
        (number, row) for number, row in _rows(path, text) if any(cell.strip() for cell in row)
    ]
    if not lines:
        raise SpecError(path, None, "", "is empty; its first line names the columns id,name,email")
    columns = _columns(path, *lines[0])
    students: dict[str, Student] = {}
    for number, row in lines[1:]:
        cells = {
            key: row[place].strip() if place < len(row) else "" for key, place in columns.items()
        }
        student = Student(**cells, line=number)
        if not student.id:
            raise SpecError(path, number, "id", "is empty; every student needs one")
        if (first := students.get(student.id)) is not None:
            raise SpecError(
                path, number, "id", f"is {shown(student.id)}, as in line {first.line} already"
            )
        students[student.id] = student
    return Roster(tuple(students.values()))


class _Directory:
    """Students by what they can be found by, without what would fit two of them."""

    def __init__(self, students: Sequence[Student]) -> None:
        self._by_id = {student.id: student for student in students}
        self._by_folded_id = _unique((student.id, student) for student in students)
        self._by_email = _unique((student.email, student) for student in students)
        self._by_name = _unique((student.name, student) for student in students)

    def student_of(self, upload: HandedIn) -> Student | None:
        """Whose it is; None if that cannot be told."""
        ids = [it for it in (upload.student_id, upload.name) if it]
        names = [it for it in (upload.student, upload.name) if it]
        for table, words in (
            (self._by_id, ids),
            (self._by_folded_id, [_folded(it) for it in ids]),
            (self._by_email, [_folded(it) for it in (*ids, *names)]),
            (self._by_name, [_folded(it) for it in names]),
        ):
            for word in words:
                if word in table:
                    return table[word]
        return None


def _unique(pairs: Iterable[tuple[str, Student]]) -> dict[str, Student]:
    found: dict[str, Student | None] = {}
    for word, student in pairs:
        if word:
            key = _folded(word)
            found[key] = None if key in found else student
    return {word: student for word, student in found.items() if student is not None}


def _folded(text: str) -> str:
    """How names are compared: without case, and with single spaces."""
    return " ".join(text.replace("_", " ").split()).casefold()


def _text_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MAXIMUM_BYTES + 1)
    except OSError as error:
        raise SpecError(path, None, "", f"cannot be read: {error.strerror}") from error
    if len(data) > _MAXIMUM_BYTES:
        raise SpecError(path, None, "", f"has more than {_MAXIMUM_BYTES} bytes; is it a roster?")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise SpecError(
            path, line, "", "is not UTF-8; save it as CSV in UTF-8 from the spreadsheet"
        ) from error


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        for row in reader:
            yield before + 1, row
            before = reader.line_num
    except csv.Error as error:
        raise SpecError(path, before + 1, "", f"is not CSV: {error}") from error


def _columns(path: Path, line: int, header: Sequence[str]) -> dict[str, int]:
    """Place of each column that is there."""
    said = [_folded(cell) for cell in header]
    places: dict[str, int] = {}
    for key, words in _COLUMNS.items():
        found = [place for place, cell in enumerate(said) if cell in map(_folded, words)]
        if len(found) > 1:
            raise SpecError(path, line, key, "is the title of two columns")
        if found:
            places[key] = found[0]
    if "id" not in places:
        some = ", ".join(shown(cell) for cell in header[:_NAMED])
        raise SpecError(
            path,
            line,
            "id",
            f"is no column; the first line has {some}, and should be id,name,email",
        )
    return places
