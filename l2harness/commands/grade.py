"""``l2harness grade``: many submissions, for whoever has to give grades."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from l2harness.commands.options import (
    A_PATH,
    backend_option,
    enter_backend,
    expect_current_directory,
    expect_uncovered,
    lab_option,
    name_of,
    no_sandbox_option,
    seed_option,
)
from l2harness.commands.output import detail
from l2harness.commands.voice import expect_log_outside, voice_options
from l2harness.errors import UsageError

if TYPE_CHECKING:
    from l2harness.vm.machine import Hypervisor

#: What lies in the output directory beside the submissions' folders.
_OUR_FILES: Final = frozenset(
    {"gradebook.csv", "class.html", "class.json", "journal.db", "journal.lock"}
    | {"journal.db-wal", "journal.db-shm", "journal.db-journal"}
)


@click.command(short_help="Grade many submissions: reports and a gradebook.")
@click.argument("paths", metavar="UPLOADS...", type=A_PATH, nargs=-1, required=True)
@click.option(
    "--out",
    metavar="OUT",
    type=A_PATH,
    required=True,
    help="Where the reports go: OUT/NAME/report.html, .json, .md and .xml (JUnit), "
    "OUT/NAME/evidence.pcapng for Wireshark, OUT/gradebook.csv, and about the whole class "
    "OUT/class.html and .json.",
)
@lab_option
@seed_option
@no_sandbox_option
@backend_option
@voice_options
@click.option(
    "--jobs",
    metavar="N",
    type=click.IntRange(min=1),
    help="How many submissions to grade at a time; by default one for each core.",
)
@click.option(
    "--cluster",
    metavar="tcp://HOST:8786",
    help="Grade on the workers of this Dask scheduler; needs l2harness[cluster].",
)
@click.option(
    "--only",
    metavar="ID|failed|error|changed",
    multiple=True,
    help="Grade these alone, even if they are finished: a submission's name or a student's id; "
    "all that failed a check; all that need you; all that have changed since. May be given again.",
)
@click.option(
    "--regrade",
    is_flag=True,
    help="Grade what is finished as well, and show who gained or lost how much through which "
    "check.",
)
@click.option(
    "--roster",
    metavar="STUDENTS.csv",
    type=A_PATH,
    help="Columns id, name and email: who should have handed in.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be graded and why, and do nothing.")
def grade(
    paths: tuple[Path, ...],
    out: Path,
    lab_name: str,
    seed: str | None,
    sandboxed: bool,
    backend: str | None,
    jobs: int | None,
    cluster: str | None,
    only: tuple[str, ...],
    regrade: bool,
    roster: Path | None,
    dry_run: bool,
) -> int:
    """
    Grade every submission in UPLOADS...

    Each is a directory, an archive (.zip, .tar, .tar.gz, .tar.xz, .tar.bz2) or a file. What holds
    a program of the lab, itself or in its only folder, is a submission, as is a directory with
    neither folders nor archives in it; of any other each folder and each archive is one. What
    Moodle, Canvas or Gradescope hand out for a class is understood, unpacked or not.

    Each report is written as soon as it is finished, and what is finished is not graded again: the
    same command goes on where it was interrupted, by whatever. A submission that has changed is
    graded, and so is everybody when the lab, l2harness or the seed has. Each submission has a seed
    of its own, from the class's and its name. What cannot be graded gets no points and no zero,
    but stands in the gradebook as needing the instructor.

    \b
    Examples:
      l2harness grade uploads --out results
      l2harness grade moodle.zip --out results         as it was downloaded
      l2harness grade uploads --out results --dry-run  what is still to be done
      l2harness grade uploads --out results --only miller
      l2harness grade uploads --out results --regrade  after the lab was mended
      l2harness grade uploads --out results --cluster tcp://host:8786

    Ctrl-C ends within a second; the reports and the gradebook of what was finished are kept.

    Exit status: 0 all checks of all submissions passed, 1 some did not, 2 an upload, OUT or an
    option is no good, 3 something needs the instructor, or this machine cannot run labs (see
    `l2harness doctor`), or a cluster has gone, 130 interrupted.
    """
    from l2harness.grading.files import Owner, open_output
    from l2harness.grading.lock import Lock
    from l2harness.grading.roster import read_roster
    from l2harness.labs.lab import find_lab
    from l2harness.programs.uploads import sort_out

    expect_current_directory()
    if cluster is not None and jobs is not None:
        raise UsageError("--jobs is about this machine; on a cluster its workers say how many")
    if cluster is not None and backend is not None:
        raise UsageError("--backend is about this machine; the workers of a cluster choose theirs")
    known = read_roster(roster) if roster is not None else None
    lab = find_lab(lab_name)
    sorted_out = sort_out(paths, lab.programs)
    uploads = sorted_out.uploads
    _expect_names([upload.name for upload in uploads])
    places = list(dict.fromkeys(upload.path for upload in uploads))
    _expect_outside(out, paths)
    expect_log_outside(*places)
    expect_uncovered(out)
    hypervisor: Hypervisor | None = None
    with ExitStack() as stack:
        if not dry_run:
            with open_output(out, submissions=places, owner=Owner.behind_sudo()) as directory:
                # Inside our namespaces this process would have another number.
                stack.enter_context(Lock.take(directory.path, owner=Owner.behind_sudo()))
            if cluster is None:
                hypervisor = enter_backend(backend, out, *places)
                detail(f"mode {name_of(hypervisor)}, lab in {lab.folder}")
        from l2harness.commands.class_request import Request

        request = Request(
            lab,
            uploads,
            out,
            workers=jobs or _cores(),
            seed=seed,
            sandboxed=sandboxed,
            only=only,
            regrade=regrade,
            roster=known,
            cluster=cluster,
            hypervisor=hypervisor,
            left_out=sorted_out.left_out,
            command=_again(paths, out, lab_name, cluster, roster, backend, sandboxed=sandboxed),
        )
        if dry_run:
            from l2harness.commands.class_plan import show_plan

            return show_plan(request)
        from l2harness.commands.classroom import grade_class

        return grade_class(request)


def _cores() -> int:
    """How many cores this process may use."""
    return max(1, len(os.sched_getaffinity(0)))


def _again(
    paths: Sequence[Path],
    out: Path,
    lab_name: str,
    cluster: str | None,
    roster: Path | None,
    backend: str | None,
    *,
    sandboxed: bool,
) -> tuple[str, ...]:
    """
    The command that goes on with what was interrupted.

    Nothing that the journal knows: the seed, and what was to be graded again.
    """
    options = ["--out", str(out), "--lab", lab_name]
    if cluster is not None:
        options += ["--cluster", cluster]
    if roster is not None:
        options += ["--roster", str(roster)]
    if backend is not None:
        options += ["--backend", backend]
    if not sandboxed:
        options.append("--no-sandbox")
    return ("l2harness", "grade", *map(str, paths), *options)


def _expect_names(names: Sequence[str]) -> None:
    """
    Refuse a submission whose folder of results would be where one of our files goes.

    Raises:
        UsageError: Says which.
    """
    if taken := sorted(_OUR_FILES.intersection(names)):
        raise UsageError(
            f"a submission is called {taken[0]}, as a file of the results is: rename its directory"
        )


def _expect_outside(out: Path, paths: Sequence[Path]) -> None:
    """
    Refuse results among submissions, where the next grading would take them for one.

    Raises:
        UsageError: Says which directory is meant.
    """
    from l2harness.programs.tree import shown

    for path in paths:
        if out.resolve().is_relative_to(path.resolve()):
            raise UsageError(
                f"{shown(out)} lies inside {shown(path)}, which is graded. Name a directory "
                "outside of it for the results."
            )
