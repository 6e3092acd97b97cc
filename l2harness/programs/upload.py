"""One submission as it was handed in: whose it is, and where it lies, not opened yet."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from l2harness.errors import SubmissionError
from l2harness.programs.archives import is_archive, stem_of
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
