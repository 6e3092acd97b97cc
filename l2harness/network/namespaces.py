"""Anonymous network namespaces: made for the hosts of one network, held by descriptors alone.

Nothing gets a name in /run/netns, so nothing is left when the holder of the descriptors dies.

Two kinds of host namespace, by what will run in it:

- *plain*: owned by the harness's user namespace; made in 0.3 ms by the calling thread.
- *guarded*, for a stranger's programs: owned by a user namespace of its own, in which a program is
  uid 0 as under ``sudo``, while to the machine it is an unprivileged uid that owns nothing (as
  root), or the caller's own (without root, where there is no other). A short-lived child makes the
  user namespace and the network namespaces in it, hands their descriptors over, and ends.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from l2harness.errors import KernelError, SandboxError
from l2harness.network import linux

#: One message on a Unix socket carries at most 253 descriptors (SCM_MAX_FD); unix(7).
_DESCRIPTORS_A_MESSAGE = 250


@dataclass(slots=True)
class Namespaces:
    """
    Descriptors of the namespaces of one network. Closing them lets the kernel take all away.

    Attributes:
        fabric: Network namespace in which the far ends of all links live.
        hosts: One network namespace a host, in the order asked for.
        user: The guarded hosts' user namespace; None for plain hosts.
        outside_uid: Who a guarded program is to the harness's own user namespace.
    """

    fabric: int
    hosts: tuple[int, ...]
    user: int | None = None
    outside_uid: int = 0
    _open: list[int] = field(default_factory=list)

    def close(self) -> None:
        """Let go of every namespace; what runs in one keeps it alive until it ends."""
        while self._open:
            os.close(self._open.pop())


def plain(count: int) -> Namespaces:
    """
    Make a fabric and ``count`` host namespaces owned by the harness.

    Raises:
        KernelError: The kernel refuses a network namespace.
    """
    made: list[int] = []
    try:
        for _ in range(count + 1):
            made.append(new_network_namespace())
    except KernelError:
        for fd in made:
            os.close(fd)
        raise
    return Namespaces(made[0], tuple(made[1:]), _open=made)


def guarded(count: int, outside_uid: int) -> Namespaces:
    """
    Make a fabric, and ``count`` host namespaces inside a user namespace of their own.

    Args:
        count: Number of hosts.
        outside_uid: The uid, seen from the harness's user namespace, that uid 0 inside stands for.

    Raises:
        SandboxError: This machine cannot nest user namespaces.
        KernelError: The kernel refuses a network namespace.
    """
    fabric = new_network_namespace()
    made = [fabric]
    try:
        user, hosts = _make_guarded(count, outside_uid)
        made += [user, *hosts]
    except BaseException:
        for fd in made:
            os.close(fd)
        raise
    return Namespaces(fabric, tuple(hosts), user, outside_uid, made)


def new_network_namespace() -> int:
    """
    Return a descriptor of a new, empty network namespace; the calling thread stays where it is.

    Raises:
        KernelError: The kernel refuses one.
    """
    with _network_namespace_kept():
        try:
            linux.unshare(linux.CLONE_NEWNET)
            return linux.open_own_netns()
        except OSError as error:
            raise KernelError("make a network namespace", errno=error.errno or 0) from error


@contextmanager
def _network_namespace_kept() -> Iterator[None]:
    home = linux.open_own_netns()
    try:
        yield
    finally:
        linux.setns(home, linux.CLONE_NEWNET)
        os.close(home)


def _make_guarded(count: int, outside_uid: int) -> tuple[int, list[int]]:
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        ours.close()
        _be_the_maker(theirs, count)
    theirs.close()
    made: list[int] = []
    try:
        _expect(ours, "unshare a user namespace")
        # Written from outside: the writer holds CAP_SETUID over the parent namespace, which a map
        # onto another uid needs; user_namespaces(7).
        for name in ("uid_map", "gid_map"):
            with open(f"/proc/{child}/{name}", "w") as file:
                file.write(f"0 {outside_uid} 1")
        made.append(os.open(f"/proc/{child}/ns/user", os.O_RDONLY | os.O_CLOEXEC))
        ours.send(b"g")
        while len(made) <= count:
            message, fds, _, _ = socket.recv_fds(ours, 64, _DESCRIPTORS_A_MESSAGE)
            if not fds:
                raise SandboxError(_complaint("make network namespaces", message))
            made += fds
        for fd in made:
            os.set_inheritable(fd, False)
        return made[0], made[1:]
    except BaseException as error:
        for fd in made:
            os.close(fd)
        if isinstance(error, OSError):
            raise SandboxError(f"cannot map a user namespace of its own: {error}") from error
        raise
    finally:
        ours.close()
        os.waitpid(child, 0)


def _expect(channel: socket.socket, operation: str) -> None:
    if (message := channel.recv(64)) != b"ok":
        raise SandboxError(_complaint(operation, message))


def _complaint(operation: str, message: bytes) -> str:
    number = int(message) if message.isdigit() else 0
    return f"cannot {operation}: {os.strerror(number) if number else 'the helper process ended'}"


def _be_the_maker(channel: socket.socket, count: int) -> None:
    """Run in the child: system calls only, and out by _exit, whatever happens."""
    try:
        linux.unshare(linux.CLONE_NEWUSER)
        channel.send(b"ok")
        if channel.recv(1):
            os.setresgid(0, 0, 0)
            os.setresuid(0, 0, 0)
            waiting: list[int] = []
            for number in range(1, count + 1):
                linux.unshare(linux.CLONE_NEWNET)
                waiting.append(linux.open_own_netns())
                if len(waiting) == _DESCRIPTORS_A_MESSAGE or number == count:
                    socket.send_fds(channel, [b"fds"], waiting)
                    for fd in waiting:
                        os.close(fd)
                    waiting.clear()
    except OSError as error:
        channel.send(str(error.errno or 0).encode())
    finally:
        os._exit(0)
