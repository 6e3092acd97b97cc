"""What an archive says it holds, before anything of it is believed, and how a refusal is worded.

Strategy: the readers of zip and tar turn bytes into `Member`; nothing is judged here but the form.
Whether a name may become a file is the business of `archive_names`, and of `archives` the rest.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from l2harness.errors import SubmissionError
from l2harness.programs.tree import Kind, shown

#: Of an entry's name, in characters: PATH_MAX. More is looked at by nobody.
LONGEST_NAME: Final = 4_096
#: Of a name in a message.
_LONGEST_SHOWN: Final = 120


@dataclass(frozen=True, slots=True)
class Member:
    """
    One entry of an archive, as it is written there.

    Attributes:
        name: Its path; may be anything.
        kind: What it is to become.
        size_bytes: Of its content, as far as the archive says.
        mode: Permission bits; None where the archive knows none, as one made on Windows.
        mtime_s: Time of the last change in seconds since 1970; never negative.
        target: Text of a symbolic link; None where it is the content, as in a zip archive.
        same_as: For a second name of a file, the name of the entry that has the content.
    """

    name: str
    kind: Kind
    size_bytes: int = 0
    mode: int | None = None
    mtime_s: int = 0
    target: str | None = None
    same_as: str = ""


class Reader(Protocol):
    """One archive, read once from its beginning to its end."""

    def members(self) -> Iterator[Member]:
        """
        Yield its entries in their order.

        Raises:
            SubmissionError: It is damaged, cut off, or holds more than the limits allow.
        """

    def content(self) -> Iterator[bytes]:
        """
        Yield the content of the member that `members` yielded last, in pieces, at most once.

        Raises:
            SubmissionError: It is damaged, cut off, encrypted or packed in an unknown way.
        """


@dataclass(frozen=True, slots=True)
class Label:
    """
    What to call an archive in messages.

    Attributes:
        archive: Its name, fit to be shown.
    """

    archive: str

    def damaged(self, problem: str) -> SubmissionError:
        """Say that the archive as a whole cannot be read."""
        return SubmissionError(
            f"{self.archive} is damaged or cut off: {problem}. Pack the files again, and hand in "
            "the new archive"
        )

    def expect_bounded(self, name: str) -> None:
        """
        Refuse a name that is too long to be looked at.

        Raises:
            SubmissionError: It is.
        """
        if len(name) > LONGEST_NAME:
            raise self.refused(name, "has too long a name", "Give it a shorter one")

    def refused(self, name: str, problem: str, remedy: str = "") -> SubmissionError:
        """Say that one entry is not extracted, and so nothing is."""
        advice = remedy or "Pack the files again without it"
        return SubmissionError(
            f"{self.archive}: the entry {entry_shown(name)} {problem}. {advice}"
        )


def entry_shown(name: str) -> str:
    """Return an entry's name fit for a message: nothing in it does anything, and it is short."""
    cut = name[:_LONGEST_SHOWN]
    return f"“{shown(cut)}{'…' if cut != name else ''}”"
