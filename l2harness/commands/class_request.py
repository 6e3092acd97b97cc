"""What is asked of the grading of a class, and what that means for its journal."""

from __future__ import annotations

import contextlib
import shlex
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from l2harness.grading.classwork import Standing
from l2harness.grading.draws import draw_seed
from l2harness.grading.journal import Journal
from l2harness.grading.roster import Roster
from l2harness.grading.survey import chosen
from l2harness.labs.lab import Lab
from l2harness.network.entry import WORKSPACE, current_mode
from l2harness.programs.tree import shown
from l2harness.programs.upload import Upload
from l2harness.vm.machine import Hypervisor

#: Words that ``--only`` takes beside names, and what they mean.
_STANDINGS: Final = {"failed": Standing.FAILED, "error": Standing.ERROR}
CHANGED: Final = "changed"
#: So many of the files that are left out are named.
_NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class Request:
    """
    What was asked for.

    Attributes:
        lab: The questions.
        uploads: The class.
        out: The output directory.
        workers: How many submissions to grade at a time, on this machine.
        seed: Of the class; None for that of the journal, or a new one.
        sandboxed: False runs strangers' programs unprotected.
        only: Names, ids and words of ``--only``; empty for all.
        regrade: Whether what is finished is graded again.
        roster: Who should have handed in; None if nobody says.
        cluster: Address of a Dask scheduler; None for this machine.
        command: How to ask for the same again.
        left_out: Files beside submissions that belong to none.
        hypervisor: Boots a virtual machine for each submission; None where this process has
            entered namespaces of its own.
    """

    lab: Lab
    uploads: Sequence[Upload]
    out: Path
    workers: int
    seed: str | None = None
    sandboxed: bool = True
    only: tuple[str, ...] = ()
    regrade: bool = False
    roster: Roster | None = None
    cluster: str | None = None
    command: tuple[str, ...] = ()
    hypervisor: Hypervisor | None = None
    left_out: Sequence[Path] = ()

    def about_left_out(self) -> Iterator[str]:
        """Yield a line about files that nobody is graded for, if there are any."""
        if not self.left_out:
            return
        names = ", ".join(shown(path) for path in self.left_out[:_NAMED])
        more = len(self.left_out) - _NAMED
        yield (
            f"part of no submission, and not graded: {names}"
            + (f" and {more} more" if more > 0 else "")
            + "; what somebody handed in goes into a folder of its own"
        )


def class_seed(request: Request, journal: Journal) -> str:
    """Return the seed of the class: as asked for, as noted, or a new one."""
    return request.seed or journal.about("seed") or draw_seed()


def wish_of(request: Request) -> str:
    """Return what is to be graded although it is finished, in the same words every time."""
    if request.only:
        return f"only {shlex.join(sorted(set(request.only)))}"
    return "all again" if request.regrade else ""


def asked_for(request: Request, journal: Journal) -> list[str]:
    """
    Return the submissions to grade even if they are finished.

    Raises:
        UsageError: There is no submission of a name.
    """
    uploads = request.uploads
    if not request.only:
        return [it.name for it in uploads] if request.regrade else []
    standing = {
        name
        for word, standing in _STANDINGS.items()
        if word in request.only
        for name in journal.with_standing(standing)
    }
    ids = [it for it in request.only if it not in (*_STANDINGS, CHANGED)]
    named = {it.name for it in chosen(ids, uploads)}
    return [it.name for it in uploads if it.name in standing | named]


@contextlib.contextmanager
def scratch_directory() -> Iterator[Path]:
    """Have a directory of ours alone, in memory where that is ours, while the block lasts."""
    inside = WORKSPACE if current_mode() is not None else None
    with tempfile.TemporaryDirectory(prefix="l2harness-", dir=inside) as place:
        yield Path(place)
