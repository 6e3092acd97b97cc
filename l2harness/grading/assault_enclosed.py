"""The hostile corpus in virtual machines: each submission with the reference beside it in one.

Strategy: the hidden command ``attack-enclosed`` does in a machine what `assault` does here, and
its findings come out as JSON. A machine that comes to nothing contained nothing that we know of.
"""

from __future__ import annotations

import contextlib
import json
import pickle
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Final

import msgspec

from l2harness.grading.assault import Assault, assault
from l2harness.grading.enclosed import environment_in, read_by
from l2harness.grading.equip import Order
from l2harness.grading.parcels import Parcel, packed, unpacked
from l2harness.labs.hostiles import Hostile
from l2harness.labs.lab import Lab
from l2harness.labs.mutants import reference_of
from l2harness.vm.machine import JOB, RESULTS, Command, Hypervisor, MachineLost, run

#: The command that attacks inside, as `l2harness.cli` knows it.
COMMAND: Final = "attack-enclosed"
#: A file of the job: what to do. And of the results: what became of it.
TASK: Final = "assault.pickle"
FINDINGS: Final = "assault.json"
_WANTED: Final = {FINDINGS: 1 << 20}
#: Three gradings and all limits of one, in the slowest machine that is no hanging one; seconds.
_LIMIT_S: Final = 1800.0


def assault_enclosed(
    lab: Lab, corpus: Iterable[Hostile], seed: str, hypervisor: Hypervisor
) -> Iterator[Assault]:
    """
    Have hostile submissions graded, each in a machine of its own, and yield what became of them.

    Args:
        lab: The corpus is for.
        corpus: What to grade.
        seed: To draw from.
        hypervisor: What to boot the machines with.

    Raises:
        KernelError: A machine cannot be started.
    """
    for hostile in corpus:
        yield _attacked(lab, hostile, seed, hypervisor)


def _attacked(lab: Lab, hostile: Hostile, seed: str, hypervisor: Hypervisor) -> Assault:
    command = Command(
        (sys.executable, "-m", "l2harness", COMMAND),
        environment=environment_in(hypervisor),
        reads=read_by(lab, hypervisor),
        job={TASK: task_for(lab, hostile, seed, hypervisor)},
    )
    try:
        done = run(hypervisor, command, limit_s=_LIMIT_S, wanted=_WANTED)
        if done.status != 0 or FINDINGS not in done.files:
            raise MachineLost(f"the audit in it ended with status {done.status}", done.console)
        return msgspec.json.decode(done.files[FINDINGS], type=Assault)
    except (MachineLost, msgspec.DecodeError) as error:
        return Assault(hostile.name, hostile.title, surprises=(str(error).replace("\n", " · "),))


def task_for(lab: Lab, hostile: Hostile, seed: str, hypervisor: Hypervisor) -> bytes:
    """Return what to do, with the lab's files for a machine that does not see ours."""
    if hypervisor.sees_files:
        return pickle.dumps((lab, hostile, seed))
    order = Order(lab, reference_of(lab), "reference", seed)
    with tempfile.TemporaryDirectory(prefix="l2harness-") as place:
        return pickle.dumps((packed(order, Path(place, "scratch")), hostile, seed))


def answer(job: Path = Path(JOB), results: Path = Path(RESULTS)) -> None:
    """
    Do, in the machine and in namespaces of our own, what the job says.

    Raises:
        L2HarnessError: As `assault`.
    """
    given, hostile, seed = pickle.loads((job / TASK).read_bytes())
    with contextlib.ExitStack() as stack:
        if isinstance(given, Parcel):
            given = stack.enter_context(unpacked(given, job.parent / "received")).lab
        [outcome] = assault(given, [hostile], seed)
    (results / FINDINGS).write_text(json.dumps(asdict(outcome)))
