"""What ``grade`` does with a class: from the journal to the gradebook.

Importing this module imports everything that grading takes, so import it there and not before.

Laws:

- Whatever ends it, what is finished stays, and the gradebook says it. Whoever can go on is told
  the command.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from l2harness.commands.books import Books
from l2harness.commands.class_request import (
    CHANGED,
    Request,
    asked_for,
    class_seed,
    scratch_directory,
    wish_of,
)
from l2harness.commands.class_watch import ClassLine
from l2harness.commands.crews import cluster_crew, local_crew, machine_crew
from l2harness.commands.github import announce
from l2harness.commands.output import Interrupted, show, tell
from l2harness.commands.progress import copy_of, is_live
from l2harness.commands.regraded import differences_to_terminal
from l2harness.commands.work import drawn, result_in
from l2harness.errors import L2HarnessError, UsageError
from l2harness.grading.classwork import Classwork, Crew, Desk
from l2harness.grading.files import OutputDirectory, Owner, open_output
from l2harness.grading.journal import Entry, Journal, open_journal
from l2harness.grading.regrade import difference, ordered
from l2harness.grading.result import exit_code
from l2harness.grading.roster import Roll
from l2harness.grading.survey import Status, Survey, Terms
from l2harness.programs.tree import shown
from l2harness.reports.overview import overview_to_terminal
from l2harness.reports.screen import Screen
from l2harness.reports.summary import plural

_NAMED: Final = 8


def grade_class(request: Request) -> int:
    """
    Grade a class, or what is left of it.

    Returns:
        The exit status.

    Raises:
        Interrupted: By the user; says what is kept, and how to go on.
        CrewLost, PrivilegeError, SpecError, UsageError, KernelError: What every submission would
            meet; before it is raised, what is kept has been said.
    """
    places = list(dict.fromkeys(upload.path for upload in request.uploads))
    owner = Owner.behind_sudo()
    with contextlib.ExitStack() as stack:
        out = stack.enter_context(open_output(request.out, submissions=places, owner=owner))
        scratch = stack.enter_context(scratch_directory())
        # Workers are forked, so they are made before there are threads and open databases.
        crew = stack.enter_context(_crew(request, scratch))
        journal = stack.enter_context(open_journal(out.path, owner=owner))
        return _Classroom(request, journal, out, crew, scratch).grade()


class _Classroom:
    """One round of grading a class."""

    def __init__(
        self,
        request: Request,
        journal: Journal,
        out: OutputDirectory,
        crew: Crew,
        scratch: Path,
    ) -> None:
        self._request = request
        self._journal = journal
        self._out = out
        self._crew = crew
        self._scratch = scratch
        self._names = [upload.name for upload in request.uploads]
        self._roll = request.roster.call(request.uploads) if request.roster else None
        missing = self._roll.missing if self._roll is not None else ()
        self._books = Books(out.path, self._names, [it.name or it.id for it in missing])

    def grade(self) -> int:
        """See `grade_class`."""
        request = self._request
        seed = class_seed(request, self._journal)
        self._note(seed)
        self._sweep()
        wish = wish_of(request)
        if self._journal.begin_round(wish, asked_for(request, self._journal)) and not wish:
            tell("going on with what was interrupted")
        tell(
            f"lab {request.lab.name}, {plural(len(self._names), 'submission')}, seed {seed}, "
            + (f"cluster {request.cluster}" if request.cluster else f"{request.workers} at a time")
        )
        for line in request.about_left_out():
            tell(line)
        if not request.sandboxed:
            tell("no sandbox: this machine is not protected from the programs")
        for name in self._names:
            if (entry := self._journal.newest(name)) is not None:
                self._books.add(name, entry.summary)
        terms = Terms(request.lab, seed, sandboxed=request.sandboxed)
        self._work(Survey(terms, self._journal, self._out.path, self._scratch / "survey"))
        self._books.write()
        self._show_differences()
        self._journal.end_round()
        results = self._books.results
        show(lambda screen: overview_to_terminal(results, screen))
        self._tell_of_roll()
        if missing := len(self._names) - len(results):
            tell(f"{plural(missing, 'submission')} not graded yet")
        tell(f"reports, class.html and gradebook.csv are in {shown(request.out)}")
        announce(results)
        return exit_code(results)

    def _note(self, seed: str) -> None:
        """Note what the directory is about, and see that it is about nothing else."""
        lab = self._journal.about("lab")
        if lab not in (None, self._request.lab.name):
            raise UsageError(
                f"{shown(self._out.path)} holds the results of lab {shown(lab or '')}; name "
                f"another directory for those of {self._request.lab.name}"
            )
        before = self._journal.about("seed")
        if before not in (None, seed):
            tell(f"seed {seed} instead of {before}: everybody is graded again")
        self._journal.note("lab", self._request.lab.name)
        self._journal.note("seed", seed)

    def _sweep(self) -> None:
        """Take away what a kill has left of files that were being written."""
        self._out.sweep()
        there = set(os.listdir(self._out.path))
        for name in there.intersection(self._names):
            with contextlib.suppress(UsageError), self._out.directory(name) as directory:
                directory.sweep()

    def _work(self, survey: Survey) -> None:
        """Grade, and show how far it is; whatever ends it early, close the books."""
        uploads = self._request.uploads
        with copy_of(sys.stderr) as stream:
            line = ClassLine(len(uploads), stream, Screen.of(sys.stderr), live=is_live())
            desk = Desk(drawn, self._keep, self._count_in)
            classwork = Classwork(survey, self._journal, self._crew, desk, line)
            try:
                if not self._request.only:
                    classwork.grade(uploads)
                else:
                    due = {it.name for it in uploads if self._journal.is_due_again(it.name)}
                    classwork.grade([it for it in uploads if it.name in due])
                    if CHANGED in self._request.only:
                        others = [it for it in uploads if it.name not in due]
                        classwork.grade(others, only=frozenset({Status.CHANGED}))
            except KeyboardInterrupt as interrupt:
                # Somebody who is impatient presses it again: what is finished is kept even so.
                signal.signal(signal.SIGINT, signal.SIG_IGN)
                line.clear()
                raise Interrupted(f"interrupted; {self._stop_early()}") from interrupt
            except L2HarnessError:
                line.clear()
                tell(self._stop_early())
                raise
            finally:
                line.clear()

    def _keep(self, name: str, files: Mapping[str, bytes]) -> None:
        with self._out.directory(name) as directory:
            for file, data in files.items():
                directory.write(file, data)

    def _count_in(self, entry: Entry) -> None:
        self._books.add(entry.name, entry.summary)
        self._books.write_if_due()

    def _stop_early(self) -> str:
        """End the crew, write the gradebook of what there is, and say how to go on."""
        self._crew.executor.shutdown(cancel_futures=True)
        with contextlib.suppress(L2HarnessError):  # of a full disk has been told already
            self._books.write()
        finished = len(self._books.results)
        kept = (
            f"{finished} of {plural(len(self._names), 'submission')} finished; their reports and "
            f"the gradebook are in {shown(self._request.out)}"
        )
        if not finished:
            kept = "nothing was finished"
        return f"{kept}. To go on: {shlex.join(self._request.command)}"

    def _show_differences(self) -> None:
        found = []
        compared = 0
        for name in self._names:
            before, after = self._journal.before(name), self._journal.newest(name)
            if before is None or after is None or before == after:
                continue
            compared += 1
            if it := difference(result_in(before.summary), result_in(after.summary)):
                found.append(it)
        if found or (compared and self._request.regrade):
            text = ordered(found)
            show(lambda screen: differences_to_terminal(text, compared, screen))

    def _tell_of_roll(self) -> None:
        if self._roll is None:
            return
        for line in _told(self._roll):
            tell(line)


def _told(roll: Roll) -> Iterator[str]:
    if roll.missing:
        who = _some([it.name or it.id for it in roll.missing])
        yield f"{plural(len(roll.missing), 'student')} handed in nothing: {who}"
    if roll.strangers:
        who = _some(roll.strangers)
        yield f"{plural(len(roll.strangers), 'submission')} of nobody on the roster: {who}"
    for id, names in roll.several.items():
        yield f"{shown(id)} handed in {len(names)} times: {_some(names)}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(map(shown, names[:_NAMED])) + (f" and {more} more" if more > 0 else "")


def _crew(request: Request, scratch: Path) -> contextlib.AbstractContextManager[Crew]:
    if request.cluster is not None:
        return cluster_crew(request.cluster, request.lab, scratch / "parcel")
    if request.hypervisor is not None:
        return machine_crew(request.workers, request.hypervisor)
    return local_crew(request.workers, request.lab)
