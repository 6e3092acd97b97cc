"""A real scheduler and real workers, on loopback; and a look at what they leave."""

import contextlib
import re
import subprocess
import sys

import pytest
from classes import PATIENCE_S, clean_environment, reap_orphans
from loopback import loopback_up

from l2harness.network.loop import Deadline, Loop
from l2harness.programs.procfs import descendants

#: What a scheduler says of itself, all of the line.
_SCHEDULER_AT = re.compile(r"Scheduler at: +(tcp://\S+)\n")


class Dask:
    """A scheduler, and workers of one thread each."""

    def __init__(self, place, loop):
        self.place = place
        self.loop = loop
        self.address = ""
        self.scheduler = None
        self.workers = []
        self._processes = []

    def mend(self, workers):
        """Have a scheduler that lives, and so many workers, whatever became of those before."""
        if self.scheduler is None or self.scheduler.poll() is not None:
            self.close()
            self.scheduler = self._start("scheduler", "--port", "0", "--host", "127.0.0.1")
            self._wait(self._has_address)
        self.workers = [it for it in self.workers if it.poll() is None]
        for worker in self.workers[workers:]:
            self._end(worker)
        self.workers = self.workers[:workers]
        new = [self._start_worker() for _ in range(workers - len(self.workers))]
        self._wait(lambda: all(b"Registered to" in log.read_bytes() for _, log in new))
        self.workers += [process for process, _ in new]

    def busy(self, worker):
        """Wait until a worker has a process of ours beside it; return that one's number."""
        self._wait(lambda: descendants(worker.pid))
        return descendants(worker.pid)[0]

    def close(self):
        """End everything, and see that our own processes have gone with Dask's."""
        for process in self._processes:
            self._end(process)
        self._processes.clear()
        self.workers = []

    def _end(self, process):
        family = descendants(process.pid)
        process.kill()
        process.wait()
        self._wait(lambda: not any(map(_lives, family)))
        reap_orphans(family)

    def _start_worker(self):
        place = self.place / f"worker{len(self._processes)}"
        options = ("--nthreads", "1", "--no-nanny", "--local-directory", str(place))
        process = self._start("worker", self.address, *options)
        return process, self._log(len(self._processes) - 1)

    def _start(self, kind, *options):
        """Start a process of Dask's; what it says goes into a file."""
        line = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *options]
        with open(self._log(len(self._processes)), "wb") as log:
            process = subprocess.Popen(
                line, stdout=log, stderr=log, cwd=self.place, env=clean_environment()
            )
        self._processes.append(process)
        return process

    def _log(self, number):
        return self.place / f"process{number}.log"

    def _has_address(self):
        """Read from the scheduler's words where it listens."""
        said = _SCHEDULER_AT.search(self._log(0).read_text())
        self.address = said[1] if said else ""
        return bool(said)

    def _wait(self, condition):
        """Wait until something is so."""
        assert self.loop.wait(condition, Deadline.after(PATIENCE_S), poll=True), self._said()

    def _said(self):
        return "\n".join(path.read_text() for path in sorted(self.place.glob("*.log")))


def _lives(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """What is started once for all tests, because that takes seconds."""
    loop = Loop()
    with (
        loopback_up(),
        contextlib.closing(loop),
        contextlib.closing(Dask(tmp_path_factory.mktemp("dask"), loop)) as cluster,
    ):
        yield cluster


@pytest.fixture
def dask(cluster):
    """A scheduler with two workers, whatever the test before has done to them."""
    cluster.mend(2)
    return cluster


@pytest.fixture
def lonely(cluster):
    """A scheduler without workers."""
    cluster.mend(0)
    return cluster
