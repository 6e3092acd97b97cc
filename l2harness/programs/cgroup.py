"""Control groups for strangers' programs: memory, processes, and a fair share of the CPUs.

Every program gets a group of its own, in a directory that belongs to one run of the harness. Its
sandbox is born there, or is put there before it executes the program, so that nothing it starts is
ever outside. Version 2, version 1 or neither may be there, as `l2harness.network.cgroups` finds
them; what is missing is left to resource limits and to `l2harness.programs.guard`.

Moving a process makes the kernel wait for a grace period of its own, some 20 ms. Only a thread
that moves itself is spared that, and only version 1 lets a single thread go: there the thread that
starts a program goes into the group, and back when it has.

Laws:

- The harness itself stays where it is: it may share its group with whoever started it.
- A group is the one thing of the harness that survives a SIGKILL. So the directory of a run is
  locked (flock(2)) while the run lasts, and whoever comes later takes away what nobody locks.
- A group that cannot be made costs a protection, never a grade; `Groups.limits` says which there
  are.

Source: cgroups(7), Documentation/admin-guide/cgroup-v2.rst, …/cgroup-v1/memory.rst.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final, Self

from l2harness.network.cgroups import Hierarchy, hierarchies
from l2harness.programs.limits import Limits

_PREFIX: Final = "l2harness-"
_CONTROLLERS: Final = ("memory", "pids", "cpu")
#: Of the sandbox, its init is in the group; and what started that, where it was born there.
_PROCESSES_OF_THE_SANDBOX: Final = 2
#: File that says whether the kernel has killed for want of memory, in version 1 and 2.
_KILLS: Final = {1: "memory.oom_control", 2: "memory.events"}


@dataclass(frozen=True, slots=True)
class _Place:
    """
    The directory of one run of the harness, in one tree of control groups.

    Attributes:
        version: 1 or 2.
        directory: In which the programs' groups are made.
        limits: What groups made there can limit.
        lock: Descriptor that holds the lock.
        home: The group of the harness itself, if its threads can leave it and come back.
    """

    version: int
    directory: Path
    limits: frozenset[str]
    lock: int
    home: Path | None


class Groups:
    """
    The groups of one run of the harness. Used by several threads at a time.

    Args:
        found: Trees of control groups, as `hierarchies` returns them.
    """

    def __init__(self, found: Iterable[Hierarchy]) -> None:
        self._places: list[_Place] = []
        missing = set(_CONTROLLERS)
        for hierarchy in sorted(found, key=lambda it: -it.version):
            wanted = missing & (hierarchy.controllers or missing)
            if wanted and (place := _make_place(hierarchy, frozenset(wanted))) is not None:
                self._places.append(place)
                missing -= place.limits

    @classmethod
    def here(cls) -> Self:
        """Return the groups that this process may make, perhaps none."""
        mounts = Path("/proc/self/mountinfo").read_text(errors="replace")
        groups = Path("/proc/self/cgroup").read_text(errors="replace")
        return cls(hierarchies(mounts, groups))

    @property
    def limits(self) -> frozenset[str]:
        """Of ``memory``, ``pids`` and ``cpu`` those that the groups can limit."""
        return frozenset(name for place in self._places for name in place.limits)

    def group(self, limits: Limits) -> Group:
        """Make a group for one program; what cannot be set is left out."""
        name = secrets.token_hex(6)
        made: list[tuple[_Place, Path]] = []
        for place in self._places:
            directory = place.directory / name
            with contextlib.suppress(OSError):
                directory.mkdir()
                made.append((place, directory))
                _set_limits(directory, place, limits)
        limited = {name: directory for place, directory in made for name in place.limits}
        directories = {directory: place for place, directory in made}
        return Group(directories, limited.get("memory"), limited.get("pids"))

    def close(self) -> None:
        """Take the run's directories away. Groups in which something lives are left to a sweep."""
        while self._places:
            place = self._places.pop()
            _remove_run(place.directory)
            os.close(place.lock)


@dataclass(slots=True)
class Group:
    """
    The group of one program: a directory in each tree that has something to limit.

    Attributes:
        directories: With the directory of the run that each lies in.
        memory: The one in which memory is limited; None if it is not.
        pids: The one in which processes are counted; None if they are not.
    """

    directories: dict[Path, _Place]
    memory: Path | None
    pids: Path | None
    _joined: set[Path] = field(default_factory=set)
    _sandbox_processes: int = 1

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Keep the calling thread in the group for the block: what it starts is born there."""
        homes: list[Path] = []
        try:
            for directory, place in self.directories.items():
                if place.home is not None:
                    with contextlib.suppress(OSError):
                        _put(f"{directory}/tasks", "0")
                        homes.append(place.home)
                        self._joined.add(directory)
            yield
        finally:
            for home in homes:
                _put(f"{home}/tasks", "0")
        if self.pids in self._joined:
            self._sandbox_processes = _PROCESSES_OF_THE_SANDBOX

    def join(self, pid: int) -> None:
        """Put a process into the group, as far as it was not born there."""
        for directory in self.directories.keys() - self._joined:
            with contextlib.suppress(OSError):
                _put(f"{directory}/cgroup.procs", str(pid))
                self._joined.add(directory)
        if self.memory not in self._joined:
            self.memory = None
        if self.pids not in self._joined:
            self.pids = None

    @property
    def counts(self) -> bool:
        """Whether the kernel counts memory and processes."""
        return self.memory is not None and self.pids is not None

    def processes(self) -> int:
        """Return how many processes and threads it holds, without the sandbox's own."""
        if self.pids is not None:
            with contextlib.suppress(OSError):
                return int(_content(f"{self.pids}/pids.current")) - self._sandbox_processes
        return 0

    def ran_out_of_memory(self) -> bool:
        """Whether the kernel has killed a process of the group because of its memory limit."""
        if self.memory is None:
            return False
        with contextlib.suppress(OSError):
            kills = _KILLS[self.directories[self.memory].version]
            lines = _content(f"{self.memory}/{kills}").splitlines()
            counts = dict(line.split() for line in lines)
            return int(counts.get(b"oom_kill", 0)) > 0
        return False

    def remove(self) -> bool:
        """Take the group away, once all in it have ended. Returns whether it is gone."""
        for directory in list(self.directories):
            with contextlib.suppress(OSError):
                directory.rmdir()
            if not directory.exists():
                del self.directories[directory]
        return not self.directories


def _put(path: str, text: str) -> None:
    """Write a file of a control group; the kernel takes it as a whole."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o644)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _content(path: str) -> bytes:
    """Read a short file of a control group, many times a second, hence without ceremony."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, 4096)
    finally:
        os.close(fd)


def stale() -> list[Path]:
    """Return directories that killed runs of ours have left and that nobody has swept yet."""
    mounts = Path("/proc/self/mountinfo").read_text(errors="replace")
    groups = Path("/proc/self/cgroup").read_text(errors="replace")
    found: list[Path] = []
    for parent in {it for tree in hierarchies(mounts, groups) for it in _candidates(tree)}:
        with contextlib.suppress(OSError):
            names = [it.name for it in os.scandir(parent) if it.name.startswith(_PREFIX)]
            own = [it for it in names if (parent / it).stat().st_uid == os.geteuid()]
            found += [parent / name for name in own if _is_unlocked(parent / name)]
    return sorted(found)


def _make_place(hierarchy: Hierarchy, wanted: frozenset[str]) -> _Place | None:
    for parent in _candidates(hierarchy):
        _sweep(parent)
        if (made := _locked_directory(parent)) is None:
            continue
        directory, lock = made
        place = _Place(hierarchy.version, directory, wanted, lock, _home(hierarchy))
        try:
            limits = _limits_of_children(place)
        except OSError:
            limits = frozenset()
        if limits:
            return replace(place, limits=limits)
        _remove_run(directory)
        os.close(lock)
    return None


def _locked_directory(parent: Path) -> tuple[Path, int] | None:
    """Make a run's directory and lock it; None if that cannot be done there."""
    while True:
        directory = parent / f"{_PREFIX}{secrets.token_hex(6)}"
        try:
            directory.mkdir()
        except OSError:
            return None
        try:
            lock = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except FileNotFoundError:
            continue  # whoever sweeps takes it for left over until it is locked
        except OSError:
            _remove_run(directory)
            return None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if os.path.samestat(os.fstat(lock), directory.stat()):
                return directory, lock
        except FileNotFoundError:
            pass
        except OSError:
            _remove_run(directory)
            os.close(lock)
            return None
        os.close(lock)


def _home(hierarchy: Hierarchy) -> Path | None:
    """The group that we are in, if single threads can leave it and it is where we can see it."""
    own = hierarchy.places[0]
    with contextlib.suppress(OSError):
        members = (own / "cgroup.procs").read_text().split()
        if hierarchy.version == 1 and str(os.getpid()) in members:
            return own
    return None


def _candidates(hierarchy: Hierarchy) -> list[Path]:
    """The group that we are in, those above it as far as can be seen, and the top."""
    nearest, top = hierarchy.places[0], hierarchy.places[-1]
    above = [it for it in nearest.parents if it.is_relative_to(top)]
    return list(dict.fromkeys((nearest, *above, top)))


def _limits_of_children(place: _Place) -> frozenset[str]:
    """
    Return what groups below a run's directory can limit, tried with a thread or a process.

    Raises:
        OSError: Nothing can be put there.
    """
    limits = place.limits
    if place.version == 2:
        limits &= {*(place.directory / "cgroup.controllers").read_text().split()}
        if not limits:
            return limits
        handed_down = " ".join(f"+{name}" for name in sorted(limits))
        (place.directory / "cgroup.subtree_control").write_text(handed_down)
    trial = place.directory / "trial"
    trial.mkdir()
    try:
        if place.home is not None:
            # A thread of ours goes there and back, which costs no grace period.
            for group in (trial, place.home):
                _put(f"{group}/tasks", "0")
        else:
            _try_to_move_into(trial)
    finally:
        trial.rmdir()
    return limits


def _try_to_move_into(directory: Path) -> None:
    """
    Move a child there; version 2 wants the right to write above, which no file mode shows.

    It is another program: a copy of ours would cost more than everything else here.
    """
    pipe, null = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(["cat"], stdin=pipe, stdout=null, stderr=null) as child:
        try:
            (directory / "cgroup.procs").write_text(str(child.pid))
        finally:
            child.kill()


def _set_limits(directory: Path, place: _Place, limits: Limits) -> None:
    if "pids" in place.limits:
        # One more than it may have, so that having more can be seen.
        _put(f"{directory}/pids.max", f"{limits.processes + _PROCESSES_OF_THE_SANDBOX + 1}")
    if "memory" in place.limits and limits.memory_bytes:
        _set_memory(directory, place.version, limits.memory_bytes)
    # The CPUs need no more than a group: it gets the share of one process, whatever it holds.


def _set_memory(directory: Path, version: int, size_bytes: int) -> None:
    if version == 2:
        _put(f"{directory}/memory.max", str(size_bytes))
        optional = {"memory.swap.max": "0", "memory.oom.group": "1"}
    else:
        _put(f"{directory}/memory.limit_in_bytes", str(size_bytes))
        optional = {"memory.memsw.limit_in_bytes": str(size_bytes), "memory.swappiness": "0"}
    for name, value in optional.items():
        with contextlib.suppress(OSError):  # a kernel without swap has none of these
            _put(f"{directory}/{name}", value)


def _sweep(parent: Path) -> None:
    """Take away what killed runs have left: directories of ours that nobody locks."""
    try:
        names = [it.name for it in os.scandir(parent) if it.name.startswith(_PREFIX)]
    except OSError:
        return
    for name in names:
        with _locked_by_nobody(parent / name) as left_over:
            if left_over:
                _remove_run(parent / name)


def _is_unlocked(directory: Path) -> bool:
    """Whether a run's directory is there, and the run is not."""
    with _locked_by_nobody(directory) as left_over:
        return left_over


@contextlib.contextmanager
def _locked_by_nobody(directory: Path) -> Iterator[bool]:
    """Tell whether a run's directory is left over; for the length of the block nobody takes it."""
    try:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:
        yield False
        return
    try:
        yield _try_to_lock(fd)
    finally:
        os.close(fd)


def _try_to_lock(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _remove_run(directory: Path) -> None:
    """Take away a run's directory and the groups in it, as far as they are empty."""
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(directory)):
            if entry.is_dir(follow_symlinks=False):
                with contextlib.suppress(OSError):
                    os.rmdir(entry.path)
        directory.rmdir()
