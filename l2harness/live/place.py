"""Where the networks of one user are found: a directory of his own with a socket for each.

Strategy: the socket is all there is. A holder that lives answers there; of one that was killed
the kernel refuses connections, by which it is known, and what is left of it, the socket's name, is
swept away.

Laws:

- The directory belongs to the user and is closed to everybody else (0700), or it is not used.
- Names come and go under the directory's lock only, so that nobody sweeps away a newer network.
- Sockets are reached through a descriptor of the directory: how long its path is does not matter.
"""

from __future__ import annotations

import fcntl
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from l2harness.errors import KernelError, UsageError
from l2harness.live import channel
from l2harness.network.loop import Deadline, Loop

if TYPE_CHECKING:
    import socket

_FOLDER: Final = "l2harness"
_ENDING: Final = ".sock"
#: Begins the name of a socket whose network is not ready yet.
_IN_THE_MAKING: Final = ".making-"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: How long another command may take over bringing its network up, in seconds.
_LOCKED_FOR_S: Final = 60.0
#: How long a holder may take to let somebody in, in seconds.
ANSWERS_WITHIN_S: Final = 20.0


def expect_name(name: str) -> str:
    """
    Return the name of a network if it is one.

    Raises:
        UsageError: It is not.
    """
    if not _NAME.fullmatch(name) or name.endswith(_ENDING):
        raise UsageError(
            f"{name!r} cannot be the name of a network: letters, digits, `.`, `_` and `-` can, "
            "64 at most; give one with --name"
        )
    return name


def directory() -> Path:
    """Return where the user's networks are: below ``XDG_RUNTIME_DIR``, or else in /tmp."""
    uid = os.geteuid()
    told = Path(os.environ.get("XDG_RUNTIME_DIR", ""))
    if told.is_absolute():
        with suppress(OSError):
            found = told.stat()
            # Under `sudo -E` it is another user's: root's networks do not belong there.
            if stat.S_ISDIR(found.st_mode) and found.st_uid == uid:
                return told / _FOLDER
    return Path(f"/tmp/{_FOLDER}-{uid}")


@dataclass(slots=True)
class Place:
    """
    The directory, open.

    Attributes:
        path: Its name.
        fd: Its descriptor.
        swept: Names of networks whose holders were found killed, since it was opened.
    """

    path: Path
    fd: int
    swept: list[str] = field(default_factory=list)

    @classmethod
    def open(cls) -> Place:
        """
        Open the directory, made if there is none.

        Raises:
            UsageError: Something else stands there, or somebody else could get at it.
            KernelError: It cannot be made.
        """
        path = directory()
        try:
            with suppress(FileExistsError):
                path.mkdir(mode=0o700)
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except NotADirectoryError as error:
            raise UsageError(f"{path} is in the way: it is no directory; remove it") from error
        except OSError as error:
            raise KernelError("open", str(path), error.errno or 0) from error
        found = os.fstat(fd)
        if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
            os.close(fd)
            raise UsageError(
                f"{path} is not for you alone, so that others could control your networks there: "
                f"`chmod 700 {path}`, or set XDG_RUNTIME_DIR to a directory of your own"
            )
        return cls(path, fd)

    def close(self) -> None:
        """Let go of the directory, and remove it if it is empty and nobody is about to use it."""
        with suppress(OSError):  # it is locked, or there is something in it
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                if _is_same(self.path, self.fd):
                    os.rmdir(self.path)
            finally:
                fcntl.flock(self.fd, fcntl.LOCK_UN)
        os.close(self.fd)

    def own(self) -> None:
        """After a fork: share no lock with the parent any more."""
        again = os.open(f"/proc/self/fd/{self.fd}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        os.dup2(again, self.fd, inheritable=False)
        os.close(again)

    def names(self) -> list[str]:
        """Return the names of all networks that may be up, sorted."""
        found = (it for it in os.listdir(self.fd) if it.endswith(_ENDING) and it[0] != ".")
        return sorted(it.removesuffix(_ENDING) for it in found)

    def connect(self, name: str) -> socket.socket | None:
        """
        Return a connection to a network's holder; None if no holder of that name lives.

        Raises:
            KernelError: Somebody else's process answers there, or it cannot be reached.
        """
        connection = channel.new_socket()
        connection.settimeout(ANSWERS_WITHIN_S)
        try:
            connection.connect(self._address(name + _ENDING))
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            return None
        except OSError as error:
            connection.close()
            raise KernelError("reach the holder of", name, error.errno or 0) from error
        if channel.Peer.of(connection).uid != os.geteuid():
            connection.close()
            raise KernelError("trust the holder of", name, detail="it is another user's process")
        return connection

    @contextmanager
    def locked(self) -> Iterator[None]:
        """
        Keep names as they are for the length of the block.

        Raises:
            KernelError: Another command holds the lock, and does not let go of it.
        """
        loop = Loop()
        try:
            if not loop.wait(self._lock, Deadline.after(_LOCKED_FOR_S), poll=True):
                raise KernelError("lock", str(self.path), detail="another command keeps it")
        finally:
            loop.close()
        try:
            yield
        finally:
            # Explicitly: a holder that was forked meanwhile has the same open directory.
            fcntl.flock(self.fd, fcntl.LOCK_UN)

    def _lock(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        if _is_same(self.path, self.fd):
            return True
        # Whoever took the last network down has removed it meanwhile: begin with a new one.
        again = Place.open()
        os.dup2(again.fd, self.fd, inheritable=False)
        os.close(again.fd)
        return False

    def sweep(self) -> None:
        """Remove what killed holders have left. Only while `locked`."""
        for entry in os.listdir(self.fd):
            if entry.startswith(_IN_THE_MAKING):
                os.unlink(entry, dir_fd=self.fd)
        for name in self.names():
            if (living := self.connect(name)) is not None:
                living.close()
            else:
                os.unlink(name + _ENDING, dir_fd=self.fd)
                self.swept.append(name)

    def listener(self, name: str) -> socket.socket:
        """Bind the socket of a network in the making; it does not listen yet."""
        made = channel.new_socket()
        try:
            made.bind(self._address(_IN_THE_MAKING + name))
        except OSError as error:
            made.close()
            raise KernelError("make a socket in", str(self.path), error.errno or 0) from error
        return made

    def publish(self, name: str) -> None:
        """Let a network that was in the making be found."""
        os.rename(_IN_THE_MAKING + name, name + _ENDING, src_dir_fd=self.fd, dst_dir_fd=self.fd)

    def withdraw(self, name: str) -> None:
        """Let a network, ready or not, be found no more."""
        for entry in (_IN_THE_MAKING + name, name + _ENDING):
            with suppress(FileNotFoundError):
                os.unlink(entry, dir_fd=self.fd)

    def _address(self, entry: str) -> str:
        return f"/proc/self/fd/{self.fd}/{entry}"


def _is_same(path: Path, fd: int) -> bool:
    try:
        named = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(named, os.fstat(fd))
