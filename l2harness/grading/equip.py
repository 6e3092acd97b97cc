"""Getting everything ready for the runs of one submission, and taking it all away again.

Stage the submission, build it where it has a Makefile, find its programs, resolve the topology
from the seed, and bring up as many equal networks as runs may be made at a time.
"""

from __future__ import annotations

import contextlib
import os
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from l2harness.errors import TeardownError
from l2harness.grading.schedule import Slot
from l2harness.labs.lab import Lab
from l2harness.labs.stage import Equipment
from l2harness.network.entry import WORKSPACE, Mode, current_mode
from l2harness.network.network import Network
from l2harness.network.wire import Budget
from l2harness.programs.build import Built, build
from l2harness.programs.recognise import FoundProgram
from l2harness.programs.sandbox import Bubblewrap, NoSandbox, Sandbox
from l2harness.programs.stage import StageLimits
from l2harness.programs.submission import FoundPrograms, find_programs
from l2harness.programs.text import decode
from l2harness.programs.workspace import Workspace
from l2harness.topology import ResolvedTopology, resolve

_FIRST_FREE_UID: Final = 1_000_000
_BUILD_OUTPUT_BYTES: Final = 4_000


@dataclass(frozen=True, slots=True)
class Order:
    """
    What to grade, and how.

    Attributes:
        lab: The questions.
        directory: The submission; never written to.
        name: The submission's name in reports.
        seed: Everything random is drawn from it.
        sandboxed: False runs strangers' programs unprotected.
        jobs: How many runs to make at a time.
    """

    lab: Lab
    directory: Path
    name: str
    seed: str
    sandboxed: bool = True
    jobs: int = 1


@dataclass(frozen=True, slots=True)
class Ready:
    """
    Everything that runs need.

    Attributes:
        equipment: What they share.
        slots: Networks to make them on.
        topology: What the networks were built from.
        notes: About the submission, for the student.
        built: What make said, if there was something to make.
    """

    equipment: Equipment
    slots: list[Slot]
    topology: ResolvedTopology
    notes: Sequence[str]
    built: Built | None


class Closing:
    """Networks that are being taken down beside what follows."""

    def __init__(self) -> None:
        self._networks: list[Network] = []

    def add(self, networks: Iterable[Network]) -> None:
        """Begin to close networks; of those before, forget what is gone."""
        self._networks = [it for it in self._networks if not it.gone]
        for network in networks:
            network.close(wait=False)
            self._networks.append(network)

    def wait(self) -> None:
        """Wait until all are gone. Raises TeardownError with everything that went wrong."""
        errors: list[BaseException] = []
        for network in self._networks:
            try:
                network.closed()
            except TeardownError as error:
                errors += error.errors
        self._networks.clear()
        if errors:
            raise TeardownError(errors)


@contextlib.contextmanager
def equipped(order: Order, closing: Closing | None = None) -> Iterator[Ready]:
    """
    Get ready for one submission; on leaving nothing of it is left.

    Args:
        order: What to grade.
        closing: Takes the networks down beside what follows, for the kernel takes a grace period
            over every socket; the caller waits for it. None waits here.

    Raises:
        SubmissionError: It cannot be opened, or is not safe to.
        KernelError, PrivilegeError, SandboxError: The machine's or ours.
    """
    own = closing is None
    closing = closing or Closing()
    uid = _outside_uid(current_mode())
    root = Path(WORKSPACE) / f"submission-{os.getpid()}-{random.SystemRandom().getrandbits(48):x}"
    workspace = Workspace(root, uid)
    slots: list[Slot] = []
    try:
        sandbox = _sandbox(order, workspace)
        # Looked at where it lies first: what is wrong there is said with the name the user knows.
        find_programs(order.directory, order.lab.programs)
        notes = list(workspace.take_in(order.directory, StageLimits()))
        topology = resolve(order.lab.topology, order.seed)
        limits = order.lab.limits
        budget = Budget(limits.frames, limits.frame_bytes)
        for _ in range(order.jobs):
            slots.append(Slot(Network.hold(topology, outside_uid=uid), budget, workspace))
        found = find_programs(workspace.staged, order.lab.programs)
        built: Built | None = None
        if found.makefile is not None:
            slots[0].bring_up()
            built = _build(order, found, sandbox, slots[0].network, workspace)
            found = _after_build(
                find_programs(workspace.staged, order.lab.programs, built=True), built
            )
        _give_run_bits(found)
        for program in found.programs:
            notes += program.notes
        equipment = Equipment(
            workspace=workspace,
            sandbox=sandbox,
            found=found,
            folder=found.root.relative_to(workspace.staged),
            limits=order.lab.limits,
            options=order.lab.options,
            seed=order.seed,
            as_root=uid != 0,
            interpreters=order.lab.interpreters,
        )
        yield Ready(equipment, slots, topology, [*found.notes, *notes], built)
    finally:
        workspace.close()
        closing.add([slot.network for slot in slots])
        if own:
            closing.wait()


def _sandbox(order: Order, workspace: Workspace) -> Sandbox:
    if not order.sandboxed:
        return NoSandbox()
    return Bubblewrap(workspace.etc, _visible(order.lab.interpreters))


def _visible(interpreters: Mapping[str, str]) -> list[Path]:
    """Directories that an interpreter outside /usr needs: its own, and the one it links to."""
    found: list[Path] = []
    for text in interpreters.values():
        for path in (Path(text).absolute(), Path(text).resolve()):
            home = path.parent.parent
            if not home.is_relative_to("/usr") and home != Path("/") and home not in found:
                found.append(home)
    return found


def _outside_uid(mode: Mode | None) -> int:
    """
    Choose who strangers' programs are to the machine.

    As root, a uid that belongs to nobody, of those that exist in the harness's user namespace
    (in a container there may be few); without root there is only the caller's own, seen as 0.
    """
    if mode != "root":
        return 0
    ranges = []
    for line in Path("/proc/self/uid_map").read_text().splitlines():
        inside, _, count = (int(word) for word in line.split())
        ranges.append((inside, inside + count))
    first, end = max(ranges, key=lambda it: it[1] - it[0])
    low = _FIRST_FREE_UID if end > 2 * _FIRST_FREE_UID else max(first, end - 5_000)
    if end - low < 2:
        return 0
    return random.SystemRandom().randrange(low, min(end - 1, 2**31))


def _build(
    order: Order, found: FoundPrograms, sandbox: Sandbox, network: Network, workspace: Workspace
) -> Built:
    assert found.makefile is not None
    copy = workspace.throwaway_copy(order.lab.limits)
    inside = copy / found.root.relative_to(workspace.staged)
    built = build(network, sandbox, inside, found.makefile, order.lab.limits)
    workspace.keep(copy)
    return built


def _after_build(found: FoundPrograms, built: Built) -> FoundPrograms:
    """A program that is missing after make failed is missing because of that."""
    if built.exit.succeeded:
        return found
    said = decode(built.output, _BUILD_OUTPUT_BYTES).strip()

    def explained(program: FoundProgram) -> FoundProgram:
        if program.path is not None:
            return program
        problem = f"make {built.exit}, and made no {program.name}. It said: {said}"
        return replace(program, problem=problem)

    notes = (*found.notes, f"make {built.exit}: {said}")
    return replace(found, programs=tuple(map(explained, found.programs)), notes=notes)


def _give_run_bits(found: FoundPrograms) -> None:
    for program in found.programs:
        if program.needs_run_bit and program.path is not None:
            path = found.root / program.path
            path.chmod(path.stat().st_mode | 0o111)
