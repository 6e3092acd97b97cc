"""Closing raw sockets side by side.

The kernel waits for an RCU grace period, some 15 ms, before it lets go of a packet socket. Closed
one after the other, the sockets of one lab would take longer than the lab itself; closed side by
side they share one wait.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

_AT_A_TIME: Final = 32


def close_all(closers: Sequence[Callable[[], None]]) -> list[BaseException]:
    """Call every one of ``closers``, side by side, and return what they raised."""
    if not closers:
        return []
    with ThreadPoolExecutor(min(len(closers), _AT_A_TIME), "close") as pool:
        futures = [pool.submit(close) for close in closers]
        faults = [future.exception() for future in futures]
    return [fault for fault in faults if fault is not None]
