"""Looking at submissions where they lie: which have been graded as they are, and which have not.

Strategy: what would decide a submission's result (`Key`) is put together before anything is run,
and compared with the journal's newest entry. A submission whose reports are not on the disk any
more, or not as they were written, counts as not graded.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Final

from l2harness import __version__
from l2harness.errors import SubmissionError, UsageError
from l2harness.grading.draws import seed_of_student
from l2harness.grading.equip import Order
from l2harness.grading.journal import Entry, Journal, Key
from l2harness.labs.lab import Lab
from l2harness.programs.opening import opened
from l2harness.programs.submission import digest, find_programs
from l2harness.programs.tree import shown
from l2harness.programs.upload import Upload

#: The report whose digest an entry has; it is written last, so that it stands for the others.
REPORT: Final = "report.json"
#: Submissions that are named where somebody asked for none of them.
_NAMED: Final = 3
_READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC


class Status(StrEnum):
    """What is known of a submission before it is graded."""

    #: It has been graded as it is now.
    FINISHED = "finished"
    #: It has never been graded.
    NEW = "new"
    #: It, the lab, l2harness or the seed is another one since.
    CHANGED = "changed"
    #: Its reports are not what was written.
    LOST = "reports lost"
    #: Somebody asked for it.
    AGAIN = "again"
    #: It cannot be opened, so there is nothing to run.
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Seen:
    """
    A submission that has been looked at.

    Attributes:
        order: To grade it.
        key: What decides its result.
        status: What is known of it.
        detail: What has changed, or why it cannot be opened; may be empty.
    """

    order: Order
    key: Key
    status: Status
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Terms:
    """
    How a class is graded; the same for everybody.

    Attributes:
        lab: The questions.
        seed: Of the class.
        sandboxed: False runs strangers' programs unprotected.
        jobs: How many runs of one submission to make at a time.
    """

    lab: Lab
    seed: str
    sandboxed: bool = True
    jobs: int = 1

    def order_for(self, upload: Upload) -> Order:
        """Return the order to grade a submission, with a seed of its own."""
        return Order(
            self.lab,
            upload.path,
            upload.name,
            seed_of_student(self.lab, self.seed, upload.name, upload.student),
            sandboxed=self.sandboxed,
            jobs=self.jobs,
            upload=upload,
        )


class Survey:
    """
    Looks at submissions.

    Args:
        terms: How the class is graded.
        journal: Of the output directory.
        out: The output directory.
        scratch: A directory that does not exist, for what has to be unpacked; of ours alone.
    """

    def __init__(self, terms: Terms, journal: Journal, out: Path, scratch: Path) -> None:
        self._terms = terms
        self._journal = journal
        self._out = out
        self._scratch = scratch
        self._lab_digest = terms.lab.digest()

    def look(self, upload: Upload) -> Seen:
        """
        Look at one submission.

        Raises:
            UsageError, KernelError: The journal, or the scratch directory.
        """
        order = self._terms.order_for(upload)
        wanted = order.lab.programs
        try:
            with opened(upload, wanted, self._scratch) as files:
                # What is wrong here is said in the words that whoever grades it would use.
                find_programs(files.tree, wanted)
                key = self._key(order, digest(files.tree))
        except SubmissionError as error:
            problem = without_path(error, order)
            seen = self._compared(order, self._key(order, f"unreadable: {problem}"))
            if seen.status is Status.FINISHED:
                return seen
            return replace(seen, status=Status.UNREADABLE, detail=problem)
        return self._compared(order, key)

    def _compared(self, order: Order, key: Key) -> Seen:
        """Find out what the journal knows of a submission that would be graded by this key."""
        if self._journal.is_due_again(order.name):
            return Seen(order, key, Status.AGAIN)
        entry = self._journal.newest(order.name)
        if entry is None:
            return Seen(order, key, Status.NEW)
        if changed := list(_changes(entry.key, key)):
            return Seen(order, key, Status.CHANGED, ", ".join(changed))
        if self._written(entry) != entry.report:
            return Seen(order, key, Status.LOST)
        return Seen(order, key, Status.FINISHED)

    def _key(self, order: Order, submission: str) -> Key:
        protections = "" if order.sandboxed else "no-sandbox"
        return Key(submission, self._lab_digest, __version__, order.seed, protections)

    def _written(self, entry: Entry) -> str:
        """Digest of the report that lies on the disk; empty for none."""
        with contextlib.suppress(OSError):
            fd = os.open(self._out / entry.name / REPORT, _READ)
            with open(fd, "rb") as file:
                return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        return ""


def _changes(before: Key, now: Key) -> Iterable[str]:
    """In words, what is not as it was."""
    if before.submission != now.submission:
        yield "its files"
    if before.lab != now.lab:
        yield "the lab"
    if before.harness != now.harness:
        yield f"l2harness {before.harness}"
    if before.seed != now.seed:
        yield "the seed"
    if before.protections != now.protections:
        yield "the sandbox"


def without_path(error: Exception, order: Order) -> str:
    """What an error says, without the place on this machine, which is no part of a report."""
    return str(error).replace(shown(order.directory), shown(order.name))


def chosen(ids: Collection[str], uploads: Sequence[Upload]) -> list[Upload]:
    """
    Return the submissions with these ids: names, or the learning platform's ids of students.

    Raises:
        UsageError: There is none with one of them; names the nearest.
    """
    found: dict[str, Upload] = {}
    for wanted in ids:
        its = [it for it in uploads if wanted in (it.name, it.student_id)]
        if not its:
            from difflib import get_close_matches

            near = get_close_matches(wanted, [it.name for it in uploads], n=1)
            some = ", ".join(shown(it.name) for it in uploads[:_NAMED])
            hint = f"did you mean {shown(near[0])}?" if near else f"the first are {some}"
            raise UsageError(f"there is no submission {shown(wanted)}; {hint}")
        found |= {it.name: it for it in its}
    return [it for it in uploads if it.name in found]
