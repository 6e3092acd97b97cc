"""Executing a lab's runs: each at most once, side by side where one does not need another.

A run is a function of a stage and of the records of other runs, which it names as arguments. Every
run has a network to itself while it lasts; as many run at a time as there are networks. Which
network a run gets does not matter: they are equal, down to the addresses. So the records are the
same in whatever order the runs were made.
"""

from __future__ import annotations

import inspect
import queue
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread, current_thread
from typing import Any, Final

from l2harness.errors import L2HarnessError, SpecError, TooBusyError
from l2harness.labs.records import ProgramRecord
from l2harness.labs.stage import Equipment, Stage
from l2harness.network.loop import Interrupted
from l2harness.network.network import Network
from l2harness.network.timeline import Timeline
from l2harness.network.wire import Budget
from l2harness.programs.workspace import Workspace

#: How often a run is made on a machine that is too busy for it.
_TRIES: Final = 6
#: How long a thread may compute while others of this interpreter wait, seconds. Runs make short
#: system calls; after each of them they would wait ten times as long for whoever asks the checks.
_TURN_S: Final = 0.0005

RunFunction = Callable[..., object]
#: Told how many runs have been made, and of how many, whenever that changes; by any thread.
Watch = Callable[[int, int], None]


def unwatched(made: int, of: int) -> None:
    """Nobody wants to know; see `Watch`."""


@dataclass(frozen=True, slots=True)
class Observed:
    """
    One run, made.

    Attributes:
        name: Of the run.
        title: Its docstring.
        record: What it returned; None where it failed.
        fault: What it raised: the harness's or the lab's, never the student's.
        timeline: Everything that happened.
        programs: What was started, or should have been.
        wall_s: How long it took, seconds.
    """

    name: str
    title: str
    record: object
    fault: BaseException | None
    timeline: Timeline
    programs: tuple[ProgramRecord, ...]
    wall_s: float


class Slot:
    """
    A network to make runs on, one at a time. It comes up when the first one needs it.

    Attributes:
        network: Of this slot.
        sysfs: For each of its hosts, the directory that shows its sysfs.
    """

    def __init__(self, network: Network, budget: Budget, workspace: Workspace) -> None:
        self.network = network
        self.sysfs: dict[str, Path] = {}
        self._workspace = workspace
        network.wire.budget = budget

    def bring_up(self) -> None:
        """Have the network up. Raises KernelError."""
        if self.sysfs:
            return
        self.network.bring_up()
        for host in self.network.topology.hosts:
            namespace = self.network.namespace(host.name)
            self.sysfs[host.name] = self._workspace.sysfs(host.name, namespace)


@dataclass(slots=True)
class Schedule:
    """
    The runs of one grading.

    Attributes:
        runs: By name, in the order of the lab's file.
        slots: Networks to make them on.
        equipment: What they share.
        observed: What has been made so far.
        watch: Who is told how far it is.
    """

    runs: Mapping[str, RunFunction]
    slots: list[Slot]
    equipment: Equipment
    observed: dict[str, Observed] = field(default_factory=dict)
    watch: Watch = unwatched
    _ahead: Thread | None = None
    _stopped: bool = False
    _under_way: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        for name in self.runs:
            for needed in self.needs(name):
                if needed not in self.runs:
                    raise self._wrong(name, f"needs a run {needed!r}; there is none")
        for name in self.runs:
            if name in self.closure(self.needs(name)):
                raise self._wrong(name, "needs itself, perhaps by way of others")

    def _wrong(self, name: str, problem: str) -> SpecError:
        return SpecError(Path(inspect.getfile(self.runs[name])), None, name, problem)

    def needs(self, name: str) -> list[str]:
        """Return the runs whose records a run takes: its arguments after the stage."""
        return list(inspect.signature(self.runs[name]).parameters)[1:]

    def closure(self, names: Iterable[str]) -> list[str]:
        """Return the named runs and all that they need, in the order of the lab's file."""
        wanted: set[str] = set()
        todo = list(names)
        while todo:
            name = todo.pop()
            if name not in wanted:
                wanted.add(name)
                todo += self.needs(name)
        return [name for name in self.runs if name in wanted]

    @contextmanager
    def ahead(self) -> Iterator[None]:
        """
        Make every run while the block does something else; `make` in it waits for them.

        It begins once a network is up. Until then there is nothing that other cores could do, and
        threads of one interpreter only take turns.
        """
        thread = Thread(target=self._make_all, name="runs")
        self._ahead = thread
        turn_s = sys.getswitchinterval()
        thread.start()
        try:
            sys.setswitchinterval(_TURN_S)
            self._under_way.wait()
            yield
        except BaseException:
            self.stop()
            raise
        finally:
            thread.join()
            self._ahead = None
            sys.setswitchinterval(turn_s)

    def _make_all(self) -> None:
        try:
            self.make(list(self.runs))
        finally:
            self._under_way.set()

    def make(self, names: Iterable[str]) -> None:
        """
        Make the named runs, and those they need, as far as they have not been made.

        What goes wrong in one is kept in its record. On an interrupt the programs of all of them
        are ended before it is passed on.
        """
        if self._ahead is not None and self._ahead is not current_thread():
            self._ahead.join()
        waiting = [name for name in self.closure(names) if name not in self.observed]
        if not waiting:
            return
        every = len(self.observed) + len(waiting)
        free: queue.SimpleQueue[Slot] = queue.SimpleQueue()
        for slot in self.slots:
            free.put(slot)
        with ThreadPoolExecutor(len(self.slots), thread_name_prefix="run") as pool:
            under_way: dict[Future[Observed], str] = {}
            try:
                while (waiting and not self._stopped) or under_way:
                    self.watch(len(self.observed), every)
                    for name in [it for it in waiting if self._can_begin(it)]:
                        waiting.remove(name)
                        under_way[pool.submit(self._make_one, name, free)] = name
                    done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                    for future in done:
                        self.observed[under_way.pop(future)] = future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.stop()
                raise

    def stop(self) -> None:
        """
        Begin no further run, and have those under way end their programs and give up.

        May be called by any thread and by a signal handler, more than once.
        """
        self._stopped = True
        for slot in self.slots:
            slot.network.loop.interrupt()

    def _can_begin(self, name: str) -> bool:
        return not self._stopped and all(it in self.observed for it in self.needs(name))

    def _make_one(self, name: str, free: queue.SimpleQueue[Slot]) -> Observed:
        slot = free.get()
        try:
            for _ in range(_TRIES):
                observed = self._observe(name, slot)
                if not isinstance(observed.fault, TooBusyError):
                    break
            return observed
        finally:
            free.put(slot)

    def _observe(self, name: str, slot: Slot) -> Observed:
        function = self.runs[name]
        begun_s = time.monotonic()
        record: object = None
        fault: BaseException | None = None
        programs: list[ProgramRecord] = []
        timeline = Timeline()
        try:
            if self._stopped:
                raise Interrupted
            arguments = [self._record_of(needed) for needed in self.needs(name)]
            slot.bring_up()
            timeline = slot.network.begin_run(name)
            self._under_way.set()
            stage = Stage(name, slot.network, slot.sysfs, self.equipment)
            try:
                record = function(stage, *arguments)
            except Interrupted:
                stage.abandon()
                raise
            finally:
                stage.close()
                programs = stage.records()
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not cost points
            fault = error
        title = " ".join((inspect.getdoc(function) or name).split())
        wall_s = time.monotonic() - begun_s
        return Observed(name, title, record, fault, timeline, tuple(programs), wall_s)

    def _record_of(self, name: str) -> Any:  # noqa: ANN401 - what a run returns is the lab's
        observed = self.observed[name]
        if observed.fault is not None:
            raise L2HarnessError(f"run {name} failed: {observed.fault}") from observed.fault
        return observed.record
