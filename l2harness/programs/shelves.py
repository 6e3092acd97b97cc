"""Where uploads stand before they are opened: in a directory, or still packed in one archive.

Strategy: whoever sorts out whose is what only looks at names, and now and then at the beginning of
a file. A `Shelf` answers both, so that the sorting is the same for a download that was unpacked
and for one that was not.
"""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final, Protocol

from l2harness.errors import SubmissionError
from l2harness.programs.archive_member import entry_shown
from l2harness.programs.archives import beginning_in, contents
from l2harness.programs.submission import beginning, listing_of
from l2harness.programs.tree import CLUTTER, Kind, shown

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
        self._names: dict[PurePosixPath, str] = {}
        self._folders: dict[PurePosixPath, dict[str, Kind]] = {TOP: {}}
        in_names = 0
        for member in contents(path):
            in_names += len(member.name)
            place = PurePosixPath(member.name)
            if place.is_absolute() or ".." in place.parts[:1] or in_names > _MOST_IN_NAMES:
                problem = "is one too many" if in_names > _MOST_IN_NAMES else "lies outside of it"
                raise SubmissionError(
                    f"{shown(path.name)}: the entry {entry_shown(member.name)} {problem}. Pack "
                    "the files again, or unpack it yourself and name the folder"
                )
            if place.parts and CLUTTER.isdisjoint(place.parts):
                self._put(place, member.kind)
                self._names.setdefault(place, member.name)

    def _put(self, place: PurePosixPath, kind: Kind) -> None:
        if len(place.parts) > _LEVELS:
            place, kind = PurePosixPath(*place.parts[:_LEVELS]), Kind.DIRECTORY
        if kind is Kind.DIRECTORY:
            self._folders.setdefault(place, {})
        while place != TOP:
            above = place.parent
            known = above in self._folders
            self._folders.setdefault(above, {})[place.name] = kind
            if known:
                return
            place, kind = above, Kind.DIRECTORY

    def listing(self, folder: PurePosixPath = TOP) -> dict[str, Kind]:
        """See `Shelf.listing`."""
        return dict(sorted(self._folders.get(folder, {}).items()))

    def beginning(self, file: PurePosixPath, size: int) -> bytes:
        """See `Shelf.beginning`."""
        return beginning_in(self.path, self._names.get(file, str(file)), size)
