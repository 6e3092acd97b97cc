"""Opening one upload: a directory with its author's files in it, for as long as it is looked at.

Strategy: a directory is shown where it lies. Everything else is taken out of what it is in, file
by file and within limits, into a scratch directory that is removed afterwards. Either way `stage`
copies what is found here once more, with the suspicion that a stranger's directory deserves.

An archive that was handed in among other files is opened, too, if no program lies beside it: so do
learning platforms hand out what was handed in as an archive. An archive inside of that is a file.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from l2harness.errors import SubmissionError
from l2harness.programs.archive_extraction import MAGIC_BYTES, PROGRAM_MAGIC
from l2harness.programs.archive_names import problem_of
from l2harness.programs.archives import (
    CLASS_LIMITS,
    ArchiveLimits,
    Extracted,
    extract,
    is_archive,
)
from l2harness.programs.stage import StageLimits, writing
from l2harness.programs.submission import beginning, folders_in, holds_program, listing_of
from l2harness.programs.tree import Kind, open_regular, shown, unreadable, walk
from l2harness.programs.upload import Form, Upload

_PIECE_BYTES: Final = 1 << 20
_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Opened:
    """
    An upload with its files in sight.

    Attributes:
        tree: The directory they lie in; a stranger's, to be read with care.
        notes: What is to be said about it, in sentences.
        lost_run_bits: Whether a learning platform had the files, which knows no permissions: a
            missing run bit is then not its author's.
    """

    tree: Path
    notes: tuple[str, ...]
    lost_run_bits: bool = False


@contextlib.contextmanager
def opened(
    upload: Upload, wanted: Collection[str], scratch: Path, limits: StageLimits | None = None
) -> Iterator[Opened]:
    """
    Open an upload while the block lasts.

    Args:
        upload: It is only read.
        wanted: Names of the lab's programs.
        scratch: A directory to make, of ours alone, and to take away again.
        limits: How large the upload may be; None: the defaults.

    Raises:
        SubmissionError: It cannot be read, is not safe to open, is too large, or nobody can say
            which of its archives counts.
        KernelError: The scratch directory cannot be written.
    """
    with writing(scratch):
        scratch.mkdir(mode=0o700)
    try:
        yield _opened(upload, wanted, scratch, limits or StageLimits())
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _opened(upload: Upload, wanted: Collection[str], scratch: Path, limits: StageLimits) -> Opened:
    if upload.form is Form.ARCHIVE:
        return _unpacked(upload.path, scratch / "archive", limits, upload.notes)
    tree = upload.path
    notes = upload.notes
    if upload.form is not Form.DIRECTORY:
        tree = scratch / "files"
        with writing(tree):
            tree.mkdir()
        if upload.form is Form.FILES:
            _copy(upload, tree, limits)
        else:
            notes += take_out(upload, tree, limits).notes
        _expect_files(tree, upload.name)
    archive = _only_archive(tree, wanted)
    if archive is None:
        return Opened(tree, notes, upload.of_platform)
    notes += (f"everything was taken from the archive {shown(archive)}",)
    return _unpacked(tree / archive, scratch / "archive", limits, notes)


def _unpacked(archive: Path, tree: Path, limits: StageLimits, notes: tuple[str, ...]) -> Opened:
    with writing(tree):
        tree.mkdir()
    extracted = extract(archive, tree, ArchiveLimits(limits))
    _expect_files(tree, archive.name)
    return Opened(tree, notes + extracted.notes)


def _expect_files(tree: Path, name: str) -> None:
    if not listing_of(tree):
        raise SubmissionError(f"{shown(name)} is empty; hand it in again")


def _only_archive(tree: Path, wanted: Collection[str]) -> str | None:
    """
    Return the archive that holds the submission; None if it lies there openly.

    Raises:
        SubmissionError: There are several, and no program beside them.
    """
    listing = listing_of(tree)
    archives = [name for name, kind in listing.items() if kind is Kind.FILE and is_archive(name)]
    places = [tree, *(tree / folder for folder in folders_in(listing))]
    if not archives or any(_holds(place, wanted) for place in places):
        return None
    if len(archives) > 1:
        some = ", ".join(map(shown, archives[:_NAMED]))
        raise SubmissionError(
            f"there are {len(archives)} archives and no program beside them: {some}. Nobody can "
            "say which one counts: hand in one, or name it"
        )
    return archives[0]


def _holds(directory: Path, wanted: Collection[str]) -> bool:
    return holds_program(
        listing_of(directory), wanted, lambda name, size: beginning(directory / name, size)
    )


def take_out(upload: Upload, tree: Path, limits: StageLimits) -> Extracted:
    """
    Take a student's part out of the archive of a class.

    Args:
        upload: Of `Form.PART`.
        tree: An empty directory of ours.
        limits: How large it may be.

    Raises:
        SubmissionError, KernelError: As `opened`.
    """
    picks = [(PurePosixPath(pick.inside).parts, pick.name) for pick in upload.picks]

    def place(path: PurePosixPath) -> PurePosixPath | None:
        for inside, name in picks:
            if path.parts[: len(inside)] == inside:
                return PurePosixPath(name, *path.parts[len(inside) :])
        return None

    return extract(upload.path, tree, replace(CLASS_LIMITS, tree=limits), place=place)


def _copy(upload: Upload, tree: Path, limits: StageLimits) -> None:
    """Copy a student's files from among other people's, under the names the student gave them."""
    left = limits.max_bytes
    for pick in upload.picks:
        if problem := problem_of(pick.name, PurePosixPath(pick.name), limits):
            raise SubmissionError(f"{shown(pick.name)} {problem}")
        left -= _copy_file(upload.path / pick.inside, tree / pick.name, left)


def _copy_file(source: Path, target: Path, left: int) -> int:
    """Copy a file of at most ``left`` bytes, with its run bit; return how many it has."""
    fd = open_regular(str(source), source)
    with open(fd, "rb", buffering=0) as reader:
        with writing(target):
            writer = target.open("xb")
        size = 0
        with writer:
            while piece := _read(fd, source):
                size += len(piece)
                if size > left:
                    raise SubmissionError(
                        f"{shown(source)} is too much: of what a submission may have, {left} "
                        "bytes are left. Hand in only what belongs to it"
                    )
                with writing(target):
                    writer.write(piece)
        mode = os.fstat(reader.fileno()).st_mode
        with writing(target):
            target.chmod(0o755 if mode & 0o111 else 0o644)
    return size


def _read(fd: int, source: Path) -> bytes:
    try:
        return os.read(fd, _PIECE_BYTES)
    except OSError as error:
        raise unreadable(source, error) from error


def restore_run_bits(tree: Path) -> None:
    """
    Make everything that begins like a program runnable, in a staged copy of ours.

    Raises:
        KernelError: The copy cannot be changed.
    """
    for entry in walk(tree):
        if entry.kind is Kind.FILE and not entry.has_run_bit:
            path = tree / entry.path
            if beginning(path, MAGIC_BYTES).startswith(PROGRAM_MAGIC):
                with writing(path):
                    path.chmod(0o755)
