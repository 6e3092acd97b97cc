"""Many frames at once, between real ports: none lost, or exactly those that were."""

import itertools
import socket
import time

import pytest

from l2harness.errors import FrameError, KernelError, UsageError
from l2harness.frames import EtherType, Frame, VlanTag
from l2harness.network.kernel_port import KernelPort
from l2harness.network.port import RawSocket
from l2harness.network.wire import Budget


@pytest.fixture(params=["kernel", "wire"])
def network(request, make_network):
    """Three hosts on one hub that adds nothing, with either driver."""
    made = make_network("segment", driver=request.param, min_frame=0)
    made.wire.budget = Budget(10**9, 10**9)
    return made


@pytest.fixture
def ports(network):
    """A port that sends, and one that receives."""
    return network.port("h1.eth0"), network.port("h2.eth0")


def numbered(network, count, length=60):
    """Frames from h1 to h2 that differ, made one by one."""
    header = network.mac("h2.eth0").value + network.mac("h1.eth0").value + b"\x88\xb5"
    for number in range(count):
        yield (header + number.to_bytes(4, "big")).ljust(length, b"\0")


@pytest.mark.parametrize(("count", "length"), [(5_000, 60), (500, 1514), (0, 60)])
def test_none_is_lost(network, ports, count, length):
    """Every frame arrives once, in order, byte for byte, however many there are."""
    sender, receiver = ports
    receiver.drain()
    delivery = sender.deliver(numbered(network, count, length), receiver)
    assert delivery.complete, str(delivery)
    assert (delivery.sent, delivery.dropped) == (count, 0)
    assert receiver.drain() == []


def test_exactly_what_was_lost(network, ports, monkeypatch):
    """Of a receiver that is too slow the lost frames are named, as many as the kernel dropped."""
    sender, receiver = ports
    receiver._raw._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    monkeypatch.setattr(KernelPort, "room", 128)
    fd, receive_many = receiver._raw.fileno(), receiver.receive_many

    def listen_only_now(count):
        network.loop.add(fd, receiver._collect)
        came = receive_many(count)
        network.loop.remove(fd)
        return came

    network.loop.remove(fd)
    monkeypatch.setattr(receiver, "receive_many", listen_only_now)
    delivery = sender.deliver(numbered(network, 300), receiver)
    assert not delivery.complete
    assert 0 < delivery.dropped == len(delivery.missing) == 300 - delivery.received
    assert delivery.in_order
    assert (delivery.strange, delivery.missing[0] > 0) == ((), True)


def test_any_lengths_and_tags(network, ports):
    """Frames of all lengths in one batch, tagged ones among them, come as they were sent."""
    sender, receiver = ports
    mixed = [
        bytes(
            Frame(
                network.mac("h2.eth0"),
                network.mac("h1.eth0"),
                EtherType.LAB,
                bytes([number]) * (46 + number),
                (VlanTag(number),) if number % 3 == 0 else (),
            )
        )
        for number in range(1, 200)
    ]
    delivery = sender.deliver(mixed, receiver)
    assert delivery.complete, str(delivery)


def test_the_same_again_and_again(network, ports):
    """A short and a long sequence are repeated in order, and end where they should."""
    sender, receiver = ports
    for length, times in ((3, 100), (200, 3), (1, 1), (5, 0)):
        frames = list(numbered(network, length))
        sender.send_many(frames, times=times)
        assert receiver.receive_many(10_000) == frames * times


def test_at_a_rate(network, ports):
    """Paced frames take as long as they should at least, and none is lost."""
    sender, receiver = ports
    begun_s = time.monotonic()
    delivery = sender.deliver(numbered(network, 500), receiver, per_second=5_000)
    assert delivery.complete, str(delivery)
    assert time.monotonic() - begun_s >= 499 / 5_000
    assert delivery.took_s >= 499 / 5_000


def test_receive_many_waits_for_nothing_to_come(ports, network):
    """Fewer frames than wanted come back as soon as it is certain that there are no more."""
    sender, receiver = ports
    sender.send_many(numbered(network, 3))
    assert receiver.receive_many(2) == list(numbered(network, 2))
    assert len(receiver.receive_many(1_000_000)) == 1
    assert receiver.receive_many(1) == []
    assert (receiver.lost(), receiver.room > 50) == (0, True)


def test_refusals(network, ports):
    """Too short, too long, no rate: refused, and what came before has been sent."""
    sender, receiver = ports
    good = list(numbered(network, 2))
    with pytest.raises(FrameError, match="13 bytes cannot be sent"):
        sender.send_many([*good, bytes(13)])
    assert receiver.receive_many(9) == []
    with pytest.raises(KernelError, match="1515 bytes"):
        sender.send_many([*good, bytes(1515)])
    assert receiver.receive_many(9) == good
    for wrong in ({"times": -1}, {"per_second": 0}):
        with pytest.raises(UsageError):
            sender.send_many(good, **wrong)
    with pytest.raises(UsageError):
        sender.deliver(good, receiver, per_second=-5)


def test_a_fault_in_the_middle(network, ports):
    """A frame that the link cannot carry ends a delivery; those before it have been sent."""
    sender, receiver = ports
    good = list(numbered(network, 1_000))
    with pytest.raises(KernelError, match="1515 bytes"):
        sender.deliver([*good, bytes(1515), *good], receiver)
    with pytest.raises(FrameError, match="13 bytes cannot be sent"):
        sender.deliver([*good, bytes(13)], receiver)
    assert sender.deliver(good, receiver).complete


def test_no_room_for_a_moment(network, ports):
    """Where the kernel takes only some frames, and now and then none, all of them are sent."""
    sender, receiver = ports
    tries = itertools.count(1)

    class Narrow(RawSocket):
        """Takes at most seven frames at a time, and every fifth time none."""

        __slots__ = ()

        def send_some(self, batch, first, end):
            """See `RawSocket.send_some`."""
            few = min(end, first + 7)
            return 0 if next(tries) % 5 == 0 else super().send_some(batch, first, few)

    narrow = Narrow(network.namespace("h1"), "eth0", "h1.eth0", listen=False)
    real, sender._raw = sender._raw, narrow
    try:
        delivery = sender.deliver(numbered(network, 2_002), receiver)
    finally:
        sender._raw = real
        narrow.close()
    assert delivery.complete, str(delivery)
    assert next(tries) > 2_002 / 7
