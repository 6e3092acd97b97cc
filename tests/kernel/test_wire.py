"""The wire: what it records, what it bounds, and what it never shows to anybody."""

import os

import pytest

from l2harness.frames import BROADCAST, EtherType, Frame, MacAddress, VlanTag
from l2harness.network.timeline import Direction, MarkEvent, Origin
from l2harness.network.wire import Budget

STRANGER = MacAddress.parse("02:aa:bb:cc:dd:ee")


@pytest.fixture
def network(make_network):
    """Three hosts on a hub of the wire that pads, one host with a second interface."""
    built = make_network("nics", driver="wire", min_frame=60)
    built.begin_run()
    return built


def hi(network, payload=b"Hi", destination=BROADCAST, **more):
    """A frame from h1."""
    return Frame(destination, network.mac("h1.eth0"), EtherType.LAB, payload, **more)


class TestWhatIsRecorded:
    """The timeline of a run."""

    def test_a_frame_and_its_deliveries(self, network):
        """A frame is recorded once as handed over, and for each receiver as delivered."""
        frame = hi(network)
        network.send("h1.eth0", bytes(frame))
        network.settle()
        seen = [
            (event.interface, event.direction, event.data) for event in network.timeline.frames()
        ]
        assert seen == [
            ("h1.eth0", Direction.OUT, bytes(frame)),
            ("h2.eth0", Direction.IN, bytes(frame.padded())),
            ("h3.eth0", Direction.IN, bytes(frame.padded())),
        ]

    def test_times_go_up(self, network):
        """Events of one interface bear the times at which they happened, in order."""
        for number in range(20):
            network.send("h1.eth0", bytes(hi(network, bytes([number]))))
        network.settle()
        for interface in ("h1.eth0", "h2.eth0"):
            times_s = [event.time_s for event in network.timeline.frames(interface)]
            assert times_s == sorted(times_s)
            assert len(set(times_s)) == 20
            assert all(it.time_s >= times_s[0] for it in network.timeline.frames("h3.eth0"))

    def test_tags_are_in_their_place(self, network):
        """A tagged frame of 20 bytes is recorded as 20 bytes."""
        frame = hi(network, tags=(VlanTag(5),))
        network.send("h1.eth0", bytes(frame))
        network.settle()
        assert network.timeline.frames("h1.eth0")[0].data == bytes(frame)
        assert len(bytes(frame)) == 20

    def test_who_sent_it(self, network):
        """What the harness says it sends is the harness's, the same bytes once more are not."""
        data = bytes(hi(network))
        network.send("h1.eth0", data)
        network.sender("h1.eth0").send(data)
        network.settle()
        origins = [event.origin for event in network.timeline.frames("h1.eth0")]
        assert origins == [Origin.HARNESS, Origin.PROGRAM]
        received = [event.origin for event in network.timeline.frames("h2.eth0")]
        assert received == [Origin.HARNESS, Origin.PROGRAM]

    def test_what_was_announced_in_another_run_does_not_count(self, network):
        """A frame that was announced and never came excuses no program in the next run."""
        data = bytes(hi(network))
        network.wire.announce("h1.eth0", data)
        network.begin_run()
        network.sender("h1.eth0").send(data)
        network.settle()
        assert [it.origin for it in network.timeline.frames("h1.eth0")] == [Origin.PROGRAM]

    def test_a_run_has_a_timeline_of_its_own(self, network):
        """What is under way at the end of a run belongs to it, and not to the next."""
        first = network.timeline
        network.send("h1.eth0", bytes(hi(network, b"first")))
        second = network.begin_run()
        network.send("h1.eth0", bytes(hi(network, b"second")))
        network.settle()
        assert [it.data[14:] for it in first.frames("h1.eth0")] == [b"first"]
        assert [it.data[14:] for it in second.frames("h1.eth0")] == [b"second"]

    def test_the_harness_delivers_where_nobody_else_is(self, network):
        """A frame given to the far end of a link reaches that host and is recorded as ours."""
        listener = network.port("h1.eth1")
        data = bytes(hi(network).padded())
        network.wire.deliver("h1.eth1", data, Origin.HARNESS)
        assert bytes(listener.receive()) == data
        (event,) = network.timeline.frames()
        assert (event.interface, event.direction, event.origin) == (
            "h1.eth1",
            Direction.IN,
            Origin.HARNESS,
        )

    def test_a_receiver_with_a_small_mtu(self, make_network, tmp_path):
        """A frame that a receiver cannot take is lost there, and a mark says so."""
        path = tmp_path / "small.yaml"
        path.write_text(
            "hosts:\n"
            "  h1: {eth0: lan}\n"
            "  h2: {eth0: {segment: lan, mtu: 500}}\n"
            "  h3: {eth0: lan}\n"
            "segments: {lan: {kind: hub, driver: wire}}\n"
        )
        network = make_network(path)
        network.begin_run()
        small, large = network.port("h2.eth0"), network.port("h3.eth0")
        network.send("h1.eth0", bytes(hi(network, bytes(501))))
        assert len(large.receive()) == 515
        assert small.expect_nothing() == []
        marks = [event.text for event in network.timeline.of(MarkEvent)]
        assert marks == ["h2.eth0 cannot take a frame of 515 bytes"]


class TestMachinery:
    """Probes and fences are between the harness and the kernel."""

    def test_probes_are_neither_recorded_nor_forwarded(self, network):
        """A probe ends at the far end of the link; a look-alike goes the way of all frames."""
        listener = network.port("h2.eth0")
        probe = network.wire.probe("h1.eth0", 1)
        network.sender("h1.eth0").send(probe)
        # The same but for the last byte of the secret, as somebody would send who guesses.
        forged = bytearray(probe)
        forged[29] ^= 1
        network.sender("h1.eth0").send(bytes(forged))
        network.settle()
        assert network.wire.saw(probe)
        assert [it.data for it in network.timeline.frames("h1.eth0")] == [bytes(forged)]
        assert [bytes(it) for it in listener.expect_nothing()] == [bytes(forged).ljust(60, b"\0")]

    def test_every_network_has_a_secret_of_its_own(self, make_network):
        """What gets out of one network is no probe in another, even with the same seed."""
        one, other = make_network("segment", driver="wire"), make_network("segment", driver="wire")
        assert len(one.wire.secret) == 16
        assert not other.wire.is_probe(one.wire.probe("h1.eth0", 1))
        assert one.wire.is_probe(one.wire.probe("h1.eth0", 1))


def flood(network, count, size=60):
    """Send more than is good from h1, without giving the wire a turn."""
    data = bytes(Frame(BROADCAST, STRANGER, EtherType.LAB, bytes(size - 14)))
    for _ in range(count):
        network.sender("h1.eth0").send(data)


class TestBudget:
    """What one interface may send in one run."""

    def test_a_flood_is_cut_off(self, network):
        """From the budget on nothing is carried or recorded, and the interface is named."""
        network.wire.budget = Budget(frames=50)
        flood(network, 300)
        network.settle()
        assert network.wire.flooded == {"h1.eth0"}
        assert len(network.timeline.frames("h1.eth0")) == 50
        assert len(network.timeline.frames("h2.eth0")) == 50

    def test_the_budget_itself_is_allowed(self, network):
        """As many as allowed are no flood; one more is."""
        network.wire.budget = Budget(frames=50)
        flood(network, 50)
        network.settle()
        assert network.wire.flooded == set()
        assert len(network.timeline.frames("h2.eth0")) == 50
        flood(network, 1)
        network.settle()
        assert network.wire.flooded == {"h1.eth0"}

    def test_bytes_count_too(self, network):
        """A few large frames exceed the size as many small ones exceed the number."""
        network.wire.budget = Budget(frames=1000, size_bytes=15_000)
        flood(network, 20, size=1514)
        network.settle()
        assert network.wire.flooded == {"h1.eth0"}
        assert len(network.timeline.frames("h1.eth0")) == 9

    def test_others_are_still_heard(self, network):
        """Who keeps to the budget is carried while somebody else floods."""
        network.wire.budget = Budget(frames=10)
        flood(network, 100)
        network.settle()
        listener = network.port("h3.eth0")
        network.send("h2.eth0", bytes(Frame(BROADCAST, STRANGER, EtherType.LAB, b"me")))
        assert listener.receive().payload[:2] == b"me"

    def test_the_next_run_begins_afresh(self, network):
        """After a flood the next run hears the interface again, and nothing of the flood."""
        network.wire.budget = Budget(frames=10)
        flood(network, 5_000)
        network.settle()
        network.begin_run()
        assert network.wire.flooded == set()
        assert network.timeline.frames() == []
        network.send("h1.eth0", bytes(hi(network, b"again")))
        network.settle()
        assert [it.data[14:19] for it in network.timeline.frames("h2.eth0")] == [b"again"]

    def test_a_network_can_be_closed_in_a_flood(self, network):
        """Taking down what is flooded is no error; the fixture closes it."""
        network.wire.budget = Budget(frames=10)
        flood(network, 100)
        network.settle()
        assert network.wire.flooded == {"h1.eth0"}

    def test_frames_that_the_kernel_dropped_are_counted(self, network):
        """More than a socket's queue holds: those lost are known, so that waiting ends."""
        network.wire.budget = Budget(frames=1_000_000, size_bytes=1_000_000_000)
        sent = 60_000
        flood(network, sent)
        before = network.wire.carried["h1.eth0"]
        network.settle()
        recorded = len(network.timeline.frames("h1.eth0"))
        assert network.wire.seen("h1.eth0") - before >= sent
        assert recorded < sent


class TestSettling:
    """Knowing that nothing is under way."""

    def test_a_frame_is_seen_once_it_is_settled(self, network):
        """Settling carries what has left a host; without it nothing has been read yet."""
        network.sender("h1.eth0").send(bytes(hi(network)))
        assert network.timeline.frames() == []
        network.settle()
        assert len(network.timeline.frames()) == 3

    @pytest.mark.parametrize("lost", ["8100", "8100 0005", "8100 0005 88b5", "8100 0005 88b5 48"])
    def test_what_the_kernel_cannot_read_is_written_off(self, network, lost):
        """Half a tag is lost on the way without a word; settling knows, and goes on."""
        header = BROADCAST.value + network.mac("h1.eth0").value
        network.sender("h1.eth0").send(header + bytes.fromhex(lost))
        network.settle()
        assert network.timeline.frames() == []
        network.sender("h1.eth0").send(bytes(hi(network)))
        network.settle()
        assert len(network.timeline.frames("h1.eth0")) == 1

    def test_a_flood_before_the_next_run_is_over(self, network):
        """Frames of a flood that the kernel still held do not reach the next run."""
        network.wire.budget = Budget(frames=1)
        for _ in range(20):
            flood(network, 500)
            network.settle()
            assert network.wire.flooded == {"h1.eth0"}
            network.begin_run()
            network.settle()
            assert network.timeline.frames() == []

    def test_the_thread_keeps_its_cpus(self, network):
        """Fences are sent from every CPU; afterwards we may run where we could before."""
        before = os.sched_getaffinity(0)
        network.sender("h1.eth0").send(BROADCAST.value + bytes(6) + b"\x81\x00")
        network.settle()
        assert os.sched_getaffinity(0) == before


class TestOrder:
    """Frames arrive in the order in which they were sent."""

    def test_in_order_and_complete(self, network):
        """A thousand frames that fit the budget all arrive, in order."""
        listener = network.port("h3.eth0")
        frames = [hi(network, os.urandom(46)) for _ in range(1000)]
        for number, frame in enumerate(frames):
            network.send("h1.eth0", bytes(frame))
            if number % 50 == 0:
                network.settle()
        network.settle()
        assert listener.drain() == frames
