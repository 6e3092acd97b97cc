"""The wire: carries frames between hosts in user space, and sees every one of them.

It holds the far end of every link of a ``wire`` segment. A frame that a host sends is read there,
recorded, made as long as a network card would make it (``min_frame``), and sent on through the far
ends of those who get it. On a bad line (`l2harness.network.lines`) it may be lost, changed or
late, and then the timeline says so. What came in by which interface is known from the socket,
never from what the frame says about itself.

Laws:

- Frames of the harness's own machinery (probes) carry a secret of this network; they are consumed
  here, never recorded, never forwarded, never impaired.
- What one interface may send in a run is bounded; what exceeds it stays in the kernel, which drops
  it, and the interface counts as flooded.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

from l2harness.errors import FrameError, FramesLostError, KernelError
from l2harness.frames import EtherType, pad
from l2harness.network.handover import Handover
from l2harness.network.lines import Lines, Way, impairments_of
from l2harness.network.loop import Loop
from l2harness.network.mischief import Freight
from l2harness.network.port import RawSocket
from l2harness.network.segments import Forwarder
from l2harness.network.timeline import Deed, DeedEvent, Direction, FrameEvent, Origin, Timeline
from l2harness.topology import Impairment, ResolvedTopology

#: Nearest-bridge group address (IEEE 802.1D table 7-10): no bridge passes it on.
_TO_THE_OTHER_END: Final = bytes.fromhex("0180c200000e")
_FRAMES_A_TURN: Final = 64


@dataclass(frozen=True, slots=True)
class Budget:
    """
    What one interface may send in one run before it counts as flooded.

    Attributes:
        frames: Number of frames.
        size_bytes: Sum of their lengths.
    """

    frames: int = 2_000
    size_bytes: int = 1_000_000


class Wire:
    """
    Far ends of links, and what happens to the frames that arrive there.

    Args:
        loop: Calls when a far end has something.
        forwarder: Says who gets a frame.
        min_frame: Per interface, the length in bytes to which frames are filled with zeros.
        timeline: Gives the timeline to write to; it changes from run to run.
        received: Gives the kernel's count of the frames that a host's interface has received.
        impairments: Of the links that are not perfect.
        seed: Decides what happens on these to which frame.

    Attributes:
        lines: What is under way on links.
        budget: What each interface may send in a run.
        carried: How many frames of each interface have been read here, probes counted in.
        flooded: Interfaces that have spent their budget.
    """

    def __init__(
        self,
        loop: Loop,
        forwarder: Forwarder,
        min_frame: Mapping[str, int],
        timeline: Callable[[], Timeline],
        received: Callable[[str], int],
        impairments: Mapping[Way, Impairment] | None = None,
        seed: str = "",
    ) -> None:
        self._loop = loop
        self._forwarder = forwarder
        self._min_frame = min_frame
        self._timeline = timeline
        self._handover = Handover(received)
        self.lines = Lines(
            loop,
            impairments or {},
            seed,
            gone=self._gone,
            done=self._done,
            turn_over=self._handover.prove,
        )
        self._ends: dict[str, RawSocket] = {}
        self.secret = os.urandom(16)
        self._probes_seen: set[bytes] = set()
        self._announced: dict[str, Counter[bytes]] = {}
        self._spent: dict[str, list[int]] = {}
        self.budget = Budget()
        self.carried: Counter[str] = Counter()
        self._lost: Counter[str] = Counter()
        self.flooded: set[str] = set()
        self.number = 0

    @classmethod
    def of(
        cls,
        topology: ResolvedTopology,
        loop: Loop,
        timeline: Callable[[], Timeline],
        received: Callable[[str], int],
    ) -> Self:
        """Make the wire of a network; arguments as above."""
        padded = {
            label: segment.min_frame
            for segment in topology.segments
            for label in segment.interfaces
        }
        bad = impairments_of(topology)
        return cls(loop, Forwarder(topology), padded, timeline, received, bad, topology.seed)

    def attach(self, label: str, end: RawSocket) -> None:
        """Take over the far end of the link of interface ``label``."""
        self._ends[label] = end
        self._announced[label] = Counter()
        self._spent[label] = [0, 0]
        self._handover.attach(label, end)
        self._loop.add(end.fileno(), partial(self._carry, label))

    def let_frames_be_lost(self) -> None:
        """
        Prove no delivery from now on: what a host does not take is lost for it alone.

        For networks on which nothing is judged, where somebody may set an interface down.
        """
        self._handover.insists = False

    def begin_run(self, run: str = "") -> None:
        """Start counting afresh, and impair frames as the seed and the run's name decide."""
        for label in self._ends:
            self._spent[label] = [0, 0]
            self._announced[label].clear()
            self._handover.count_afresh(label)
        self.number = 0
        self.lines.begin_run(run)
        self._forwarder.forget()

    def throw_floods_away(self) -> list[str]:
        """Empty what floods have left in the kernel, and hear those interfaces again."""
        labels = sorted(self.flooded)
        for label in labels:
            end = self._ends[label]
            while end.read() is not None:
                self.carried[label] += 1
            self._spent[label] = [0, 0]
            self._loop.add(end.fileno(), partial(self._carry, label))
        self.flooded.clear()
        return labels

    def sent_in_run(self, label: str) -> int:
        """Return how many frames of a host have been carried in this run."""
        return self._spent[label][0]

    def seen(self, label: str) -> int:
        """Return how many frames of a host have reached the far end, lost ones counted in."""
        self._lost[label] += self._ends[label].lost()
        return self.carried[label] + self._lost[label]

    def write_off(self, label: str, frames: int) -> None:
        """Count frames of a host as lost, that left it and are known never to arrive."""
        self._lost[label] += max(0, frames)

    def announce(self, label: str, data: bytes) -> None:
        """Say that the harness is about to send ``data`` from the host side of ``label``."""
        self._announced[label][data] += 1

    def deliver(self, label: str, data: bytes, origin: Origin, sender: str = "") -> None:
        """
        Send a frame to a host through the far end of its link, whatever the link, and record it.

        Args:
            label: The host's interface.
            data: As the host is to receive it.
            origin: Whose frame it is.
            sender: The interface by which it came in; empty for one that the harness makes up.

        Raises:
            FrameError: Shorter than a header.
            KernelError: Longer than the host's MTU allows.
            FramesLostError: The machine drops it, again and again.
        """
        self._deliver(label, Freight(data, origin=origin, sender=sender))
        self._handover.prove()

    def _deliver(self, label: str, freight: Freight) -> None:
        self._handover.send(label, freight.data)
        self._timeline().add(
            FrameEvent(
                time.monotonic(),
                label,
                Direction.IN,
                freight.data,
                freight.origin,
                freight.sender,
                freight.number,
                freight.deeds,
            )
        )

    def probe(self, label: str, number: int) -> bytes:
        """Return the probe frame with that number for the link of ``label``."""
        source = b"\x02" + os.urandom(5)
        body = self.secret + label.encode() + b"#" + str(number).encode()
        return _TO_THE_OTHER_END + source + EtherType.LAB2.to_bytes(2, "big") + body

    def is_probe(self, data: bytes) -> bool:
        """Whether a frame is of our own machinery: its payload begins with the secret."""
        return data[14:30] == self.secret

    def saw(self, probe: bytes) -> bool:
        """Whether a host's probe has arrived at the far end."""
        return probe in self._probes_seen

    def end(self, label: str) -> RawSocket:
        """Return the far end of the link of ``label``, to be used now and not to be kept."""
        self.disturb(label)
        return self._ends[label]

    def disturb(self, label: str) -> None:
        """Say that somebody else is about to send to a host through the far end of its link."""
        self._handover.count_afresh(label)

    def _carry(self, label: str) -> None:
        """Take a bounded number of frames from one far end, so that no link starves another."""
        self._carry_some(label)
        self._handover.prove()

    def _carry_some(self, label: str) -> None:
        end = self._ends[label]
        spent = self._spent[label]
        for _ in range(_FRAMES_A_TURN):
            arrival = end.read()
            if arrival is None:
                return
            data = arrival.data
            self.carried[label] += 1
            if self.is_probe(data):
                self._probes_seen.add(data)
                continue
            spent[0] += 1
            spent[1] += len(data)
            if spent[0] > self.budget.frames or spent[1] > self.budget.size_bytes:
                self.flooded.add(label)
                self._loop.remove(end.fileno())
                return
            origin = self._origin(label, data)
            self.number += 1
            self._timeline().add(
                FrameEvent(arrival.time_s, label, Direction.OUT, data, origin, number=self.number)
            )
            self.lines.enter((label, Direction.OUT), Freight(data, self.number, origin, label))

    def _gone(self, way: Way, freight: Freight) -> None:
        """Take a frame that has got over a link: on to other links, or into a host."""
        label, direction = way
        if direction is Direction.OUT:
            for target, data in self._forwarder.route(label, freight.data):
                padded = pad(data, self._min_frame[target])
                self.lines.enter((target, Direction.IN), freight.with_data(padded))
            return
        try:
            self._deliver(label, freight)
        except FramesLostError:
            raise
        except (FrameError, KernelError):
            # Longer than the receiver's MTU: a real network loses it there, too.
            self._timeline().mark(f"{label} cannot take a frame of {len(freight.data)} bytes")

    def _done(self, number: int, deed: Deed) -> None:
        self._timeline().add(DeedEvent(time.monotonic(), number, deed))

    def _origin(self, label: str, data: bytes) -> Origin:
        announced = self._announced[label]
        if announced[data] > 0:
            announced[data] -= 1
            return Origin.HARNESS
        return Origin.PROGRAM

    def release(self) -> list[RawSocket]:
        """Stop watching the far ends, and hand them back to be closed; frames under way end."""
        self.lines.close()
        for label, end in self._ends.items():
            if label not in self.flooded:
                self._loop.remove(end.fileno())
        released = list(self._ends.values())
        self._ends.clear()
        return released
