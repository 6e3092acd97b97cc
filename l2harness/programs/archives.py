"""Opening a stranger's archive: into a directory of ours, whole, or not at all.

Strategy: the format is told by the content, the entries come from the readers of `archive_zip` and
`archive_tar`, their names are judged by `archive_names`, and `archive_extraction` writes what
passes, a piece at a time. The result is still a stranger's: `stage` copies it as it copies any
directory.

Laws:

- Nothing is written outside the destination, and the archive is only read.
- What could hurt, or be misread, is refused with the entry named; nothing is put right in silence.
- Every limit counts while it is reached, not afterwards. Memory does not depend on the archive.
- Archives inside of archives are files.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Final

from l2harness.errors import SubmissionError
from l2harness.programs.archive_extraction import Extraction, Place
from l2harness.programs.archive_member import Label, Member, Reader, entry_shown
from l2harness.programs.archive_streams import Meter, Stream, is_compressed
from l2harness.programs.archive_tar import BLOCK_BYTES, TarReader, is_header
from l2harness.programs.archive_zip import ZipReader
from l2harness.programs.stage import StageLimits
from l2harness.programs.tree import Kind, open_regular, shown, unreadable

#: Ends of names, in lower case, of what is taken for an archive; some only to be refused by name.
SUFFIXES: Final = (
    *(".zip", ".tar", ".tgz", ".tbz", ".tbz2", ".txz"),
    *(".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tar.lz", ".tar.lzma", ".tar.z"),
    *(".7z", ".rar"),
)
_ZIP_MAGIC: Final = (b"PK\3\4", b"PK\5\6", b"PK\7\x08")
#: What is known and not opened.
_FOREIGN_MAGIC: Final = (
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"LZIP", "lzip"),
    (b"\x1f\x9d", "compress"),
    (b"\x5d\0\0", "LZMA"),
)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """
    How much an archive may hold.

    Attributes:
        tree: How large what is extracted may be.
        max_entries: Entries, also those that are not extracted.
        max_ratio: How many bytes one byte of the archive may become, on the whole.
        free_bytes: So many may come out before the ratio counts: small texts compress well.
        max_unfolded_bytes: What may come out of it at all, extracted or not.
    """

    tree: StageLimits = field(default_factory=StageLimits)
    max_entries: int = 20_000
    max_ratio: int = 100
    free_bytes: int = 8 << 20
    max_unfolded_bytes: int = 256 << 20


#: For what a learning platform packs: the uploads of thousands.
CLASS_LIMITS: Final = ArchiveLimits(max_entries=100_000, max_unfolded_bytes=64 << 30)


@dataclass(frozen=True, slots=True)
class Extracted:
    """
    What came of an archive.

    Attributes:
        files: Number of files, folders and links.
        size_bytes: Sum of the sizes of the files.
        notes: What was changed, in sentences.
    """

    files: int
    size_bytes: int
    notes: tuple[str, ...]


def is_archive(name: str) -> bool:
    """Whether a file is called like an archive, one that can be opened or one that cannot."""
    return name.lower().endswith(SUFFIXES)


def stem_of(name: str) -> str:
    """Return the name of an archive without its ending; any other name as it is."""
    endings = [len(suffix) for suffix in SUFFIXES if name.lower().endswith(suffix)]
    return name[: -max(endings)] or name if endings else name


def contents(archive: Path, limits: ArchiveLimits = CLASS_LIMITS) -> Iterator[Member]:
    """
    Yield what an archive says it holds; nothing of it is checked.

    Raises:
        SubmissionError: It cannot be read, is none that is opened here, is damaged, or holds more
            entries than the limits allow.
    """
    with _opened(archive, limits) as reader:
        yield from _counted(reader, archive, limits)


def beginning_in(
    archive: Path, name: str, size: int, limits: ArchiveLimits = CLASS_LIMITS
) -> bytes:
    """
    Return the first bytes of one file of an archive, ``size`` at most.

    Raises:
        SubmissionError: As `contents`; or there is no such file.
    """
    with _opened(archive, limits) as reader:
        for member in _counted(reader, archive, limits):
            if member.name == name and member.kind is Kind.FILE and not member.same_as:
                found = bytearray()
                for piece in reader.content():
                    found += piece
                    if len(found) >= size:
                        break
                return bytes(found[:size])
    raise SubmissionError(f"{_label(archive).archive} has no file {entry_shown(name)}")


def extract(
    archive: Path,
    destination: Path,
    limits: ArchiveLimits | None = None,
    *,
    place: Place | None = None,
) -> Extracted:
    """
    Extract an archive, safely.

    Args:
        archive: A file of any name; it is never changed.
        destination: An empty directory of ours, to which nobody else writes. After an error what
            is in it is worth nothing.
        limits: How much it may hold; None: the defaults.
        place: Says of each entry, by the path that the archive gives it, where it goes, below
            another path or nowhere; None: all of them as they are.

    Raises:
        SubmissionError: It cannot be read or is damaged; an entry is not safe, or one too many.
        KernelError: The destination cannot be written.
    """
    limits = limits or ArchiveLimits()
    extraction = Extraction(_label(archive), destination, limits.tree, place or _as_it_is)
    with _opened(archive, limits) as reader:
        for member in _counted(reader, archive, limits):
            extraction.take(member, reader)
    extraction.make_links()
    return Extracted(extraction.files, extraction.size_bytes, extraction.all_notes())


def _as_it_is(path: PurePosixPath) -> PurePosixPath:
    return path


def _label(archive: Path) -> Label:
    return Label(shown(archive.name))


@contextlib.contextmanager
def _opened(archive: Path, limits: ArchiveLimits) -> Iterator[Reader]:
    label = _label(archive)
    fd = open_regular(str(archive), archive)
    try:
        try:
            beginning = os.pread(fd, BLOCK_BYTES, 0)
        except OSError as error:
            raise unreadable(archive, error) from error
        meter = Meter(label, limits.max_ratio, limits.free_bytes, limits.max_unfolded_bytes)
        yield _reader(fd, beginning, label, meter)
    finally:
        os.close(fd)


def _reader(fd: int, beginning: bytes, label: Label, meter: Meter) -> Reader:
    """Tell the format by the content, whatever the file is called."""
    if beginning.startswith(_ZIP_MAGIC):
        return ZipReader(fd, label, meter)
    if is_compressed(beginning) or is_header(beginning) or beginning == bytes(BLOCK_BYTES):
        return TarReader(Stream(fd, label, meter), label)
    advice = "Hand in a .zip or a .tar.gz, or unpack it yourself and name the folder"
    for magic, kind in _FOREIGN_MAGIC:
        if beginning.startswith(magic):
            raise SubmissionError(
                f"{label.archive} is packed with {kind}, which is not opened. {advice}"
            )
    if not beginning:
        raise SubmissionError(f"{label.archive} is an empty file, no archive. {advice}")
    raise SubmissionError(
        f"{label.archive} is called like an archive, but is none: it begins with "
        f"{beginning[:8].hex(' ')}. {advice}"
    )


def _counted(reader: Reader, archive: Path, limits: ArchiveLimits) -> Iterator[Member]:
    for number, member in enumerate(reader.members(), start=1):
        if number > limits.max_entries:
            raise _label(archive).refused(
                member.name,
                f"is one too many: at most {limits.max_entries} entries are allowed",
                "Pack only what belongs to the submission",
            )
        yield member
