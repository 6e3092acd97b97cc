"""Running a program on a host of a network that is up: the user's own, on his own terminal.

Strategy: the command goes in itself, with descriptors that the holder has given it. It moves into
the holder's user namespace (without root) and the host's network namespace, makes mount and UTS
namespaces of its own, in which /sys and /proc are the host's and the name of the machine is that
of the host, and forks into the holder's PID namespace. Terminal, files, directory, environment and
standard streams stay what they are.

Laws:

- What the program leaves behind ends with the network at the latest, and the program itself with
  whoever has called it: its process lies in the holder's PID namespace, and dies with its parent.
- Signals and the exit status pass; the terminal belongs to the caller again afterwards.
- Called while the process has one thread, and once: there is no way back out.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NoReturn

from l2harness.errors import KernelError, UsageError
from l2harness.live import one_uid
from l2harness.network import linux

_PASSED_ON: Final = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)
#: What Python ignores for itself, and a program must find as a shell would leave it.
_IGNORED_BY_PYTHON: Final = (signal.SIGPIPE, signal.SIGXFSZ)
_SENT_BY_THE_KERNEL: Final = 0x80  # si_code SI_KERNEL: from the terminal, to the whole group
#: Where a user's PATH may not look and an administrator's does.
_ADMINISTRATION: Final = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_MOUNT_FLAGS: Final = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
#: As a shell has them: a program that is not there, and one that cannot be executed.
_NOT_FOUND: Final = 127
_NOT_EXECUTABLE: Final = 126
_REPORT: Final = struct.Struct("=i")


@dataclass(frozen=True, slots=True)
class Door:
    """
    The way to one host: descriptors that the holder has given.

    Attributes:
        host: Its name.
        network: Its network namespace.
        pid: The holder's PID namespace.
        user: The holder's user namespace; None if that is ours.
    """

    host: str
    network: int
    pid: int
    user: int | None


class NotStarted(UsageError):
    """
    The program could not be executed.

    Attributes:
        status: What a shell would exit with: 127 it is not there, 126 it cannot be executed.
    """

    def __init__(self, words: str, status: int) -> None:
        self.status = status
        super().__init__(words)


def path_of_an_administrator(path: str) -> str:
    """Return a PATH that looks where ``ip`` and ``tcpdump`` may be, too, as under ``sudo``."""
    known = path.split(":") if path else []
    return ":".join([*known, *(it for it in _ADMINISTRATION if it not in known)])


def run(door: Door, argv: list[str]) -> int:
    """
    Run a program on a host to its end.

    Args:
        door: The way there.
        argv: The program, looked for on PATH, and its arguments.

    Returns:
        Its exit status, or 128 and the number of the signal that has ended it.

    Raises:
        NotStarted: There is no such program, or it cannot be executed.
        KernelError: The machine does not let us in.
    """
    environment = {**os.environ, "PATH": path_of_an_administrator(os.environ.get("PATH", ""))}
    program = shutil.which(argv[0], path=environment["PATH"])
    if program is None and os.sep not in argv[0]:
        raise NotStarted(f"there is no program {argv[0]!r}", _NOT_FOUND)
    terminal = _terminal_of_ours()
    signal.pthread_sigmask(signal.SIG_BLOCK, {*_PASSED_ON, signal.SIGCHLD, signal.SIGTTOU})
    _go_in(door)
    reports, theirs = os.pipe()
    go, started = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(started)
        _become(program or argv[0], argv, environment, go, theirs, door)
    os.close(theirs)
    os.close(go)
    with suppress(BrokenPipeError):
        os.write(started, b"g")
    os.close(started)
    with os.fdopen(reports, "rb") as file:
        report = file.read()
    status = _watch(child)
    if terminal is not None:
        _take_back(terminal)
    if report:
        (number,) = _REPORT.unpack_from(report)
        _complain(argv[0], number, report[_REPORT.size :])
    return status


def _go_in(door: Door) -> None:
    try:
        if door.user is not None:
            linux.setns(door.user, linux.CLONE_NEWUSER)
        linux.setns(door.network, linux.CLONE_NEWNET)
        linux.setns(door.pid, linux.CLONE_NEWPID)
        linux.unshare(linux.CLONE_NEWNS | linux.CLONE_NEWUTS)
        linux.mount("none", "/", "none", linux.MS_REC | linux.MS_SLAVE)
        linux.mount("sysfs", "/sys", "sysfs", _MOUNT_FLAGS)
        socket.sethostname(door.host)
    except OSError as error:
        raise KernelError("enter host", door.host, error.errno or 0) from error


def _become(
    program: str,
    argv: list[str],
    environment: dict[str, str],
    go: int,
    report: int,
    door: Door,
) -> NoReturn:
    """Be the child: into the program, or out by _exit."""
    step = b"mount /proc"
    try:
        linux.die_with_parent(signal.SIGKILL)
        if not os.read(go, 1):
            os._exit(_NOT_EXECUTABLE)  # whoever has called us has gone already
        os.close(go)
        linux.mount("proc", "/proc", "proc", _MOUNT_FLAGS)
        if one_uid.alone():
            step = b"pretend to be other users"
            one_uid.pretend()
        step = b""
        for number in _IGNORED_BY_PYTHON:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {*_PASSED_ON, signal.SIGCHLD, signal.SIGTTOU})
        os.execve(program, argv, environment)
    except OSError as error:
        os.write(report, _REPORT.pack(error.errno or errno.EIO) + step)
    finally:
        os._exit(_NOT_EXECUTABLE)


def _complain(name: str, number: int, step: bytes) -> NoReturn:
    if step:
        raise KernelError(step.decode(), errno=number)
    words = f"{name!r} cannot be executed: {os.strerror(number)}"
    if number == errno.ENOEXEC:
        words += "; a script needs a first line such as `#!/usr/bin/env python3`"
    raise NotStarted(words, _NOT_FOUND if number == errno.ENOENT else _NOT_EXECUTABLE)


def still_there() -> bool:
    """
    Whether the network that was entered by `run` is up still.

    Asked by trying: the first thing that the end of a PID namespace does, before anything in it is
    killed, is to allow no new process there; pid_namespaces(7).
    """
    try:
        child = os.fork()
    except OSError as error:
        if error.errno == errno.ENOMEM:
            return False
        raise
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return True


def _watch(child: int) -> int:
    """Pass signals on until the child has ended; return its status as a shell has it."""
    wanted = {*_PASSED_ON, signal.SIGCHLD}
    while True:
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code
        info = signal.sigwaitinfo(wanted)
        if info.si_signo != signal.SIGCHLD and info.si_code != _SENT_BY_THE_KERNEL:
            with suppress(ProcessLookupError):
                os.kill(child, info.si_signo)


def _terminal_of_ours() -> int | None:
    """Return the descriptor of the terminal in whose foreground we are, if we are."""
    for fd in (0, 1, 2):
        with suppress(OSError):
            if os.tcgetpgrp(fd) == os.getpgrp():
                return fd
    return None


def _take_back(terminal: int) -> None:
    """Be in the foreground again: a shell has put itself there, and cannot name us any more."""
    with suppress(OSError):
        if os.tcgetpgrp(terminal) != os.getpgrp():
            os.tcsetpgrp(terminal, os.getpgrp())
