"""The sandbox a stranger's program runs in: one bubblewrap line, the same with and without root.

The program is born in its host's network namespace and in the user namespace that owns it, where
it is uid 0 with CAP_NET_RAW alone, as it would look under ``sudo``; outside it is nobody. It has
PID, mount, IPC and UTS namespaces of its own; /usr read-only, a made-up /etc, a sysfs that shows
the host's interfaces, its own throwaway directory as the current one, a small /tmp; a seccomp
filter; no descriptor of ours. It cannot see the harness, its checks, or another submission. What
it sees is a copy of a tree that is made once for all, see `view`.

bubblewrap stops before it runs the program, says which process will be its init, and waits: then
limits are set from outside, so that no further program has to be executed on the way.

The capability bounding set stays full. Capabilities come from it only by executing a file that has
some, or that belongs to a set-user-id root, and no_new_privs makes the kernel pass over both;
dropping it too would take one more program on the way to every start.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from l2harness.errors import PrivilegeError
from l2harness.programs import view
from l2harness.programs.cgroup import Groups
from l2harness.programs.seccomp import filter_bytes

#: Where the program finds itself.
HOME: Final = "/submission"

#: Everything a program gets to know through its environment. PATH has the sbin directories, as
#: under sudo.
ENVIRONMENT: Final[Mapping[str, str]] = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "USER": "root",
    "LOGNAME": "root",
    "SHELL": "/bin/sh",
    "LANG": "C.UTF-8",
    "TERM": "xterm",
    # The leak check of gcc's and clang's address sanitizer stops its own threads with ptrace(2),
    # which is refused; without this a right program would end with status 1.
    "ASAN_OPTIONS": "detect_leaks=0",
}


@dataclass(frozen=True, slots=True)
class Launch:
    """
    One program, ready to be started.

    Attributes:
        argv: Program and arguments, as the sandbox will execute them.
        directory: The throwaway copy it may write to; its current directory inside.
        user_namespace: Descriptor of the host's user namespace; None for the harness's own.
        sysfs: Directory on which the host's sysfs is mounted; None for a program without network.
        scratch: Holds the directories ``tmp``, ``shm`` and ``root``, which it may write to, too,
            and ``view``, an empty one, on which what it sees is mounted.
        network: Whether it may open packet sockets; a build may not.
        environment: Variables that differ from `ENVIRONMENT`.
        outside_uid: Who it is outside; 0 without root, for the harness's own.
    """

    argv: Sequence[str]
    directory: Path
    user_namespace: int | None
    sysfs: Path | None
    scratch: Path
    network: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    outside_uid: int = 0


@dataclass(slots=True)
class Command:
    """
    What the harness executes for a `Launch`.

    Attributes:
        argv: The line.
        environment: Its environment; the program's own is made inside.
        passed: Descriptors it inherits; close them once it runs.
        status_fd: Where the line ``{"child-pid": N}`` comes, naming the sandbox's init, and later
            ``{"exit-code": N}`` if the program was ever executed; None without a sandbox.
        gate_fd: Write a byte to let the program begin; None without a sandbox.
        directory: To start in.
        groups: Makes its control group; None where it gets none.
        outside_uid: Whose its terminal is to be.
    """

    argv: list[str]
    environment: Mapping[str, str]
    passed: list[int] = field(default_factory=list)
    status_fd: int | None = None
    gate_fd: int | None = None
    directory: str = "/"
    groups: Groups | None = None
    outside_uid: int = 0


class Sandbox(Protocol):
    """Turns a program into a command that contains it. `l2harness.testing` has a fake."""

    def command(self, launch: Launch) -> Command:
        """Return what to execute. Raises SandboxError where it cannot be prepared."""


class Bubblewrap:
    """
    `Sandbox` for real.

    Args:
        machine: What programs see of the machine, see `view.furnish`.
        visible: What was made visible there, and what hidden; only what `view.is_covered` matters.
        hidden: The same.
        groups: Makes control groups for them; None for none.

    Raises:
        PrivilegeError: bubblewrap or nsenter is not installed.
    """

    def __init__(
        self,
        machine: Path,
        visible: Mapping[Path, Path] | None = None,
        hidden: Sequence[Path] = (),
        groups: Groups | None = None,
    ) -> None:
        self._bwrap = _installed(
            "bwrap", "bubblewrap", ". For programs that you trust, `--no-sandbox` goes without"
        )
        self._nsenter = _installed("nsenter", "util-linux")
        self._machine = machine
        self._covered = {it: at for it, at in (visible or {}).items() if view.is_covered(it)}
        self._hidden = view.within(self._covered, (*view.OURS, *hidden))
        self._groups = groups

    def command(self, launch: Launch) -> Command:
        """See `Sandbox.command`."""
        self._show(launch)
        status_read, status_write = os.pipe2(os.O_CLOEXEC)
        gate_read, gate_write = os.pipe2(os.O_CLOEXEC)
        seccomp = _memory_file(filter_bytes(network=launch.network))
        options = [*self._options(launch), "--seccomp", str(seccomp)]
        options += ["--json-status-fd", str(status_write), "--block-fd", str(gate_read)]
        # Options go by a descriptor: the command line of the sandbox's init can be read inside.
        arguments = _memory_file(b"".join(option.encode() + b"\0" for option in options))
        return Command(
            [*self._enter(launch), self._bwrap, "--args", str(arguments), "--", *launch.argv],
            {"PATH": ENVIRONMENT["PATH"]},
            [arguments, seccomp, status_write, gate_read],
            status_read,
            gate_write,
            groups=self._groups,
            outside_uid=launch.outside_uid,
        )

    def _enter(self, launch: Launch) -> list[str]:
        return enter_line(self._nsenter, launch)

    def _show(self, launch: Launch) -> None:
        """Mount what the program is to see."""
        own = {
            "tmp": launch.scratch / "tmp",
            "dev/shm": launch.scratch / "shm",
            "root": launch.scratch / "root",
            HOME[1:]: launch.directory,
        }
        if launch.sysfs is not None:
            own["sys"] = launch.sysfs
        view.copy(self._machine, launch.scratch / "view", own)

    def _options(self, launch: Launch) -> list[str]:
        options = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try"]
        if not launch.network:
            options += ["--unshare-net"]
        options += ["--die-with-parent", "--new-session", "--hostname", "lab", "--clearenv"]
        for name, value in {**ENVIRONMENT, **launch.environment}.items():
            options += ["--setenv", name, value]
        # As it is: its mounts are shut already, and the devices among them must stay devices.
        options += ["--dev-bind", str(launch.scratch / "view"), "/"]
        options += ["--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys"]
        # The sandbox's init has the program's uid: its memory could be written to.
        options += _covered("/proc/1")
        # Terminals are counted for the whole machine: it gets to see none but its own.
        options += ["--dev-bind", "/proc/self/fd/0", f"/dev/{view.CONSOLE}"]
        for directory, reached in self._covered.items():
            options += _bind_with_passable_parents(reached, directory)
        for directory in self._hidden:
            options += _covered(str(directory))
        options += ["--chdir", HOME, "--cap-drop", "ALL"]
        if launch.network:
            options += ["--cap-add", "CAP_NET_RAW"]
        return options


class NoSandbox:
    """
    No protection at all, for ``--no-sandbox``: only the namespaces of host and user remain.

    Raises:
        PrivilegeError: nsenter is not installed.
    """

    def __init__(self) -> None:
        self._nsenter = _installed("nsenter", "util-linux")

    def command(self, launch: Launch) -> Command:
        """See `Sandbox.command`."""
        line = [*enter_line(self._nsenter, launch), *launch.argv]
        environment = {**ENVIRONMENT, **launch.environment}
        return Command(
            line, environment, directory=str(launch.directory), outside_uid=launch.outside_uid
        )


def enter_line(nsenter: str, launch: Launch) -> list[str]:
    """
    Return the beginning of a line that enters the host's user namespace as its uid 0.

    The descriptor is named through the harness's own /proc entry, so that none is inherited.
    """
    if launch.user_namespace is None:
        return []
    line = [nsenter, f"--user=/proc/{os.getpid()}/fd/{launch.user_namespace}"]
    # Without root, uid 0 inside is who we are already, and setgroups(2) is denied for good.
    line += (
        ["--setuid", "0", "--setgid", "0"] if launch.outside_uid else ["--preserve-credentials"]
    )
    return [*line, "--"]


def _installed(program: str, package: str, otherwise: str = "") -> str:
    if (
        path := shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    ) is None:
        raise PrivilegeError(
            f"{program} is not installed, and without it programs would run unprotected",
            f"Install it: `sudo apt-get install {package}` (Debian, Ubuntu), "
            f"`sudo dnf install {package}` (Fedora){otherwise}.",
        )
    return path


def _bind_with_passable_parents(source: Path, directory: Path) -> list[str]:
    """bubblewrap makes missing parents 0700; say 0755, or nobody gets through them."""
    options: list[str] = []
    for parent in reversed(directory.parents):
        if view.is_covered(parent):
            options += ["--perms", "0755", "--dir", str(parent)]
    return [*options, "--ro-bind", str(source), str(directory)]


def _covered(path: str) -> list[str]:
    """Something empty in front of a directory, or of a file, such as an archive of uploads."""
    if os.path.isfile(path):
        return ["--ro-bind", "/dev/null", path]
    return ["--size", "4096", "--tmpfs", path, "--remount-ro", path]


def _memory_file(content: bytes) -> int:
    fd = os.memfd_create("l2harness")
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd
