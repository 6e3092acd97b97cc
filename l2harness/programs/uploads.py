"""From what a user names to submissions: whose they are, and where they lie.

Strategy: sort by names, open nothing. Directories, archives, single files, and what Moodle, Canvas
and Gradescope hand out for a class, unpacked or not, become a list of `Upload`; `opening` opens
one at a time, so that a class of thousands never lies unpacked anywhere.

Laws:

- What a user names is only read.
- One upload that cannot be opened costs the others nothing: what is wrong with it is said when it
  is opened.
- Nobody is lost: who handed in something that is no archive, or two of them, is in the list.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Final

from l2harness.errors import SubmissionError
from l2harness.programs.archives import is_archive, stem_of
from l2harness.programs.gradescope import METADATA, METADATA_BYTES, read_submitters
from l2harness.programs.platforms import Handed, is_gradescope_folder, read_name
from l2harness.programs.shelves import TOP, ArchiveShelf, DirectoryShelf, Shelf
from l2harness.programs.submission import folders_in, holds_program
from l2harness.programs.tree import Kind, shown, unreadable

_NAMELESS: Final = "submission"


class Form(Enum):
    """What an upload lies in."""

    #: A directory of its own.
    DIRECTORY = "directory"
    #: An archive of its own.
    ARCHIVE = "archive"
    #: Some files of a directory, under names that its author did not give them.
    FILES = "files"
    #: A part of the archive of a class.
    PART = "part of an archive"


@dataclass(frozen=True, slots=True)
class Pick:
    """
    Something that belongs to an upload, among other people's.

    Attributes:
        inside: Where it lies, below the directory or in the archive.
        name: What its author called it; empty for a folder whose content is the upload.
    """

    inside: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Upload:
    """
    One submission, not opened yet.

    Attributes:
        name: Its name in reports; no other upload of the same list has it.
        path: The directory or the archive that it is or lies in; without links.
        form: Which of these.
        picks: Of `Form.FILES` and `Form.PART`, what belongs to it.
        student: What the learning platform calls its author; None if it does not say.
        student_id: The platform's id for its author; None if it does not say.
        notes: What is to be said about it, in sentences.
    """

    name: str
    path: Path
    form: Form
    picks: tuple[Pick, ...] = ()
    student: str | None = None
    student_id: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def of_platform(self) -> bool:
        """Whether a learning platform had it, and says whose it is."""
        return self.student is not None or self.student_id is not None


def upload_at(path: Path, name: str = "") -> Upload:
    """
    Return what a path is as one submission: a directory, an archive or a single file.

    Args:
        path: As the user named it; may be a link.
        name: Of the submission; empty for that of the path, without an archive's ending.

    Raises:
        SubmissionError: There is nothing, or neither a directory nor a regular file.
    """
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SubmissionError(
            f"there is no file or directory {shown(path)}: see how it is spelt, and where you are"
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error
    path = path.resolve()
    if stat.S_ISDIR(mode):
        return Upload(name or path.name or _NAMELESS, path, Form.DIRECTORY)
    if not stat.S_ISREG(mode):
        raise SubmissionError(f"{shown(path)} is a {Kind.of(mode).value}, no file or directory")
    name = name or stem_of(path.name)
    if is_archive(path.name):
        return Upload(name, path, Form.ARCHIVE)
    note = f"only the file {shown(path.name)} was looked at"
    return Upload(name, path.parent, Form.FILES, (Pick(path.name, path.name),), notes=(note,))


def find_uploads(paths: Sequence[Path], wanted: Collection[str]) -> list[Upload]:
    """
    Tell submissions from what holds submissions.

    A directory or an archive that holds a program of the lab, itself or in its only folder, is a
    submission. Of any other that a learning platform has named, each student has one. Of any other
    directory each folder and each archive is one, and if it has neither, it is one itself. An
    archive is taken for a class's only if it holds several archives, or several folders with the
    same program.

    Args:
        paths: Directories, archives and files as the user gave them.
        wanted: Names of the lab's programs.

    Returns:
        None twice: the paths in the order given, what is in them sorted by name. Where names
        repeat, the second is called ``…-2``, and so on. Of several paths, one that cannot be read
        is there as well: that it cannot costs the others nothing.

    Raises:
        SubmissionError: One does not exist, or holds, where only submissions belong, a link to
            one; or the only one is empty or cannot be read.
    """
    found: dict[tuple[Path, tuple[Pick, ...]], Upload] = {}
    for path in paths:
        whole = upload_at(path)
        try:
            uploads = _uploads_in(path, whole, wanted)
        except _LinkAmongSubmissions:
            raise
        except SubmissionError:
            if len(paths) == 1:
                raise
            uploads = [whole]
        for upload in uploads:
            found.setdefault((upload.path, upload.picks), upload)
    return _numbered(found.values())


class _LinkAmongSubmissions(SubmissionError):
    """Following it might lead anywhere, and leaving it out would lose somebody."""


def _uploads_in(path: Path, whole: Upload, wanted: Collection[str]) -> list[Upload]:
    """Return the submissions in what a user named; what is wrong there is said with that name."""
    if whole.form is Form.FILES:
        return [whole]
    if whole.form is Form.DIRECTORY:
        return _in_directory(DirectoryShelf(path), wanted) or [whole]
    return _in_archive(ArchiveShelf(whole.path), wanted) or [whole]


def _in_directory(shelf: DirectoryShelf, wanted: Collection[str]) -> list[Upload]:
    """Return the submissions in a directory; none if it is one itself."""
    listing = _not_empty(shelf)
    if _holds(shelf, TOP, wanted):
        return []
    if uploads := _of_platform(shelf, TOP):
        return uploads
    folders, archives = folders_in(listing), _archives_in(listing)
    if len(folders) == 1 and not archives:
        only = PurePosixPath(folders[0])
        if _holds(shelf, only, wanted):
            return []
        if uploads := _of_platform(shelf, only):
            return uploads
    if folders or archives:
        _expect_no_links(shelf, listing)
    return [_child(shelf, PurePosixPath(name)) for name in sorted([*folders, *archives])]


def _in_archive(shelf: ArchiveShelf, wanted: Collection[str]) -> list[Upload]:
    """Return the submissions in an archive; none if it is one itself."""
    listing = _not_empty(shelf)
    place = TOP
    for _ in ("the archive", "the folder that archives often have around everything"):
        if _holds(shelf, place, wanted):
            return []
        if uploads := _of_platform(shelf, place):
            return uploads
        listing = shelf.listing(place)
        folders, archives = folders_in(listing), _archives_in(listing)
        if archives or len(folders) != 1:
            break
        place = place / folders[0]
    same = any(
        sum(_holds(shelf, place / folder, [name]) for folder in folders) > 1 for name in wanted
    )
    if len(archives) < 2 and not same:
        return []
    return [_child(shelf, place / name) for name in sorted([*folders, *archives])]


def _not_empty(shelf: Shelf) -> dict[str, Kind]:
    listing = shelf.listing()
    if not listing:
        raise SubmissionError(
            f"{shown(shelf.path)} is empty. Name the directory or archive that holds the programs"
        )
    return listing


def _holds(shelf: Shelf, folder: PurePosixPath, wanted: Collection[str]) -> bool:
    listing = shelf.listing(folder)
    return holds_program(listing, wanted, lambda name, size: shelf.beginning(folder / name, size))


def _archives_in(listing: Mapping[str, Kind]) -> list[str]:
    return [
        name
        for name, kind in listing.items()
        if kind is Kind.FILE and is_archive(name) and not name.startswith(".")
    ]


def _expect_no_links(shelf: DirectoryShelf, listing: Mapping[str, Kind]) -> None:
    for name, kind in listing.items():
        path = shelf.path / name
        if kind is Kind.LINK and (path.is_dir() or (path.is_file() and is_archive(name))):
            raise _LinkAmongSubmissions(
                f"{shown(path)} is a symbolic link, which is not followed: name the directory or "
                "the archive that it stands for"
            )


def _child(shelf: Shelf, place: PurePosixPath) -> Upload:
    """Return the upload that a folder or an archive on a shelf is."""
    archive = shelf.listing(place.parent)[place.name] is Kind.FILE
    name = stem_of(place.name) if archive else place.name
    return _upload(shelf, name, [Pick(str(place), place.name if archive else "")])


def _upload(shelf: Shelf, name: str, picks: Iterable[Pick]) -> Upload:
    picks = tuple(picks)
    path = shelf.path.resolve()
    if isinstance(shelf, ArchiveShelf):
        return Upload(name, path, Form.PART, picks)
    if len(picks) == 1 and not picks[0].name:
        return Upload(name, path / picks[0].inside, Form.DIRECTORY)
    if len(picks) == 1 and is_archive(picks[0].name):
        return Upload(name, path / picks[0].inside, Form.ARCHIVE)
    return Upload(name, path, Form.FILES, picks)


def _of_platform(shelf: Shelf, place: PurePosixPath) -> list[Upload]:
    """Return what a learning platform has put there; none if the names are not one's."""
    listing = shelf.listing(place)
    if listing.get(METADATA) is Kind.FILE:
        return list(_of_gradescope(shelf, place, listing))
    visible = [name for name in listing if not name.startswith(".")]
    handed = {name: it for name in visible if (it := read_name(name)) is not None}
    if not handed or 2 * len(handed) < len(visible):
        return []
    owners: dict[str, dict[str, Handed]] = {}
    for name, it in handed.items():
        owners.setdefault(it.owner, {})[name] = it
    return [_of_student(shelf, place, owner, own) for owner, own in sorted(owners.items())]


def _of_gradescope(
    shelf: Shelf, place: PurePosixPath, listing: Mapping[str, Kind]
) -> Iterator[Upload]:
    metadata = shelf.beginning(place / METADATA, METADATA_BYTES)
    submitters = read_submitters(metadata, shown(shelf.path / place / METADATA))
    for name, kind in listing.items():
        if kind is Kind.DIRECTORY and is_gradescope_folder(name):
            upload = _child(shelf, place / name)
            if name in submitters:
                who = submitters[name]
                upload = replace(upload, student=who.student, student_id=who.student_id)
            yield upload


def _of_student(
    shelf: Shelf, place: PurePosixPath, owner: str, own: Mapping[str, Handed]
) -> Upload:
    """Put together all that one student has handed in."""
    if any(it.main for it in own.values()):
        own = {name: it for name, it in own.items() if it.main}
    newest: dict[str, str] = {}
    for name, it in sorted(own.items(), key=lambda item: item[1].age):
        newest[it.file or name] = name
    picks = [Pick(str(place / name), own[name].file) for name in sorted(newest.values())]
    notes = [
        f"{shown(name)} was not graded: {shown(newest[it.file])} is newer"
        for name, it in own.items()
        if it.file and newest[it.file] != name
    ]
    notes += [
        f"{shown(name)} was taken for {shown(own[name].file)}, handed in again"
        for name in sorted(newest.values())
        if own[name].renamed
    ]
    if any(it.late for it in own.values()):
        notes.append("it was handed in late, its name says")
    some = next(iter(own.values()))
    return replace(
        _upload(shelf, owner, picks),
        student=some.student,
        student_id=some.student_id,
        notes=tuple(notes),
    )


def _numbered(uploads: Iterable[Upload]) -> list[Upload]:
    """Give each a name of its own."""
    named: dict[str, Upload] = {}
    for upload in uploads:
        candidates = (upload.name if n == 1 else f"{upload.name}-{n}" for n in count(1))
        name = next(name for name in candidates if name not in named)
        named[name] = replace(upload, name=name)
    return list(named.values())
