"""Grading a submission in a virtual machine of its own, and what comes back from there.

Strategy: the order goes in as this process has it, and the hidden command ``grade-enclosed``
grades it in the machine as it would be graded here. What comes out is the canonical report and a
capture, which are read like files from a stranger; every other report is drawn here.

Laws:

- What the machine says is no proof of anything but of itself: a report that is not of this order
  is refused, and nothing that was written there is executed here.
- A machine that comes to nothing is a fault of ours: it costs the submission no point.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from l2harness.errors import L2HarnessError, PrivilegeError, SubmissionError, UsageError
from l2harness.grading.equip import Order
from l2harness.grading.parcels import Parcel, packed, unpacked
from l2harness.labs.lab import Lab
from l2harness.network.entry import MACHINE_VARIABLE
from l2harness.network.loop import PACE_VARIABLE
from l2harness.vm.machine import (
    JOB,
    Cancel,
    Command,
    Finished,
    Hypervisor,
    MachineLost,
    run,
)

#: The command that grades inside, as `l2harness.cli` knows it.
COMMAND: Final = "grade-enclosed"
#: Files of the job, and of the results.
ORDER: Final = "order.pickle"
PARCEL: Final = "parcel.pickle"
REPORT: Final = "report.json"
CAPTURE: Final = "evidence.pcapng"
REFUSAL: Final = "refusal.json"
#: The largest of each that are taken, bytes. A run's frames and outputs are bounded far below it.
_WANTED: Final = {REPORT: 64 << 20, CAPTURE: 256 << 20, REFUSAL: 64 << 10}

_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """
    What came out of a machine.

    Attributes:
        report: A `report.json`, not read yet.
        capture: Every frame, as a pcapng file; None if there is none.
    """

    report: bytes
    capture: bytes | None


def grade_enclosed(
    order: Order,
    hypervisor: Hypervisor,
    *,
    limit_s: float,
    only: Iterable[str] = (),
    cancel: Cancel | None = None,
) -> Enclosed:
    """
    Grade one submission in a virtual machine.

    Args:
        order: What to grade.
        hypervisor: What to boot the machine with.
        limit_s: How long it might take here, seconds; the machine is given more.
        only: Ids of the checks to ask; see `l2harness.grading.session.Grading`.
        cancel: Ends it early.

    Raises:
        SubmissionError, UsageError, PrivilegeError: As `l2harness.grading.session.grade`, inside.
        MachineLost: The machine came to nothing.
        Cancelled: By ``cancel``.
        KernelError: It cannot be started.
        L2HarnessError: What else went wrong inside.
    """
    command = Command(
        (sys.executable, "-m", "l2harness", COMMAND),
        environment=environment_in(hypervisor),
        reads=[
            *([order.handed_in.path] if hypervisor.sees_files else []),
            *read_by(order.lab, hypervisor),
        ],
        job=_job(order, frozenset(only), hypervisor),
    )
    limit_s *= hypervisor.slower
    done = run(hypervisor, command, limit_s=limit_s, wanted=_WANTED, cancel=cancel)
    if REFUSAL in done.files:
        raise _refusal(done)
    report = done.files.get(REPORT)
    if done.status != 0 or report is None:
        what = f"the grading in the virtual machine ended with status {done.status}"
        raise MachineLost(what, done.console)
    return Enclosed(report, done.files.get(CAPTURE))


def open_order(job: Path = Path(JOB)) -> tuple[Order, frozenset[str]]:
    """Return, in the machine, what is to be graded, and which checks are to be asked."""
    order, only = pickle.loads((job / ORDER).read_bytes())
    assert isinstance(order, Order)
    return order, only


@contextlib.contextmanager
def received(job: Path = Path(JOB)) -> Iterator[tuple[Order, frozenset[str]]]:
    """
    Have, in the machine, what is to be graded lie there, with which checks are to be asked.

    Raises:
        UsageError, KernelError: As `l2harness.grading.parcels.unpacked`.
    """
    if (job / PARCEL).is_file():
        parcel, only = pickle.loads((job / PARCEL).read_bytes())
        assert isinstance(parcel, Parcel)
        with unpacked(parcel, job.parent / "received") as order:
            yield order, only
    else:
        yield open_order(job)


def _job(order: Order, only: frozenset[str], hypervisor: Hypervisor) -> dict[str, bytes]:
    """Return the order for a machine that sees our files, or with them for one that does not."""
    if hypervisor.sees_files:
        return {ORDER: pickle.dumps((order, only))}
    with tempfile.TemporaryDirectory(prefix="l2harness-") as place:
        parcel = packed(order, Path(place, "scratch"))
    return {PARCEL: pickle.dumps((parcel, only))}


def refusal_of(error: L2HarnessError) -> bytes:
    """Return, in the machine, an error as the file that `grade_enclosed` raises it from."""
    parts = [error.missing, error.remedy] if isinstance(error, PrivilegeError) else [str(error)]
    kinds = (PrivilegeError, SubmissionError, UsageError)
    name = next((it.__name__ for it in kinds if isinstance(error, it)), "L2HarnessError")
    # A SpecError is the user's to mend, as a UsageError is.
    if name == "L2HarnessError" and error.exit_code == UsageError.exit_code:
        name = UsageError.__name__
    return json.dumps({"kind": name, "parts": parts}).encode()


def _refusal(done: Finished) -> L2HarnessError:
    try:
        document = json.loads(done.files[REFUSAL])
        kind, parts = document["kind"], [str(part) for part in document["parts"]]
        if kind == PrivilegeError.__name__:
            return PrivilegeError(parts[0], parts[1])
        known = {it.__name__: it for it in (SubmissionError, UsageError, L2HarnessError)}
        return known[kind](parts[0])
    except (ValueError, TypeError, KeyError, IndexError):
        return MachineLost("the virtual machine did not say what went wrong", done.console)


def environment_in(hypervisor: Hypervisor) -> dict[str, str]:
    """Return the environment of a command of ours in a machine, where it measures its pace."""
    return {
        "PATH": _PATH,
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
        MACHINE_VARIABLE: hypervisor.mode,
        PACE_VARIABLE: "measure",
    }


def read_by(lab: Lab, hypervisor: Hypervisor) -> list[Path]:
    """Return what gradings read of the host: the lab where it is seen, students' interpreters."""
    homes = [Path(text) for text in lab.interpreters.values() if "/" in text]
    homes += [path.resolve() for path in homes]
    homes = [it.parent.parent if it.parent.name == "bin" else it for it in homes]
    seen = [lab.folder, lab.code] if hypervisor.sees_files else []
    return [*seen, *(it for it in homes if it != Path("/"))]
