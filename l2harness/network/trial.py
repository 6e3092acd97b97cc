"""Finding out whether something can be done by doing it, in a child that ends afterwards.

What a machine allows is not written anywhere: it follows from capabilities, sysctls, a container's
filter, a security module and the kernel's configuration together. So a forked child tries, step by
step, and reports which step failed and how. Namespaces and mounts that it made end with it.

Laws:

- Nothing outlives a trial: a child dies with its parent, and one that takes too long is killed.
- Nothing is claimed that was not done.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NoReturn

from l2harness.errors import KernelError, L2HarnessError
from l2harness.network import linux
from l2harness.network.entry import Mode

#: No step takes longer on a machine that works, seconds.
_WITHIN_S: Final = 20.0
_MESSAGE_BYTES: Final = 4_096  # PIPE_BUF: written and read as one
_SEPARATOR: Final = "\0"


class Steps:
    """Called with what is about to be tried, so that a failure can be named."""

    def __init__(self) -> None:
        self.current = "start"

    def __call__(self, step: str) -> None:
        """Say what comes next, in a few words: "open a packet socket"."""
        self.current = step


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    How a trial went.

    Attributes:
        works: Whether every step could be done.
        detail: What was found, or why the step failed.
        step: The step that failed; empty if none did.
        errno: The kernel's number for it; 0 if it gave none.
    """

    works: bool
    detail: str
    step: str = ""
    errno: int = 0

    def __str__(self) -> str:
        return self.detail if self.works else f"{self.step}: {self.detail}"


#: What is tried. It runs in a child and returns what there is to say if all went well. A failure
#: is an OSError, an error of ours or a `Refused`.
Action = Callable[[Steps], str]


class Refused(Exception):
    """A trial inside a trial failed, or was never made: what to report instead."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(str(outcome))
        self.outcome = outcome


def attempt(action: Action) -> Outcome:
    """Do ``action`` in a forked child and return how it went; what it changed ends with it."""
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        _report(theirs, action)
    os.close(theirs)
    try:
        poll = select.poll()
        poll.register(ours, select.POLLIN)
        message = os.read(ours, _MESSAGE_BYTES) if poll.poll(_WITHIN_S * 1000) else None
    finally:
        os.close(ours)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    if message is None:
        return Outcome(False, f"took longer than {_WITHIN_S:.0f} s", "wait for the trial")
    if not message:
        return Outcome(False, "ended without a word", "wait for the trial")
    works, detail, step, number = message.decode("utf-8", "replace").split(_SEPARATOR)
    return Outcome(bool(works), detail, step, int(number))


def _report(pipe: int, action: Action) -> NoReturn:
    """Be the child: never return into what the parent was doing."""
    steps = Steps()
    try:
        linux.die_with_parent(signal.SIGKILL)
        outcome = Outcome(True, action(steps))
    except Refused as refused:
        outcome = refused.outcome
    except OSError as error:
        outcome = Outcome(False, error.strerror or str(error), steps.current, error.errno or 0)
    except KernelError as error:
        outcome = Outcome(False, os.strerror(error.errno), steps.current, error.errno)
    except L2HarnessError as error:
        outcome = Outcome(False, str(error), steps.current)
    except BaseException as error:  # noqa: BLE001  (whatever it is, the child must not go on)
        outcome = Outcome(False, f"{type(error).__name__}: {error}", steps.current)
    fields = ("works" if outcome.works else "", outcome.detail, outcome.step, str(outcome.errno))
    tidy = [field.replace(_SEPARATOR, " ")[: _MESSAGE_BYTES // 16] for field in fields]
    try:
        os.write(pipe, _SEPARATOR.join(tidy).encode("utf-8", "replace"))
    finally:
        os._exit(0)


def isolated(mode: Mode, action: Action) -> Action:
    """
    Return ``action`` as it goes inside namespaces such as `entry.enter` makes.

    It runs as the init of a PID namespace with its /proc, in private mount, IPC and network
    namespaces.
    """

    def enter_and_act(steps: Steps) -> str:
        uid, gid = os.geteuid(), os.getegid()
        flags = linux.CLONE_NEWNS | linux.CLONE_NEWIPC | linux.CLONE_NEWPID | linux.CLONE_NEWNET
        if mode == "root":
            steps("unshare (CAP_SYS_ADMIN)")
            linux.unshare(flags)
        else:
            steps("unshare")
            linux.unshare(flags | linux.CLONE_NEWUSER)
            for name, text in (
                ("setgroups", "deny"),
                ("uid_map", f"0 {uid} 1"),
                ("gid_map", f"0 {gid} 1"),
            ):
                steps(f"write {name}")
                with open(f"/proc/self/{name}", "w") as file:
                    file.write(text)
        outcome = attempt(_with_own_mounts(action))
        if not outcome.works:
            raise Refused(outcome)
        return outcome.detail

    return enter_and_act


def _with_own_mounts(action: Action) -> Action:
    def mount_and_act(steps: Steps) -> str:
        steps("make the mounts private (CAP_SYS_ADMIN)")
        linux.mount("none", "/", "none", linux.MS_REC | linux.MS_PRIVATE)
        steps("mount /proc")
        flags = linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
        linux.mount("proc", "/proc", "proc", flags)
        return action(steps)

    return mount_and_act


def run(argv: list[str], descriptors: tuple[int, ...] = ()) -> tuple[int, str]:
    """
    Execute a program of the machine's, without input and almost without environment.

    Args:
        argv: With the whole path of the program in front.
        descriptors: Descriptors that it inherits under their own numbers.

    Returns:
        Its exit status (negative: the signal that ended it), and the beginning of what it printed.

    Raises:
        OSError: It cannot be executed.
    """
    ours, theirs = os.pipe()
    try:
        child = os.posix_spawn(
            argv[0],
            argv,
            {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, theirs, 1),
                (os.POSIX_SPAWN_DUP2, theirs, 2),
                *((os.POSIX_SPAWN_DUP2, fd, fd) for fd in descriptors),
            ],
        )
    except OSError:
        os.close(ours)
        raise
    finally:
        os.close(theirs)
    with os.fdopen(ours, "rb") as output:
        printed = output.read(_MESSAGE_BYTES)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, printed.decode("utf-8", "replace").strip()
