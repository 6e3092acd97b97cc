"""A real scheduler and real workers, on loopback; and a look at what they leave."""

import contextlib
import fcntl
import json
import socket
import struct
import subprocess
import sys

import pytest
from classes import PATIENCE_S, clean_environment

from l2harness.network.loop import Deadline, Loop
from l2harness.programs.procfs import descendants

#: Source: netdevice(7), <linux/sockios.h>, <linux/if.h>.
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1


@pytest.fixture(scope="session", autouse=True)
def loopback():
    """Inside the harness's own namespaces, where other tests may have moved us, lo is down."""
    with socket.socket() as any_socket:
        request = struct.pack("16sH14x", b"lo", 0)
        answer = fcntl.ioctl(any_socket, _SIOCGIFFLAGS, request)
        (flags,) = struct.unpack_from("H", answer, 16)
        if not flags & _IFF_UP:
            up = struct.pack("16sH14x", b"lo", flags | _IFF_UP)
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, up)
        yield
        if not flags & _IFF_UP:
            fcntl.ioctl(any_socket, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags))


@pytest.fixture
def loop():
    """What to wait with."""
    made = Loop()
    yield made
    made.close()


class Dask:
    """A scheduler, and workers of one thread each."""

    def __init__(self, place, loop):
        self.place = place
        self.loop = loop
        self.processes = []

    def begin(self, workers):
        """Start the scheduler and so many workers."""
        self.scheduler = self.start("scheduler", "--port", "0", "--host", "127.0.0.1")
        told = self.place / "scheduler.json"
        self.wait(told.exists)
        self.address = json.loads(told.read_text())["address"]
        self.workers = [self.worker() for _ in range(workers)]

    def start(self, kind, *options):
        """Start a process of Dask's; what it says goes into a file."""
        name = f"{kind}{len(self.processes)}"
        line = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *options]
        if kind == "scheduler":
            line += ["--scheduler-file", str(self.place / "scheduler.json")]
        with open(self.place / f"{name}.log", "wb") as log:
            process = subprocess.Popen(
                line, stdout=log, stderr=log, cwd=self.place, env=clean_environment()
            )
        self.processes.append(process)
        return process

    def worker(self):
        """Start a worker, and wait until the scheduler knows it."""
        log = self.place / f"worker{len(self.processes)}.log"
        process = self.start(
            "worker",
            *(self.address, "--nthreads", "1", "--no-nanny"),
            *("--local-directory", str(self.place / log.stem)),
        )
        self.wait(lambda: b"Registered to" in log.read_bytes())
        return process

    def wait(self, condition):
        """Wait until something is so."""
        assert self.loop.wait(condition, Deadline.after(PATIENCE_S), poll=True), self.said()

    def said(self):
        """All that was said by anybody."""
        return "\n".join(path.read_text() for path in sorted(self.place.glob("*.log")))

    def close(self):
        """End everything, and see that our own processes have gone with Dask's."""
        family = [pid for process in self.processes for pid in descendants(process.pid)]
        for process in self.processes:
            process.kill()
            process.wait()
        self.wait(lambda: not any(map(_lives, family)))


def _lives(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def dask(tmp_path, loop):
    """A scheduler with two workers."""
    (tmp_path / "dask").mkdir()
    with contextlib.closing(Dask(tmp_path / "dask", loop)) as cluster:
        cluster.begin(2)
        yield cluster


@pytest.fixture
def busy(dask):
    """Wait until a worker of Dask's has a process of ours beside it; return that one's number."""

    def waiting(worker):
        dask.wait(lambda: descendants(worker.pid))
        return descendants(worker.pid)[0]

    return waiting
