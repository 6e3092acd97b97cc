"""Tables of other programs: read exactly, and written without touching another byte."""

from __future__ import annotations

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.errors import UsageError
from l2harness.reports.table import read_table

CELL = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
ROWS = st.lists(st.lists(CELL, min_size=1, max_size=5), min_size=1, max_size=6)
LINE_ENDS = str.maketrans("\r\n", "  ")


def written(rows, delimiter, line_end):
    """The rows as the standard library writes them."""
    out = StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=line_end).writerows(rows)
    return out.getvalue().encode()


def texts(table):
    """What the cells say."""
    return [[cell.text for cell in row] for row in table.rows]


@given(ROWS, st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_what_the_standard_library_writes(rows, line_end, mark):
    """Every table that it writes is read as it was, and every cell knows where it stands."""
    if line_end != "\r\n":  # the library puts other line ends into cells without quotes
        rows = [[cell.translate(LINE_ENDS) for cell in row] for row in rows]
    rows = [["head", "of", "it"], *rows]
    data = mark + written(rows, ",", line_end)
    table = read_table(data, "x.csv")
    assert texts(table) == rows
    for row in table.rows:
        for cell in row:
            raw = data[cell.start : cell.end].decode()
            assert (raw[1:-1].replace('""', '"') if cell.quoted else raw) == cell.text


@given(ROWS, st.data())
def test_only_what_is_replaced_changes(rows, drawn):
    """Each cell that is replaced says the number; everything else is as before, byte for byte."""
    data = written([["head", "of", "it"], *rows], ",", "\r\n")
    table = read_table(data, "x.csv")
    places = [(r, c) for r, row in enumerate(table.rows) for c in range(len(row))]
    chosen = drawn.draw(st.lists(st.sampled_from(places), unique=True))
    changed = table.with_numbers(dict.fromkeys(chosen, "87.5"))
    again = read_table(changed, "x.csv")
    assert len(again.rows) == len(table.rows)
    for r, c in places:
        old, new = table.rows[r][c], again.rows[r][c]
        raw_old, raw_new = data[old.start : old.end], changed[new.start : new.end]
        if (r, c) in chosen:
            assert raw_new == (b'"87.5"' if old.quoted else b"87.5")
        else:
            assert raw_new == raw_old
    assert table.with_numbers({}) == data


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiters(delimiter):
    """What stands between cells is found out from the first line."""
    assert texts(read_table(written([["a", "b"], ["1,5;2", "x"]], delimiter, "\n"), "x")) == [
        ["a", "b"],
        ["1,5;2", "x"],
    ]


def test_lines_are_counted():
    """Rows know the line they begin on, also behind cells of several lines and empty lines."""
    table = read_table(b'a,"b\r\nc\nd\n"\n\ne,f', "x")
    assert table.lines == (1, 5, 6)
    assert texts(table) == [["a", "b\r\nc\nd\n"], [""], ["e", "f"]]


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "x.csv is empty"),
        (b"\xef\xbb\xbf\n", "x.csv is empty"),
        ("a,b".encode("utf-16"), "x.csv is UTF-16; export it as CSV in UTF-8"),
        (b"PK\x03\x04...", "x.csv is a workbook or an archive; export it as CSV"),
        (b"a,b\nJos\xe9,1\n", "x.csv, line 2: the byte e9 is no UTF-8"),
        (b'a,b\n1,"2\n', "x.csv, line 2: a quoted cell does not end"),
        (b'a,b\n1,"2"3\n', "x.csv, line 2: there is something between a quote"),
    ],
)
def test_no_table(data, problem):
    """What is no table is refused with what it is, or with the line."""
    with pytest.raises(UsageError) as caught:
        read_table(data, "x.csv")
    assert str(caught.value).startswith(problem)


def test_a_row_that_is_too_short():
    """A cell that is not there is missed with the line."""
    table = read_table(b"a,b,c\n1,2\n", "x.csv")
    assert table.text(1, 1) == "2"
    with pytest.raises(
        UsageError, match=r"x\.csv, line 2: there are 2 cells, and 3 in the header"
    ):
        table.text(1, 2)


@pytest.mark.parametrize("text", ["", "=1+1", "-1", "1,5", "1.5.2", "٣", "1e3", "nan"])
def test_only_numbers_are_written(text):
    """No formula, sign or separator gets into a table through a number."""
    with pytest.raises(ValueError, match="is no number"):
        read_table(b"a\n1\n", "x").with_numbers({(1, 0): text})
