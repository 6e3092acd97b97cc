"""Where uploads stand before they are opened: in a directory, or still packed in one archive.

Strategy: whoever sorts out whose is what only looks at names, and now and then at the beginning of
a file. A `Shelf` answers both, so that the sorting is the same for a download that was unpacked
and for one that was not.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final, Protocol, TypeAlias

from l2harness.errors import SubmissionError
from l2harness.programs.archive_member import entry_shown
from l2harness.programs.archives import beginning_in, contents
from l2harness.programs.submission import beginning, listing_of
from l2harness.programs.tree import CLUTTER, Kind, shown

#: Names, and what they are: a folder's are known.
_Folder: TypeAlias = "dict[str, _Folder | Kind]"

TOP: Final = PurePosixPath()
#: Of an archive, so many levels are listed: a folder around everything, a student's folder, and
#: what lies in that one and in the only one in that.
_LEVELS: Final = 4
#: Sum of the names in an archive, in characters; they are kept in memory.
_MOST_IN_NAMES: Final = 16 << 20


class Shelf(Protocol):
    """Files and folders by their names; nothing is opened that was not asked for."""

    @property
    def path(self) -> Path:
        """The directory, or the archive."""

    def listing(self, folder: PurePosixPath = TOP) -> dict[str, Kind]:
        """
        Return what a folder holds, sorted by name, without clutter.

        Raises:
            SubmissionError: It cannot be read.
        """

    def beginning(self, file: PurePosixPath, size: int) -> bytes:
        """
        Return the first bytes of a file, ``size`` at most.

        Raises:
            SubmissionError: It cannot be read, or is no file.
        """


class DirectoryShelf:
    """
    `Shelf` of a directory.

    Args:
        path: The directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def listing(self, folder: PurePosixPath = TOP) -> dict[str, Kind]:
        """See `Shelf.listing`."""
        return listing_of(self.path / folder)

    def beginning(self, file: PurePosixPath, size: int) -> bytes:
        """See `Shelf.beginning`."""
        return beginning(self.path / file, size)


class ArchiveShelf:
    """
    `Shelf` of an archive that stays packed.

    Args:
        path: The archive.

    Raises:
        SubmissionError: It cannot be read, an entry lies outside of it, or its names are too much.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._names: dict[tuple[str, ...], str] = {}
        self._top: _Folder = {}
        in_names = 0
        for member in contents(path):
            in_names += len(member.name)
            parts = PurePosixPath(member.name).parts
            outside = parts[:1] in (("/",), ("//",), ("..",))
            if outside or in_names > _MOST_IN_NAMES:
                problem = "lies outside of it" if outside else "is one too many"
                raise SubmissionError(
                    f"{shown(path.name)}: the entry {entry_shown(member.name)} {problem}. Pack "
                    "the files again, or unpack it yourself and name the folder"
                )
            if parts and CLUTTER.isdisjoint(parts):
                self._put(parts, member.kind)
                if len(parts) <= _LEVELS:
                    self._names.setdefault(parts, member.name)

    def _put(self, parts: tuple[str, ...], kind: Kind) -> None:
        if len(parts) > _LEVELS:
            parts, kind = parts[:_LEVELS], Kind.DIRECTORY
        folder = self._top
        for part in parts[:-1]:
            inner = folder.get(part)
            if not isinstance(inner, dict):
                inner = folder[part] = {}
            folder = inner
        if kind is not Kind.DIRECTORY:
            folder[parts[-1]] = kind
        elif not isinstance(folder.get(parts[-1]), dict):
            folder[parts[-1]] = {}

    def listing(self, folder: PurePosixPath = TOP) -> dict[str, Kind]:
        """See `Shelf.listing`."""
        found: _Folder | Kind = self._top
        for part in folder.parts:
            found = found.get(part, {}) if isinstance(found, dict) else {}
        if not isinstance(found, dict):
            return {}
        return {
            name: Kind.DIRECTORY if isinstance(inner, dict) else inner
            for name, inner in sorted(found.items())
        }

    def beginning(self, file: PurePosixPath, size: int) -> bytes:
        """See `Shelf.beginning`."""
        return beginning_in(self.path, self._names.get(file.parts, str(file)), size)
