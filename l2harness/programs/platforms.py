"""How learning platforms name what they hand out: whose it is, and what its author called it.

Strategy: names only, no file is touched. Moodle, Canvas and Gradescope each have one way to name
the uploads of a class in the archive that an instructor downloads; a name either has that form or
it is nobody's. What a student is called there is kept as it stands.

Source: Moodle, mod/assign/classes/downloader.php; Canvas LMS, lib/content_zipper.rb and
app/models/attachment.rb (make_unique_filename); Gradescope, "Download Submissions".
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: ``Jane Doe_123_assignsubmission_file``, a folder, in older versions with ``_`` at its end; or,
#: where the teacher does not want folders, a file, with its own name behind. A group without a
#: name has no number; underscores in names have become blanks.
_MOODLE: Final = re.compile(
    r"(?P<who>[^_]+)(?:_(?P<id>\d+))?_assignsubmission_(?P<plugin>[a-z]+)(?:_(?P<file>.*))?",
    re.DOTALL,
)
_MOODLE_FILES: Final = "file"
#: ``doejane_LATE_123_456_pyng.zip``: letters and digits of the name, the user's number, the
#: file's, its name. Where grading is anonymous ``anon_`` and a word for the name and the number.
_CANVAS: Final = re.compile(
    r"(?:(?!LATE_)(?P<who>\w+?)_)?(?P<late>LATE_)?(?:anon_(?P<anon>[A-Za-z0-9]+)|(?P<id>\d+))"
    r"_(?P<upload>\d{1,30})_(?P<file>.+)",
    re.DOTALL,
)
#: A student's text or link, where no file was asked for.
_CANVAS_TEXT: Final = re.compile(
    r"(?:(?!LATE_)(?P<who>\w+?)_)?(?P<late>LATE_)?(?:anon_(?P<anon>[A-Za-z0-9]+)|(?P<id>\d+))"
    r"_(?P<file>(?:text|link)\.html)"
)
#: What Canvas adds to the name of a file that its author has handed in before.
_CANVAS_AGAIN: Final = re.compile(r"(?P<stem>.+)-(?P<number>[1-9]\d{0,3})", re.DOTALL)
_GRADESCOPE: Final = re.compile(r"submission_\d+")


@dataclass(frozen=True, slots=True)
class Handed:
    """
    One file or folder among those that a platform hands out.

    Attributes:
        owner: The same for all that one student, or one group, has handed in; names it in reports.
        student: What the platform calls its author; None if it does not say.
        student_id: The platform's number for the author; None if it does not say.
        file: What its author called it; empty for a folder that holds what was handed in.
        age: The greater, the newer, of files that their author called the same.
        renamed: Whether the platform calls it something else because it was not the first.
        late: Whether the platform says that it came late.
        main: Whether it is what was handed in, not a text that goes with it.
    """

    owner: str
    student: str | None
    student_id: str | None
    file: str
    age: tuple[int, int] = (0, 0)
    renamed: bool = False
    late: bool = False
    main: bool = True


def read_name(name: str) -> Handed | None:
    """Read the name of something at the top of a download; None if no platform names it so."""
    if found := _MOODLE.fullmatch(name):
        owner = "_".join(filter(None, found.group("who", "id")))
        main = found["plugin"] == _MOODLE_FILES
        return Handed(owner, found["who"], found["id"], found["file"] or "", main=main)
    if found := _CANVAS.fullmatch(name) or _CANVAS_TEXT.fullmatch(name):
        number = f"anon_{found['anon']}" if found["anon"] else found["id"]
        file, again = _first_name(found["file"])
        main = found.re is _CANVAS
        return Handed(
            "_".join(filter(None, (found["who"], number))),
            found["who"],
            found["anon"] or found["id"],
            file,
            (again, int(found["upload"]) if main else 0),
            renamed=again > 0,
            late=found["late"] is not None,
            main=main,
        )
    return None


def is_gradescope_folder(name: str) -> bool:
    """Whether Gradescope names a submission so."""
    return _GRADESCOPE.fullmatch(name) is not None


def _first_name(file: str) -> tuple[str, int]:
    """
    Undo what Canvas does to the name of a file that is handed in a second time.

    Returns:
        The name that its author gave it, and which try it is: ``pyng-1.tar.gz`` gives
        ``("pyng.tar.gz", 1)``. A name that is not numbered is try 0.
    """
    stem, *suffixes = file.split(".")
    found = _CANVAS_AGAIN.fullmatch(stem)
    if not found:
        return file, 0
    return ".".join((found["stem"], *suffixes)), int(found["number"])
