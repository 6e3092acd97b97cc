"""What became of frames: the tally, the pace, the layout of batches, and the fake port."""

import errno
import socket
import time

import pytest

from l2harness.errors import FrameError, UsageError
from l2harness.network.batches import InBatch, OutBatch
from l2harness.network.delivery import Tally
from l2harness.network.loop import Loop
from l2harness.network.pace import Pace
from l2harness.testing import FakePort, connect

HEADER = bytes.fromhex("ffffffffffff02000000000188b5")


def numbered(count, length=60):
    """So many frames that differ."""
    return [(HEADER + number.to_bytes(4, "big")).ljust(length, b"\0") for number in range(count)]


def told(*parts):
    """The delivery of what was sent and what came, part by part."""
    tally = Tally()
    for sent, came in parts:
        tally.add(sent, came)
    return tally.delivery(0, 0.0)


class TestTally:
    """Every difference is found, and named."""

    def test_all_of_it(self):
        """What came as it was sent is complete, and says so."""
        frames = numbered(10)
        delivery = told((frames[:5], frames[:5]), (frames[5:], frames[5:]), ([], []))
        assert delivery.complete
        assert (delivery.sent, delivery.received, delivery.missing) == (10, 10, ())
        assert str(delivery) == "all 10 frames arrived, in order"

    def test_places_of_what_is_missing(self):
        """Places count from the first frame of all, over the parts."""
        frames = numbered(10)
        delivery = told((frames[:5], frames[1:5]), (frames[5:], [frames[6], frames[8]]))
        assert not delivery.complete
        assert delivery.missing == (0, 5, 7, 9)
        assert delivery.in_order
        assert str(delivery) == "6 of 10 frames arrived; missing from 0 on: 0, 5, 7, 9"

    def test_one_bit(self):
        """A frame that was altered is one that is missing, and one that was not sent."""
        frames = numbered(3)
        altered = frames[1][:-1] + b"\x01"
        delivery = told((frames, [frames[0], altered, frames[2]]))
        assert delivery.missing == (1,)
        assert delivery.strange == (altered,)
        assert "1 that were not sent" in str(delivery)

    def test_order(self):
        """Two frames that changed places are there, and not in order."""
        one, two, three = numbered(3)
        delivery = told(([one, two, three], [one, three, two]))
        assert (delivery.received, delivery.in_order) == (3, False)
        assert not delivery.complete
        assert "not in order" in str(delivery)

    def test_once_too_often(self):
        """A frame that came twice is strange the second time."""
        frames = numbered(2)
        delivery = told((frames, [frames[0], frames[0], frames[1]]), ([], [frames[1]]))
        assert (delivery.received, delivery.strange_count, delivery.in_order) == (2, 2, True)
        assert not delivery.complete

    def test_equal_frames(self):
        """Of equal ones, those sent first count as those that arrived."""
        same = numbered(1) * 5
        assert told((same, same[:3])).missing == (3, 4)

    def test_what_is_kept_is_bounded(self):
        """Of a million losses a thousand are named, and all are counted."""
        frames = numbered(1500)
        delivery = told((frames, []), ([], frames))
        assert (len(delivery.missing), len(delivery.strange)) == (1000, 1000)
        assert (delivery.sent, delivery.received, delivery.strange_count) == (1500, 0, 1500)


@pytest.fixture
def loop():
    """What to wait with."""
    made = Loop()
    yield made
    made.close()


class TestPace:
    """As many as are due, never before."""

    @pytest.mark.parametrize(("rate", "count"), [(20_000.0, 2_000), (100.0, 6)])
    def test_never_faster(self, loop, rate, count):
        """The last frame is not due before its time, whether many are due a tick or one."""
        begun_s = time.monotonic()
        taken = 0
        with Pace(loop, rate) as pace:
            while taken < count:
                due = pace.take(count - taken)
                assert due >= 1
                taken += due
        assert taken == count
        assert time.monotonic() - begun_s >= (count - 1) / rate

    def test_without_a_rate(self, loop):
        """Everything is due at once."""
        with Pace(loop, None) as pace:
            assert pace.take(10**9) == 10**9

    @pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
    def test_no_rate(self, loop, rate):
        """What is no positive number is refused."""
        with pytest.raises(UsageError, match="per_second is"):
            Pace(loop, rate)


@pytest.fixture
def pair():
    """Two sockets that keep the boundaries of messages, as packet sockets do."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        yield ours, theirs


class TestBatches:
    """The arrays are laid out as the kernel reads them."""

    @pytest.mark.parametrize(
        "frames",
        [numbered(1), numbered(100), [*numbered(3), *numbered(4, 1514), b"x", *numbered(2, 61)]],
    )
    def test_there_and_back(self, pair, frames):
        """Frames of equal and of different lengths arrive as they were, in order, twice."""
        ours, theirs = pair
        batch, room = OutBatch(frames), InBatch(100, 1522)
        for _ in range(2):
            assert batch.send(ours.fileno(), 0, len(batch)) == len(frames)
            assert room.receive(theirs.fileno()) == (frames, [])

    def test_from_the_middle(self, pair):
        """A part of a batch can be sent, and a part of the room be filled."""
        ours, theirs = pair
        frames = numbered(10)
        room = InBatch(4, 60)
        assert OutBatch(frames).send(ours.fileno(), 3, 8) == 5
        assert room.receive(theirs.fileno()) == (frames[3:7], [])
        assert room.receive(theirs.fileno()) == (frames[7:8], [])
        with pytest.raises(BlockingIOError):
            room.receive(theirs.fileno())

    def test_too_long_for_its_slot(self, pair):
        """A frame that was cut off is an error, never a shorter frame."""
        ours, theirs = pair
        ours.send(bytes(61))
        with pytest.raises(OSError, match="longer than the room") as refused:
            InBatch(4, 60).receive(theirs.fileno())
        assert refused.value.errno == errno.EMSGSIZE


class TestFakePort:
    """Bulk without a kernel."""

    @pytest.fixture
    def ports(self):
        """Three ports on one hub."""
        made = [FakePort(f"h{number}.eth0") for number in (1, 2, 3)]
        connect(*made)
        return made

    def test_deliver(self, ports):
        """Everybody else gets them, and the receiver's are compared."""
        one, two, three = ports
        frames = numbered(300)
        delivery = one.deliver(frames, two, per_second=10)
        assert delivery.complete
        assert delivery.sent == 300
        assert two.drain() == []
        assert three.receive_many(1000) == frames

    def test_nobody_there(self):
        """Without a connection all are missing."""
        delivery = FakePort("h1.eth0").deliver(numbered(3), FakePort("h2.eth0"))
        assert (delivery.received, delivery.missing) == (0, (0, 1, 2))

    def test_times(self, ports):
        """The whole sequence is repeated, and can be taken part by part."""
        one, two, _ = ports
        frames = numbered(3)
        one.send_many(iter(frames), times=2)
        assert one.sent == frames * 2
        assert two.receive_many(4) == [*frames, frames[0]]
        assert two.receive_many(4) == frames[1:]
        assert (two.lost(), two.room > 0) == (0, True)

    def test_refusals(self, ports):
        """What the real one refuses, this one does, after what came before."""
        one, two, _ = ports
        with pytest.raises(FrameError):
            one.send_many([*numbered(2), b"short"])
        assert len(two.receive_many(9)) == 2
        for wrong in ({"times": -1}, {"per_second": 0}):
            with pytest.raises(UsageError):
                one.send_many([], **wrong)
