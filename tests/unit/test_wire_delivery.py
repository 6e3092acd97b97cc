"""Delivering to a host whose machine drops frames: again until it has arrived, or said so."""

from __future__ import annotations

import os

import pytest

from l2harness.errors import FramesLostError
from l2harness.network.loop import Loop
from l2harness.network.segments import Forwarder
from l2harness.network.timeline import FrameEvent, Origin, Timeline
from l2harness.network.wire import Wire
from l2harness.topology import find_topology, resolve

FRAME = bytes(60)


class LossyEnd:
    """A far end whose machine drops the first frames."""

    def __init__(self, dropped: int) -> None:
        self.sent = 0
        self.dropped = dropped
        self._fd, self._other = os.pipe()

    def fileno(self) -> int:
        return self._fd

    def send(self, data: bytes) -> None:
        self.sent += 1

    @property
    def arrived(self) -> int:
        return max(0, self.sent - self.dropped)

    def close(self) -> None:
        os.close(self._fd)
        os.close(self._other)


@pytest.fixture
def deliver():
    """Deliver one frame through an end that drops so many; returns the end and the timeline."""
    made = []

    def make(dropped: int) -> tuple[LossyEnd, Timeline]:
        loop, timeline, end = Loop(), Timeline(), LossyEnd(dropped)
        made.extend((loop, end))
        topology = resolve(find_topology("segment"), 1)
        wire = Wire(loop, Forwarder(topology), {}, lambda: timeline, lambda _: end.arrived)
        wire.attach("h1.eth0", end)
        wire.begin_run()
        wire.deliver("h1.eth0", FRAME, Origin.HARNESS)
        return end, timeline

    yield make
    for it in made:
        it.close()


def test_a_frame_that_arrives_is_sent_once(deliver):
    """Nothing is sent twice where nothing is lost."""
    end, timeline = deliver(0)
    assert end.sent == 1
    assert len(list(timeline.of(FrameEvent))) == 1


def test_a_dropped_frame_is_sent_again(deliver):
    """The host gets it once, and it is recorded once, however often the machine dropped it."""
    end, timeline = deliver(7)
    assert (end.sent, end.arrived) == (8, 1)
    assert len(list(timeline.of(FrameEvent))) == 1


def test_a_machine_that_drops_everything_is_named(deliver):
    """A frame that cannot be delivered is a fault of the machine, and no silence of a program."""
    with pytest.raises(FramesLostError, match=r"h1\.eth0"):
        deliver(10**9)
