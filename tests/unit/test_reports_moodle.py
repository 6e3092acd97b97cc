"""Moodle: one column of a worksheet or an export is filled, and every other byte is as it was."""

from __future__ import annotations

import csv
from io import StringIO

import pytest

from l2harness.errors import UsageError
from l2harness.reports.filling import Fate, Grade
from l2harness.reports.moodle import fill_moodle

WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Grade can be changed,"
    "Last modified (submission),Last modified (grade),Feedback comments\n"
    '"Participant 101",Ada Lovelace,ada@example.edu,Submitted,,100.00,Yes,"Sunday, 1",-,\n'
    '"Participant 102",Grace Hopper,grace@example.edu,Submitted,"61.00",100.00,Yes,x,-,"=1+1"\n'
    '"Participant 103",Linus Torvalds,linus@example.edu,Submitted,,100.00,No,x,-,\n'
    '"Participant 104",Jane Doe,Jane@example.edu,No submission,,100.00,Yes,-,-,\n'
)
EXPORT = (
    '\ufeff"First name","Last name","ID number","Email address","Assignment: Lab 1 (Real)",'
    '"Quiz: Raw frames (Real)","Quiz: Raw frames (Percentage)","Course total (Real)",'
    '"Last downloaded from this course"\r\n'
    "Ada,Lovelace,s1,ada@example.edu,-,-,-,12.00,1700000000\r\n"
    "Grace,Hopper,s2,grace@example.edu,61.00,-,-,,1700000000\r\n"
)


def grade(name, points=87.0, *also, student=None, max_points=100.0):
    """A grade of somebody who is known by a few names."""
    problem = "" if points is not None else "1 check could not be judged"
    return Grade(name, points, max_points, (name, *also), student, problem)


def fill(*grades, file=WORKSHEET, **options):
    """The file with grades in it."""
    return fill_moodle(file.encode(), grades, **options)


def column(filled, header):
    """What stands in a column, row by row."""
    rows = csv.DictReader(StringIO(filled.data.decode("utf-8-sig"), newline=""))
    return [row[header] for row in rows]


class TestWorksheet:
    """The worksheet of one assignment."""

    def test_one_number(self):
        """A grade changes the bytes of one cell, and the times of grades stay."""
        filled = fill(grade("Ada Lovelace_101", 87.5, "101", student="Ada Lovelace"))
        assert (
            filled.data
            == WORKSHEET.replace("Submitted,,100.00,Yes", "Submitted,87.5,100.00,Yes", 1).encode()
        )

    @pytest.mark.parametrize("known_as", ["101", "ada@example.edu", "Ada Lovelace"])
    def test_ways_to_know_a_student(self, known_as):
        """By the number of the participant, the address or the whole name."""
        assert column(fill(grade(known_as)), "Grade") == ["87", "61.00", "", ""]

    def test_addresses_are_as_they_are_spelled(self):
        """Moodle tells capital letters in addresses apart, and so do we."""
        assert fill(grade("Jane@example.edu")).left == ()
        assert fill(grade("jane@example.edu")).left[0].fate is Fate.UNKNOWN

    def test_whoever_is_locked(self):
        """A grade that Moodle would not take is listed."""
        (entry,) = fill(grade("103")).left
        assert (entry.fate, entry.detail) == (Fate.CLOSED, "locked in Moodle")

    def test_without_a_grade(self):
        """A grade that needs the instructor leaves the cell, and says what stands there."""
        filled = fill(grade("102", None))
        assert filled.data == WORKSHEET.encode()
        assert filled.left[0].detail == "1 check could not be judged; the export has 61.00"

    def test_a_number_of_somebody_else(self):
        """A number of a participant in another course's list is not trusted."""
        (entry,) = fill(grade("Bob Smith_101", 50, "101", student="Bob Smith")).left
        assert entry.detail == "it is from Bob Smith, and the export has Ada Lovelace"

    def test_where_grading_is_anonymous(self):
        """Without names and addresses the number of the participant is enough."""
        file = (
            "Identifier,Status,Grade,Maximum grade,Last modified (grade)\nParticipant 7,x,,100,-\n"
        )
        filled = fill(grade("Participant_7", 50, "7", student="Participant"), file=file)
        assert filled.data.endswith(b"Participant 7,x,50,100,-\n")

    def test_another_maximum(self):
        """A maximum that is not that of the results is refused, or converted to."""
        with pytest.raises(UsageError, match="has 100 points, and the results are out of 40"):
            fill(grade("101", 20, max_points=40.0))
        filled = fill(grade("101", 20, max_points=40.0), out_of=100)
        assert column(filled, "Grade")[0] == "50"

    @pytest.mark.parametrize("missing", ["Grade", "Last modified (grade)"])
    def test_a_header_is_missing(self, missing):
        """A worksheet that Moodle would refuse is refused here, with what is missing."""
        header, rest = WORKSHEET.split("\n", 1)
        names = ["x" if name == missing else name for name in header.split(",")]
        with pytest.raises(UsageError) as caught:
            fill(file=",".join(names) + "\n" + rest, source="sheet.csv")
        assert str(caught.value) == (
            f"sheet.csv is no grading worksheet of Moodle: its header has no {missing!r}, "
            "without which Moodle refuses it. Export it again, and save it as CSV with all its "
            "columns"
        )

    def test_a_scale(self):
        """An assignment that is graded with words has no room for points."""
        with pytest.raises(UsageError, match="graded by a scale"):
            fill(file=WORKSHEET.replace("Maximum grade", "Scale"))


class TestExport:
    """The export of a whole gradebook."""

    def test_one_column(self):
        """Grades go into the item that is meant; the file keeps its mark, quotes and line ends."""
        filled = fill(grade("s1", 87.5), grade("Grace Hopper", 90), file=EXPORT, column="Lab 1")
        assert (
            filled.data
            == (
                EXPORT.replace("ada@example.edu,-,", "ada@example.edu,87.5,").replace(
                    "61.00", "90"
                )
            ).encode()
        )
        assert filled.column == "Assignment: Lab 1 (Real)"

    @pytest.mark.parametrize(
        "known_as", ["s2", "grace@example.edu", "Grace Hopper", "Hopper Grace"]
    )
    def test_ways_to_know_a_student(self, known_as):
        """By id number, address, or both names in either order."""
        filled = fill(grade(known_as, 50), file=EXPORT, column="Lab 1")
        assert column(filled, "Assignment: Lab 1 (Real)") == ["-", "50"]

    def test_older_headers(self):
        """Older versions call the last name a surname."""
        file = EXPORT.replace("Last name", "Surname")
        assert fill(grade("Ada Lovelace"), file=file, column="Lab 1").left == ()

    def test_which_column(self):
        """Totals and percentages are not offered, the lab's title is a hint."""
        with pytest.raises(UsageError) as caught:
            fill(file=EXPORT)
        assert str(caught.value).endswith(
            "Say with --column which: 'Assignment: Lab 1 (Real)', 'Quiz: Raw frames (Real)'"
        )
        assert fill(file=EXPORT, hints=["Raw frames"]).column == "Quiz: Raw frames (Real)"

    def test_more_than_usual(self):
        """One grade above the maximum aborts a whole import: so it has to be said."""
        too_many = grade("s1", 110, max_points=120.0)
        with pytest.raises(
            UsageError, match="Say --out-of 120 if it has as many, or --out-of 100"
        ):
            fill(too_many, file=EXPORT, column="Lab 1")
        for out_of, number in ((120, "110"), (100, "91.67")):
            filled = fill(too_many, file=EXPORT, column="Lab 1", out_of=out_of)
            assert column(filled, "Assignment: Lab 1 (Real)")[0] == number

    def test_no_row_is_added(self):
        """Somebody who is not in the export is listed: one such row would abort the import."""
        filled = fill(grade("s9"), file=EXPORT, column="Lab 1")
        assert filled.data == EXPORT.encode()
        assert filled.left[0].fate is Fate.UNKNOWN
        assert filled.absent == ("Ada Lovelace", "Grace Hopper")

    @pytest.mark.parametrize(
        ("file", "problem"),
        [
            ("Vorname,Nachname,Lab (Real)\nA,B,-\n", "none of 'ID number', 'Email address'"),
            ("First name,Lab (Real)\nA,-\n", "none of 'ID number', 'Email address'"),
            ("Email address,Lab (Percentage)\na@b,-\n", "nothing that ends with '(Real)'"),
        ],
    )
    def test_another_shape(self, file, problem):
        """What is no export, or has no points, is refused with what is missing."""
        with pytest.raises(UsageError) as caught:
            fill(file=file)
        assert problem in str(caught.value)
