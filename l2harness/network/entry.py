"""Moving the whole harness into namespaces of its own, before anything else happens.

Three processes come of it::

    outer    the process that was started: passes signals on, returns the exit status
    init     PID 1 of the new PID namespace: reaps, and dies with outer
    harness  where `enter` returns

Laws:

- Whatever dies, and however, nothing is left: init dies with outer (PDEATHSIG), and with init dies
  every process of its PID namespace; with the last of them go the network namespaces, which are
  anonymous, and the mounts, which are private.
- Called while the process has one thread. As root no user namespace is made, so that rules against
  unprivileged ones (Ubuntu's AppArmor) do not matter; otherwise the caller becomes uid 0 of its
  own.
- The harness stands in an empty network namespace: a socket opened in the wrong place reaches
  nothing.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from typing import Final, Literal, NoReturn

from l2harness.errors import KernelError, PrivilegeError
from l2harness.network import linux

Mode = Literal["root", "rootless"]

#: Set inside: the mode, and the PID namespace it was said in, so that a copy of the variable
#: elsewhere is not believed.
_MARK: Final = "L2HARNESS_INSIDE"

#: A directory that exists everywhere and in which nobody keeps files: it is covered by a private
#: tmpfs, in which the submissions are staged.
WORKSPACE: Final = "/dev/shm"

_PASSED_ON: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1)
_SENT_BY_THE_TERMINAL: Final = 0x80  # si_code SI_KERNEL: the whole foreground group got it


#: Set in a virtual machine of ours: what its reports call the mode, as in ``vm:uml``.
MACHINE_VARIABLE: Final = "L2HARNESS_MACHINE"


def reported_mode() -> str:
    """
    Return how grading is done here, as a report says it.

    Returns:
        ``root`` or ``rootless``; in a virtual machine its name, and the version of its kernel:
        ``vm:uml 6.1.176``.
    """
    if machine := os.environ.get(MACHINE_VARIABLE):
        return f"{machine} {os.uname().release}"
    return current_mode() or "root"


def current_mode() -> Mode | None:
    """Return how this process entered its own namespaces, or None if it has not."""
    mode, _, where = os.environ.get(_MARK, "").partition(":")
    if where != _pid_namespace():
        return None
    return "root" if mode == "root" else "rootless"


def enter(way: Mode | None = None) -> Mode:
    """
    Continue this program inside its own user, mount, PID, IPC and network namespaces.

    Returns in the harness process, once; a second call changes nothing. Buffered output is
    written before the fork, so nothing is printed twice.

    Args:
        way: The only one to try; None tries both.

    Returns:
        ``root`` if the caller has CAP_SYS_ADMIN already, ``rootless`` if a user namespace gave it.

    Raises:
        PrivilegeError: The kernel gives neither; the remedy says what would help.
        KernelError: It allows the namespaces but not what is needed inside.
    """
    if (inside := current_mode()) is not None:
        return inside
    mode = _unshare(way)
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, {*_PASSED_ON, signal.SIGCHLD})
    ours, theirs = socket.socketpair()
    init = os.fork()
    if init:
        theirs.close()
        _let_init_start(ours)
        _watch(init)
    ours.close()
    _start_as_init(theirs)
    harness = os.fork()
    if harness:
        _watch(harness)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {*_PASSED_ON, signal.SIGCHLD})
    settle(mode)
    return mode


def settle(mode: Mode) -> None:
    """
    Make a new PID and mount namespace the harness's own: as the last step of `enter`, or inside.

    Args:
        mode: How the outermost of our namespaces were entered.

    Raises:
        PrivilegeError, KernelError: As `enter`.
    """
    # The init of a program's sandbox outlives what we started by a moment; its end tells the CPU
    # time of everything in it, to its parent alone.
    linux.adopt_orphans()
    os.environ[_MARK] = f"{mode}:{_pid_namespace()}"
    _make_mounts_private()


def _pid_namespace() -> str:
    return os.readlink("/proc/self/ns/pid")


def _unshare(way: Mode | None) -> Mode:
    flags = linux.CLONE_NEWNS | linux.CLONE_NEWIPC | linux.CLONE_NEWPID | linux.CLONE_NEWNET
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0 and way != "rootless":
        try:
            linux.unshare(flags)
        except PermissionError as error:
            # Root of a container without CAP_SYS_ADMIN: try as everybody else does.
            if way == "root":
                raise _not_root() from error
        else:
            return "root"
    if way == "root":
        raise _not_root()
    try:
        linux.unshare(flags | linux.CLONE_NEWUSER)
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"0 {uid} 1"),
            ("gid_map", f"0 {gid} 1"),
        ):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
    except OSError as error:
        from l2harness.network.privilege import explain

        raise explain(error) from error
    return "rootless"


def _not_root() -> PrivilegeError:
    return PrivilegeError(
        f"uid {os.geteuid()} is not root here, or a root without CAP_SYS_ADMIN",
        "Run it with `sudo`; in a container, start that with --privileged.",
    )


def _let_init_start(to_init: socket.socket) -> None:
    """Answer init once it has tied its life to ours: from here on it cannot outlive us."""
    if to_init.recv(1):
        to_init.send(b"g")
    to_init.close()


def _start_as_init(to_outer: socket.socket) -> None:
    linux.die_with_parent(signal.SIGKILL)
    try:
        to_outer.send(b"r")
        if not to_outer.recv(1):
            os._exit(1)
    except OSError:
        os._exit(1)
    to_outer.close()


def _watch(child: int) -> NoReturn:
    """Reap, pass signals on to ``child``, and end as it ends."""
    wanted = {*_PASSED_ON, signal.SIGCHLD}
    while True:
        info = signal.sigwaitinfo(wanted)
        if info.si_signo != signal.SIGCHLD:
            if info.si_code != _SENT_BY_THE_TERMINAL:
                os.kill(child, info.si_signo)
            continue
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                os._exit(1)
            if pid == 0:
                break
            if pid == child:
                code = os.waitstatus_to_exitcode(status)
                os._exit(code if code >= 0 else 128 - code)


def _make_mounts_private() -> None:
    steps = (
        ("none", "/", "none", linux.MS_REC | linux.MS_PRIVATE, ""),
        ("proc", "/proc", "proc", linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC, ""),
        ("tmpfs", WORKSPACE, "tmpfs", linux.MS_NOSUID | linux.MS_NODEV, "mode=0755"),
    )
    for source, target, kind, flags, options in steps:
        try:
            linux.mount(source, target, kind, flags, options)
        except PermissionError as error:
            raise PrivilegeError(
                f"this machine does not let a namespace of ours mount {kind} on {target}",
                "In a container, start it with --privileged, or with --cap-add SYS_ADMIN "
                "--security-opt seccomp=unconfined --security-opt systempaths=unconfined",
            ) from error
        except OSError as error:
            raise KernelError(f"mount {kind} on", target, error.errno or 0) from error
