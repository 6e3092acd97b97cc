"""A table of another program, in which some cells are replaced and no other byte.

Strategy: the file is read as bytes, and each cell remembers where it stands. Writing copies the
bytes between the replaced cells: quoting, line ends, a byte order mark, and whatever else the
program that made it needs to recognise its own, stay as they are.

Law: a table with no cell replaced is the same bytes.

Source: RFC 4180; with any line end, with semicolons and tabs as well, and with spaces kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from l2harness.errors import UsageError

_MARK: Final = b"\xef\xbb\xbf"
_QUOTE: Final = 0x22
_LINE_ENDS: Final = b"\r\n"
_LINE_END: Final = re.compile(rb"\r\n|\r|\n")
#: What stands between cells, the most usual first.
_DELIMITERS: Final = (b",", b";", b"\t")
#: How files begin that people take for CSV.
_OTHERS: Final = {
    b"\xff\xfe": "is UTF-16; export it as CSV in UTF-8",
    b"\xfe\xff": "is UTF-16; export it as CSV in UTF-8",
    b"PK\x03\x04": "is a workbook or an archive; export it as CSV",
    b"\xd0\xcf\x11\xe0": "is a workbook; export it as CSV",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """
    One cell.

    Attributes:
        text: What it says, without quotes.
        start: Offset of its first byte, a quote if it has them.
        end: Offset behind its last byte.
        quoted: Whether it stands in quotes.
    """

    text: str
    start: int
    end: int
    quoted: bool


@dataclass(frozen=True, slots=True)
class Table:
    """
    A file of rows. Read one with `read_table`.

    Attributes:
        source: What to call it in an error.
        data: The whole file.
        rows: Its rows, which need not have equally many cells. A row of one empty cell is an
            empty line.
        lines: The line that each row begins on, counted from 1.
    """

    source: str
    data: bytes
    rows: tuple[tuple[Cell, ...], ...]
    lines: tuple[int, ...]

    @property
    def header(self) -> tuple[str, ...]:
        """The texts of the first row."""
        return tuple(cell.text for cell in self.rows[0])

    def text(self, row: int, column: int) -> str:
        """
        What a cell says.

        Raises:
            UsageError: The row has no such cell.
        """
        cells = self.rows[row]
        if column >= len(cells):
            raise UsageError(
                f"{self.source}, line {self.lines[row]}: there are {len(cells)} cells, and "
                f"{len(self.header)} in the header"
            )
        return cells[column].text

    def with_numbers(self, numbers: Mapping[tuple[int, int], str]) -> bytes:
        """
        The file with other numbers in some cells.

        Args:
            numbers: By row and column. A cell in quotes keeps them.

        Raises:
            ValueError: A number has other characters than digits and a point.
        """
        parts, done = [], 0
        cells = sorted(
            (self.rows[r][c].start, self.rows[r][c], n) for (r, c), n in numbers.items()
        )
        for _, cell, text in cells:
            if not text.replace(".", "", 1).isdecimal() or not text.isascii():
                raise ValueError(f"{text!r} is no number for a table")
            new = text.encode()
            parts += [self.data[done : cell.start], b'"%b"' % new if cell.quoted else new]
            done = cell.end
        return b"".join((*parts, self.data[done:]))


def read_table(data: bytes, source: str) -> Table:
    """
    Read a file of comma-separated values, or one with semicolons or tabs.

    Args:
        data: All of it, UTF-8, with or without a byte order mark.
        source: What to call it in an error.

    Raises:
        UsageError: It is no such file; says what it is, or which line is wrong.
    """
    for begin, problem in _OTHERS.items():
        if data.startswith(begin):
            raise UsageError(f"{source} {problem}")
    start = len(_MARK) if data.startswith(_MARK) else 0
    if not data[start:].strip():
        raise UsageError(f"{source} is empty: export it again")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(
            f"{source}, line {line}: the byte {data[error.start]:02x} is no UTF-8; export it "
            "again, or save it as UTF-8"
        ) from error
    first = next(iter(data[start:].splitlines()), b"")
    delimiter = max(_DELIMITERS, key=first.count)
    rows = list(_Reader(data, start, delimiter, source).rows())
    return Table(source, data, tuple(row for _, row in rows), tuple(line for line, _ in rows))


class _Reader:
    """Walks over a file once."""

    def __init__(self, data: bytes, start: int, delimiter: bytes, source: str) -> None:
        self._data = data
        self._at = start
        self._line = 1
        self._delimiter = delimiter[0]
        self._ends = bytes((self._delimiter, *_LINE_ENDS))
        self._source = source

    def rows(self) -> Iterator[tuple[int, tuple[Cell, ...]]]:
        """Yield each row with its line."""
        while self._at < len(self._data):
            line = self._line
            yield line, tuple(self._cells())
            self._end_line()

    def _cells(self) -> Iterator[Cell]:
        yield self._cell()
        while self._byte() == self._delimiter:
            self._at += 1
            yield self._cell()

    def _byte(self) -> int | None:
        return self._data[self._at] if self._at < len(self._data) else None

    def _cell(self) -> Cell:
        if self._byte() == _QUOTE:
            return self._quoted()
        start = self._at
        while (byte := self._byte()) is not None and byte not in self._ends:
            self._at += 1
        return Cell(self._data[start : self._at].decode(), start, self._at, quoted=False)

    def _quoted(self) -> Cell:
        start, line = self._at, self._line
        end = start + 1
        while True:
            end = self._data.find(b'"', end)
            if end < 0:
                raise UsageError(f"{self._source}, line {line}: a quoted cell does not end")
            if self._data[end + 1 : end + 2] != b'"':
                break
            end += 2
        inside = self._data[start + 1 : end]
        self._at = end + 1
        self._line += len(_LINE_END.findall(inside))
        if (byte := self._byte()) is not None and byte not in self._ends:
            raise UsageError(
                f"{self._source}, line {self._line}: there is something between a quote and the "
                "end of its cell"
            )
        return Cell(inside.replace(b'""', b'"').decode(), start, self._at, quoted=True)

    def _end_line(self) -> None:
        """Step over one line end, of whatever kind."""
        step = 2 if self._data[self._at : self._at + 2] == b"\r\n" else 1
        self._at += step
        self._line += 1
