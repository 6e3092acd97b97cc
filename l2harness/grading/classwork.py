"""A whole class: everything that is not graded yet is, and each is kept as soon as it is finished.

Strategy: one loop in one thread. A submission is looked at (`survey`); what the journal does not
know goes to an executor, a few more at a time than it can work on; what comes back is first
written, then entered into the journal. So whatever ends the loop: an entry means that its reports
are there, and what has none is graded again, to the same bytes.

Laws:

- A worker that is lost costs its submission a try, and so does anything else of ours that went
  wrong. After `TRIES` of them it has a result that says so, in which nothing is failed.
- What every submission would meet (a broken lab, a full disk, nobody left to grade) ends the loop;
  what is finished stays.
- Memory does not depend on the size of the class.
"""

from __future__ import annotations

import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, Protocol

from l2harness.errors import L2HarnessError, PrivilegeError, SpecError, SubmissionError, UsageError
from l2harness.grading.equip import Order
from l2harness.grading.journal import Entry, Journal
from l2harness.grading.result import Result
from l2harness.grading.survey import REPORT, Seen, Status, Survey, without_path
from l2harness.grading.ungraded import ungraded
from l2harness.grading.worker import CrewLost
from l2harness.programs.upload import Upload

#: How often a submission is given to a worker before it is left to the instructor.
TRIES: Final = 3
#: What every submission would meet as well.
_FOR_ALL: Final = (CrewLost, PrivilegeError, SpecError, UsageError)
#: How often whoever watches is told what is under way, seconds.
_TOLD_EVERY_S: Final = 1.0


class Standing(StrEnum):
    """What came of a submission, in a word."""

    #: All checks passed.
    PASSED = "passed"
    #: Some did not.
    FAILED = "failed"
    #: Some could not be judged: the instructor has to look.
    ERROR = "error"

    @classmethod
    def of(cls, result: Result) -> Standing:
        """Tell it from a result."""
        if not result.complete:
            return cls.ERROR
        return cls.PASSED if all(it.verdict == "pass" for it in result.checks) else cls.FAILED


@dataclass(frozen=True, slots=True)
class Graded:
    """
    A finished submission, as a worker sends it.

    Attributes:
        files: Its reports by name, `REPORT` among them.
        digest: Of what was graded.
        standing: What came of it.
        outcome: The same in a few words, as in ``91.5 of 100 points``.
        summary: What the class's documents are made from.
        doubt: Why it may be another result another time: what of ours went wrong, or of the
            machine's; empty for nothing.
    """

    files: Mapping[str, bytes]
    digest: str
    standing: Standing
    outcome: str
    summary: bytes
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Crew:
    """
    Who grades.

    Attributes:
        executor: Calls ``grade`` elsewhere.
        size: Says how many submissions it can work on at a time, which may change.
        grade: Grades one; a function of a module, which workers find by its name.
    """

    executor: Executor
    size: Callable[[], int]
    grade: Callable[[Order], Graded]


@dataclass(frozen=True, slots=True)
class Desk:
    """
    What is done with a finished submission here.

    Attributes:
        draw: Makes its reports where no worker could.
        keep: Writes files into the directory of that name, all of them whole, in that order.
        count_in: Is given what has been entered into the journal.
    """

    draw: Callable[[Result], Graded]
    keep: Callable[[str, Mapping[str, bytes]], None]
    count_in: Callable[[Entry], None]


class ClassWatch(Protocol):
    """Who is told how far it is."""

    def known(self, name: str) -> None:
        """The submission has been graded before, as it is."""

    def under_way(self, names: Sequence[str]) -> None:
        """These are being graded; told whenever that changes, and every second."""

    def tried(self, name: str, tries: int, why: str) -> None:
        """So many times now it could not be graded; it is tried again."""

    def finished(self, name: str, graded: Graded, wall_s: float, problem: str) -> None:
        """Its reports have been written. A problem says why it could not be graded."""


@dataclass(slots=True)
class _Try:
    """A submission that is with the crew."""

    seen: Seen
    number: int
    begun_s: float


class Classwork:
    """
    The grading of a class.

    Args:
        survey: Looks at submissions.
        journal: Where what is finished is entered.
        crew: Who grades.
        desk: What is done with what comes back.
        watch: Who is told.
    """

    def __init__(
        self, survey: Survey, journal: Journal, crew: Crew, desk: Desk, watch: ClassWatch
    ) -> None:
        self._survey = survey
        self._journal = journal
        self._crew = crew
        self._desk = desk
        self._watch = watch
        self._tries: dict[Future[Graded], _Try] = {}

    def grade(self, uploads: Iterable[Upload], *, only: frozenset[Status] | None = None) -> None:
        """
        Grade what has not been graded yet.

        Args:
            uploads: The class, or a part of it.
            only: Leave out what has another status; None leaves out what is finished.

        Raises:
            PrivilegeError, SpecError, UsageError, CrewLost: What every submission would meet.
            KernelError: The disk is full or fails.
            KeyboardInterrupt: The user's. Whoever has the executor ends it.
        """
        wanted = frozenset(Status) - {Status.FINISHED} if only is None else only
        waiting = deque(uploads)
        while waiting or self._tries:
            while waiting and len(self._tries) < 2 * max(1, self._crew.size()):
                self._begin(waiting.popleft(), wanted)
            self._tell()
            done, _ = wait(self._tries, _TOLD_EVERY_S, FIRST_COMPLETED)
            for future in done:
                self._take(future, self._tries.pop(future))

    def _begin(self, upload: Upload, wanted: frozenset[Status]) -> None:
        seen = self._survey.look(upload)
        if seen.status not in wanted:
            self._watch.known(upload.name)
        elif seen.status is Status.UNREADABLE:
            self._give_up(seen, seen.detail, time.monotonic())
        else:
            self._submit(_Try(seen, 1, time.monotonic()))

    def _submit(self, it: _Try) -> None:
        self._tries[self._crew.executor.submit(self._crew.grade, it.seen.order)] = it

    def _tell(self) -> None:
        """What was given first is worked on first."""
        first = sorted(self._tries.values(), key=lambda it: it.begun_s)[: self._crew.size()]
        self._watch.under_way([it.seen.order.name for it in first])

    def _take(self, future: Future[Graded], it: _Try) -> None:
        order = it.seen.order
        try:
            graded = future.result()
        except _FOR_ALL:
            raise
        except SubmissionError as error:
            self._give_up(it.seen, without_path(error, order), it.begun_s)
        except L2HarnessError as error:
            why = without_path(error, order)
            if not self._tried_again(it, why):
                self._give_up(it.seen, f"{why} (tried {it.number} times)", it.begun_s)
        else:
            if not graded.doubt or not self._tried_again(it, graded.doubt):
                self._finish(it.seen, graded, it.begun_s)

    def _tried_again(self, it: _Try, why: str) -> bool:
        """Give a submission to a worker once more, unless that has been done often enough."""
        if it.number >= TRIES:
            return False
        self._watch.tried(it.seen.order.name, it.number, why)
        self._submit(replace(it, number=it.number + 1))
        return True

    def _give_up(self, seen: Seen, problem: str, begun_s: float) -> None:
        """Leave a submission to the instructor."""
        result = ungraded(seen.order, problem)
        named = "" if seen.status is Status.UNREADABLE else seen.key.submission
        handed_in = replace(result.submission, digest=named)
        graded = self._desk.draw(replace(result, submission=handed_in))
        self._finish(seen, graded, begun_s, problem)

    def _finish(self, seen: Seen, graded: Graded, begun_s: float, problem: str = "") -> None:
        name = seen.order.name
        others = {file: data for file, data in graded.files.items() if file != REPORT}
        report = graded.files[REPORT]
        self._desk.keep(name, {**others, REPORT: report})
        # What was graded may not be what was seen, if somebody wrote to it in between.
        key = replace(seen.key, submission=graded.digest) if graded.digest else seen.key
        named = f"sha256:{hashlib.sha256(report).hexdigest()}"
        entry = Entry(name, key, graded.standing, named, graded.summary)
        self._journal.add(entry)
        self._desk.count_in(entry)
        self._watch.finished(name, graded, time.monotonic() - begun_s, problem)
