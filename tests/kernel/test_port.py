"""Raw sockets as the harness uses them: what the kernel does to them, and what nobody notices."""

import contextlib
import errno
import fcntl
import os
import socket
import struct
import time

import pytest

from l2harness.errors import FrameError, KernelError
from l2harness.frames import BROADCAST, EtherType, Frame
from l2harness.network import linux
from l2harness.network.port import RawSocket
from l2harness.programs.procfs import PacketTable

SIOCSIFFLAGS, IFF_UP = 0x8914, 1


@pytest.fixture
def network(make_network):
    """Two hosts on one veth pair, with nothing in between."""
    return make_network("pair", driver="kernel")


@pytest.fixture
def raw(network):
    """Open bare sockets: ``raw("h1")``, or ``raw("h1", listen=False)``."""
    with contextlib.ExitStack() as opened:

        def open_one(host, *, listen=True, **more):
            made = RawSocket(
                network.namespace(host), "eth0", f"{host}.eth0", listen=listen, **more
            )
            opened.callback(made.close)
            return made

        yield open_one


def hi(network, payload=b"Hi"):
    """A frame from h1 to everybody."""
    return bytes(Frame(BROADCAST, network.mac("h1.eth0"), EtherType.LAB, payload))


def set_link(network, host, *, up):
    """Set a host's interface up or down."""
    with linux.entered(network.namespace(host)):
        control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"eth0", IFF_UP if up else 0))


def send_until_it_arrives(network, sender, receiver, loop):
    """A link that has just come up may lose its first frames."""
    arrived = []

    def sent_and_there():
        sender.send(hi(network))
        while (arrival := receiver.read()) is not None:
            arrived.append(arrival)
        return arrived

    from l2harness.network.loop import Deadline

    assert loop.wait(sent_and_there, Deadline.after(10), poll=True)
    return arrived


class TestReading:
    """What comes out of a socket."""

    def test_nothing_there_is_none(self, raw):
        """Reading never waits."""
        assert raw("h2").read() is None

    def test_bytes_time_and_direction(self, network, raw):
        """A frame comes with the moment at which the kernel had it, on the monotonic clock."""
        sender, receiver = raw("h1", listen=False), raw("h2")
        before_s = time.monotonic()
        sender.send(hi(network))
        arrival = receiver.read()
        after_s = time.monotonic()
        assert arrival.data == hi(network)
        assert not arrival.outgoing
        # The wall clock, which the kernel stamps with, may be corrected meanwhile by a little.
        assert before_s - 0.01 <= arrival.time_s <= after_s + 0.01
        assert receiver.read() is None

    def test_what_others_send_is_heard_only_if_wanted(self, network, raw):
        """A neighbour's frames on the way out are marked, or not there at all."""
        everything, only_incoming = raw("h1", ignore_outgoing=False), raw("h1")
        raw("h1", listen=False).send(hi(network))
        assert everything.read().outgoing
        assert only_incoming.read() is None
        raw("h2", listen=False).send(hi(network))
        assert not everything.read().outgoing
        assert not only_incoming.read().outgoing

    def test_own_frames_are_not_heard(self, network, raw):
        """What a socket itself sends does not come back to it."""
        both = raw("h1", ignore_outgoing=False)
        both.send(hi(network))
        assert both.read() is None

    def test_a_socket_that_only_sends_hears_nothing(self, network, raw):
        """To the kernel it is one that is not running, and its queue stays empty."""
        with linux.entered(network.namespace("h2")):
            table = PacketTable.of_this_thread()
        sender, listener = raw("h2", listen=False), raw("h2")
        raw("h1", listen=False).send(hi(network))
        with table:
            rows = {row.inode: row for row in table.rows()}
        index = network.topology.interface("h2.eth0").index
        assert (rows[sender.inode()].protocol, rows[sender.inode()].running) == (0, False)
        heard = rows[listener.inode()]
        assert (heard.protocol, heard.running, heard.ifindex) == (3, True, index)
        assert heard.rmem_bytes > 0
        assert rows[sender.inode()].rmem_bytes == 0

    def test_losses_are_counted_once(self, network, raw):
        """What does not fit the queue is counted, and asking sets the count back."""
        sender, receiver = raw("h1", listen=False), raw("h2")
        for _ in range(60_000):
            sender.send(hi(network))
        read = 0
        while receiver.read() is not None:
            read += 1
        lost = receiver.lost()
        assert lost > 0
        assert read + lost == 60_000
        assert receiver.lost() == 0


class TestLinkDown:
    """A link that goes down and comes up again."""

    def test_a_socket_bound_while_down(self, network, raw, loop):
        """The kernel says ENETDOWN once; nobody is bothered with it, and frames come."""
        set_link(network, "h2", up=False)
        receiver = raw("h2")
        set_link(network, "h2", up=True)
        arrived = send_until_it_arrives(network, raw("h1", listen=False), receiver, loop)
        assert {it.data for it in arrived} == {hi(network)}

    def test_a_link_that_went_down_and_up(self, network, raw, loop):
        """A socket that was open all the time goes on hearing."""
        receiver = raw("h2")
        set_link(network, "h2", up=False)
        assert receiver.read() is None
        set_link(network, "h2", up=True)
        assert send_until_it_arrives(network, raw("h1", listen=False), receiver, loop)

    def test_the_kernel_does_say_so(self, network):
        """The control: a plain socket does get ENETDOWN in these circumstances."""
        with linux.entered(network.namespace("h2")):
            plain = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        with plain:
            set_link(network, "h2", up=False)
            plain.bind(("eth0", 3))
            plain.setblocking(False)
            with pytest.raises(OSError, match=os.strerror(errno.ENETDOWN)):
                plain.recv(1)
            with pytest.raises(BlockingIOError):
                plain.recv(1)

    def test_sending_on_it_is_refused(self, network, raw):
        """With the own link down a frame does not vanish: the sender is told."""
        sender = raw("h1", listen=False)
        sender.send(hi(network))
        set_link(network, "h1", up=False)
        with pytest.raises(KernelError, match=r"send on h1\.eth0") as refused:
            sender.send(hi(network))
        assert refused.value.errno == errno.ENETDOWN


class TestOpening:
    """What cannot be opened."""

    def test_no_such_interface(self, network):
        """The label is named, and the kernel's reason."""
        with pytest.raises(KernelError, match=r"open a raw socket on h1\.eth7") as refused:
            RawSocket(network.namespace("h1"), "eth7", "h1.eth7", listen=True)
        assert refused.value.errno == errno.ENODEV

    def test_it_is_opened_deaf(self, network, monkeypatch):
        """Before its bind a socket has no protocol, so it never hears another interface."""
        seen = []
        real = socket.socket

        def watched(family, kind, protocol):
            seen.append((family, kind, protocol))
            return real(family, kind, protocol)

        monkeypatch.setattr(socket, "socket", watched)
        RawSocket(network.namespace("h1"), "eth0", "h1.eth0", listen=True).close()
        assert seen == [(socket.AF_PACKET, socket.SOCK_RAW, 0)]

    def test_the_thread_stays_where_it_was(self, network):
        """Opening a socket on a host, or failing to, leaves us in our own namespace."""
        home = os.readlink("/proc/thread-self/ns/net")
        RawSocket(network.namespace("h1"), "eth0", "h1.eth0", listen=True).close()
        with pytest.raises(KernelError):
            RawSocket(network.namespace("h1"), "none", "h1.none", listen=True)
        assert os.readlink("/proc/thread-self/ns/net") == home


class TestPort:
    """What tests and labs hold."""

    def test_receive_in_order_then_none(self, network):
        """Frames come in the order of arrival; when there are no more, None after the time."""
        sender, receiver = network.port("h1.eth0"), network.port("h2.eth0")
        for number in range(3):
            sender.send(hi(network, bytes([number])))
        assert [receiver.receive().payload for _ in range(3)] == [b"\x00", b"\x01", b"\x02"]
        assert receiver.receive(within_s=0.0) is None

    def test_receive_waits_for_a_frame(self, network):
        """A frame that comes later, from another thread, ends the waiting at once."""
        import threading

        receiver, sender = network.port("h2.eth0"), network.sender("h1.eth0")
        thread = threading.Thread(target=sender.send, args=(hi(network),))
        thread.start()
        assert receiver.receive(within_s=20).payload == b"Hi"
        thread.join()

    def test_drain_takes_all_that_is_there(self, network):
        """Everything that has arrived, once."""
        sender, receiver = network.port("h1.eth0"), network.port("h2.eth0")
        for number in range(200):
            sender.send(hi(network, bytes([number])))
        assert [frame.payload[0] for frame in receiver.drain()] == list(range(200))
        assert receiver.drain() == []

    def test_expect_nothing_returns_what_came(self, network):
        """A silence that is none is answered with the frames, so that a test can show them."""
        sender, receiver = network.port("h1.eth0"), network.port("h2.eth0")
        sender.send(hi(network))
        assert [bytes(frame) for frame in receiver.expect_nothing()] == [hi(network)]
        assert receiver.expect_nothing() == []

    def test_frames_and_bytes(self, network):
        """A frame or its bytes, it is the same."""
        sender, receiver = network.port("h1.eth0"), network.port("h2.eth0")
        sender.send(Frame.from_bytes(hi(network)))
        sender.send(hi(network))
        assert receiver.receive() == receiver.receive()

    def test_half_a_tag_is_no_frame(self, network):
        """Bytes that cannot be read as a frame are an error that says so."""
        sender, receiver = network.port("h1.eth0"), network.port("h2.eth0")
        # A whole tag, which the kernel takes out on the way, and within it half of another.
        sender.send(hi(network)[:12] + bytes.fromhex("88a80001 81000002"))
        with pytest.raises(FrameError):
            receiver.receive()
        sender.send(hi(network))
        assert receiver.receive().payload == b"Hi"

    def test_it_knows_its_name(self, network):
        """The label is as displayed."""
        assert network.port("h2.eth0").label == "h2.eth0"

    @pytest.mark.parametrize("driver", ["kernel", "wire"])
    def test_the_far_side(self, make_network, driver):
        """It hears what the host sends, the host hears what it sends, and silence is proven."""
        hub = make_network("segment", driver=driver)
        far, host = hub.port("h1.eth0", side="far"), hub.port("h1.eth0")
        assert far.expect_nothing() == []
        host.send(hi(hub))
        assert far.expect_nothing()[0].payload[:2] == b"Hi"
        far.send(Frame(hub.mac("h1.eth0"), hub.mac("h2.eth0"), EtherType.LAB, b"in"))
        assert host.receive().payload == b"in"
        assert far.label == "h1.eth0 (far side)"
