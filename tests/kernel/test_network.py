"""Networks that run: who hears what, the same with both drivers, exactly as described."""

import errno
import fcntl
import resource
import socket
import struct
from pathlib import Path

import pytest

from l2harness.errors import FrameError, KernelError, UsageError
from l2harness.frames import BROADCAST, EtherType, Frame, MacAddress, VlanTag
from l2harness.network import linux
from l2harness.network.network import Network
from l2harness.topology import find_topology, parse_topology, resolve, shipped_topologies

STRANGER = MacAddress.parse("02:aa:bb:cc:dd:ee")
LLDP = MacAddress.parse("01:80:c2:00:00:0e")
GROUP = MacAddress.parse("01:00:5e:00:00:01")
SIOCGIFHWADDR = 0x8927

both_drivers = pytest.mark.parametrize("driver", ["kernel", "wire"])


def hi(network, source, destination, payload=b"Hi", ethertype=EtherType.LAB, tags=()):
    """A frame from one interface to another, or to any address."""
    if isinstance(destination, str):
        destination = network.mac(destination)
    return Frame(destination, network.mac(source), ethertype, payload, tags)


def ports_of(network):
    """A port on every host interface, by label."""
    return {it.label: network.port(it.label) for it in network.interfaces()}


@both_drivers
class TestWhoHearsWhat:
    """Cable, hub, switch and line, with the kernel and with the wire."""

    def test_a_cable_has_two_ends(self, make_network, driver):
        """What one end says the other hears, byte for byte, and the sender does not."""
        network = make_network("pair", driver=driver)
        one, other = network.port("h1.eth0"), network.port("h2.eth0")
        for sender, receiver in ((one, other), (other, one)):
            frame = hi(network, sender.label, receiver.label)
            sender.send(frame)
            assert receiver.receive() == frame
            assert sender.expect_nothing() == []

    def test_on_a_hub_everybody_hears(self, make_network, driver):
        """A frame for one is heard by all others, also after the addressee has spoken."""
        network = make_network("segment", driver=driver)
        ports = ports_of(network)
        first, back = hi(network, "h1.eth0", "h2.eth0"), hi(network, "h2.eth0", "h1.eth0")
        for sender, frame in (("h1.eth0", first), ("h2.eth0", back), ("h1.eth0", first)):
            ports[sender].send(frame)
            for label, port in ports.items():
                if label != sender:
                    assert port.receive() == frame
        for port in ports.values():
            assert port.expect_nothing() == []

    def test_a_switch_learns(self, make_network, driver):
        """It floods what it does not know; once an address has spoken, only its owner hears."""
        network = make_network("switch", driver=driver)
        ports = ports_of(network)
        unknown = hi(network, "h1.eth0", "h2.eth0", b"unknown")
        ports["h1.eth0"].send(unknown)
        assert ports["h2.eth0"].receive() == unknown
        assert ports["h3.eth0"].receive() == unknown
        ports["h2.eth0"].send(hi(network, "h2.eth0", "h1.eth0", b"answer"))
        assert ports["h1.eth0"].receive().payload == b"answer"
        known = hi(network, "h1.eth0", "h2.eth0", b"known")
        ports["h1.eth0"].send(known)
        assert ports["h2.eth0"].receive() == known
        assert ports["h3.eth0"].expect_nothing() == []

    def test_a_switch_follows_an_address_that_moves(self, make_network, driver):
        """The last place from which an address was heard is where its frames go."""
        network = make_network("switch", driver=driver)
        ports = ports_of(network)
        ports["h1.eth0"].send(hi(network, "h1.eth0", BROADCAST, b"I am here"))
        for place in ("h2.eth0", "h3.eth0"):
            assert ports[place].receive().payload == b"I am here"
        for place in ("h2.eth0", "h3.eth0"):
            ports[place].send(Frame(network.mac("h1.eth0"), STRANGER, EtherType.LAB, b"here"))
            assert ports["h1.eth0"].receive().payload == b"here"
            ports["h1.eth0"].send(Frame(STRANGER, network.mac("h1.eth0"), EtherType.LAB, b"there"))
            assert ports[place].receive().payload == b"there"
            others = [ports[it] for it in ("h2.eth0", "h3.eth0") if it != place]
            assert [port.expect_nothing() for port in others] == [[]]

    @pytest.mark.parametrize("topology", ["segment", "switch", "line"])
    @pytest.mark.parametrize("destination", [BROADCAST, GROUP, LLDP], ids=str)
    def test_everybody_else_hears_a_group(self, make_network, driver, topology, destination):
        """Broadcast and multicast, link-local ones too, reach every other host once."""
        network = make_network(topology, driver=driver)
        ports = ports_of(network)
        frame = hi(network, "h1.eth0", destination)
        ports["h1.eth0"].send(frame)
        for label, port in ports.items():
            if label != "h1.eth0":
                assert port.receive() == frame
            assert port.expect_nothing() == []

    def test_switches_in_a_line_learn_on_the_way(self, make_network, driver):
        """Along the line every switch learns, and hosts beside the way hear nothing more."""
        network = make_network("line", driver=driver)
        ports = ports_of(network)
        ports["h4.eth0"].send(hi(network, "h4.eth0", BROADCAST, b"I am here"))
        for label in ("h1.eth0", "h2.eth0", "h3.eth0"):
            assert ports[label].receive().payload == b"I am here"
        known = hi(network, "h1.eth0", "h4.eth0", b"across")
        ports["h1.eth0"].send(known)
        assert ports["h4.eth0"].receive() == known
        assert ports["h2.eth0"].expect_nothing() == []
        assert ports["h3.eth0"].expect_nothing() == []

    def test_segments_are_apart(self, make_network, driver):
        """What is said on one segment is not heard on another, not even by the same host."""
        network = make_network("nics", driver=driver)
        ports = ports_of(network)
        ports["h2.eth0"].send(hi(network, "h2.eth0", BROADCAST))
        assert ports["h1.eth0"].receive().payload == b"Hi"
        assert ports["h1.eth1"].expect_nothing() == []

    def test_hosts_hear_neither_the_harness_nor_its_probes(self, make_network, driver):
        """A port that is open from the start hears nothing until somebody speaks."""
        network = make_network("segment", driver=driver)
        port = network.port("h1.eth0")
        assert port.expect_nothing() == []
        network.port("h2.eth0").send(hi(network, "h2.eth0", "h1.eth0"))
        assert port.receive().payload == b"Hi"


@both_drivers
class TestWhatArrives:
    """Lengths, tags, limits."""

    @pytest.mark.parametrize("length", [14, 15, 16, 59, 60, 61, 1513, 1514])
    def test_any_length_arrives_as_it_is(self, make_network, driver, length):
        """From a bare header to the MTU nothing is added and nothing lost."""
        network = make_network("segment", driver=driver, min_frame=0)
        listener = network.port("h2.eth0")
        data = bytes(hi(network, "h1.eth0", "h2.eth0", bytes(i % 251 for i in range(length - 14))))
        network.port("h1.eth0").send(data)
        assert bytes(listener.receive()) == data

    def test_what_is_too_long_or_too_short(self, make_network, driver):
        """1515 bytes are the kernel's refusal, 13 bytes are no frame; then 1514 pass."""
        network = make_network("pair", driver=driver)
        sender, listener = network.port("h1.eth0"), network.port("h2.eth0")
        frame = bytes(hi(network, "h1.eth0", "h2.eth0", bytes(1501)))
        with pytest.raises(KernelError, match=r"send on h1.eth0: .*1515 bytes") as refused:
            sender.send(frame)
        assert refused.value.errno == errno.EMSGSIZE
        with pytest.raises(FrameError, match=r"13 bytes"):
            sender.send(frame[:13])
        sender.send(frame[:1514])
        assert len(listener.receive()) == 1514
        assert listener.expect_nothing() == []

    def test_a_tag_of_four_bytes_comes_on_top(self, make_network, driver):
        """1518 bytes pass if they carry an 802.1Q tag, and arrive with it."""
        network = make_network("pair", driver=driver)
        listener = network.port("h2.eth0")
        frame = hi(network, "h1.eth0", "h2.eth0", bytes(1500), tags=(VlanTag(5),))
        assert len(frame) == 1518
        network.port("h1.eth0").send(frame)
        assert listener.receive() == frame

    @pytest.mark.parametrize(
        "tags",
        [
            (VlanTag(5),),
            (VlanTag(0, priority=7),),
            (VlanTag(4095, priority=3, drop_eligible=True),),
            (VlanTag(7, tpid=0x88A8), VlanTag(9)),
            (VlanTag(7), VlanTag(9), VlanTag(11)),
        ],
        ids=["plain", "priority", "drop-eligible", "stacked", "three"],
    )
    @pytest.mark.parametrize("topology", ["pair", "segment", "switch"])
    def test_tags_arrive_in_their_place(self, make_network, driver, topology, tags):
        """802.1Q tags, which the kernel takes out on the way, are where they were sent."""
        network = make_network(topology, driver=driver, min_frame=0)
        listener = network.port("h2.eth0")
        frame = hi(network, "h1.eth0", "h2.eth0", tags=tags)
        network.port("h1.eth0").send(frame)
        assert bytes(listener.receive()) == bytes(frame)

    def test_jumbo_frames(self, tmp_path, make_network, driver):
        """A larger MTU is a larger frame, also across switches that are linked."""
        path = tmp_path / "jumbo.yaml"
        path.write_text(
            "hosts:\n"
            "  h1: {eth0: {segment: s1, mtu: 9000}}\n"
            "  h2: {eth0: {segment: s2, mtu: 9000}}\n"
            "segments: {s1: {kind: switch}, s2: {kind: switch}}\n"
            "links: [[s1, s2]]\n"
        )
        network = make_network(path, driver=driver)
        listener = network.port("h2.eth0")
        frame = hi(network, "h1.eth0", "h2.eth0", bytes(9000))
        network.port("h1.eth0").send(frame)
        assert listener.receive() == frame


class TestRuns:
    """One network serves many runs."""

    def test_begin_run_lets_switches_forget(self, make_network):
        """Every run on the wire begins alike: what was learned is of the run before."""
        network = make_network("switch", driver="wire")
        ports = ports_of(network)
        ports["h2.eth0"].send(hi(network, "h2.eth0", "h1.eth0"))
        assert ports["h1.eth0"].receive() is not None
        ports["h3.eth0"].drain()
        network.begin_run()
        ports["h1.eth0"].send(hi(network, "h1.eth0", "h2.eth0"))
        assert ports["h2.eth0"].receive().payload == b"Hi"
        assert ports["h3.eth0"].receive().payload == b"Hi"


class TestPadding:
    """What a network card does to short frames, the wire does."""

    def test_the_wire_fills_up_with_zeros(self, make_network):
        """16 bytes leave the host, 60 arrive, the rest is zero; 61 stay 61."""
        network = make_network("segment", driver="wire", min_frame=60)
        far, listener = network.port("h1.eth0", side="far"), network.port("h2.eth0")
        sender = network.port("h1.eth0")
        short = hi(network, "h1.eth0", "h2.eth0")
        sender.send(short)
        assert bytes(far.receive()) == bytes(short)
        assert bytes(listener.receive()) == bytes(short) + bytes(44)
        longer = hi(network, "h1.eth0", "h2.eth0", bytes(47))
        sender.send(longer)
        assert listener.receive() == longer

    def test_the_kernel_does_not_pad(self, make_network):
        """A veth pair carries short frames as they are, which is why there is a wire."""
        network = make_network("segment", driver="kernel")
        listener = network.port("h2.eth0")
        network.port("h1.eth0").send(hi(network, "h1.eth0", "h2.eth0"))
        assert len(listener.receive()) == 16

    def test_tags_count(self, make_network):
        """A tagged frame is filled up to 60 bytes with its tag."""
        network = make_network("segment", driver="wire", min_frame=60)
        listener = network.port("h2.eth0")
        frame = hi(network, "h1.eth0", "h2.eth0", tags=(VlanTag(5),))
        network.port("h1.eth0").send(frame)
        assert bytes(listener.receive()) == bytes(frame) + bytes(40)


def inside(network, host):
    """Names, indexes and addresses of a host's interfaces, asked of the kernel on the host."""
    with linux.entered(network.namespace(host)):
        control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        pairs = socket.if_nameindex()
    with control:
        found = {}
        for index, name in pairs:
            answer = fcntl.ioctl(control, SIOCGIFHWADDR, struct.pack("16s24x", name.encode()))
            found[name] = (index, MacAddress(answer[18:24]))
    return found


@pytest.fixture
def few_files():
    """Have a low limit of open files, until the network raises it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(soft, 256), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


class TestAsDescribed:
    """What the topology says is what the kernel says."""

    @pytest.mark.parametrize("name", shipped_topologies())
    def test_every_shipped_topology(self, make_network, name):
        """Each host has its interfaces and lo, nothing else, with their addresses and indexes."""
        network = make_network(name, seed="shipped")
        for host in network.topology.hosts:
            expected = {"lo": (1, MacAddress(bytes(6)))}
            expected |= {it.name: (it.index, it.mac) for it in host.interfaces}
            assert inside(network, host.name) == expected
            assert [it.index for it in host.interfaces] == list(range(2, 2 + len(host.interfaces)))

    def test_the_same_seed_is_the_same_network(self, make_network):
        """Two networks at a time with one seed have equal addresses; another seed has others."""
        one, two, other = (make_network("segment", seed=seed) for seed in (7, "7", 8))
        assert inside(one, "h1") == inside(two, "h1")
        assert inside(one, "h1") != inside(other, "h1")

    def test_fixed_addresses(self, make_network):
        """Those that the lecture gives are those that its machine has."""
        assert inside(make_network("lecture", seed=3), "vm")["enp0s8"] == (
            3,
            MacAddress.parse("08:00:27:b0:d6:ff"),
        )

    def test_a_hundred_hosts(self, make_network, tmp_path, few_files):
        """A large hub is ready, whatever the soft limit, and a broadcast reaches all of it."""
        hosts = "".join(f"  h{number}: {{eth0: lan}}\n" for number in range(1, 101))
        path = tmp_path / "large.yaml"
        path.write_text(f"hosts:\n{hosts}segments: {{lan: {{kind: hub}}}}\n")
        network = make_network(path)
        last = network.port("h100.eth0")
        network.port("h1.eth0").send(hi(network, "h1.eth0", BROADCAST))
        assert last.receive().payload == b"Hi"

    def test_every_interface_of_many_is_counted(self, make_network, tmp_path):
        """The kernel shows some thirty at a time; the last one of fifty counts like the first."""
        path = tmp_path / "many.yaml"
        ends = ", ".join(f"eth{number}: lan" for number in range(50))
        path.write_text(f"hosts:\n  h1: {{{ends}}}\nsegments: {{lan: {{kind: hub}}}}\n")
        network = make_network(path, driver="kernel")
        counted = network.control("h1").counters()
        assert counted.keys() == {"lo", *(f"eth{number}" for number in range(50))}
        before = counted["eth49"].received
        network.send("h1.eth0", bytes(hi(network, "h1.eth0", BROADCAST)))
        assert network.counters("h1.eth49").received == before + 1

    def test_the_harness_stands_elsewhere(self, make_network):
        """Building a network leaves nothing in the namespace of the harness."""
        before = socket.if_nameindex()
        make_network("line")
        assert socket.if_nameindex() == before

    def test_linked_segments_need_one_driver(self, make_network):
        """A link between the kernel's bridge and the wire cannot be made, and nothing is left."""
        topology = parse_topology(
            b"hosts: {h1: {eth0: one}, h2: {eth0: two}}\n"
            b"segments: {one: {kind: switch, driver: wire}, two: {kind: switch, driver: kernel}}\n"
            b"links: [[one, two]]\n",
            Path("mixed.yaml"),
        )
        with pytest.raises(UsageError, match="different drivers"):
            Network.build(resolve(topology, 0))


class TestMisuse:
    """What cannot be, is refused with a sentence."""

    def test_no_such_interface(self, make_network):
        """A wrong label is answered with the nearest right one."""
        network = make_network("pair")
        with pytest.raises(UsageError, match=r"h1\.eth0"):
            network.port("h1.eth1")
        with pytest.raises(UsageError, match=r"h1"):
            network.namespace("h11")

    def test_no_such_side(self, make_network):
        """There are two sides."""
        with pytest.raises(UsageError, match="'near'; it can be 'host' or 'far'"):
            make_network("segment").port("h1.eth0", side="near")

    def test_a_bare_cable_has_no_far_side(self, make_network):
        """The far side of a kernel cable is the other host; with the wire there is one."""
        with pytest.raises(UsageError, match="use that host's port, or driver: wire"):
            make_network("pair", driver="kernel").port("h1.eth0", side="far")
        assert make_network("pair", driver="wire").port("h1.eth0", side="far").drain() == []

    def test_closing_says_what_went_wrong(self, make_network):
        """What fails while closing is collected, and everything else is closed all the same."""
        from l2harness.errors import TeardownError

        network = Network.build(resolve(find_topology("segment"), 0))
        port = network.port("h1.eth0")
        port.close = lambda: (_ for _ in ()).throw(OSError(errno.EIO, "broken"))
        with pytest.raises(TeardownError, match="broken") as failed:
            network.close()
        assert len(failed.value.errors) == 1
        type(port).close(port)
