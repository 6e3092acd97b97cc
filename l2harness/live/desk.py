"""Where a holder is spoken to: it tells about its network, lets programs in, hands out frames.

One request a connection; whoever gets in, or captures, keeps the connection open as long as he
stays, and learns by its end that the network has gone.

Requests: ``{"do": "tell"}``, ``{"do": "enter", "host": …, "caller": PID}``,
``{"do": "capture", "place": …}``, ``{"do": "down"}``. Answers: an object, or ``{"error": "a
sentence"}`` where what was asked for cannot be had.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from typing import Final

from l2harness.errors import KernelError, UsageError
from l2harness.live import channel
from l2harness.live.channel import Document
from l2harness.live.running import running
from l2harness.live.taps import Broadcast, Tap
from l2harness.network.entry import Mode
from l2harness.network.loop import Interrupted
from l2harness.network.network import Network
from l2harness.network.wire import Budget
from l2harness.topology import ResolvedTopology
from l2harness.topology.words import advice, quoted

#: There is always something to wait for; the loop only wants to be told a time.
_A_WHILE_S: Final = 3_600.0
#: Nobody floods a network of his own but on purpose.
_BOUNDLESS: Final = Budget(frames=sys.maxsize, size_bytes=sys.maxsize)


@dataclass(slots=True)
class _Guest:
    """
    Who has connected.

    Attributes:
        connection: To him.
        tap: What he captures, if he does.
        caller: His process, in his PID namespace, if he has entered a host.
    """

    connection: socket.socket
    tap: Tap | None = None
    caller: int | None = None


class Desk:
    """
    Serves one network that is up.

    Args:
        network: It is built; its wire belongs to the desk from now on.
        name: What the user calls it.
        mode: How its holder entered its namespaces.
        since_s: When it came up, in seconds since 1970.
        listener: A socket that listens.
    """

    def __init__(
        self, network: Network, name: str, mode: Mode, since_s: float, listener: socket.socket
    ) -> None:
        self._network = network
        self._name = name
        self._mode = mode
        self._since_s = since_s
        self._listener = listener
        self._listener.setblocking(False)
        self._frames = Broadcast()
        self._guests: dict[int, _Guest] = {}
        self._hosts = {host.name: network.namespace(host.name) for host in network.topology.hosts}
        self._going = False
        network.begin_run()  # from here on bad lines are bad, as the seed decides
        network.timeline = self._frames
        network.wire.budget = _BOUNDLESS
        network.wire.let_frames_be_lost()
        for interface in network.interfaces():
            network.control(interface.host).offload_nothing(interface.name)
        network.loop.add(listener.fileno(), self._let_in)

    def interrupt(self) -> None:
        """End `serve`; from a signal handler."""
        self._network.loop.interrupt()

    def serve(self) -> None:
        """Carry frames and answer until somebody says that the network is to go down."""
        while not self._going:
            try:
                self._network.loop.step(_A_WHILE_S)
            except Interrupted:
                return

    def close(self) -> None:
        """Send every guest away, and take the network down."""
        for fd in list(self._guests):
            self._see_off(fd)
        self._network.loop.remove(self._listener.fileno())
        self._listener.close()
        self._network.close()

    # -- guests ---------------------------------------------------------------------------

    def _let_in(self) -> None:
        with suppress(OSError):  # it went away while it waited
            guest, _ = self._listener.accept()
            if channel.Peer.of(guest).uid != os.geteuid():
                guest.close()
                return
            guest.setblocking(False)
            self._guests[guest.fileno()] = _Guest(guest)
            self._network.loop.add(guest.fileno(), partial(self._hear, guest.fileno()))

    def _see_off(self, fd: int) -> None:
        guest = self._guests.pop(fd)
        self._network.loop.remove(fd)
        if guest.tap is not None:
            self._frames.taps.remove(guest.tap)
            guest.tap.close()
        guest.connection.close()

    def _hear(self, fd: int) -> None:
        guest = self._guests[fd].connection
        try:
            request, descriptors = channel.receive(guest)
            for each in descriptors:
                os.close(each)
            if self._guests[fd].tap is None:
                self._answer(guest, request)
        except BlockingIOError:
            return
        except UsageError as error:
            with suppress(OSError):
                channel.send(guest, {"error": str(error)})
        except (EOFError, OSError, KernelError):
            self._see_off(fd)

    def _answer(self, guest: socket.socket, request: Document) -> None:
        answers: dict[object, Callable[[socket.socket, Document], None]] = {
            "tell": self._tell,
            "enter": self._enter,
            "capture": self._capture,
            "down": self._go_down,
        }
        answer = answers.get(request.get("do"))
        if answer is None:
            raise UsageError(
                f"the holder of network {self._name} does not know what {request.get('do')!r} is: "
                "it is of another version of l2harness; take it down and bring it up again"
            )
        answer(guest, request)

    # -- answers --------------------------------------------------------------------------

    def _tell(self, guest: socket.socket, request: Document) -> None:
        topology = self._network.topology
        channel.send(
            guest,
            {
                "name": self._name,
                "topology": topology.name,
                "mode": self._mode,
                "since_s": self._since_s,
                "hosts": [host.name for host in topology.hosts],
                "programs": [asdict(it) for it in running(self._hosts)],
            },
        )

    def _enter(self, guest: socket.socket, request: Document) -> None:
        name = str(request.get("host"))
        if name not in self._hosts:
            raise UsageError(
                f"network {self._name} has no host {quoted(name)}{advice(name, self._hosts)}"
            )
        spaces = ["pid", *(["user"] if self._mode == "rootless" else [])]
        opened = [os.open(f"/proc/self/ns/{it}", os.O_RDONLY | os.O_CLOEXEC) for it in spaces]
        try:
            channel.send(guest, {"host": name}, (self._hosts[name], *opened))
        finally:
            for fd in opened:
                os.close(fd)
        if isinstance(caller := request.get("caller"), int):
            self._guests[guest.fileno()].caller = caller

    def _capture(self, guest: socket.socket, request: Document) -> None:
        topology = self._network.topology
        places = places_of(topology, request.get("place"))
        answer = {
            "places": places,
            "descriptions": [_description(topology, it) for it in places],
            "interfaces": [it.label for it in topology.interfaces],
        }
        channel.send(guest, answer)
        tap = Tap(topology, places, guest)
        self._guests[guest.fileno()].tap = tap
        self._frames.taps.append(tap)

    def _go_down(self, guest: socket.socket, request: Document) -> None:
        callers = [it.caller for it in self._guests.values() if it.caller is not None]
        programs = [asdict(it) for it in running(self._hosts)]
        channel.send(guest, {"programs": programs, "callers": callers})
        self._going = True


def places_of(topology: ResolvedTopology, wanted: object) -> list[str]:
    """
    Find where to capture.

    Args:
        topology: The network.
        wanted: A segment; an interface as displayed (``vm.enp0s3``) or, where no other host has
            one of that name, without its host (``enp0s3``); a host for all of its interfaces;
            None for every segment.

    Returns:
        Names of segments, or labels of interfaces.

    Raises:
        UsageError: There is nothing of that name; says what is near.
    """
    segments = [it.name for it in topology.segments]
    if wanted is None:
        return segments
    name = str(wanted)
    if name in segments:
        return [name]
    if any(name == host.name for host in topology.hosts):
        return [it.label for it in topology.host(name).interfaces]
    found = [it.label for it in topology.interfaces if name in (it.label, it.name)]
    if len(found) > 1:
        raise UsageError(f"interface {quoted(name)} is on several hosts: {', '.join(found)}")
    if not found:
        known = [*segments, *(it.label for it in topology.interfaces)]
        known += [it.name for it in topology.hosts]
        raise UsageError(
            f"topology {topology.name} has no segment, interface or host {quoted(name)}"
            f"{advice(name, known)}"
        )
    return found


def _description(topology: ResolvedTopology, place: str) -> str:
    for segment in topology.segments:
        if segment.name == place:
            return f"{segment.kind} of {', '.join(segment.interfaces)}"
    interface = topology.interface(place)
    return f"{interface.mac} on {interface.segment}"
