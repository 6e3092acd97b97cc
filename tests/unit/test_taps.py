"""Taps: which frames a capture sees where, and what a slow reader loses."""

import socket
import threading

import pytest

from l2harness.errors import UsageError
from l2harness.live import taps
from l2harness.live.desk import places_of
from l2harness.live.taps import Broadcast, Captured, Tap, Way
from l2harness.network.timeline import Direction, FrameEvent, Origin
from l2harness.topology import Driver, find_topology, override, resolve

LECTURE = resolve(find_topology("lecture"), 1)
LINE = resolve(override(find_topology("line"), driver=Driver.WIRE), 1)
SENT = b"\xff" * 12 + b"\x88\xb5Hi"


@pytest.fixture
def tap():
    """Tap places of a topology: gives the broadcast, and what takes the next frame."""
    opened = []

    def make(topology, *places):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        theirs.setblocking(False)
        ours.settimeout(60)
        made = Tap(topology, list(places), theirs)
        opened.extend([made, ours, theirs])
        broadcast = Broadcast()
        broadcast.taps.append(made)
        return broadcast, lambda: Captured.from_bytes(ours.recv(70_000))

    yield make
    for it in opened:
        it.close()


def out(label, data=SENT, number=1):
    """A frame left an interface."""
    return FrameEvent(1.5, label, Direction.OUT, data, number=number)


def into(label, sender, data=SENT, number=1):
    """It came to another."""
    return FrameEvent(1.5, label, Direction.IN, data, Origin.PROGRAM, sender, number)


def test_a_segment_sees_each_frame_once_and_padded(tap):
    """One that leaves and comes to three is one frame; its own length is known."""
    broadcast, take = tap(LECTURE, "lan")
    for number in (1, 2):
        broadcast.add(out("vm.enp0s10", number=number))
    for other in ("enp0s3", "enp0s8", "enp0s9"):  # the wire may delay frames, each as it likes
        for number in (2, 1):
            padded = SENT.ljust(60, b"\0")
            broadcast.add(into(f"vm.{other}", "vm.enp0s10", padded, number))
    broadcast.add(out("vm.enp0s3", b"\1" * 70, number=3))
    found = [take() for _ in range(3)]
    assert [len(it.data) for it in found] == [60, 60, 70]
    assert [it.sent_bytes for it in found] == [16, 16, 70]
    assert [it.sender for it in found] == [3, 3, 0]
    assert {(it.way, it.place, it.lost) for it in found} == {(Way.ACROSS, 0, 0)}
    assert found[0].time_ns == found[1].time_ns


def test_an_interface_sees_what_leaves_and_what_comes(tap):
    """Short when it leaves, padded when it comes, and who had sent it."""
    broadcast, take = tap(LECTURE, "vm.enp0s3", "vm.enp0s10")
    broadcast.add(out("vm.enp0s10"))
    broadcast.add(into("vm.enp0s3", "vm.enp0s10", SENT.ljust(60, b"\0")))
    broadcast.add(into("vm.enp0s8", "vm.enp0s10", SENT.ljust(60, b"\0")))
    first, second = take(), take()
    assert (first.way, first.place, len(first.data)) == (Way.OUT, 1, 16)
    assert (second.way, second.place, len(second.data)) == (Way.IN, 0, 60)
    assert (second.sender, second.sent_bytes) == (3, 16)


def test_a_frame_from_another_segment(tap):
    """On a segment that it is passed on to it is seen as well, once for every segment."""
    segments = [it.name for it in LINE.segments if it.interfaces]
    assert len(segments) > 1
    first, last = LINE.segment(segments[0]), LINE.segment(segments[-1])
    broadcast, take = tap(LINE, *segments)
    broadcast.add(out(first.interfaces[0]))
    broadcast.add(into(last.interfaces[0], first.interfaces[0]))
    assert [take().place, take().place] == [0, len(segments) - 1]


def test_a_reader_that_stands_still_loses_frames_and_is_told(tap, monkeypatch):
    """The queue is bounded: nobody waits, and the next frame that is read says how many."""
    monkeypatch.setattr(taps, "_WAITING", 10)
    broadcast, take = tap(LECTURE, "lan")
    large = b"\1" * 60_000
    for number in range(100):  # more than the socket's buffer and the queue together
        broadcast.add(out("vm.enp0s3", large, number))
    kept = 0
    while (captured := take()).data == large:
        kept += 1
        broadcast.add(out("vm.enp0s3", number=1_000 + kept))
    assert 10 <= kept < 100
    assert captured.lost >= 100 - kept


def test_a_tap_ends_while_it_waits():
    """Neither a full socket nor an empty queue keeps it."""
    before = set(threading.enumerate())
    for frames in (0, 100):
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        theirs.setblocking(False)
        made = Tap(LECTURE, ["lan"], theirs)
        for number in range(frames):
            made.see(out("vm.enp0s3", b"\1" * 60_000, number))
        made.close()
        ours.close()
        theirs.close()
    assert set(threading.enumerate()) == before


def test_nothing_is_kept():
    """A holder that runs for days holds no frames."""
    broadcast = Broadcast()
    broadcast.add(out("vm.enp0s3"))
    assert broadcast.mark("words") == 0
    assert broadcast.events == []


@pytest.mark.parametrize(
    ("wanted", "places"),
    [
        (None, ["lan"]),
        ("lan", ["lan"]),
        ("vm.enp0s3", ["vm.enp0s3"]),
        ("enp0s3", ["vm.enp0s3"]),
        ("vm", ["vm.enp0s3", "vm.enp0s8", "vm.enp0s9", "vm.enp0s10"]),
    ],
)
def test_places(wanted, places):
    """A segment, an interface with its host or without, a host, or everything."""
    assert places_of(LECTURE, wanted) == places


@pytest.mark.parametrize(
    ("topology", "wanted", "sentence"),
    [
        (LECTURE, "lann", "no segment, interface or host 'lann'; did you mean 'lan'?"),
        (LINE, "eth0", "interface 'eth0' is on several hosts: h1.eth0, "),
    ],
)
def test_places_that_are_not_there(topology, wanted, sentence):
    """What is near is named, or what it could be."""
    with pytest.raises(UsageError) as caught:
        places_of(topology, wanted)
    assert sentence in str(caught.value)
