"""What has been graded already: one SQLite file in the output directory, which loses nothing.

Strategy: an entry is made when the reports of a submission have been written, in one transaction.
It names what decided the result (`Key`), and the report that was written by its digest, so that
what lies on the disk can be told from what should. Of every submission the newest entry counts;
the one before is kept until both have been compared.

A **round** is one grading of a class from its beginning to its end, through as many interruptions
as that takes. It knows which submissions are to be graded again although there is an entry.

Laws:

- Whatever dies, and when, the journal is as it was after one of its entries.
- One process uses it at a time; see `l2harness.grading.lock`.

Source: sqlite.org, "Write-Ahead Logging" and "PRAGMA synchronous".
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
from collections.abc import Iterable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final, Self

from l2harness.errors import KernelError, UsageError
from l2harness.grading.files import Owner
from l2harness.programs.tree import shown

#: Name of the file in the output directory, and of those that SQLite makes beside it.
JOURNAL: Final = "journal.db"
BESIDE: Final = (f"{JOURNAL}-wal", f"{JOURNAL}-shm", f"{JOURNAL}-journal")
#: Of the tables below; another number is another shape. PRAGMA user_version.
_SHAPE: Final = 1
#: Says that the file is ours: "L2hj". PRAGMA application_id.
_OURS: Final = 0x4C32_686A
_TABLES: Final = f"""
BEGIN IMMEDIATE;
CREATE TABLE about (what TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE entry (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    name BLOB NOT NULL,
    submission TEXT NOT NULL,
    lab TEXT NOT NULL,
    harness TEXT NOT NULL,
    seed TEXT NOT NULL,
    protections TEXT NOT NULL,
    standing TEXT NOT NULL,
    report TEXT NOT NULL,
    summary BLOB NOT NULL
);
CREATE INDEX entry_of ON entry (name, number);
CREATE TABLE again (name BLOB PRIMARY KEY) WITHOUT ROWID;
PRAGMA application_id = {_OURS};
PRAGMA user_version = {_SHAPE};
COMMIT;
"""
_COLUMNS: Final = "name, submission, lab, harness, seed, protections, standing, report, summary"

#: Primary result codes of SQLite, and whose fault they are.
_MACHINE: Final = {sqlite3.SQLITE_FULL: errno.ENOSPC, sqlite3.SQLITE_IOERR: errno.EIO}
_FORBIDDEN: Final = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_DAMAGED: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@dataclass(frozen=True, slots=True)
class Key:
    """
    What decides a result: with the same key it is the same.

    Attributes:
        submission: Digest of the submission's files.
        lab: Digest of the lab.
        harness: Version of this package.
        seed: Of the submission, not of the class.
        protections: What the machine was not protected by; empty is best.
    """

    submission: str
    lab: str
    harness: str
    seed: str
    protections: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One finished grading.

    Attributes:
        name: Of the submission.
        key: What decided it.
        standing: What came of it, in a word that can be asked for.
        report: Digest of the report.json that was written.
        summary: What the documents of a class are made from; the journal does not look into it.
    """

    name: str
    key: Key
    standing: str
    report: str
    summary: bytes


class Journal:
    """
    The journal of an output directory. Open one with `open_journal`, and use it in a ``with``.

    Every method raises KernelError where the disk is full or fails, and UsageError where the file
    is damaged or may not be written.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; more than once is allowed."""
        with _translated(self._path):
            self._connection.close()

    # -- what it is about -------------------------------------------------------------------

    def about(self, what: str) -> str | None:
        """Return what was noted under a name, such as ``seed``; None for nothing."""
        row = self._one("SELECT value FROM about WHERE what = ?", what)
        return None if row is None else _text(row[0])

    def note(self, what: str, value: str) -> None:
        """Note something under a name, instead of what was noted there before."""
        with self._transaction():
            self._note(what, value)

    # -- entries ----------------------------------------------------------------------------

    def add(self, entry: Entry) -> None:
        """Enter a finished grading: it is the newest of its submission from now on."""
        name = _blob(entry.name)
        values = (name, *astuple(entry.key), entry.standing, entry.report, entry.summary)
        with self._transaction() as connection:
            before = self._number_before(name)
            places = ", ".join("?" * len(values))
            added = connection.execute(f"INSERT INTO entry ({_COLUMNS}) VALUES ({places})", values)
            connection.execute(
                "DELETE FROM entry WHERE name = ? AND number NOT IN (?, ?)",
                (name, added.lastrowid, before),
            )
            connection.execute("DELETE FROM again WHERE name = ?", (name,))

    def newest(self, name: str) -> Entry | None:
        """Return what counts of a submission; None if it was never graded."""
        where = "name = ? ORDER BY number DESC LIMIT 1"
        return self._entry(where, _blob(name))

    def before(self, name: str) -> Entry | None:
        """Return what counted of a submission when this round began; None if nothing did."""
        return self._entry("number = ?", self._number_before(_blob(name)))

    def with_standing(self, standing: str) -> list[str]:
        """Return the submissions whose newest entry has this standing."""
        query = (
            "SELECT name FROM entry WHERE standing = ? AND number IN "
            "(SELECT max(number) FROM entry GROUP BY name) ORDER BY name"
        )
        with _translated(self._path):
            return [_text(row[0]) for row in self._connection.execute(query, (standing,))]

    # -- rounds -----------------------------------------------------------------------------

    def begin_round(self, wish: str, again: Iterable[str]) -> bool:
        """
        Begin a round, or go on with one that was interrupted.

        Args:
            wish: What is to be done, in any words. The same words go on with the same round, as
                do none; others add to it.
            again: Names of the submissions to grade even if there is an entry.

        Returns:
            Whether an interrupted round goes on.
        """
        under_way = self.about("round")
        if under_way is not None and wish in ("", under_way):
            return True
        with self._transaction() as connection:
            if under_way is None:
                row = self._one("SELECT ifnull(max(number), 0) FROM entry")
                self._note("round_after", str(row[0] if row else 0))
            self._note("round", wish)
            connection.executemany(
                "INSERT OR IGNORE INTO again VALUES (?)", ((_blob(name),) for name in again)
            )
        return under_way is not None

    def end_round(self) -> None:
        """Everything that the round was for has been done."""
        with self._transaction() as connection:
            connection.execute("DELETE FROM about WHERE what IN ('round', 'round_after')")
            connection.execute("DELETE FROM again")

    def is_due_again(self, name: str) -> bool:
        """Whether a submission is to be graded in this round although there is an entry."""
        return self._one("SELECT 1 FROM again WHERE name = ?", _blob(name)) is not None

    # -- SQLite -----------------------------------------------------------------------------

    def _number_before(self, name: bytes) -> int:
        """The submission's newest entry from before this round; 0 for none."""
        row = self._one(
            "SELECT ifnull(max(number), 0) FROM entry WHERE name = ? AND number <= ?",
            name,
            int(self.about("round_after") or 0),
        )
        return int(row[0]) if row else 0

    def _entry(self, where: str, value: bytes | int) -> Entry | None:
        row = self._one(f"SELECT {_COLUMNS} FROM entry WHERE {where}", value)
        return None if row is None else Entry(_text(row[0]), Key(*row[1:6]), *row[6:9])

    def _note(self, what: str, value: str) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO about VALUES (?, ?)", (what, _blob(value))
        )

    def _one(self, query: str, *values: str | bytes | int) -> tuple | None:  # type: ignore[type-arg]
        with _translated(self._path):
            row: tuple | None = self._connection.execute(query, values).fetchone()  # type: ignore[type-arg]
            return row

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """Do all of the block or nothing of it, and have it on the disk at its end."""
        with _translated(self._path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise


def open_journal(directory: Path, *, owner: Owner | None = None) -> Journal:
    """
    Open the journal of an output directory, making it if there is none.

    Args:
        directory: It exists, and is locked by us.
        owner: Who gets the file, see `Owner.behind_sudo`.

    Raises:
        UsageError: There is something else of that name, or it is damaged or of another version.
        KernelError: The disk is full or fails.
    """
    path = directory / JOURNAL
    for name in (JOURNAL, *BESIDE):
        _expect_plain_file(directory / name)
    with _translated(path):
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            _prepare(connection, path)
            if owner is not None:  # SQLite makes the others belong to whom this one belongs to
                with contextlib.suppress(OSError):
                    os.chown(path, owner.uid, owner.gid, follow_symlinks=False)
        except BaseException:
            connection.close()
            raise
    return Journal(connection, path)


def journal_in_memory() -> Journal:
    """Return a journal that is nowhere on a disk, for who only wants to know what would be."""
    path = Path(JOURNAL)
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _prepare(connection, path)
    return Journal(connection, path)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # A file system that cannot have a write-ahead log keeps the older journal: as safe, slower.
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    (ours,) = connection.execute("PRAGMA application_id").fetchone()
    (shape,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not (ours or shape or tables):
        connection.executescript(_TABLES)
    elif ours != _OURS:
        raise UsageError(f"{shown(path)} is no journal of l2harness. {_ADVICE}")
    elif shape != _SHAPE:
        raise UsageError(
            f"{shown(path)} was written by another version of l2harness: its shape is {shape}, "
            f"and this version knows {_SHAPE}. {_ADVICE}"
        )


_ADVICE: Final = "Move it away, and everything is graded again, or name another directory."


def _expect_plain_file(path: Path) -> None:
    """Refuse a link or a directory: as root we would write wherever it leads."""
    with contextlib.suppress(FileNotFoundError):
        status = os.lstat(path)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            raise UsageError(f"{shown(path)} is no file of its own; remove it")


@contextlib.contextmanager
def _translated(path: Path) -> Iterator[None]:
    """Let errors of SQLite out as ours."""
    try:
        yield
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _DAMAGED:
            raise UsageError(f"{shown(path)} is damaged: {error}. {_ADVICE}") from error
        if code in _FORBIDDEN:
            raise UsageError(
                f"{shown(path)} cannot be written: {error}. See whose it is, or name another "
                "directory."
            ) from error
        detail = "" if code in _MACHINE else str(error)
        raise KernelError("write", str(path), _MACHINE.get(code, 0), detail) from error


def _blob(text: str) -> bytes:
    """A text as it is kept; a file's name need not be one in UTF-8."""
    return text.encode("utf-8", "surrogateescape")


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
