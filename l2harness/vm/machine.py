"""Running one command as root of a virtual machine: what the rest of the harness calls.

`run` may be called by any thread, and by several at a time: each has a machine, and a directory
with two parts: ``job``, which the machine reads, and ``results``, which alone it writes to.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from l2harness.errors import KernelError, L2HarnessError
from l2harness.network.loop import Deadline
from l2harness.vm import guest, keeper
from l2harness.vm.files import place_for_machines

#: How long a machine may take from its start until the command runs, seconds; 2 s are usual.
BOOT_WITHIN_S: Final = 120.0
#: What is kept of the end of its console, bytes and lines.
_CONSOLE_BYTES: Final = 8_192
_LAST_LINES: Final = 8
_LONGEST_LINE: Final = 160
#: How long a keeper has to be gone after it was told, seconds.
_GONE_WITHIN_S: Final = 30.0
_JOB: Final = "job.json"
_STATUS_BYTES: Final = 1_000


class MachineLost(L2HarnessError):
    """
    A virtual machine came to nothing: nobody knows what the command would have found out.

    Args:
        problem: What became of it.
        console: The last lines on its console; empty if there are none.
    """

    def __init__(self, problem: str, console: str = "") -> None:
        self.problem = problem
        self.console = console
        said = f". Its console's last lines:\n{console}" if console else "; its console is empty"
        super().__init__(f"{problem}{said}")


class Cancelled(L2HarnessError):
    """Somebody has asked to end the machine before it had finished."""


@dataclass(frozen=True, slots=True)
class Command:
    """
    What to run.

    Attributes:
        arguments: The program's path and its arguments.
        directory: Where the command finds itself.
        environment: All of it.
        reads: Paths of the host that it reads, beside its interpreter and this package.
        job: Files that it finds in `JOB`, by name. What it leaves in `RESULTS` comes back.
    """

    arguments: Sequence[str]
    directory: str = "/"
    environment: Mapping[str, str] = field(default_factory=dict)
    reads: Sequence[Path] = ()
    job: Mapping[str, bytes] = field(default_factory=dict)


#: Directories that the command finds in the machine.
RESULTS: Final = f"{guest.SHARES}/results"
JOB: Final = f"{guest.SHARES}/job"


class Hypervisor(Protocol):
    """A program that boots a virtual machine without any privilege."""

    @property
    def mode(self) -> str:
        """What a report says it was graded in, as in ``vm:uml``."""

    @property
    def version(self) -> str:
        """Of the kernel that it boots, as in ``6.1.176``."""

    @property
    def sees_files(self) -> bool:
        """Whether a command finds the files that it reads where they lie on the host."""

    @property
    def slower(self) -> int:
        """How many times slower than the host it may be before it is taken for hung."""

    def reads(self, paths: Sequence[Path]) -> Sequence[str]:
        """Files of the host that it sees while it runs a command that reads ``paths``."""

    def describe(self, place: Path) -> Mapping[str, object]:
        """What `guest` needs to know of it."""

    def command(self, place: Path, init: Path) -> Sequence[str]:
        """How to start it with ``init`` for the first process, its own files in ``place``."""

    def environment(self, place: Path) -> dict[str, str]:
        """What it finds in its environment."""

    def furnish(self, place: Path, paths: Sequence[Path], room_bytes: int) -> None:
        """Put into its place what it takes to run a job that lies there, and reads ``paths``."""

    def left(self, place: Path, wanted: Mapping[str, int]) -> dict[str, bytes]:
        """Return those of its results that are wanted, none larger than it may be, bytes."""


@dataclass(frozen=True, slots=True)
class Finished:
    """
    A command that has ended by itself.

    Attributes:
        status: Its exit status; negative: the signal that ended it.
        kernel: Version of the machine's kernel, as in ``6.1.176``.
        console: The last lines on the machine's console.
        files: What it left in the directory of results, by name.
    """

    status: int
    kernel: str
    console: str
    files: Mapping[str, bytes]


class Cancel:
    """Ends what runs in a machine, from any thread and from handlers of signals."""

    def __init__(self) -> None:
        self._fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)

    def fileno(self) -> int:
        """Return a descriptor that can be read once it has been asked."""
        return self._fd

    def ask(self) -> None:
        """Have it end, now and for ever."""
        os.eventfd_write(self._fd, 1)

    def close(self) -> None:
        """Forget it."""
        os.close(self._fd)


def run(
    hypervisor: Hypervisor,
    command: Command,
    *,
    limit_s: float,
    wanted: Mapping[str, int],
    cancel: Cancel | None = None,
    boot_s: float = BOOT_WITHIN_S,
) -> Finished:
    """
    Boot a machine, run a command in it, and return what it left.

    Args:
        hypervisor: What to boot it with.
        command: To be run.
        limit_s: How long the command may take, seconds.
        wanted: Names of the files to take from its results, with how many bytes each may have.
        cancel: Ends it early.
        boot_s: How long it may take until the command runs, seconds.

    Raises:
        MachineLost: It did not boot, hung, died, or left no readable result.
        Cancelled: By ``cancel``.
        KernelError: This machine has no room for it, or cannot start it.
    """
    with _directory() as place:
        try:
            _furnish(place, hypervisor, command)
            hypervisor.furnish(place, command.reads, sum(wanted.values()))
        except OSError as error:
            raise KernelError("write to", str(place), error.errno or 0) from error
        console = _Console()
        with _kept(_start(place, hypervisor, command)) as process:
            _watch(process, console, (boot_s, limit_s), cancel)
            left = hypervisor.left(place, {guest.STATUS: _STATUS_BYTES, **wanted})
            return _results(left, console, wanted)


@contextlib.contextmanager
def _directory() -> Iterator[Path]:
    """Have a directory for one machine; removed at the latest by its keeper."""
    where = place_for_machines()
    try:
        place = tempfile.mkdtemp(prefix="l2harness-vm-", dir=where)
    except OSError as error:
        raise KernelError("make a directory in", where, error.errno or 0) from error
    try:
        yield Path(place).resolve()
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _furnish(place: Path, hypervisor: Hypervisor, command: Command) -> None:
    job = place / "job"
    for directory in (job, place / "results", place / "machine"):
        directory.mkdir(mode=0o700)
    for name, data in command.job.items():
        (job / name).write_bytes(data)
    document = {
        **hypervisor.describe(place),
        "command": list(command.arguments),
        "directory": command.directory,
        "environment": dict(command.environment),
    }
    (job / _JOB).write_text(json.dumps(document), encoding="utf-8")
    init = job / "init"
    # Paths of a kernel's command line end at a blank; those of a shell need not.
    words_of_init = (sys.executable, "-I", "-S", guest.__file__, str(job / _JOB))
    quoted = " ".join("'" + word.replace("'", "'\\''") + "'" for word in words_of_init)
    init.write_text(f"#!/bin/sh\nexec {quoted}\n", encoding="utf-8")
    init.chmod(0o700)


def _start(place: Path, hypervisor: Hypervisor, command: Command) -> subprocess.Popen[bytes]:
    machine = place / "machine"
    start = keeper.Start(
        hypervisor.command(machine, place / "job" / "init"),
        hypervisor.environment(machine),
        str(place),
        [*hypervisor.reads(command.reads), str(place / "job")],
        [str(machine), str(place / "results"), os.devnull],
    )
    try:
        process = subprocess.Popen(
            keeper.COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is not for it
        )
    except OSError as error:
        raise KernelError("start", sys.executable, error.errno or 0) from error
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):  # it has died; its console will say so
        process.stdin.write(start.line())
        process.stdin.flush()
    return process


@contextlib.contextmanager
def _kept(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """End a keeper with its machine when the block is left, however it is left."""
    try:
        yield process
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(_GONE_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.returncode != 0:
            _kill_group(process.stderr.read(64))
        process.stdout.close()
        process.stderr.close()


def _kill_group(said: bytes) -> None:
    """Kill what a keeper has left behind that was killed itself."""
    with contextlib.suppress(ValueError, ProcessLookupError, PermissionError):
        os.killpg(int(said.split(b"\n")[0]), signal.SIGKILL)


def _watch(
    process: subprocess.Popen[bytes],
    console: _Console,
    limits_s: tuple[float, float],
    cancel: Cancel | None,
) -> None:
    """
    Hear a machine's console until nobody is left who could write on it.

    Args:
        limits_s: How long it may take to boot, and then to finish, seconds.

    Raises:
        MachineLost, Cancelled: As `run`.
    """
    assert process.stdout is not None
    assert process.stderr is not None
    heard, kept = process.stdout.fileno(), process.stderr.fileno()
    poll = select.poll()
    poll.register(heard, select.POLLIN)
    poll.register(kept, 0)  # a hang-up is reported without being asked for
    if cancel is not None:
        poll.register(cancel.fileno(), select.POLLIN)
    boot_s, limit_s = limits_s
    deadline = Deadline.after(boot_s)
    started = False
    while True:
        ready = dict(poll.poll(deadline.remaining_s * 1000))
        if cancel is not None and cancel.fileno() in ready:
            raise Cancelled("the virtual machine was ended before it had finished")
        if heard in ready:
            data = os.read(heard, 65_536)
            if not data:
                return
            console.add(data)
            if not started and console.has_started:
                started = True
                deadline = Deadline.after(limit_s)
        if kept in ready:
            raise MachineLost("the process that kept the virtual machine died")
        if deadline.expired:
            problem = (
                f"the virtual machine had not finished after {limit_s:g} s"
                if started
                else f"the virtual machine had not booted after {boot_s:g} s"
            )
            raise MachineLost(problem, console.last_lines())


class _Console:
    """The end of what a machine prints."""

    def __init__(self) -> None:
        self._tail = b""
        self.has_started = False

    def add(self, data: bytes) -> None:
        whole = self._tail + data
        self.has_started |= guest.STARTED.encode() in whole
        self._tail = whole[-_CONSOLE_BYTES:]

    def last_lines(self) -> str:
        text = self._tail.decode("utf-8", "backslashreplace").replace("\r", "")
        lines = [line.strip() for line in text.split("\n")]
        kept = [line for line in lines if line and line != guest.STARTED]
        return "\n".join(line[:_LONGEST_LINE] for line in kept[-_LAST_LINES:])


def _results(left: Mapping[str, bytes], console: _Console, wanted: Mapping[str, int]) -> Finished:
    said = left.get(guest.STATUS)
    last = console.last_lines()
    if said is None:
        what = "ended early" if console.has_started else "did not boot"
        raise MachineLost(f"the virtual machine {what}", last)
    try:
        document = json.loads(said)
        status, kernel = int(document["status"]), str(document["kernel"])
    except (ValueError, TypeError, KeyError) as error:
        raise MachineLost("the virtual machine did not say how it went", last) from error
    return Finished(status, kernel, last, {it: left[it] for it in wanted if it in left})
