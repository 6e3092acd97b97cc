"""The process that holds a network up, from its start to its end.

Strategy: the command that brings a network up forks. Its child leaves the terminal, moves into
namespaces of its own (`network.entry`, which makes three processes of it), builds the network,
lets it be found, and serves until it is told to go (`desk`)::

    up ── outer ── init ── harness
          listens   PID 1   network, wire, desk

Laws:

- Whichever of the three is killed, all are gone, and with init every program on the network's
  hosts; with the last of them go the namespaces.
- It is found when it is ready, not before; whoever brings it up learns what went wrong, or that
  it is ready, and if he is killed meanwhile, it ends.
- It keeps nothing of its caller but its directory of sockets: no terminal, no file, no directory.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NoReturn

from l2harness.errors import KernelError, L2HarnessError

if TYPE_CHECKING:
    from l2harness.live.place import Place
    from l2harness.network.entry import Mode
    from l2harness.topology import ResolvedTopology

_WAITING_AT_THE_DOOR: Final = 64
_ENDED_BY: Final = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
_OUR_FAULT: Final = 3


class Birth:
    """
    A holder that is on its way, seen by the command that has started it.

    It imports and enters its namespaces while the command still reads the topology.
    """

    def __init__(self, name: str, place: Place) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        self._place = place
        self._name = name
        listener = place.listener(name)
        self._channel, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            _be_the_holder(name, place, listener, theirs)
        theirs.close()
        listener.close()

    def build(self, topology: ResolvedTopology) -> None:
        """
        Have the network built, and wait until it is ready and can be found.

        Raises:
            PrivilegeError, KernelError: What went wrong.
        """
        try:
            with self._channel.makefile("rwb") as channel:
                pickle.dump(topology, channel)
                channel.flush()
                # Our own child speaks: what it sends is not a stranger's.
                outcome = pickle.load(channel)
        except (OSError, EOFError, pickle.UnpicklingError) as error:
            raise KernelError("hold", self._name, detail="the holder has ended early") from error
        finally:
            self._channel.close()
        if outcome is not None:
            raise outcome

    def give_up(self) -> None:
        """End what has been started, whatever state it is in; nothing of it is left."""
        self._channel.close()
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(self.pid, 0)
        self._place.withdraw(self._name)


def _be_the_holder(
    name: str, place: Place, listener: socket.socket, channel: socket.socket
) -> NoReturn:
    status = _OUR_FAULT
    try:
        place.own()
        _leave_the_caller({place.fd, listener.fileno(), channel.fileno()})
        # Who called listen is whom the kernel names to those who connect (SO_PEERCRED).
        listener.listen(_WAITING_AT_THE_DOOR)
        status = _live(name, place, listener, channel)
    finally:
        os._exit(status)


def _leave_the_caller(kept: set[int]) -> None:
    """Stand on our own: no terminal, no descriptor, no directory of the caller's is kept."""
    os.setsid()
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    for number in [int(it) for it in os.listdir("/proc/self/fd")]:
        if number > 2 and number not in kept:
            with suppress(OSError):  # that of the listing itself
                os.close(number)


def _live(name: str, place: Place, listener: socket.socket, channel: socket.socket) -> int:
    """Build, say so, serve, and take down; all of it in namespaces of our own."""
    with channel.makefile("rwb") as to_caller:
        mode = _get_ready()
        try:
            topology = pickle.load(to_caller)
        except EOFError:  # the caller has changed his mind, or was killed
            return 0
        try:
            if isinstance(mode, L2HarnessError):
                raise mode

            from l2harness.live.desk import Desk
            from l2harness.network.network import Network

            network = Network.build(topology)
        except L2HarnessError as error:
            pickle.dump(error, to_caller)
            return error.exit_code
        desk = Desk(network, name, mode, time.time(), listener)
        for number in _ENDED_BY:
            signal.signal(number, lambda *_: desk.interrupt())
        try:
            place.publish(name)
            pickle.dump(None, to_caller)
            to_caller.flush()
        except OSError:
            place.withdraw(name)
            return 0
    channel.close()
    try:
        desk.serve()
    finally:
        place.withdraw(name)
        desk.close()
    return 0


def _get_ready() -> Mode | L2HarnessError:
    """Enter namespaces and import what takes long, while the caller reads the topology."""
    from l2harness.network import entry, kernel

    try:
        mode = entry.enter()
    except L2HarnessError as error:
        return error

    from l2harness.live import desk  # noqa: F401

    kernel.import_messages()
    return mode
