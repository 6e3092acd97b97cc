"""Which names of an archive's entries may become files: plain relative ones that nobody confuses.

Strategy: refuse, never mend. A name that would have to be changed before it is safe was made to be
misread by somebody, or by a broken tool; its author can pack again.

Laws:

- What passes lies below the directory it is extracted to on every system, not only on this one:
  ``C:\\x`` and ``..\\x`` are refused here, too.
- No two names that pass are one name on a system that ignores case, or the form in which Unicode
  writes an accent. So what a student sees at home is what is graded here.

Source: APPNOTE.TXT 6.3.10 (PKWARE), 4.4.17 (no drive, no leading slash, forward slashes);
UAX #15 and Unicode 15.0, 3.13, D145 (canonical caseless matching).
"""

from __future__ import annotations

import os
import re
import unicodedata
from pathlib import PurePosixPath
from typing import Final

from l2harness.programs.stage import StageLimits
from l2harness.programs.tree import Kind, shown

_DRIVE: Final = re.compile(r"[A-Za-z]:")
#: Well below PATH_MAX (4096), to leave room for the directory that it is extracted to.
_LONGEST_PATH_BYTES: Final = 2_048


def problem_of(name: str, path: PurePosixPath, limits: StageLimits) -> str | None:
    """
    Say what is wrong with an entry's name, as the end of a sentence that begins with it.

    Args:
        name: As the archive has it.
        path: Where it is to be extracted to; may be a part of the name.
        limits: How deep and how long it may be.

    Returns:
        The problem; None if there is none.
    """
    if any(unicodedata.category(letter) == "Cc" for letter in name):
        return "has a control character in its name"
    if "\\" in name:
        return "has a backslash in its name, which is a folder to some systems and not to others"
    if name.startswith("/") or path.is_absolute():
        return "is an absolute path"
    if _DRIVE.match(name):
        return "begins with the letter of a drive"
    if ".." in PurePosixPath(name).parts or ".." in path.parts:
        return "leads upwards with “..”"
    return _too_long(path, limits)


def _too_long(path: PurePosixPath, limits: StageLimits) -> str | None:
    if len(path.parts) - 1 > limits.max_depth:
        return f"lies too deep: at most {limits.max_depth} folders inside each other are allowed"
    try:
        lengths = [len(os.fsencode(part)) for part in path.parts]
    except UnicodeEncodeError:
        return "has a name that this machine's character set cannot write"
    if max(lengths, default=0) > limits.max_name_bytes:
        return f"has too long a name: at most {limits.max_name_bytes} bytes are allowed"
    if sum(lengths) + len(lengths) > _LONGEST_PATH_BYTES:
        return f"has too long a path: at most {_LONGEST_PATH_BYTES} bytes are allowed"
    return None


class TakenNames:
    """What has been extracted so far, by names that are equal wherever case is ignored."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, ...], tuple[str, Kind]] = {}

    def kind_of(self, path: PurePosixPath) -> Kind | None:
        """Return what was extracted to exactly this path; None if nothing was."""
        name, kind = self._taken.get(_folded(path.parts), ("", None))
        return kind if name == str(path) else None

    def take(self, path: PurePosixPath, kind: Kind) -> tuple[list[PurePosixPath], str | None]:
        """
        Take a path, and the folders above it.

        Args:
            path: One that `problem_of` lets pass, not empty.
            kind: What is to be extracted there.

        Returns:
            What is new, folders first; and the problem where there is one, as of `problem_of`.
            Nothing of a folder that is there already is new.
        """
        new: list[PurePosixPath] = []
        key = _folded(path.parts)
        for depth in range(1, len(key) + 1):
            step = PurePosixPath(*path.parts[:depth])
            last = depth == len(key)
            wanted = kind if last else Kind.DIRECTORY
            there = self._taken.get(key[:depth])
            if there is None:
                self._taken[key[:depth]] = (str(step), wanted)
                new.append(step)
            elif problem := _clash(step, wanted, *there, last=last):
                return new, problem
        return new, None


def _clash(step: PurePosixPath, wanted: Kind, name: str, kind: Kind, *, last: bool) -> str | None:
    if str(step) != name:
        return (
            "has the same name as another one, apart from case or accents: "
            f"{shown(step.name)} and {shown(PurePosixPath(name).name)}"
        )
    if wanted is kind is Kind.DIRECTORY:
        return None
    if not last:
        return f"lies in {shown(step.name)}, which is a {kind.value} in this archive"
    return "is in the archive twice"


def _folded(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the same for names that differ only in case or in how accents are written."""
    return tuple(
        unicodedata.normalize("NFD", unicodedata.normalize("NFD", part).casefold())
        for part in parts
    )
