"""Finding the programs of a lab among the files of a student, and naming the files as a whole.

Strategy: read only, and little: names, and the first bytes of what could be a program. Be generous
about how a program is handed in (an extension, a forgotten run bit, a folder around everything)
and say so in a note that costs nothing; be exact about why one cannot start.

No link is followed out of the submission, and nothing but regular files is opened; see `tree`.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from l2harness.errors import SubmissionError
from l2harness.programs.recognise import HEAD_BYTES, INTERPRETERS, MISSING, FoundProgram, recognise
from l2harness.programs.tree import (
    CLUTTER,
    Kind,
    open_regular,
    resolve_inside,
    shown,
    unreadable,
    walk,
)

_COMPILED: Final = (".c", ".cc", ".cpp", ".cxx", ".go", ".rs", ".zig")
#: In the order in which make looks for them; GNU make manual, section 3.2.
MAKEFILES: Final = ("GNUmakefile", "makefile", "Makefile")

_MAKEFILE_BYTES: Final = 65_536
_LISTED: Final = 100_000
_NAMES_IN_A_MESSAGE: Final = 8
_WRAPPERS: Final = 3


@dataclass(frozen=True, slots=True)
class FoundPrograms:
    """
    What a submission holds of the programs of a lab.

    Attributes:
        root: The directory that the programs lie in and are started in.
        makefile: Name of the Makefile in it; None if there is none.
        programs: One for each that was asked for, in that order.
        notes: About the submission as a whole, in sentences.
    """

    root: Path
    makefile: str | None
    programs: tuple[FoundProgram, ...]
    notes: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> FoundProgram:
        """Return the program that the lab calls ``name``; KeyError if it was not asked for."""
        for program in self.programs:
            if program.name == name:
                return program
        raise KeyError(name)


def find_programs(
    directory: Path, wanted: Collection[str], *, built: bool = False
) -> FoundPrograms:
    """
    Find the programs of a lab in a submission.

    Args:
        directory: The submission.
        wanted: Names of the programs, as in ``("pyng", "pyngd")``.
        built: Whether make has run: what is missing now will not come.

    Raises:
        SubmissionError: There is no such directory, it is empty or it cannot be read, or the file
            of a program cannot be read.
    """
    _expect_directory(directory)
    if not listing_of(directory):
        raise SubmissionError(f"{shown(directory)} is empty; hand it in again")
    root = _root(directory, wanted)
    listing = listing_of(root)
    makefile = next((name for name in MAKEFILES if listing.get(name) is Kind.FILE), None)
    programs = tuple(
        _find(name, root, listing, to_be_built=makefile is not None and not built)
        for name in wanted
    )
    notes: tuple[str, ...] = ()
    if root != directory:
        notes = (f"everything lies in the folder {shown(root.relative_to(directory))}",)
    return FoundPrograms(root, makefile, programs, notes)


def digest(directory: Path) -> str:
    """
    Name a tree by its content: paths, kinds, run bits, links, and what the files hold.

    Two trees with the same digest are graded the same; times and owners do not count. FIFOs,
    devices and sockets count by their path and kind. What `tree.CLUTTER` names does not count.

    Returns:
        ``sha256:`` and 64 hex digits.

    Raises:
        SubmissionError: Something cannot be read.
    """
    whole = hashlib.sha256()
    for entry in walk(directory):
        content = b""
        if entry.kind is Kind.FILE:
            with os.fdopen(entry.open(), "rb") as file:
                content = hashlib.file_digest(file, "sha256").digest()
        elif entry.kind is Kind.LINK:
            content = os.fsencode(entry.target())
        run = b"x" if entry.kind is Kind.FILE and entry.has_run_bit else b"-"
        # Each part with its length: no two different trees can give the same bytes.
        for part in (entry.kind.value.encode(), run, os.fsencode(entry.path), content):
            whole.update(len(part).to_bytes(8, "big") + part)
    return f"sha256:{whole.hexdigest()}"


def _expect_directory(path: Path) -> None:
    try:
        mode = os.stat(path).st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SubmissionError(
            f"there is no directory {shown(path)}: see how it is spelt, and where you are"
        ) from error
    except OSError as error:
        raise unreadable(path, error) from error
    if not stat.S_ISDIR(mode):
        raise SubmissionError(
            f"{shown(path)} is a file; give the directory that holds the programs"
        )


def listing_of(directory: Path) -> dict[str, Kind]:
    """Return what a directory holds, sorted, without clutter."""
    try:
        with os.scandir(directory) as entries:
            kinds = {
                entry.name: Kind.of(entry.stat(follow_symlinks=False).st_mode)
                for entry in islice(entries, _LISTED + 1)
                if entry.name not in CLUTTER
            }
    except OSError as error:
        raise unreadable(directory, error) from error
    if len(kinds) > _LISTED:
        raise SubmissionError(
            f"{shown(directory)} holds more than {_LISTED} files. Name the directory that holds "
            "the programs"
        )
    return dict(sorted(kinds.items()))


def folders_in(listing: Mapping[str, Kind]) -> list[str]:
    """Return the folders that could hold programs: not hidden ones, not what Python leaves."""
    return [
        name
        for name, kind in listing.items()
        if kind is Kind.DIRECTORY and not name.startswith(".") and name != "__pycache__"
    ]


def _root(directory: Path, wanted: Collection[str]) -> Path:
    """Return the directory to start programs in, inside the folders that archives put around."""
    level = directory
    for _ in range(1 + _WRAPPERS):
        listing = listing_of(level)
        if _holds(level, listing, wanted):
            return level
        folders = folders_in(listing)
        if len(folders) != 1:
            break
        level = level / folders[0]
    # No program anywhere: show what lies inside the folders that have nothing beside them.
    level = directory
    while len(listing := listing_of(level)) == 1 and (folders := folders_in(listing)):
        level = level / folders[0]
    return level


def holds_program(
    listing: Mapping[str, Kind], wanted: Collection[str], read: Callable[[str, int], bytes]
) -> bool:
    """
    Whether a directory holds a program, or a Makefile that names one.

    Args:
        listing: What lies in it.
        wanted: Names of the lab's programs.
        read: Returns the beginning of a file in it: its name, and how many bytes at most.

    Raises:
        SubmissionError: What ``read`` raises.
    """
    if any(_candidates(name, listing) for name in wanted):
        return True
    words = "|".join(re.escape(name) for name in wanted)
    mentioned = re.compile(rf"(?<![\w.-])(?:{words})(?![\w-])".encode())
    return any(
        mentioned.search(read(name, _MAKEFILE_BYTES)) is not None
        for name in MAKEFILES
        if listing.get(name) is Kind.FILE
    )


def _holds(directory: Path, listing: Mapping[str, Kind], wanted: Collection[str]) -> bool:
    return holds_program(listing, wanted, lambda name, size: beginning(directory / name, size))


def _candidates(name: str, listing: Mapping[str, Kind]) -> list[str]:
    """Return the files that could be the program, the best first."""
    return [
        name + extension
        for extension in ("", *INTERPRETERS)
        if listing.get(name + extension) in (Kind.FILE, Kind.LINK)
    ]


def _find(
    name: str, root: Path, listing: Mapping[str, Kind], *, to_be_built: bool
) -> FoundProgram:
    candidates = _candidates(name, listing)
    if not candidates:
        if to_be_built:
            return FoundProgram(name, PurePosixPath(name), to_be_built=True)
        return FoundProgram(name, problem=_why_missing(name, listing), misconceptions=(MISSING,))
    path = PurePosixPath(candidates[0])
    target = resolve_inside(root, path)
    if target is None:
        return FoundProgram(
            name,
            problem=f"{shown(path)} is a link that leads out of the submission",
            misconceptions=(MISSING,),
        )
    try:
        mode = os.lstat(root / target).st_mode
    except (FileNotFoundError, NotADirectoryError):
        if to_be_built:
            return FoundProgram(name, path, to_be_built=True)
        mode = 0
    except OSError as error:
        raise unreadable(root / target, error) from error
    if not stat.S_ISREG(mode):
        is_no = "does not exist" if mode == 0 else "is no file"
        return FoundProgram(
            name,
            problem=f"{shown(path)} is a link to {shown(target)}, which {is_no}",
            misconceptions=(MISSING,),
        )
    program = recognise(
        name,
        path,
        beginning(root / target, HEAD_BYTES),
        has_run_bit=bool(mode & 0o111),
        machine=os.uname().machine,
    )
    if path.name == name:
        return program
    return replace(program, notes=(f"{shown(path)} was taken for {name}", *program.notes))


def _why_missing(name: str, listing: Mapping[str, Kind]) -> str:
    if name in listing:
        return f"{name} is a {listing[name].value}, not a program"
    for source in (name + extension for extension in _COMPILED):
        if listing.get(source) is Kind.FILE:
            return f"{source} has to be compiled: add a Makefile that builds {name}"
    files = [other for other, kind in listing.items() if kind is not Kind.DIRECTORY]
    if not files:
        return f"no file named {name}; there are no files at all"
    sentence = f"no file named {name}; found: {', '.join(map(shown, files[:_NAMES_IN_A_MESSAGE]))}"
    if len(files) > _NAMES_IN_A_MESSAGE:
        sentence += f" and {len(files) - _NAMES_IN_A_MESSAGE} more"
    nearest = _nearest(name, files)
    return f"{sentence}. Is {shown(nearest)} meant?" if nearest else sentence


def _nearest(name: str, files: Iterable[str]) -> str | None:
    """Return the file whose name, but for case and extension, looks most like ``name``."""
    from difflib import get_close_matches

    stems: dict[str, str] = {}
    for file in files:
        stems.setdefault(file.lower().split(".")[0], file)
    matches = get_close_matches(name.lower(), stems, n=1)
    return stems[matches[0]] if matches else None


def beginning(path: Path, size: int) -> bytes:
    """
    Return the first bytes of a regular file, ``size`` at most.

    Raises:
        SubmissionError: It is none, or cannot be read.
    """
    fd = open_regular(str(path), path)
    try:
        return os.read(fd, size)
    except OSError as error:
        raise unreadable(path, error) from error
    finally:
        os.close(fd)
