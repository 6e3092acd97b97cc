"""Warm workers of this machine: processes forked from one that has imported everything.

Three kinds of process come of it::

    nursery  forked once, has one thread for ever; forks a keeper for every worker
    keeper   makes new PID and mount namespaces, forks the worker into them, ends as it ends
    worker   the first process of its PID namespace; does the tasks

Strategy: a process with threads cannot be forked safely, and whoever drives workers has threads.
So it asks the nursery, which hands over the end of a channel and a descriptor of the process.

Laws:

- With a worker dies everything that it has started; its mounts and files go with it. So killing
  one is a clean way to end it, and no worker sees what another one does.
- The nursery dies with the process that forked it, keepers with the nursery, workers with their
  keepers: nothing outlives the harness.
- None of them belongs to the terminal's foreground: Ctrl-C reaches the harness alone.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import signal
import socket
import threading
import traceback
from collections.abc import Callable
from typing import Final, NoReturn

from l2harness.grading.channel import Channel
from l2harness.grading.worker import CrewLost, WorkerLost, serve
from l2harness.network import entry, linux
from l2harness.network.loop import Deadline

#: How long a new worker may take, seconds; some 10 ms are normal.
_BIRTH_WITHIN_S: Final = 60.0
#: How long workers have to be gone once nobody holds them any more, seconds.
_FAREWELL_S: Final = 5.0
_NAMESPACES: Final = linux.CLONE_NEWNS | linux.CLONE_NEWPID | linux.CLONE_NEWIPC


class Forked:
    """
    A worker, seen by the process that sends it tasks.

    Attributes:
        channel: To the worker.
    """

    def __init__(self, channel: Channel, pidfd: int) -> None:
        self.channel = channel
        self._pidfd = pidfd

    def interrupt(self) -> None:
        """Ask it to take down what it has up, and to end."""
        self._send(signal.SIGINT)

    def kill(self) -> None:
        """End it, and everything that it has started, at once."""
        self._send(signal.SIGKILL)

    def gone(self, deadline: Deadline) -> bool:
        """Wait for its end; returns whether it came before the deadline."""
        poll = select.poll()
        poll.register(self._pidfd, select.POLLIN)
        return bool(poll.poll(deadline.remaining_s * 1000))

    def close(self) -> None:
        """Let go of it: one that is idle ends by itself."""
        self.channel.close()
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1

    def _send(self, number: signal.Signals) -> None:
        if self._pidfd >= 0:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)


class Nursery:
    """
    Forks workers on demand. Make one while the process, inside our namespaces, has one thread.

    Args:
        warm_up: Called once in the nursery, to import and prepare what every worker needs.
    """

    def __init__(self, warm_up: Callable[[], object] | None = None) -> None:
        assert threading.active_count() == 1, "a process with threads cannot be forked safely"
        self._lock = threading.Lock()
        self._control, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            self._control.close()
            _ending(lambda: _run_nursery(theirs, warm_up))
        theirs.close()
        self._pid = pid

    def worker(self) -> Forked:
        """
        Return a new worker; may be called by any thread.

        Raises:
            WorkerLost: A worker could not be made.
            CrewLost: None can be made any more.
        """
        with self._lock:
            try:
                self._control.settimeout(_BIRTH_WITHIN_S)
                self._control.sendall(b"w")
                said, fds, _, _ = socket.recv_fds(self._control, 4096, 2)
            except OSError as error:
                raise CrewLost(f"no worker can be made: {error}") from error
        if not said:
            raise CrewLost("no worker can be made: the process that makes them has died")
        if len(fds) != 2:
            raise WorkerLost(f"no worker could be made: {said.decode(errors='replace')}")
        return Forked(Channel(fds[0], fds[0]), fds[1])

    def close(self) -> None:
        """
        End the nursery, once its workers are gone; more than once is allowed.

        Workers that are not gone soon are ended with it.
        """
        self._control.close()
        if self._pid:
            killing = threading.Timer(_FAREWELL_S, os.kill, (self._pid, signal.SIGKILL))
            killing.start()
            os.waitpid(self._pid, 0)
            killing.cancel()
            self._pid = 0


def _ending(body: Callable[[], None]) -> NoReturn:
    """Run the whole life of a forked process; it never returns into that of its parent."""
    try:
        body()
    except KeyboardInterrupt:
        os._exit(1)
    except BaseException:  # noqa: BLE001 - nobody above us would say it
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


def _run_nursery(control: socket.socket, warm_up: Callable[[], object] | None) -> None:
    linux.die_with_parent(signal.SIGKILL)
    os.setsid()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # keepers need nobody to wait for them
    if warm_up is not None:
        warm_up()
    # What is here now stays where it is: workers share its pages as long as they do not touch it.
    gc.collect()
    gc.freeze()
    while control.recv(1):
        try:
            if os.fork() == 0:
                _ending(lambda: _keep_one(control))
        except OSError as error:
            control.sendall(str(error).encode())
    with contextlib.suppress(ChildProcessError):
        os.wait()  # until the last keeper has ended, for they are not waited for one by one


def _keep_one(control: socket.socket) -> None:
    linux.die_with_parent(signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    try:
        mode = entry.current_mode()
        assert mode is not None, "workers live inside the harness's namespaces"
        linux.unshare(_NAMESPACES)
        ours, theirs = socket.socketpair()
        worker = os.fork()
        if worker == 0:
            _ending(lambda: _work(control, ours, theirs, mode))
        ours.close()
        pidfd = os.pidfd_open(worker)
        socket.send_fds(control, [b"w"], [theirs.fileno(), pidfd])
    except OSError as error:
        control.sendall(str(error).encode())
        raise
    # Only the harness may hold the other end, so that the worker sees when that is gone.
    theirs.close()
    control.close()
    os.close(pidfd)
    os.waitpid(worker, 0)


def _work(
    control: socket.socket, channel: socket.socket, theirs: socket.socket, mode: entry.Mode
) -> None:
    linux.die_with_parent(signal.SIGKILL)
    control.close()
    theirs.close()
    entry.settle(mode)
    fd = channel.detach()
    serve(Channel(fd, fd))
