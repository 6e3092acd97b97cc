"""Writing an archive's entries into a directory of ours, one after the other.

Strategy: a name is judged before anything is made under it. Files and folders are made as they
come; symbolic links last, when nothing is written any more, so that nothing is ever written
through one, and then looked at as the kernel would follow them.

Laws:

- Everything lies below the destination, files are regular ones, and nothing is overwritten.
- Of permissions only the right to run is kept. Where the archive knows none, what begins like a
  program may be run.
- After an error what is in the destination is worth nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Final

from l2harness.programs.archive_member import Label, Member, Reader, entry_shown
from l2harness.programs.archive_names import TakenNames, problem_of
from l2harness.programs.archive_streams import PIECE_BYTES
from l2harness.programs.stage import StageLimits, writing
from l2harness.programs.tree import CLUTTER, Kind, resolve_inside

#: Where an entry is extracted to; None: nowhere.
Place = Callable[[PurePosixPath], PurePosixPath | None]

#: How programs begin, in as many bytes.
PROGRAM_MAGIC: Final = (b"#!", b"\x7fELF")
MAGIC_BYTES: Final = 4

_FILE_MODE: Final = 0o644
_RUNNABLE_MODE: Final = 0o755
_ID_BITS: Final = stat.S_ISUID | stat.S_ISGID
_LATEST_TIME_S: Final = 2**32 - 1
_LONGEST_TARGET_BYTES: Final = 4_095
_MOST_NOTES: Final = 20
_RENAME: Final = "Rename it, and pack the files again from the folder that holds them"


class Extraction:
    """One archive on its way into a directory."""

    def __init__(self, label: Label, destination: Path, limits: StageLimits, place: Place) -> None:
        self.files = 0
        self.size_bytes = 0
        self._label = label
        self._destination = destination
        self._limits = limits
        self._place = place
        self._taken = TakenNames()
        self._links: list[tuple[PurePosixPath, str, str]] = []
        self._notes: list[str] = []

    def take(self, member: Member, reader: Reader) -> None:
        """Extract one entry, unless it goes nowhere."""
        path = self._place(PurePosixPath(member.name))
        if path is None or (not path.parts and member.kind is Kind.DIRECTORY):
            return
        if problem := problem_of(member.name, path, self._limits):
            raise self._label.refused(member.name, problem, _RENAME)
        if not path.parts:
            raise self._label.refused(member.name, "has no name")
        if not CLUTTER.isdisjoint(path.parts):
            return
        if member.kind not in (Kind.FILE, Kind.DIRECTORY, Kind.LINK):
            raise self._label.refused(member.name, f"is a {member.kind.value}")
        original = self._original(member) if member.same_as else None
        self._take_name(member, path)
        target = self._destination / path
        if member.kind is Kind.LINK:
            text = self._target(member, reader) if member.target is None else member.target
            self._links.append((path, text, member.name))
        elif member.kind is Kind.FILE:
            content = reader.content() if original is None else _pieces(original)
            self._write(member, target, content)

    def make_links(self) -> None:
        """Make the symbolic links, and see where they lead when they are all there."""
        for path, text, name in self._links:
            if not 0 < len(text) <= _LONGEST_TARGET_BYTES or "\0" in text:
                raise self._label.refused(name, "is a link whose target is no path")
            with writing(self._destination / path):
                os.symlink(text, self._destination / path)
        for path, text, name in self._links:
            if resolve_inside(self._destination, path) is None:
                raise self._label.refused(
                    name, f"is a link that leads out of the archive, to {entry_shown(text)}"
                )

    def all_notes(self) -> tuple[str, ...]:
        """Return the first notes, and how many more there would be."""
        more = len(self._notes) - _MOST_NOTES
        kept = tuple(self._notes[:_MOST_NOTES])
        return (*kept, f"and {more} more notes like these") if more > 0 else kept

    def _take_name(self, member: Member, path: PurePosixPath) -> None:
        """Take the name, and make the folders above it, or itself if it is one."""
        new, problem = self._taken.take(path, member.kind)
        if problem:
            raise self._label.refused(member.name, problem)
        self.files += len(new)
        if self.files > self._limits.max_files:
            most = self._limits.max_files
            raise self._label.refused(
                member.name,
                f"is one too many: at most {most} files and folders are allowed",
                "Pack only what belongs to the submission",
            )
        for step in new:
            if step != path or member.kind is Kind.DIRECTORY:
                with writing(self._destination / step):
                    (self._destination / step).mkdir(mode=_RUNNABLE_MODE)

    def _original(self, member: Member) -> Path:
        """Return the file, extracted before, that a hard link is another name of."""
        path = self._place(PurePosixPath(member.same_as))
        if path is None or self._taken.kind_of(path) is not Kind.FILE:
            raise self._label.refused(
                member.name,
                f"is a hard link to {entry_shown(member.same_as)}, which is no file before it",
            )
        return self._destination / path

    def _target(self, member: Member, reader: Reader) -> str:
        if member.size_bytes > _LONGEST_TARGET_BYTES:
            raise self._label.refused(member.name, "is a link with too long a target")
        return b"".join(reader.content()).decode("utf-8", "surrogateescape")

    def _write(self, member: Member, target: Path, content: Iterable[bytes]) -> None:
        mode = member.mode
        if mode is not None and mode & _ID_BITS:
            self._notes.append(
                f"{entry_shown(member.name)} lost its set-user-id or set-group-id bit"
            )
        beginning = b""
        with writing(target):
            file = open(target, "xb")  # noqa: SIM115 - closed below, where errors are the archive's
        with file:
            for piece in content:
                self._count(member, len(piece))
                beginning += piece[: MAGIC_BYTES - len(beginning)]
                with writing(target):
                    file.write(piece)
            runnable = beginning.startswith(PROGRAM_MAGIC) if mode is None else bool(mode & 0o111)
            with writing(target):
                file.flush()
                os.fchmod(file.fileno(), _RUNNABLE_MODE if runnable else _FILE_MODE)
        time_s = min(member.mtime_s, _LATEST_TIME_S)
        with writing(target):
            os.utime(target, (time_s, time_s))

    def _count(self, member: Member, size: int) -> None:
        self.size_bytes += size
        if self.size_bytes > self._limits.max_bytes:
            raise self._label.refused(
                member.name,
                f"is too much: at most {self._limits.max_bytes} bytes in all are allowed",
                "Pack only what belongs to the submission",
            )


def _pieces(file: Path) -> Iterator[bytes]:
    """Yield the content of a file that was extracted before."""
    with writing(file), open(file, "rb") as source:
        while piece := source.read(PIECE_BYTES):
            yield piece
