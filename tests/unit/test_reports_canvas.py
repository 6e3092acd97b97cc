"""Canvas: one column of its own export is filled, and every other byte is as it was."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from results import failing, perfect, result, unjudged

from l2harness.errors import UsageError
from l2harness.grading.result import Submission
from l2harness.reports.canvas import fill_canvas
from l2harness.reports.filling import Fate, Grade

EXPORT = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Notes,Lab 1 (12345),Raw frames (777),"
    "Assignments Current Score,Final Score\r\n"
    ",,,,,,Manual Posting,,,\r\n"
    "    Points Possible,,,,,,5,100.00,(read only),(read only)\r\n"
    '"Lovelace, Ada",1001,s1,ada@example.edu,A,,3.5,,(70%),12\r\n'
    '"Hopper, Grace",1002,s2,grace@example.edu,"A, B","said ""hi""",,"12.00",,\r\n'
    '"Torvalds, Linus",1003,s3,linus@example.edu,B,=1+1,,61.50,,\r\n'
    '"Doe, Jane",1004,s4,jdoe,B,,,EX,,\r\n'
    '"Doe, John",1005,,,B,,,N/A,,\r\n'
    '"Student, Test",1099,,x9,A,,,,,\r\n'
)
COLUMN = "Raw frames (777)"


def grade(name, points=87.0, *also, student=None, max_points=100.0):
    """A grade of somebody who is known by a few names."""
    problem = "" if points is not None else "2 checks could not be judged"
    return Grade(name, points, max_points, (name, *also), student, problem)


def fill(*grades, export=EXPORT, **options):
    """The export with grades in it."""
    return fill_canvas(export.encode(), grades, **{"column": COLUMN} | options)


def cells(filled, column=7):
    """What stands in the column for each student, as Canvas reads it."""
    rows = list(csv.reader(StringIO(filled.data.decode("utf-8-sig"), newline="")))
    return {row[1]: row[column] for row in rows[3:]}


def fates(filled):
    """What became of each grade."""
    return {entry.submission: entry.fate for entry in filled.entries}


class TestFilling:
    """Grades go to the right students, and nothing else is touched."""

    def test_one_number(self):
        """A grade changes the bytes of one cell."""
        filled = fill(grade("1001", 87.5))
        assert filled.data == EXPORT.replace("3.5,,(70%)", "3.5,87.5,(70%)").encode()
        assert filled.column == COLUMN

    def test_none_at_all(self):
        """Without grades the file is the same, byte for byte."""
        assert fill().data == EXPORT.encode()

    def test_quotes_are_kept(self):
        """A cell in quotes stays in quotes."""
        assert b',"90",' in fill(grade("1002", 90)).data

    def test_the_same_number_is_left_alone(self):
        """A cell that says the number already keeps its zeros."""
        filled = fill(grade("1003", 61.5), grade("1002", 12))
        assert filled.data == EXPORT.encode()
        assert set(fates(filled).values()) == {Fate.FILLED}

    def test_twice(self):
        """Filling in a file that was filled in changes nothing."""
        grades = [grade("1001", 87.5), grade("1002", 90), grade("1003", None)]
        once = fill(*grades)
        assert fill_canvas(once.data, grades, column=COLUMN).data == once.data

    @pytest.mark.parametrize(
        "known_as", ["1002", "s2", "grace@example.edu", "Hopper, Grace", " Hopper,  Grace "]
    )
    def test_ways_to_know_a_student(self, known_as):
        """By ID, SIS user ID, login ID or exact name, Canvas finds a student, and so do we."""
        assert cells(fill(grade(known_as, 50)))["1002"] == "50"

    def test_an_id_comes_first(self):
        """Where one student's ID is another's login, the ID decides."""
        export = EXPORT.replace("jdoe,B,,,EX", "1001,B,,,")
        assert cells(fill(grade("1001", 50), export=export)) == {
            **cells(fill()),
            "1001": "50",
            "1004": "",
        }

    def test_without_a_grade(self):
        """A grade that needs the instructor leaves the cell, and says what stands there."""
        filled = fill(grade("1003", None), grade("1001", None))
        assert filled.data == EXPORT.encode()
        assert [(it.submission, it.fate, it.student, it.detail) for it in filled.left] == [
            (
                "1003",
                Fate.NO_GRADE,
                "Torvalds, Linus",
                "2 checks could not be judged; the export has 61.50",
            ),
            ("1001", Fate.NO_GRADE, "Lovelace, Ada", "2 checks could not be judged"),
        ]

    def test_excused_students_stay_so(self):
        """What somebody decided in Canvas is not overwritten."""
        filled = fill(grade("1004"), grade("1005"))
        assert filled.data == EXPORT.encode()
        assert [it.detail for it in filled.left] == [
            "excused in Canvas",
            "the assignment is not theirs in Canvas",
        ]

    def test_somebody_else(self):
        """A submission of nobody in the export is listed."""
        (entry,) = fill(grade("1234")).left
        assert (entry.fate, entry.detail) == (Fate.UNKNOWN, "nobody is called so")

    def test_who_is_absent(self):
        """Students without a submission are listed, Canvas's own test student is none."""
        assert fill(grade("1001"), grade("1002")).absent == (
            "Torvalds, Linus",
            "Doe, Jane",
            "Doe, John",
        )

    def test_two_submissions_of_one_student(self):
        """Where two may be theirs, neither is written."""
        filled = fill(grade("1001", 50), grade("s1", 60))
        assert filled.data == EXPORT.encode()
        assert {it.detail for it in filled.left} == {"2 submissions may be theirs"}

    def test_two_students_of_one_submission(self):
        """Where it may be from two, it is written for neither."""
        export = EXPORT.replace("Doe, John", "Doe, Jane")
        (entry,) = fill(grade("Doe, Jane", 50), export=export).left
        assert entry.fate is Fate.DOUBTFUL
        assert entry.detail == "it may be from Doe, Jane and Doe, Jane"

    def test_a_number_of_somebody_else(self):
        """A number that fits a student of quite another name is not trusted."""
        filled = fill(grade("smithbob_1001", 50, "1001", student="smithbob"))
        assert filled.data == EXPORT.encode()
        assert filled.left[0].detail == ("it is from smithbob, and the export has Lovelace, Ada")

    @pytest.mark.parametrize("student", ["lovelaceada", "Ada Lovelace", "LovelaceAda", "愛達"])
    def test_a_number_of_the_same_one(self, student):
        """The names of downloads are run together, turned round, or in other letters."""
        assert cells(fill(grade("x_1001", 50, "1001", student=student)))["1001"] == "50"

    def test_names_in_two_columns(self):
        """An export with last and first names apart is filled as well."""
        export = EXPORT.replace("Student,ID", "LastName,FirstName,ID")
        export = export.replace("    Points Possible,", "    Points Possible,,")
        export = export.replace("\r\n,,,,,,Manual", "\r\n,,,,,,,Manual")
        for name in (
            "Lovelace, Ada",
            "Hopper, Grace",
            "Torvalds, Linus",
            "Doe, Jane",
            "Doe, John",
        ):
            export = export.replace(f'"{name}"', name.replace(", ", ","))
        export = export.replace('"Student, Test"', "Student,Test")
        filled = fill(grade("Ada Lovelace", 50), grade("Hopper, Grace", 60), export=export)
        assert b"Ada,1001,s1,ada@example.edu,A,,3.5,50,(70%)" in filled.data
        assert not filled.left
        assert filled.absent == ("Torvalds, Linus", "Doe, Jane", "Doe, John")

    def test_semicolons(self):
        """An export with semicolons and decimal commas is filled as well."""
        export = (
            "Student;ID;SIS Login ID;Section;Lab (7)\n"
            "    Points Possible;;;;100,00\n"
            "Ada;1;ada;A;12,5\n"
        )
        filled = fill(grade("ada", 87.5), export=export, column=None)
        assert filled.data.decode().endswith("Ada;1;ada;A;87.5\n")


class TestPoints:
    """Points are what the column takes them for."""

    def test_another_maximum_is_refused(self):
        """87 of 100 is nothing to write into a column of 5, and the way out is named."""
        with pytest.raises(UsageError) as caught:
            fill(grade("1001"), column="Lab 1")
        assert str(caught.value) == (
            "the export: 'Lab 1 (12345)' has 5 points, and the results are out of 100. "
            "Say --out-of 5 to have them converted"
        )

    def test_they_are_converted(self):
        """Said what full points are worth, they are converted, to two decimals."""
        filled = fill(grade("1001", 87), grade("1002", 33.33), column="Lab 1", out_of=5)
        assert {**cells(filled, 6), "1001": "4.35", "1002": "1.67"} == cells(filled, 6)

    def test_what_was_said_must_be_so(self):
        """A maximum that the export contradicts is refused."""
        with pytest.raises(UsageError, match="has 100 points, and the results are out of 10"):
            fill(grade("1001"), out_of=10)

    def test_an_export_without_maximum(self):
        """Where the export does not say it, the points are written as they are."""
        export = "Student,ID,Section,Lab (7)\nAda,1,A,\n"
        assert fill(grade("1"), export=export, column=None).data.endswith(b"Ada,1,A,87\n")


class TestColumns:
    """The column is the one that is meant, or the user is asked."""

    @pytest.mark.parametrize("column", [COLUMN, "Raw frames", "raw FRAMES", "777", "frames"])
    def test_names_of_a_column(self, column):
        """A header, a title, a number or a part of it is enough if nothing else fits."""
        assert fill(column=column).column == COLUMN

    def test_the_lab_is_a_hint(self):
        """Where nothing is said, the assignment that is called like the lab is taken."""
        assert fill(column=None, hints=["pyng", "Raw frames"]).column == COLUMN

    def test_the_only_one(self):
        """Where there is only one, it is taken."""
        assert fill(export=EXPORT.replace("Lab 1 (12345)", "Lab 1"), column=None).column == COLUMN

    def test_several(self):
        """Where there are several, they are named."""
        with pytest.raises(UsageError) as caught:
            fill(column=None)
        assert str(caught.value) == (
            "the export has several columns for grades. Say with --column which: "
            "'Lab 1 (12345)', 'Raw frames (777)'"
        )

    @pytest.mark.parametrize("column", ["Lab 2", "Final Score", "Section", "a"])
    def test_no_such_column(self, column):
        """What is no assignment, or is two, cannot be filled; those there are are named."""
        with pytest.raises(
            UsageError, match=r"there are: 'Lab 1 \(12345\)', 'Raw frames \(777\)'"
        ):
            fill(column=column)

    @pytest.mark.parametrize(
        "export",
        [
            EXPORT.replace("5,100.00", "5, (read  only)"),
            EXPORT.replace(COLUMN, "Raw Final Score (777)"),
            EXPORT.replace(COLUMN, "Raw frames"),
        ],
    )
    def test_what_canvas_would_skip(self, export):
        """What Canvas does not import is not offered."""
        with pytest.raises(UsageError, match=r"there are: 'Lab 1 \(12345\)'$"):
            fill(export=export, column="Raw")

    def test_no_column_at_all(self):
        """An export without assignments cannot be filled."""
        with pytest.raises(UsageError, match="no column that could be filled"):
            fill(export="Student,ID,Section\nAda,1,A\n", column=None)


class TestShapes:
    """What is no export of Canvas is refused with what it lacks."""

    @pytest.mark.parametrize(
        ("header", "missing"),
        [
            ("Name,ID,Section,Lab (7)", "'Student'"),
            ("Student,Number,Section,Lab (7)", "'ID'"),
            ("Student,ID,SIS Login ID,Lab (7)", "'Section'"),
            ("LastName,ID,Section,Lab (7)", "'FirstName'"),
            ("submission,score,max_score", "'Student'"),
        ],
    )
    def test_a_header_is_missing(self, header, missing):
        """The header that is missing is named."""
        with pytest.raises(UsageError) as caught:
            fill(export=f"{header}\nx,1,A,\n", source="export.csv")
        assert str(caught.value) == (
            f"export.csv is no gradebook export of Canvas: its header has no {missing}. "
            "It begins with: Student, ID, SIS User ID, SIS Login ID, Section. Export the "
            "gradebook again, as CSV"
        )

    @pytest.mark.parametrize(
        "header",
        [
            "ID,Student,Section,Lab (7)",
            "Student,ID,Lab (7),Section",
            "x,Student,ID,Section,Lab (7)",
            "Student,Section,ID,Lab (7)",
        ],
    )
    def test_another_order(self, header):
        """Canvas enforces the order of its columns, so we do."""
        with pytest.raises(UsageError, match="in this order"):
            fill(export=f"{header}\nx,1,A,,\n")

    def test_a_row_is_too_short(self):
        """A row that lacks the cell is named by its line."""
        with pytest.raises(UsageError, match="line 4: there are 3 cells, and 10 in the header"):
            fill(
                export=EXPORT.replace(
                    '"Lovelace, Ada",1001,s1,ada@example.edu,A,,3.5,,(70%),12',
                    '"Lovelace, Ada",1001,s1',
                )
            )


def test_grades_of_results():
    """A result gives its score if it is complete, and the names of its author."""
    grades = [
        Grade.of(perfect("1001")),
        Grade.of(
            result(
                failing().checks,
                submission=Submission("grace_1002", "", (), "hoppergrace", "1002"),
            )
        ),
        Grade.of(unjudged("linus"), ["s3"]),
    ]
    assert [(it.points, it.max_points) for it in grades] == [(34.5, 34.5), (14, 34.5), (None, 16)]
    assert grades[1].known_as == ("1002", "grace_1002", "hoppergrace")
    filled = fill(*grades, column="Lab 1", export=EXPORT.replace("5,100.00", "34.5,100.00"))
    assert {**cells(filled, 6), "1001": "34.5", "1002": "14", "1003": ""} == cells(filled, 6)
    assert fates(filled)["linus"] is Fate.NO_GRADE


@given(st.lists(st.text(max_size=8), max_size=6), st.floats(0, 100))
def test_any_names(names, points):
    """Whoever hands in whatever: at most numbers of the one column change."""
    filled = fill(*(grade(name, round(points, 2)) for name in names))
    before = list(csv.reader(StringIO(EXPORT.removeprefix("\ufeff"), newline="")))
    after = list(csv.reader(StringIO(filled.data.decode("utf-8-sig"), newline="")))
    for old, new in zip(before, after, strict=True):
        assert old[:7] + old[8:] == new[:7] + new[8:]
        assert old[7] == new[7] or float(new[7]) == round(points, 2)
