"""One grading of the reference, beside bare starts of the same programs on the same cores.

A bare start is what no grader can do without: the program in its host's network namespace, on a
terminal, until it ends, or, for a server, until it listens; no sandbox, no copy, nothing recorded.
As many at a time as the grading makes runs at a time.
"""

from __future__ import annotations

import contextlib
import os
import pty
import subprocess
import tty
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.measure import Row, Spread, timed_ms


def reference(times: int = 7) -> list[Row]:
    """Measure gradings and bare starts in turn."""
    from l2harness.errors import L2HarnessError
    from l2harness.grading.equip import Closing
    from l2harness.grading.session import Order, default_jobs, grade
    from l2harness.labs.lab import find_lab
    from l2harness.labs.mutants import reference_of

    lab = find_lab("pyng")
    order = Order(lab, reference_of(lab), "reference", "1", jobs=default_jobs())
    first = grade(order)  # imports, and the list of starts
    if first.score != first.max_score:
        raise L2HarnessError(f"the reference got {first.score} of {first.max_score} points")
    starts = [(program.host, program.argv) for program in first.programs]
    graded, bare = [], []
    with Bare(order.directory) as direct:
        direct.all(starts, order.jobs)
        closing = Closing()
        for _ in range(times):
            graded.append(timed_ms(lambda: grade(order, closing=closing)))
            bare.append(timed_ms(lambda: direct.all(starts, order.jobs)))
        closing.wait()
    ratio = Spread.of([a / b for a, b in zip(graded, bare, strict=True)])
    return [
        Row(
            "grading of the reference, over bare starts",
            ratio,
            "x",
            "≤ 1.15 x",
            ratio.median <= 1.15,
            f"{len(starts)} starts, {order.jobs} at a time: "
            f"graded {Spread.of(graded).median:.0f} ms, bare {Spread.of(bare).median:.0f} ms",
        )
    ]


class Bare:
    """Starts programs on a network of its own, with nothing around them."""

    def __init__(self, directory: Path) -> None:
        from l2harness.labs.lab import find_lab
        from l2harness.network.network import Network
        from l2harness.topology import resolve

        self._directory = directory
        self._network = Network.build(resolve(find_lab("pyng").topology, 1))

    def __enter__(self) -> Bare:
        return self

    def __exit__(self, *_: object) -> None:
        self._network.close()

    def all(self, starts: list[tuple[str, tuple[str, ...]]], jobs: int) -> None:
        """Start everything, so many at a time."""
        with ThreadPoolExecutor(jobs) as pool:
            list(pool.map(lambda start: self.one(*start), starts))

    def one(self, host: str, argv: tuple[str, ...]) -> None:
        """Start one program and wait for its end, or until it listens."""
        from l2harness.network import linux
        from l2harness.programs.sandbox import ENVIRONMENT

        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        with linux.entered(self._network.namespace(host)):
            process = subprocess.Popen(
                argv,
                cwd=self._directory,
                stdin=theirs,
                stdout=theirs,
                stderr=theirs,
                env=dict(ENVIRONMENT),  # the same interpreter as in the sandbox
            )
        os.close(theirs)
        try:
            if argv[0] == "./pyngd":
                _until_it_listens(process)
                process.kill()
            process.wait()
        finally:
            os.close(ours)


def _until_it_listens(process: subprocess.Popen[bytes]) -> None:
    """Until it has a bound packet socket that runs, or has ended."""
    while process.poll() is None:
        with (
            contextlib.suppress(FileNotFoundError),
            open(f"/proc/{process.pid}/net/packet", "rb") as table,
        ):
            own = _sockets(process.pid)
            for line in table.read().splitlines()[1:]:
                columns = line.split()
                if columns[5] == b"1" and columns[4] != b"0" and int(columns[8]) in own:
                    return


def _sockets(pid: int) -> set[int]:
    from l2harness.programs.procfs import socket_inodes

    return set(socket_inodes(pid))
