"""Delivering to a host whose machine drops frames: again until it has arrived, or said so."""

from __future__ import annotations

import errno
import os

import pytest

from l2harness.errors import FramesLostError, KernelError
from l2harness.network.handover import Handover
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


class TellingEnd:
    """A far end whose kernel says which frames it drops; ``drops`` says how often in a row."""

    def __init__(self, *drops: int) -> None:
        self.arrived: list[bytes] = []
        self.drops = list(drops)

    def send(self, data: bytes) -> None:
        if self.drops and self.drops[0] > 0:
            self.drops[0] -= 1
            raise KernelError("send on", "h1.eth0", errno.ENOBUFS)
        self.drops[:1] = []
        self.arrived.append(data)


class SilentEnd(TellingEnd):
    """A far end whose kernel drops frames without a word, by their number."""

    def __init__(self, *dropped: int) -> None:
        super().__init__()
        self.sent = 0
        self.dropped = dropped

    def send(self, data: bytes) -> None:
        self.sent += 1
        if self.sent not in self.dropped:
            self.arrived.append(data)


def delivery(end):
    """A handover to one host, whose counter tells the truth."""
    made = Handover(lambda _: len(end.arrived))
    made.attach("h1.eth0", end)
    return made


def batch(count):
    """Frames that can be told apart."""
    return [bytes([number]) * 14 for number in range(count)]


def test_a_batch_is_counted_once():
    """However many frames, the counter is looked at before the first and after the last."""
    end, looks = TellingEnd(), []
    made = Handover(lambda label: looks.append(label) or len(end.arrived))
    made.attach("h1.eth0", end)
    for round_of_frames in range(3):
        for data in batch(20):
            made.send("h1.eth0", data)
        made.prove()
        assert len(looks) == 2 + round_of_frames
    assert end.arrived == batch(20) * 3


def test_what_the_kernel_says_it_dropped_keeps_its_place():
    """A frame of a batch that is refused for want of room is sent again before the next one."""
    end = TellingEnd(0, 3, 0, 1)
    made = delivery(end)
    for data in batch(6):
        made.send("h1.eth0", data)
    made.prove()
    assert end.arrived == batch(6)


def test_a_kernel_that_always_says_so_is_named():
    """A machine that never has room is a fault of the machine, after so many times."""
    with pytest.raises(FramesLostError, match=r"h1\.eth0"):
        delivery(TellingEnd(10**9)).send("h1.eth0", FRAME)


def test_one_frame_dropped_without_a_word_is_sent_again():
    """With one frame under way there is no doubt which one was lost."""
    end = SilentEnd(1, 2)
    made = delivery(end)
    made.send("h1.eth0", FRAME)
    made.prove()
    assert (end.sent, end.arrived) == (3, [FRAME])


@pytest.mark.parametrize("number", [1, 3, 5])
def test_one_of_several_dropped_without_a_word_voids_the_run(number):
    """Where order could not be kept any more the run proves nothing, and says so."""
    made = delivery(SilentEnd(number))
    for data in batch(5):
        made.send("h1.eth0", data)
    with pytest.raises(FramesLostError, match=r"h1\.eth0"):
        made.prove()


def test_after_a_loss_the_next_batch_is_counted_from_there():
    """A void run leaves no debt to the next one."""
    end = SilentEnd(1)
    made = delivery(end)
    for data in batch(2):
        made.send("h1.eth0", data)
    with pytest.raises(FramesLostError):
        made.prove()
    made.send("h1.eth0", FRAME)
    made.prove()
    assert end.arrived == [*batch(2)[1:], FRAME]


def test_after_a_loss_no_host_is_trusted():
    """What one host lost does not hide, from then on, what another loses."""
    ends = {"h1.eth0": SilentEnd(1), "h2.eth0": SilentEnd(3)}
    made = Handover(lambda label: len(ends[label].arrived))
    for label, end in ends.items():
        made.attach(label, end)
        for data in batch(2):
            made.send(label, data)
    with pytest.raises(FramesLostError, match=r"h1\.eth0"):
        made.prove()
    made.send("h2.eth0", FRAME)
    made.prove()
    assert ends["h2.eth0"].arrived == [*batch(2), FRAME]


def test_frames_of_others_do_not_count_for_ours():
    """Where somebody else sends to the host, too, a lost frame of ours is noticed all the same."""
    end = SilentEnd(2)
    made = delivery(end)
    made.send("h1.eth0", FRAME)
    made.prove()
    made.count_afresh("h1.eth0")
    end.arrived.append(b"of somebody else")
    made.send("h1.eth0", FRAME)
    made.prove()
    assert end.sent == 3
    assert end.arrived == [FRAME, b"of somebody else", FRAME]


def test_other_errors_are_not_tried_again():
    """A frame too long for the host is refused once."""

    class Short(TellingEnd):
        def send(self, data: bytes) -> None:
            self.arrived.append(data)
            raise KernelError("send on", "h1.eth0", errno.EMSGSIZE)

    end = Short()
    with pytest.raises(KernelError):
        delivery(end).send("h1.eth0", FRAME)
    assert end.arrived == [FRAME]


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


def test_where_nothing_is_judged_a_host_may_be_gone():
    """What a host never takes is lost for it, if nobody insists; what it takes comes after."""
    end = TellingEnd(5_000)
    handover = Handover(lambda label: len(end.arrived))
    handover.attach("h1.eth0", end)
    handover.insists = False
    handover.send("h1.eth0", FRAME)
    assert end.arrived == []
    end.drops = []
    handover.send("h1.eth0", FRAME)
    handover.prove()
    assert end.arrived == [FRAME]
    handover.insists = True
    end.drops = [5_000]
    with pytest.raises(FramesLostError):
        handover.send("h1.eth0", FRAME)
