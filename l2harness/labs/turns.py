"""Many frames in a row from several hosts, in an order that is the same every time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from l2harness.network.network import Network

#: How many frames a host sends before it is another one's turn.
_IN_A_ROW: Final = 10


def in_turns(interfaces: Sequence[str], count: int) -> Iterator[str]:
    """Yield who sends each of so many frames: ten through the first interface, ten, and so on."""
    for number in range(count):
        yield interfaces[number // _IN_A_ROW % len(interfaces)]


def send_in_turns(network: Network, frames: Iterable[tuple[str, bytes]]) -> int:
    """
    Send frames, and return how many.

    Args:
        network: The one on which they are sent.
        frames: The interface that sends, ``h1.eth0``, and the frame, in order.
    """
    count, before = 0, ""
    for interface, frame in frames:
        if interface != before:
            # Two hosts at once would race: let one have its say before the other speaks.
            network.settle()
        network.send(interface, frame)
        count, before = count + 1, interface
    return count
