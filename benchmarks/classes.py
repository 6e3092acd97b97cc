"""A whole class, beside bare starts of the same programs; its memory; and one or two Dask workers.

Everything goes through the command as an instructor gives it, from its start to its end.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from benchmarks.measure import Row, Spread, descendants_of, memory_mb

_CLASS: Final = 60
_MOST_TIMES: Final = 1 / 0.75
_MOST_MB: Final = 400
#: By how much a class of ten times the size may need more, as a factor: what a gradebook says of
#: everybody has to be somewhere.
_MOST_GROWTH: Final = 1.2
_LEAST_SPEEDUP: Final = 1.7
#: So long one process may take over keeping one where 100,000 come in an hour.
_KEPT_MS: Final = 36
_LOOKED_EVERY_S: Final = 0.5
_DASK_WITHIN_S: Final = 60.0
#: How much of what was said is told where a class could not be graded, characters.
_WORDS: Final = 2000


def throughput(people: int = _CLASS) -> list[Row]:
    """Grade a class of right submissions, and start the same programs with nothing around them."""
    from benchmarks.grading import Bare
    from l2harness.grading.session import Order, default_jobs, grade
    from l2harness.labs.lab import find_lab
    from l2harness.labs.mutants import reference_of

    lab = find_lab("pyng")
    order = Order(lab, reference_of(lab), "reference", "1", jobs=default_jobs())
    starts = [(program.host, program.argv) for program in grade(order).programs]
    with (
        _place() as place,
        Bare(order.directory) as bare,
    ):
        for number in range(people):
            shutil.copytree(order.directory, place / "uploads" / f"student{number:04}")
        bare.all(starts, order.jobs)
        before = _wall_s(lambda: bare.all(starts * (people // 2), order.jobs))
        graded = _wall_s(lambda: _expect_success(*_ended(place)))
        after = _wall_s(lambda: bare.all(starts * (people - people // 2), order.jobs))
    wall_s = before + after
    ratio = graded / wall_s
    return [
        Row(
            f"a class of {people}, over bare starts",
            Spread.of([ratio]),
            "x",
            f"≤ {_MOST_TIMES:.2f} x",
            ratio <= _MOST_TIMES,
            f"{len(starts)} starts for each: graded {graded / people * 1e3:.0f} ms, bare "
            f"{wall_s / people * 1e3:.0f} ms",
        )
    ]


def memory(few: int = 100, many: int = 1000) -> list[Row]:
    """Grade small and large classes of a cheap lab; nothing may grow with them."""
    most, usual = [], []
    for people in (few, many):
        with _place() as place:
            peak_mb, late_mb = _watched_mb(place, *_cheap(place, people))
        most.append(peak_mb)
        usual.append(late_mb)
    growth = usual[1] / usual[0]
    return [
        Row(
            f"memory of a class of {many}, at most",
            Spread.of([most[1]]),
            "MB",
            f"≤ {_MOST_MB} MB",
            most[1] <= _MOST_MB,
            "what all its processes have to themselves, and their share of what they share",
        ),
        Row(
            f"usual at its end, over a class of {few}",
            Spread.of([growth]),
            "x",
            f"≤ {_MOST_GROWTH} x",
            growth <= _MOST_GROWTH,
        ),
    ]


def desk(people: int = 300) -> list[Row]:
    """Write and enter what workers have finished, as fast as one process can."""
    from l2harness.commands.books import Books
    from l2harness.commands.work import grade_order
    from l2harness.grading.equip import Order
    from l2harness.grading.files import open_output
    from l2harness.grading.journal import Entry, Key, open_journal
    from l2harness.labs.lab import find_lab
    from l2harness.labs.mutants import reference_of

    lab = find_lab("pyng")
    graded = grade_order(Order(lab, reference_of(lab), "reference", "1"))
    key = Key(graded.digest, lab.digest(), "1", "7")
    names = [f"student{number:04}" for number in range(people)]
    with (
        _place() as place,
        open_output(place / "out", submissions=[]) as out,
        open_journal(place / "out") as journal,
    ):
        books = Books(out.path, names)
        took_ms = []
        for name in names:
            begun_s = time.monotonic()
            with out.directory(name) as directory:
                for file, data in graded.files.items():
                    directory.write(file, data)
            journal.add(Entry(name, key, graded.standing, "", graded.summary))
            books.add(name, graded.summary)
            books.write_if_due()
            took_ms.append((time.monotonic() - begun_s) * 1e3)
    mean = Spread.of([sum(took_ms) / people])
    return [
        Row("a finished submission kept", mean, "ms", f"≤ {_KEPT_MS} ms", mean.median <= _KEPT_MS)
    ]


def cluster(people: int = 24) -> list[Row]:
    """Grade a class with one Dask worker, and with two."""
    from l2harness.labs.lab import find_lab
    from l2harness.labs.mutants import reference_of
    from tests.common.loopback import loopback_up

    rates = []
    scheduler_ms = 0.0
    there_kb, back_kb = _traffic_kb()
    reference = reference_of(find_lab("pyng"))
    for workers in (1, 2):
        with (
            loopback_up(),
            _place() as place,
            _dask(place, workers) as (address, scheduler),
        ):
            for number in range(people):
                shutil.copytree(reference, place / "uploads" / f"student{number:04}")
            rates.append(_rate(place, workers, "--cluster", address))
            scheduler_ms = _scheduler_ms(address, scheduler, there_kb, back_kb)
    speedup = rates[1] / rates[0]
    return [
        Row(
            "two Dask workers, over one",
            Spread.of([speedup]),
            "x",
            f"≥ {_LEAST_SPEEDUP} x",
            speedup >= _LEAST_SPEEDUP,
            f"{people} submissions, {rates[0]:.2f}/s and {rates[1]:.2f}/s",
        ),
        Row(
            "the scheduler's part in a submission",
            Spread.of([scheduler_ms]),
            "ms",
            f"≤ {_KEPT_MS} ms",
            scheduler_ms <= _KEPT_MS,
            f"{there_kb:.0f} kB travel there and {back_kb:.0f} kB back",
        ),
    ]


def _command(place: Path, *options: str) -> subprocess.Popen[str]:
    """Begin to grade the class in a place, with the command as it is."""
    line = [sys.executable, "-m", "l2harness", "grade", "uploads", "--out", "out", "--seed", "7"]
    return subprocess.Popen(
        [*line, *options],
        cwd=place,
        env={k: v for k, v in os.environ.items() if k != "L2HARNESS_INSIDE"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def _rate(place: Path, workers: int, *options: str) -> float:
    """
    Grade a class; return how many submissions a second are finished once all workers are at it.

    Raises:
        RuntimeError: It could not be graded.
    """
    finished_s, said = [], []
    with _command(place, *options) as process:
        assert process.stderr is not None
        for line in process.stderr:
            said.append(line)
            if line.startswith("["):
                finished_s.append(time.monotonic())
    _expect_success(process, said)
    return (len(finished_s) - workers) / (finished_s[-1] - finished_s[workers - 1])


def _watched_mb(place: Path, *options: str) -> tuple[float, float]:
    """
    Grade a class; return how much memory all its processes have, in megabytes.

    Returns:
        The most that was seen; and what was usual in the last quarter.

    Raises:
        RuntimeError: It could not be graded.
    """
    seen_mb: list[float] = []
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOKED_EVERY_S):
            seen_mb.append(memory_mb([process.pid, *descendants_of(process.pid)]))

    with _command(place, *options) as process:
        watcher = threading.Thread(target=watch)
        watcher.start()
        said = process.communicate()[1]
        over.set()
        watcher.join()
    _expect_success(process, [said])
    return max(seen_mb), statistics.median(seen_mb[-max(1, len(seen_mb) // 4) :])


def _traffic_kb() -> tuple[float, float]:
    """How much goes to a cluster and comes back for the reference, in kB."""
    from l2harness.commands.work import grade_order
    from l2harness.grading.cluster import COMPRESSION
    from l2harness.grading.equip import Order
    from l2harness.grading.parcels import packed
    from l2harness.labs.lab import find_lab
    from l2harness.labs.mutants import reference_of

    lab = find_lab("pyng")
    order = Order(lab, reference_of(lab), "reference", "1")
    with _place() as place:
        there = pickle.dumps(packed(order, place / "scratch"))
    back = zlib.compress(pickle.dumps(grade_order(order)), COMPRESSION)
    return len(there) / 1e3, len(back) / 1e3


def _scheduler_ms(
    address: str, pid: int, there_kb: float, back_kb: float, tasks: int = 500
) -> float:
    """
    How long a scheduler computes for a task, milliseconds.

    Args:
        address: Of the scheduler.
        pid: The scheduler.
        there_kb: How much goes to the workers with each task.
        back_kb: How much comes back.
        tasks: How many are tried; they do next to nothing.
    """
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        begun_s = _cpu_s(pid)
        futures = [
            client.submit(bytes.ljust, os.urandom(int(there_kb * 1e3)), int(back_kb * 1e3))
            for _ in range(tasks)
        ]
        for future in futures:
            future.result()
        return (_cpu_s(pid) - begun_s) / tasks * 1e3


def _cpu_s(pid: int) -> float:
    """Processor time of a process, seconds; proc(5), stat."""
    used = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]
    return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


def _ended(place: Path) -> tuple[subprocess.Popen[str], list[str]]:
    with _command(place) as process:
        return process, [process.communicate()[1]]


def _expect_success(process: subprocess.Popen[str], said: list[str]) -> None:
    if process.returncode:
        words = "".join(said)[-_WORDS:]
        raise RuntimeError(f"the class ended with status {process.returncode}: {words}")


def _wall_s(action: Callable[[], object]) -> float:
    begun_s = time.monotonic()
    action()
    return time.monotonic() - begun_s


@contextlib.contextmanager
def _place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="l2harness-class-") as place:
        yield Path(place)


def _cheap(place: Path, people: int) -> list[str]:
    """Have so many hand in for a lab that is soon graded; return the options that name it."""
    from tests.common.classes import hand_in, write_lab

    for number in range(people):
        hand_in(place / "uploads", f"student{number:04}")
    return ["--lab", str(write_lab(place / "lab"))]


@contextlib.contextmanager
def _dask(place: Path, workers: int) -> Iterator[tuple[str, int]]:
    """Have so many workers of one thread; yield their scheduler's address and process number."""
    from l2harness.network.loop import Deadline, Loop

    loop = Loop()
    processes: list[subprocess.Popen[bytes]] = []
    environment = {k: v for k, v in os.environ.items() if k != "L2HARNESS_INSIDE"}

    def start(kind: str, *options: str) -> Path:
        log = place / f"{kind}{len(processes)}.log"
        line = [sys.executable, "-m", f"distributed.cli.dask_{kind}", "--no-dashboard", *options]
        with log.open("wb") as file:
            processes.append(
                subprocess.Popen(line, cwd=place, env=environment, stdout=file, stderr=file)
            )
        return log

    def said(log: Path, words: str) -> str:
        found: list[str] = []
        loop.wait(
            lambda: bool(found.extend(re.findall(words, log.read_text())) or found),
            Deadline.after(_DASK_WITHIN_S),
            poll=True,
        )
        return found[0]

    try:
        scheduler = start("scheduler", "--port", "0", "--host", "127.0.0.1")
        address = said(scheduler, r"Scheduler at: +(tcp://\S+)\n")
        options = ("--nthreads", "1", "--no-nanny")
        for log in [start("worker", address, *options) for _ in range(workers)]:
            said(log, "Registered to")
        yield address, processes[0].pid
    finally:
        for process in processes:
            process.kill()
            process.wait()
        loop.close()
