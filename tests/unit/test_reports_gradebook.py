"""The gradebook: numbers that add up, empty where nobody knows, and no formula."""

from __future__ import annotations

import csv
from io import StringIO

from hypothesis import given, settings
from hypothesis import strategies as st
from results import every, failing, hostile, passed, perfect, result, unjudged

from l2harness.grading.result import CheckResult, Verdict
from l2harness.reports.gradebook import to_gradebook


def rows(*results):
    """The table as a spreadsheet reads it: a dictionary for each row."""
    return list(csv.DictReader(StringIO(to_gradebook(results).decode(), newline="")))


def test_the_whole_of_it():
    """By name; a whole number is whole, and a submission without a grade has no score."""
    two = result(
        (
            passed("client.sends", "It sends.", 5),
            CheckResult("client.once", "Once.", Verdict.FAIL, 0.25, 2),
        ),
        "Zoë",
    )
    assert to_gradebook([two, unjudged()]).decode() == (
        "submission,score,max_score,complete,needs_instructor,"
        "client.sends,client.once,client.exits,server.idle,pair.unicast\n"
        "linus,,16,no,client.exits server.idle,5,0.5,,,\n"
        "Zoë,5.25,7,yes,,5,0.25,,,\n"
    )


def test_rows_add_up():
    """In a row with a grade the points of the checks are the score."""
    for row in rows(perfect(), failing()):
        cells = list(row.values())[5:]
        assert sum(float(cell) for cell in cells) == float(row["score"])


def test_blocked_is_zero_unless_it_is_our_fault():
    """Behind a failure there are no points; behind an error nobody knows."""
    grace, linus = rows(failing(), unjudged())
    assert grace["pair.unicast"] == "0"
    assert linus["pair.unicast"] == ""


def test_a_header_alone():
    """Of no results there is a header, so that the file is a table."""
    assert to_gradebook([]) == b"submission,score,max_score,complete,needs_instructor\n"


def test_no_formula():
    """Names that a spreadsheet would compute are text; the rest of the table is where it was."""
    (row,) = rows(hostile())
    assert row["submission"].startswith("'=1+1␛]0;owned")
    assert row["max_score"] == "16"
    assert None not in row


@settings(max_examples=50)
@given(st.text(st.characters(), max_size=20))
def test_any_text(text):
    """Whatever a submission is called, it takes one row and its cells are in their columns."""
    table = list(
        csv.reader(StringIO(to_gradebook([hostile(text), *every()]).decode(), newline=""))
    )
    assert len(table) == 6
    assert len({len(row) for row in table}) == 1
    assert [row[3] for row in table[1:]].count("yes") == 2
