"""The process between the harness and a virtual machine: starts it, and ends all of it.

It is started as a program of its own (`COMMAND`), in a session of its own. What it is to do comes
as one line of JSON on stdin, which whoever started it keeps open: once that is closed, by intent
or by death, the machine is killed, with what it has started, and its directory is removed.

Its stdout is the machine's console. On stderr stands the machine's process group, in a line, and
nothing else; that it is closed says that the keeper has gone.

Laws:

- The machine's first process dies with the keeper, as the keeper acts when the harness dies: to
  leave something behind, both have to be killed at the same moment.
- The machine is confined to its files before its first instruction; see `landlock`.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import shutil
import signal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, NoReturn

from l2harness.network import linux
from l2harness.vm.landlock import confine

#: How to start one.
COMMAND: Final = (
    sys.executable,
    *("-I", "-S", "-c"),
    "import sys; sys.path.insert(0, sys.argv[1]); from l2harness.vm.keeper import main; main()",
    str(Path(__file__).resolve().parents[2]),
)
#: How long killed processes have to be gone, seconds.
_GONE_WITHIN_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Start:
    """
    What to start.

    Attributes:
        command: The program's path, and its arguments.
        environment: All of it.
        directory: Where it finds itself; removed in the end.
        reads: Files and directories that it may read and execute.
        writes: … and change as well.
    """

    command: Sequence[str]
    environment: dict[str, str]
    directory: str
    reads: Sequence[str]
    writes: Sequence[str]

    def line(self) -> bytes:
        """Return it as one line."""
        return json.dumps(asdict(self)).encode() + b"\n"


def main() -> NoReturn:
    """Keep a machine, and exit when nothing of it is left."""
    wanted = Start(**json.loads(sys.stdin.buffer.readline()))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    woken, wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(wakes)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    linux.adopt_orphans()
    keeper = os.getpid()
    machine = os.fork()
    if machine == 0:
        _become(wanted, keeper)
    try:
        with contextlib.suppress(OSError):  # it may have done so itself, and been executed
            os.setpgid(machine, machine)
        os.write(2, b"%d\n" % machine)
        _let_go_of(1)
        _until_either(machine, woken)
    finally:
        _end(machine)
    # What it found out is still wanted.
    _until_closed()
    shutil.rmtree(wanted.directory, ignore_errors=True)
    os._exit(0)


def _become(wanted: Start, keeper: int) -> NoReturn:
    """Turn into the machine."""
    try:
        os.setpgid(0, 0)
        linux.die_with_parent(signal.SIGKILL)
        if os.getppid() != keeper:  # it died before that could be said
            os._exit(1)
        signal.set_wakeup_fd(-1)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(1, 2)
        os.chdir(wanted.directory)
        confine(reads=wanted.reads, writes=wanted.writes)
        os.execve(wanted.command[0], list(wanted.command), wanted.environment)
    except OSError as error:
        print(f"l2harness: {wanted.command[0]}: {error.strerror}", flush=True)
    finally:
        os._exit(127)


def _let_go_of(fd: int) -> None:
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, fd)
    os.close(null)


def _until_either(machine: int, woken: int) -> None:
    """Wait until the machine has ended, or is no longer wanted."""
    poll = select.poll()
    poll.register(0, select.POLLIN)
    poll.register(woken, select.POLLIN)
    while True:
        if any(fd == 0 for fd, _ in poll.poll()):
            return
        os.read(woken, 64)
        with contextlib.suppress(ChildProcessError):
            # Left unreaped, so that its number names its group until that has been killed.
            if os.waitid(os.P_PID, machine, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
        return


def _until_closed() -> None:
    while os.read(0, 64):
        pass


def _end(machine: int) -> None:
    """Kill the machine with its process group, and wait until it is gone, orphans included."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(machine, signal.SIGKILL)
    signal.signal(signal.SIGALRM, lambda *_: os._exit(1))
    signal.setitimer(signal.ITIMER_REAL, _GONE_WITHIN_S)
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    signal.setitimer(signal.ITIMER_REAL, 0)
