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

from l2harness.errors import SubmissionError, TeardownError
from l2harness.grading.schedule import Slot
from l2harness.labs.lab import Lab
from l2harness.labs.stage import Equipment
from l2harness.labs.variants import variant_in, variant_of
from l2harness.network.entry import WORKSPACE, current_mode
from l2harness.network.network import Network
from l2harness.network.uids import outside_uid
from l2harness.network.wire import Budget
from l2harness.programs.build import Built, build
from l2harness.programs.cgroup import Groups
from l2harness.programs.opening import opened, restore_run_bits
from l2harness.programs.recognise import FoundProgram
from l2harness.programs.sandbox import Bubblewrap, NoSandbox, Sandbox
from l2harness.programs.stage import StageLimits
from l2harness.programs.submission import FoundPrograms, find_programs
from l2harness.programs.submission import digest as digest_of
from l2harness.programs.text import decode
from l2harness.programs.upload import Upload, upload_at
from l2harness.programs.workspace import Workspace, scratch_of
from l2harness.topology import ResolvedTopology, resolve

_BUILD_OUTPUT_BYTES: Final = 4_000


@dataclass(frozen=True, slots=True)
class Order:
    """
    What to grade, and how.

    Attributes:
        lab: The questions; where options differ from student to student, with this one's.
        directory: The submission: a directory, an archive or a single file; never written to.
        name: The submission's name in reports.
        seed: Everything random is drawn from it; perhaps with a student's word at its end, see
            `l2harness.labs.variants`.
        sandboxed: False runs strangers' programs unprotected.
        jobs: How many runs to make at a time.
        upload: What is known of the submission from sorting a class's; None: ``directory`` is all
            of it, whatever it is.
    """

    lab: Lab
    directory: Path
    name: str
    seed: str
    sandboxed: bool = True
    jobs: int = 1
    upload: Upload | None = None

    def __post_init__(self) -> None:
        """Draw the options that differ from student to student: the lab is this student's."""
        if self.lab.variants:
            variant = variant_in(self.seed) or variant_of(self.seed, self.name)
            object.__setattr__(self, "lab", self.lab.drawn(variant))

    @property
    def handed_in(self) -> Upload:
        """
        The submission as an upload.

        Raises:
            SubmissionError: There is nothing, or neither a directory nor a regular file.
        """
        return self.upload or upload_at(self.directory, self.name)


@dataclass(frozen=True, slots=True)
class Ready:
    """
    Everything that runs need.

    Attributes:
        equipment: What they share.
        slots: Networks to make them on.
        topology: What the networks were built from.
        digest: Of the submission's files, those of an archive as they came out of it.
        notes: About the submission, for the student.
        built: What make said, if there was something to make.
        protections: What the machine is not protected by, as in reports.
    """

    equipment: Equipment
    slots: list[Slot]
    topology: ResolvedTopology
    digest: str
    notes: Sequence[str]
    built: Built | None
    protections: tuple[str, ...] = ()


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
    uid = outside_uid(current_mode())
    root = Path(WORKSPACE) / f"submission-{os.getpid()}-{random.SystemRandom().getrandbits(48):x}"
    workspace = Workspace(root, uid)
    groups = Groups.here()
    slots: list[Slot] = []
    try:
        sandbox = _sandbox(order, workspace, groups)
        notes, digest = _take_in(order, workspace, root / "opened")
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
            outside_uid=uid,
            interpreters={name: _executed(text) for name, text in order.lab.interpreters.items()},
        )
        yield Ready(
            equipment,
            slots,
            topology,
            digest,
            [*found.notes, *notes],
            built,
            missing_protections(sandboxed=order.sandboxed, counted=groups.limits),
        )
    finally:
        workspace.close()
        groups.close()
        closing.add([slot.network for slot in slots])
        if own:
            closing.wait()


def missing_protections(*, sandboxed: bool, counted: frozenset[str]) -> tuple[str, ...]:
    """
    Return what the machine is not protected by while programs run.

    Args:
        sandboxed: Whether there is a sandbox; without one nothing else matters.
        counted: What control groups limit, of ``memory``, ``pids`` and ``cpu``. What they do not,
            `l2harness.programs.guard` counts by looking, now and then.
    """
    if not sandboxed:
        return ("no-sandbox",)
    return () if {"memory", "pids"} <= counted else ("no-cgroups",)


def _take_in(order: Order, workspace: Workspace, scratch: Path) -> tuple[list[str], str]:
    """Open the submission and stage it; return what there is to say about it, and its digest."""
    with opened(order.handed_in, order.lab.programs, scratch) as upload:
        # Looked at where it lies first: what is wrong there is said with the name the user knows.
        find_programs(upload.tree, order.lab.programs)
        notes = [*upload.notes, *workspace.take_in(upload.tree, StageLimits())]
        named = digest_of(upload.tree)
    if upload.lost_run_bits:
        restore_run_bits(workspace.staged)
    return notes, named


def _sandbox(order: Order, workspace: Workspace, groups: Groups) -> Sandbox:
    if not order.sandboxed:
        return NoSandbox()
    lab = order.lab
    hidden = [lab.folder, lab.code, *lab.bases, order.directory.resolve()]
    visible = {it: workspace.reach(it) for it in _visible(order.lab.interpreters)}
    return Bubblewrap(workspace.machine(visible, hidden), visible, hidden, groups)


def _visible(interpreters: Mapping[str, str]) -> list[Path]:
    """Directories that interpreters outside /usr need, and nothing beside them."""
    homes = [home for text in interpreters.values() if "/" in text for home in _homes(Path(text))]
    return [it for it in dict.fromkeys(homes) if not it.is_relative_to("/usr") and it != Path("/")]


def _homes(program: Path) -> Iterator[Path]:
    """
    Where an interpreter lies with its library; and the environment that it was made for, if any.

    A link from a directory that holds other things as well, such as ~/.local/bin, opens nothing.
    """
    real = program.resolve()
    for path in (program.absolute(), real):
        home = path.parent.parent if path.parent.name == "bin" else path.parent
        if path == real or (home / "pyvenv.cfg").is_file():
            yield home


def _executed(interpreter: str) -> str:
    """Return how to execute an interpreter: by its link only where that makes a difference."""
    path = Path(interpreter)
    if "/" not in interpreter or (path.parent.parent / "pyvenv.cfg").is_file():
        return interpreter
    return str(path.resolve())


def _build(
    order: Order, found: FoundPrograms, sandbox: Sandbox, network: Network, workspace: Workspace
) -> Built:
    assert found.makefile is not None
    limits = order.lab.limits.for_building()
    copy = workspace.throwaway_copy(limits)
    inside = copy / found.root.relative_to(workspace.staged)
    built = build(network, sandbox, inside, scratch_of(copy), found.makefile, limits)
    try:
        workspace.keep(copy, StageLimits(max_bytes=limits.disk_bytes))
    except SubmissionError as error:
        # What cannot be taken in is as good as not built; the student's, like every other fault.
        return Built(built.exit, built.output + f"\nIts result was refused: {error}".encode())
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
