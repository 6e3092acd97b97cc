"""Finding a network that is up, and asking its holder for something."""

from __future__ import annotations

import errno
import os
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from l2harness.errors import KernelError, UsageError
from l2harness.live import channel
from l2harness.live.channel import Document
from l2harness.live.place import ANSWERS_WITHIN_S, Place
from l2harness.live.running import Running
from l2harness.topology.words import advice, quoted

#: How long a holder may take to end: it waits for the kernel to let go of its sockets.
_ENDS_WITHIN_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Standing:
    """
    One network that is up.

    Attributes:
        name: What the user calls it.
        topology: Name of its topology.
        mode: ``root`` or ``rootless``.
        since_s: When it came up, in seconds since 1970.
        pid: Its holder; SIGTERM takes the network down.
        hosts: Their names, in the order of the topology.
        programs: What runs on them.
    """

    name: str
    topology: str
    mode: str
    since_s: float
    pid: int
    hosts: tuple[str, ...]
    programs: tuple[Running, ...]


@contextmanager
def opened_place() -> Iterator[Place]:
    """Open the directory of networks for the length of a block; errors as `Place.open`."""
    place = Place.open()
    try:
        yield place
    finally:
        place.close()


def standing(place: Place) -> list[Standing]:
    """
    Return every network that is up, by name. What killed holders have left is swept away.

    Raises:
        KernelError: A holder does not answer.
    """
    found = []
    for name in place.names():
        if (told := _heard_of(place, name)) is None:
            with place.locked():
                place.sweep()
        else:
            found.append(told)
    return found


def _heard_of(place: Place, name: str) -> Standing | None:
    """Return what a holder says of itself; None if it is dead, or dies while it is asked."""
    for patience in (True, False):
        if (connection := place.connect(name)) is None:
            break
        with connection:
            try:
                return _told(connection, name)
            except KernelError as error:
                # Whoever waits for one that dies is hung up on; after that there is nobody to be
                # connected to.
                if not (patience and _hung_up(error)):
                    raise
    return None


def _hung_up(error: KernelError) -> bool:
    gone = error.errno in (errno.ECONNRESET, errno.EPIPE)
    return gone or isinstance(error.__cause__, EOFError)


def _told(connection: socket.socket, name: str) -> Standing:
    answer, _ = ask(connection, name, {"do": "tell"})
    return Standing(
        name,
        str(answer["topology"]),
        str(answer["mode"]),
        float(answer["since_s"]),
        channel.Peer.of(connection).pid,
        tuple(answer["hosts"]),
        tuple(Running(**it) for it in answer["programs"]),
    )


def ask(
    connection: socket.socket, name: str, request: Document
) -> tuple[dict[str, Any], tuple[int, ...]]:
    """
    Ask the holder of network ``name`` for something.

    Raises:
        UsageError: It cannot be had; in the holder's words.
        KernelError: The holder does not answer.
    """
    try:
        channel.send(connection, request)
        answer, descriptors = channel.receive(connection)
    except (OSError, EOFError) as error:
        number = error.errno if isinstance(error, OSError) else 0
        raise KernelError("ask the holder of", name, number or 0, "it does not answer") from error
    if "error" in answer:
        raise UsageError(str(answer["error"]))
    return answer, descriptors


def choose(place: Place, name: str | None, host: str | None = None) -> Standing:
    """
    Find the network that the user means.

    Args:
        place: Where to look.
        name: What he calls it; None for the only one, or the only one with that host.
        host: The host that is to be entered, if any.

    Raises:
        UsageError: There is none, or it could be several; says which there are.
        KernelError: A holder does not answer.
    """
    found = standing(place)
    if name is not None:
        for it in found:
            if it.name == name:
                return it
        raise UsageError(_none_of_that_name(place, name, [it.name for it in found]))
    if not found:
        raise UsageError(_none_up(place))
    fitting = [it for it in found if host is None or host in it.hosts] or found
    if len(fitting) > 1:
        names = ", ".join(it.name for it in fitting)
        if host is not None and not any(host in it.hosts for it in found):
            known = list(dict.fromkeys(each for it in found for each in it.hosts))
            raise UsageError(
                f"no network that is up ({names}) has a host {quoted(host)}{advice(host, known)}"
            )
        raise UsageError(f"which network? Up are {names}: say --name {fitting[0].name}")
    return fitting[0]


def _none_up(place: Place) -> str:
    killed = "".join(f"network {it} was up, but its holder was killed; " for it in place.swept)
    return (
        f"{killed}no network is up: `l2harness up lecture` builds one. (Looked in {place.path}; "
        "what was brought up with sudo is seen with sudo only.)"
    )


def _none_of_that_name(place: Place, name: str, known: list[str]) -> str:
    if name in place.swept:
        return (
            f"network {name} was up, but its holder was killed, and all that ran there with it; "
            f"nothing of it is left. `l2harness up` builds it again."
        )
    if not known:
        return f"network {quoted(name)} is not up. {_none_up(place).capitalize()}"
    return f"network {quoted(name)} is not up{advice(name, known)}"


def connected(place: Place, network: Standing) -> socket.socket:
    """
    Return a connection to a network's holder.

    Raises:
        UsageError: It has gone down meanwhile.
        KernelError: It cannot be reached.
    """
    connection = place.connect(network.name)
    if connection is None:
        raise UsageError(
            f"network {network.name} has just gone down; `l2harness ps` lists the others"
        )
    return connection


def take_down(place: Place, network: Standing) -> list[Running]:
    """
    Take a network down, and return when nothing of it is left.

    A holder that does not answer is killed; what it held goes with it all the same.

    Returns:
        The programs that were running there, and have been ended.

    Raises:
        KernelError: It is there still.
    """
    with connected(place, network) as connection:
        holder = _process(channel.Peer.of(connection).pid)
        try:
            answer, _ = ask(connection, network.name, {"do": "down"})
            ended = [Running(**it) for it in answer["programs"]]
            for caller in answer["callers"]:
                # One that is suspended would not take note of its program's end, and without that
                # the PID namespace does not end. Connected as it is, the number is its own.
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(caller, signal.SIGCONT)
            if holder is not None and not _ends(holder, _ENDS_WITHIN_S):
                raise KernelError("take down", network.name, detail="its holder does not end")
        except KernelError:
            if holder is None:
                raise
            signal.pidfd_send_signal(holder, signal.SIGKILL)
            if not _ends(holder, ANSWERS_WITHIN_S):
                raise
            ended = list(network.programs)
        finally:
            if holder is not None:
                os.close(holder)
    with place.locked():
        place.sweep()
    return ended


def _process(pid: int) -> int | None:
    """Return a descriptor of a process, to wait for its end; None if it has ended."""
    if pid > 0:
        with suppress(ProcessLookupError):
            return os.pidfd_open(pid)
    return None


def _ends(process: int, within_s: float) -> bool:
    poll = select.poll()
    poll.register(process, select.POLLIN)
    return bool(poll.poll(within_s * 1000))
