"""``l2harness capture``: the frames of a network that is up, live, for people or for Wireshark."""

from __future__ import annotations

import os
import re
import select
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import click

from l2harness.commands.execute import network_option
from l2harness.commands.output import show, tell
from l2harness.errors import KernelError, UsageError

if TYPE_CHECKING:
    import socket
    from types import FrameType

    from l2harness.live.taps import Captured

_HEX: Final = re.compile(r"0x[0-9a-f]{1,4}", re.IGNORECASE)
#: As it is typed into Wireshark.
_OF_WIRESHARK: Final = re.compile(r"\s*eth\.type\s*==\s*")
_STDOUT: Final = "-"

#: What is done with each frame of a capture.
Take = Callable[["Captured"], None]


@click.command(short_help="Show the frames of a network live, or hand them to Wireshark.")
@network_option
@click.option(
    "-w",
    "output",
    metavar="FILE",
    help="Write pcapng to this file, or with `-` to stdout, instead of printing the frames.",
)
@click.option(
    "--filter",
    "wanted",
    metavar="TYPE",
    help="Only frames of this EtherType, as in `0x88b5` or `arp`.",
)
@click.option("-c", "most", metavar="N", type=click.IntRange(1), help="End after N frames.")
@click.argument("place", required=False, metavar="[SEGMENT]")
def capture(
    name: str | None, output: str | None, wanted: str | None, most: int | None, place: str | None
) -> int:
    """
    Capture the frames that cross SEGMENT, or every segment, of a network that is up.

    On a segment a frame is seen once, as it is on the cable. An interface can be named instead, as
    in `vm.enp0s3`: there it is seen when it leaves and when it comes. 802.1Q tags are as on the
    wire. Ctrl-C ends it.

    \b
    Examples:
      l2harness capture
      l2harness capture lan --filter 0x88b5
      l2harness capture lan -w - | wireshark -k -i -
      l2harness capture vm.enp0s3 -w enp0s3.pcapng -c 10

    Exit status: 0 it was ended, or N frames have come, 2 there is nothing to capture there, 3 the
    network went down before N frames had come, 141 whoever read the output has gone.
    """
    from l2harness.live.client import ask, choose, connected, opened_place

    types = None if wanted is None else _ethertype(wanted)
    if output == _STDOUT and sys.stdout.isatty():
        raise UsageError(
            "pcapng is not for a terminal: pipe it into `wireshark -k -i -` or `tshark -i -`"
        )
    with opened_place() as networks:
        network = choose(networks, name)
        holder = connected(networks, network)
    with holder:
        answer, _ = ask(holder, network.name, {"do": "capture", "place": place})
        with _taker(answer, output) as take, _enough() as enough:
            tell(f"capturing {', '.join(answer['places'])} of {network.name}; Ctrl-C ends it")
            count, lost, gone = _follow(holder, take, types, most, enough)
    tell(f"{count} {'frame' if count == 1 else 'frames'} captured")
    if lost:
        tell(f"{lost} more came faster than they were read, and were left out")
    if gone:
        tell(f"network {network.name} has gone down")
    return KernelError.exit_code if gone and most is not None else 0


def _ethertype(words: str) -> int:
    """
    Read what to filter for.

    Raises:
        UsageError: It is no EtherType.
    """
    from l2harness.frames import EtherType
    from l2harness.topology.words import advice

    word = _OF_WIRESHARK.sub("", words).strip()
    if _HEX.fullmatch(word):
        return int(word, 16)
    known = {it.name.casefold().replace("_", "-"): it for it in EtherType}
    if word.casefold() in known:
        return known[word.casefold()]
    raise UsageError(
        f"{words!r} is no EtherType: give a number such as 0x88b5, or a name" + advice(word, known)
    )


@contextmanager
def _taker(answer: dict[str, Any], output: str | None) -> Iterator[Take]:
    """Make ready for frames: what is given is called with each."""
    if output is None:
        yield _printer(answer)
    elif output == _STDOUT:
        yield _writer(answer, sys.stdout.buffer)
    else:
        from l2harness.grading.files import Owner

        try:
            with open(output, "wb") as file:
                if (owner := Owner.behind_sudo()) is not None:
                    with suppress(OSError):
                        os.fchown(file.fileno(), owner.uid, owner.gid)
                yield _writer(answer, file)
        except OSError as error:
            raise KernelError("write", output, error.errno or 0) from error


def _printer(answer: dict[str, Any]) -> Take:
    from l2harness.reports.captured import draw_captured

    number = 0

    def take(captured: Captured) -> None:
        nonlocal number
        number += 1
        places, interfaces = answer["places"], answer["interfaces"]
        show(lambda screen: draw_captured(captured, number, places, interfaces, screen))

    return take


def _writer(answer: dict[str, Any], file: BinaryIO) -> Take:
    from l2harness.frames.pcapng import Packet, PacketDirection, PcapngWriter

    places = answer["places"]
    writer = PcapngWriter(
        places, descriptions=dict(zip(places, answer["descriptions"], strict=True))
    )
    file.write(writer.header())
    file.flush()

    def take(captured: Captured) -> None:
        direction = PacketDirection(captured.way)
        packet = Packet(places[captured.place], captured.time_ns, captured.data, direction)
        file.write(writer.packet(packet))
        file.flush()

    return take


@contextmanager
def _enough() -> Iterator[int]:
    """
    Let Ctrl-C ask for the end instead of breaking off in the middle of a frame; twice, it does.

    Gives a descriptor that can be read once it was pressed.
    """
    asked, ask = os.pipe()
    before = signal.getsignal(signal.SIGINT)

    def handle(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.write(ask, b"!")

    if before is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, handle)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
        os.close(asked)
        os.close(ask)


def _follow(
    holder: socket.socket, take: Take, wanted: int | None, most: int | None, enough: int
) -> tuple[int, int, bool]:
    """
    Take frames until there are as many as wanted, ``enough`` can be read, or the network is gone.

    Returns:
        How many were taken, how many left out, and whether the network has gone down.

    Raises:
        BrokenPipeError: Whoever reads our output has gone.
    """
    from l2harness.live.channel import LARGEST_BYTES
    from l2harness.live.taps import Captured

    count, lost = 0, 0
    output = sys.stdout.fileno()
    poll = select.poll()
    poll.register(holder, select.POLLIN)
    poll.register(enough, select.POLLIN)
    poll.register(output, 0)  # tells of a pipe that nobody reads any more
    while count != most:
        ready = dict(poll.poll())
        if ready.get(output, 0) & (select.POLLERR | select.POLLHUP):
            raise BrokenPipeError
        if enough in ready:
            break
        try:
            message = holder.recv(LARGEST_BYTES)
        except ConnectionResetError:
            message = b""
        if not message:
            return count, lost, True
        captured = Captured.from_bytes(message)
        lost = captured.lost
        if wanted is None or wanted in _types(captured.data):
            take(captured)
            count += 1
    return count, lost, False


def _types(data: bytes) -> set[int]:
    """Return the type of a frame, and what announces its tags."""
    from l2harness.errors import FrameError
    from l2harness.frames import Frame

    try:
        frame = Frame.from_bytes(data)
    except FrameError:
        return {int.from_bytes(data[12:14], "big")}
    return {frame.ethertype, *(tag.tpid for tag in frame.tags)}
