"""The pool of warm workers: one task each, and a death that costs nobody else anything."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bench import lives
from classes import clean_environment, reap_orphans

from l2harness.errors import SpecError
from l2harness.grading.pool import WarmPool
from l2harness.grading.worker import CrewLost, WorkerFault, WorkerLost
from l2harness.network import linux
from l2harness.network.entry import WORKSPACE, current_mode
from l2harness.network.loop import Deadline
from l2harness.programs.procfs import descendants

WITHIN_S = 30.0
#: An interrupt is to be over within a second; a machine that is busy many times over gets more.
SOON_S = 10.0

# -- what workers do; found by their names -------------------------------------------------------


def double(number):
    """Work."""
    return 2 * number


def crash():
    """Die in the middle of a task."""
    os._exit(3)


def hang(*_):
    """Never end."""
    signal.pause()


def raise_ours():
    """Fail with an error that has a shape of its own."""
    raise SpecError("lab.toml", 3, "title", "is missing")


def raise_other():
    """Fail with an error that is none of ours."""
    raise ValueError("a number")


def unsendable():
    """Return what no pickle can hold."""
    return lambda: None


def remember(key, value=None):
    """Note something in the worker, or say what was noted there."""
    if value is not None:
        setattr(sys, f"_of_test_{key}", value)
    return getattr(sys, f"_of_test_{key}", None)


def grow(size_bytes):
    """Keep memory for good."""
    remember("memory", bytearray(os.urandom(1)) * size_bytes)


def look_around():
    """What a worker sees."""
    return {
        "mode": current_mode(),
        "pids": sorted(int(name) for name in os.listdir("/proc") if name.isdecimal()),
        "workspace": os.listdir(WORKSPACE),
        "session": os.getsid(0),
        "mounts": len(Path("/proc/self/mountinfo").read_text().splitlines()),
    }


def litter():
    """Leave a file, a mount and a process that does not die by itself; then die."""
    Path(WORKSPACE, "file").write_text("left")
    Path(WORKSPACE, "mount").mkdir()
    linux.mount("tmpfs", f"{WORKSPACE}/mount", "tmpfs")
    if os.fork() == 0:
        os.setsid()
        while True:
            signal.pause()
    crash()


def take_down(path):
    """Work that has something up, and says when, and when it has been taken down."""
    try:
        Path(path).write_text("up")
        signal.pause()
    finally:
        Path(path).write_text("down")


# -------------------------------------------------------------------------------------------------


def do_until_it_fails_for_good(pool):
    """Give a worker tasks, of which some may still be done and one be lost."""
    deadline = Deadline.after(WITHIN_S)
    while not deadline.expired:
        with contextlib.suppress(WorkerLost):
            pool.submit(double, 1).result(WITHIN_S)


@pytest.fixture
def pool():
    """Two workers."""
    made = WarmPool(2, limit_s=WITHIN_S)
    yield made
    made.shutdown(cancel_futures=True)


@pytest.fixture
def single():
    """One worker, which is hung after a moment."""
    made = WarmPool(1, limit_s=0.5)
    yield made
    made.shutdown(cancel_futures=True)


class TestTasks:
    """What goes in and what comes out."""

    def test_results_come_back(self, pool):
        """Every task's result comes back to whoever asked for it."""
        futures = [pool.submit(double, number) for number in range(20)]
        assert [it.result(WITHIN_S) for it in futures] == [2 * number for number in range(20)]

    def test_large_ones_too(self, pool):
        """What is larger than any pipe goes in and comes out."""
        data = os.urandom(3 << 20)
        assert pool.submit(bytes.hex, data).result(WITHIN_S) == data.hex()

    def test_errors_of_ours_come_back_as_they_were(self, pool):
        """An error of ours keeps its type, its sentence and its parts."""
        with pytest.raises(SpecError, match=r"lab.toml:3: title: is missing") as raised:
            pool.submit(raise_ours).result(WITHIN_S)
        assert (raised.value.line, raised.value.key) == (3, "title")

    @pytest.mark.parametrize("function", [raise_other, unsendable])
    def test_other_errors_are_faults(self, single, function):
        """Any other error is a fault of ours with its trace; the worker lives on."""
        single.submit(remember, "mark", "here").result(WITHIN_S)
        with pytest.raises(WorkerFault) as raised:
            single.submit(function).result(WITHIN_S)
        assert raised.value.problem
        assert "Traceback" in raised.value.trace
        assert single.submit(remember, "mark").result(WITHIN_S) == "here"

    def test_after_shutdown_nothing_is_taken(self, pool):
        """What was taken is finished; more is refused."""
        futures = [pool.submit(double, number) for number in range(8)]
        pool.shutdown()
        assert [it.result(0) for it in futures] == [2 * number for number in range(8)]
        with pytest.raises(RuntimeError):
            pool.submit(double, 1)


class TestDeath:
    """Workers that die or hang."""

    def test_a_crash_costs_its_own_task(self, pool):
        """Of many tasks, the one that kills its worker fails; all others are done."""
        futures = [pool.submit(double, number) for number in range(6)]
        crashed = pool.submit(crash)
        futures += [pool.submit(double, number) for number in range(6, 12)]
        with pytest.raises(WorkerLost, match="died"):
            crashed.result(WITHIN_S)
        assert [it.result(WITHIN_S) for it in futures] == [2 * number for number in range(12)]

    def test_so_does_one_that_hangs(self, single):
        """A worker that says nothing for too long is killed, and another does what follows."""
        hung, after = single.submit(hang), single.submit(double, 4)
        with pytest.raises(WorkerLost, match=r"not finished after 0\.5 s"):
            hung.result(WITHIN_S)
        assert after.result(WITHIN_S) == 8

    def test_a_dead_worker_leaves_nothing(self, single):
        """Its files, mounts and processes are gone with it; the next one starts afresh."""
        before = single.submit(look_around).result(WITHIN_S)
        with pytest.raises(WorkerLost):
            single.submit(litter).result(WITHIN_S)
        assert single.submit(look_around).result(WITHIN_S) == before
        assert before["workspace"] == []

    def test_one_that_has_grown_is_replaced(self, request):
        """After a task that leaves much memory behind, another worker goes on."""
        pool = WarmPool(1, limit_s=WITHIN_S, grown_bytes=32 << 20)
        request.addfinalizer(lambda: pool.shutdown(cancel_futures=True))
        pool.submit(grow, 1 << 20).result(WITHIN_S)
        pool.submit(remember, "mark", "old").result(WITHIN_S)
        assert pool.submit(remember, "mark").result(WITHIN_S) == "old"
        pool.submit(grow, 64 << 20).result(WITHIN_S)
        assert pool.submit(remember, "mark").result(WITHIN_S) is None

    def test_without_the_nursery_there_is_nobody(self, single):
        """When no worker can be made any more, that is said, and nobody waits for ever."""
        single.submit(double, 1).result(WITHIN_S)
        os.kill(single._nursery._pid, signal.SIGKILL)
        with pytest.raises(CrewLost):
            do_until_it_fails_for_good(single)
        single.shutdown(cancel_futures=True)
        reap_orphans()


class TestRoom:
    """Where workers stand."""

    def test_a_worker_is_alone(self, pool):
        """It sees no other process, an empty workspace, and knows how we came here."""
        seen = pool.submit(look_around).result(WITHIN_S)
        assert seen["pids"] == [1]
        assert seen["workspace"] == []
        assert seen["mode"] == current_mode()

    def test_the_terminal_does_not_reach_it(self, pool):
        """It is in no process group of ours, so that Ctrl-C is the harness's to hear."""
        nursery = pool._nursery._pid
        assert pool.submit(look_around).result(WITHIN_S)["session"] == 0  # none that it can see
        assert os.getsid(nursery) == os.getpgid(nursery) == nursery

    def test_it_is_warm(self, request):
        """What is done once before the first worker is forked, every worker has."""
        pool = WarmPool(3, limit_s=WITHIN_S, warm_up=lambda: remember("warm", os.getpid()))
        request.addfinalizer(lambda: pool.shutdown(cancel_futures=True))
        seen = {pool.submit(remember, "warm").result(WITHIN_S) for _ in range(6)}
        assert len(seen) == 1
        assert None not in seen
        assert remember("warm") is None


class TestInterrupt:
    """An early end."""

    def test_what_waits_is_forgotten(self, pool):
        """What has begun fails, what has not is cancelled, and it is over soon."""
        begun = [pool.submit(hang) for _ in range(2)]
        waiting = [pool.submit(double, number) for number in range(5)]
        begun_s = time.monotonic()
        pool.shutdown(cancel_futures=True)
        assert time.monotonic() - begun_s < SOON_S
        assert all(it.cancelled() or isinstance(it.exception(0), WorkerLost) for it in begun)
        assert all(it.cancelled() for it in waiting)

    def test_a_task_may_take_down_what_it_has_up(self, pool, tmp_path, loop):
        """It is interrupted where it is, as if somebody had pressed Ctrl-C."""
        mark = tmp_path / "mark"
        pool.submit(take_down, str(mark))
        assert loop.wait(mark.exists, Deadline.after(WITHIN_S), poll=True)
        pool.shutdown(cancel_futures=True)
        assert mark.read_text() == "down"

    def test_nothing_outlives_the_harness(self, loop):
        """When the harness is killed, nursery, keepers and workers are gone with it."""
        code = (
            "from l2harness.network import entry\n"
            "entry.enter()\n"
            "import signal\n"
            "from l2harness.grading.pool import WarmPool\n"
            "pool = WarmPool(2, limit_s=60)\n"
            "futures = [pool.submit(signal.pause) for _ in range(2)]\n"
            "[pool.submit(abs, 1) for _ in range(2)]\n"
            "while not all(it.running() for it in futures): pass\n"
            "print('ready', flush=True)\n"
            "signal.pause()\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code], env=clean_environment(), stdout=subprocess.PIPE
        ) as process:
            assert process.stdout.readline() == b"ready\n"
            # Outer, init, harness, nursery, and then keepers and workers.
            assert loop.wait(
                lambda: len(descendants(process.pid)) >= 5, Deadline.after(WITHIN_S), poll=True
            )
            family = descendants(process.pid)
            process.kill()
        assert loop.wait(lambda: not any(map(lives, family)), Deadline.after(WITHIN_S), poll=True)
        reap_orphans()
