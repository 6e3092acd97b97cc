"""The roster of a class: what is read of it, what is refused, and whose submission is whose."""

from pathlib import Path

import pytest

from l2harness.errors import SpecError
from l2harness.grading.roster import Roster, Student, read_roster
from l2harness.programs.upload import Form, Upload


def upload(name, student=None, student_id=None):
    """A submission, as far as it says whose it is."""
    return Upload(name, Path("/nowhere"), Form.DIRECTORY, student=student, student_id=student_id)


@pytest.fixture
def read(tmp_path):
    """Read a roster from a text, or from bytes."""

    def reading(text):
        path = tmp_path / "students.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_roster(path).students

    return reading


class TestReading:
    """The file."""

    @pytest.mark.parametrize(
        "text",
        [
            "id,name,email\nm1,Jane Miller,jane@x.edu\n",
            "ID;Name;E-Mail\r\nm1;Jane Miller;jane@x.edu\r\n",
            "email\tid\tname\njane@x.edu\tm1\tJane Miller\n",
            "\ufeffid,name,email\nm1,Jane Miller,jane@x.edu",
            'id,"name",email\n\n"m1","Jane Miller"," jane@x.edu "\n\n',
            "group,student id,full name,mail,note\n7,m1,Jane Miller,jane@x.edu,late\n",
        ],
        ids=["plain", "semicolons", "tabs", "byte order mark", "quotes", "other columns"],
    )
    def test_dialects_of_spreadsheets(self, read, text):
        """Delimiters, quotes, the columns' order and case, and further columns do not matter."""
        (student,) = read(text)
        assert (student.id, student.name, student.email) == ("m1", "Jane Miller", "jane@x.edu")

    def test_an_id_is_enough(self, read):
        """Names and addresses may be missing, as columns and as cells; the order is kept."""
        assert [it.id for it in read("id\nm2\nm1\n")] == ["m2", "m1"]
        assert read("id,name,email\nm1\n") == (Student("m1", line=2),)

    def test_lines_are_those_of_the_file(self, read):
        """A student knows the line in the file, across cells of several lines."""
        assert [it.line for it in read('id,name\na,"two\nlines"\n\nb,x\n')] == [2, 5]

    @pytest.mark.parametrize(
        ("text", "line", "problem"),
        [
            ("id,name\nm1,a\nm2,b\nm1,c\n", 4, "id: is m1, as in line 2 already"),
            ("id,name\nm1,a\n,b\n", 3, "id: is empty"),
            ("name,email\na,b\n", 1, "id: is no column; the first line has name, email"),
            ("id,name,id\na,b,c\n", 1, "id: is the title of two columns"),
            ("", None, "is empty"),
            ("\n \n", None, "is empty"),
            ('id,name\nm1,"a\n', 2, "is not CSV"),
            (b"id,name\nm1,M\xfcller\n", 2, "is not UTF-8"),
        ],
        ids=["doubled", "no id", "no column", "two columns", "empty", "blank", "quote", "latin-1"],
    )
    def test_what_is_wrong_is_said_with_its_line(self, read, text, line, problem):
        """A roster that cannot be right is refused, with the line and what to do."""
        with pytest.raises(SpecError, match=problem) as refused:
            read(text)
        assert refused.value.line == line

    def test_there_is_no_such_file(self, tmp_path):
        """A file that is not there is the user's to mend."""
        with pytest.raises(SpecError, match="cannot be read: No such file"):
            read_roster(tmp_path / "students.csv")


class TestCalling:
    """Whose submission is whose."""

    roster = Roster(
        (
            Student("m1", "Jane Miller", "jane@x.edu"),
            Student("s2", "Ana Schmidt", "ana@x.edu"),
            Student("s3", "Jo Schmidt"),
            Student("s4", "Jo Schmidt"),
        )
    )

    @pytest.mark.parametrize(
        "submission",
        [
            upload("m1"),
            upload("M1"),
            upload("jane@x.edu"),
            upload("Jane Miller"),
            upload("jane_miller"),
            upload("submission-17", student_id="m1"),
            upload("submission-17", student="Jane  Miller"),
            upload("s2", student_id="m1"),
        ],
        ids=lambda it: f"{it.name} {it.student or ''} {it.student_id or ''}",
    )
    def test_ways_to_find_a_student(self, submission):
        """Ids first, the platform's before the name; then addresses; then names."""
        roll = self.roster.call([submission])
        assert roll.handed_in[submission.name].id == "m1"
        assert roll.strangers == ()

    @pytest.mark.parametrize("name", ["jo schmidt", "nobody", "m", "m12"])
    def test_nothing_is_guessed(self, name):
        """What fits two students, or none exactly, is nobody's."""
        roll = self.roster.call([upload(name)])
        assert roll.strangers == (name,)
        assert roll.handed_in == {}
        assert len(roll.missing) == 4

    def test_who_is_missing(self):
        """Those without a submission are told, in the order of the roster."""
        roll = self.roster.call([upload("s3"), upload("m1")])
        assert [it.id for it in roll.missing] == ["s2", "s4"]

    def test_who_handed_in_twice(self):
        """Two submissions of a student are both told; one alone is not."""
        roll = self.roster.call([upload("m1"), upload("m1-2", student_id="m1"), upload("s2")])
        assert roll.several == {"m1": ("m1", "m1-2")}
