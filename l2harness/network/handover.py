"""Giving frames to hosts, and knowing that each has arrived.

A machine under load drops frames between two namespaces when a queue of one of its CPUs is full.
New kernels say so to the sender (ENOBUFS), older ones do not; all count what has arrived. So
whoever sends a batch looks at the receiver's counter once, after it.

Laws:

- No frame is lost without a word: it is sent again, in its place; or, where it cannot be known any
  more which of several was lost, the run is void (FramesLostError).
- Frames arrive in the order in which they are given.
"""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from typing import Final

from l2harness.errors import FramesLostError, KernelError
from l2harness.network.port import RawSocket

#: How often a frame is sent to a host whose machine drops it, before that is given up.
_DELIVERIES: Final = 1_000


class Handover:
    """
    The far ends of links, in the direction towards the hosts.

    Args:
        received: Gives the kernel's count of the frames that a host's interface has received.

    Attributes:
        insists: Whether deliveries are proven; otherwise what a host does not take is lost.
    """

    def __init__(self, received: Callable[[str], int]) -> None:
        self.insists = True
        self._received = received
        self._ends: dict[str, RawSocket] = {}
        self._counted: dict[str, int] = {}
        self._batch: dict[str, list[bytes]] = {}

    def attach(self, label: str, end: RawSocket) -> None:
        """Send to interface ``label`` through the far end of its link."""
        self._ends[label] = end

    def count_afresh(self, label: str) -> None:
        """Somebody else sends through a far end, too: do not take his frames for ours."""
        self._counted.pop(label, None)

    def send(self, label: str, data: bytes) -> None:
        """
        Give a frame to a host; `prove` has to follow.

        Raises:
            FrameError: Shorter than a header.
            KernelError: Longer than the host's MTU allows.
            FramesLostError: The machine drops it, again and again.
        """
        if not self.insists:
            # To one that was set down the kernel drops every frame: there is no end to that.
            with contextlib.suppress(FramesLostError):
                self._insist(label, data)
            return
        if label not in self._counted:
            self._counted[label] = self._received(label)
        self._insist(label, data)
        self._batch.setdefault(label, []).append(data)

    def prove(self) -> None:
        """
        Return once everything that was sent has arrived.

        Raises:
            FramesLostError: Of several frames the machine has dropped some, or it drops one again
                and again.
        """
        if not self._batch:
            return
        batch, self._batch = self._batch, {}
        try:
            for label, frames in batch.items():
                self._prove(label, frames)
        except FramesLostError:
            for label in batch:  # some of them were not looked at
                self.count_afresh(label)
            raise

    def _prove(self, label: str, frames: list[bytes]) -> None:
        wanted = self._counted[label] + len(frames)
        for _ in range(_DELIVERIES):
            self._counted[label] = self._received(label)
            if self._counted[label] >= wanted:
                return
            if len(frames) > 1:
                raise FramesLostError("deliver frames to", label)
            self._insist(label, frames[0])
        raise FramesLostError("deliver a frame to", label)

    def _insist(self, label: str, data: bytes) -> None:
        """Send a frame, again where the kernel says that it was dropped."""
        end = self._ends[label]
        for _ in range(_DELIVERIES):
            try:
                end.send(data)
                return
            except KernelError as error:
                if error.errno != errno.ENOBUFS:
                    raise
            os.sched_yield()  # somebody else has to empty the queue
        raise FramesLostError("deliver a frame to", label)
