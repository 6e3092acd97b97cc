"""From what a user names to submissions: whose they are, and where they lie.

Strategy: sort by names, open nothing. Directories, archives, single files, and what Moodle, Canvas
and Gradescope hand out for a class, unpacked or not, become a list of `Upload`; `opening` opens
one at a time, so that a class of thousands never lies unpacked anywhere.

Laws:

- What a user names is only read.
- One upload that cannot be opened costs the others nothing: what is wrong with it is said when it
  is opened.
- Nobody is lost: who handed in something that is no archive, or two of them, is in the list; and
  what lies beside submissions without being one is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path, PurePosixPath

from l2harness.errors import SubmissionError
from l2harness.programs.archives import is_archive, stem_of
from l2harness.programs.gradescope import METADATA, METADATA_BYTES, read_submitters
from l2harness.programs.platforms import Handed, is_gradescope_folder, read_name
from l2harness.programs.shelves import TOP, ArchiveShelf, DirectoryShelf, Shelf
from l2harness.programs.submission import folders_in, holds_program
from l2harness.programs.tree import Kind, shown
from l2harness.programs.upload import Form, Pick, Upload, upload_at


@dataclass(frozen=True, slots=True)
class Sorted:
    """
    What a user named, sorted out.

    Attributes:
        uploads: The submissions; see `sort_out` for their order and their names.
        left_out: Files that lie beside some of them and belong to none.
    """

    uploads: tuple[Upload, ...]
    left_out: tuple[Path, ...] = ()


def find_uploads(paths: Sequence[Path], wanted: Collection[str]) -> list[Upload]:
    """Return the submissions that `sort_out` finds; raises as that does."""
    return list(sort_out(paths, wanted).uploads)


def sort_out(paths: Sequence[Path], wanted: Collection[str]) -> Sorted:
    """
    Tell submissions from what holds submissions, and from what is neither.

    A directory or an archive that holds a program of the lab, itself or in its only folder, is a
    submission. Of any other that a learning platform has named, each student has one. Of any other
    directory each folder and each archive is one, and if it has neither, it is one itself. An
    archive is taken for a class's only if it holds several archives, or several folders with the
    same program.

    Args:
        paths: Directories, archives and files as the user gave them.
        wanted: Names of the lab's programs.

    Returns:
        No submission twice: the paths in the order given, what is in them sorted by name. Where
        names repeat, the second is called ``…-2``, and so on. Of several paths, one that cannot be
        read is there as well: that it cannot costs the others nothing.

    Raises:
        SubmissionError: One does not exist, or holds, where only submissions belong, a link to
            one; or the only one is empty or cannot be read.
    """
    found: dict[tuple[Path, tuple[Pick, ...]], Upload] = {}
    left_out: dict[Path, None] = {}
    for path in paths:
        whole = upload_at(path)
        try:
            inside = _inside(path, whole, wanted)
        except _LinkAmongSubmissions:
            raise
        except SubmissionError:
            if len(paths) == 1:
                raise
            inside = Sorted((whole,))
        for upload in inside.uploads:
            found.setdefault((upload.path, upload.picks), upload)
        left_out.update(dict.fromkeys(inside.left_out))
    return Sorted(tuple(_numbered(found.values())), tuple(left_out))


class _LinkAmongSubmissions(SubmissionError):
    """Following it might lead anywhere, and leaving it out would lose somebody."""


def _inside(path: Path, whole: Upload, wanted: Collection[str]) -> Sorted:
    """Sort out what a user named; what is wrong there is said with that name."""
    if whole.form is Form.FILES:
        return Sorted((whole,))
    shelf: Shelf
    if whole.form is Form.DIRECTORY:
        shelf = DirectoryShelf(path)
        place, uploads = _in_directory(shelf, wanted)
    else:
        shelf = ArchiveShelf(whole.path)
        place, uploads = _in_archive(shelf, wanted)
    if not uploads:
        return Sorted((whole,))
    return Sorted(tuple(uploads), tuple(_left_out(shelf, place, uploads)))


def _left_out(shelf: Shelf, place: PurePosixPath, uploads: Collection[Upload]) -> Iterator[Path]:
    """Yield the files that lie where submissions lie, and that no submission has."""
    taken = {PurePosixPath(pick.inside).name for it in uploads for pick in it.picks}
    taken |= {it.path.name for it in uploads if not it.picks}
    of_platform = any(it.of_platform for it in uploads)
    for name, kind in shelf.listing(place).items():
        # Of what a platform has named, each student's report tells what was not graded.
        told = of_platform and (name == METADATA or read_name(name) is not None)
        # … and a note to whoever looks at the folder has been handed in by nobody.
        note = name.startswith(".") or name.upper().startswith("README")
        if kind is Kind.FILE and not (name in taken or told or note):
            yield shelf.path / place / name


def _in_directory(
    shelf: DirectoryShelf, wanted: Collection[str]
) -> tuple[PurePosixPath, list[Upload]]:
    """Return where in a directory submissions lie, and these; none if it is one itself."""
    listing = _not_empty(shelf)
    if _holds(shelf, TOP, wanted):
        return TOP, []
    if uploads := _of_platform(shelf, TOP):
        return TOP, uploads
    folders, archives = folders_in(listing), _archives_in(listing)
    if len(folders) == 1 and not archives:
        only = PurePosixPath(folders[0])
        if _holds(shelf, only, wanted):
            return TOP, []
        if uploads := _of_platform(shelf, only):
            return only, uploads
    if folders or archives:
        _expect_no_links(shelf, listing)
    return TOP, [_child(shelf, PurePosixPath(name)) for name in sorted([*folders, *archives])]


def _in_archive(
    shelf: ArchiveShelf, wanted: Collection[str]
) -> tuple[PurePosixPath, list[Upload]]:
    """Return where in an archive submissions lie, and these; none if it is one itself."""
    listing = _not_empty(shelf)
    place = TOP
    for _ in ("the archive", "the folder that archives often have around everything"):
        if _holds(shelf, place, wanted):
            return place, []
        if uploads := _of_platform(shelf, place):
            return place, uploads
        listing = shelf.listing(place)
        folders, archives = folders_in(listing), _archives_in(listing)
        if archives or len(folders) != 1:
            break
        place = place / folders[0]
    same = any(
        sum(_holds(shelf, place / folder, [name]) for folder in folders) > 1 for name in wanted
    )
    if len(archives) < 2 and not same:
        return place, []
    return place, [_child(shelf, place / name) for name in sorted([*folders, *archives])]


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
