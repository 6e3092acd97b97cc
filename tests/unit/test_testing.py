"""The public fakes and builders: they do what the real things do, and remember it."""

import errno
from pathlib import Path

import pytest

from l2harness.errors import FrameError, KernelError, SandboxError, UsageError
from l2harness.frames import BROADCAST, EtherType, Frame, MacAddress, VlanTag
from l2harness.labs.api import Failure, expect
from l2harness.network.kernel import KernelVerbs, LinkEnd
from l2harness.network.links import make_links
from l2harness.network.port import Port
from l2harness.network.timeline import Direction, Origin
from l2harness.programs.exit import ExitReason
from l2harness.programs.sandbox import Launch, Sandbox
from l2harness.testing import (
    BridgeMade,
    FakeKernel,
    FakePort,
    FakeSandbox,
    Joined,
    LinkMade,
    TimelineBuilder,
    answer,
    connect,
    ended,
    failure_of,
    program,
    sending,
)
from l2harness.topology import Driver, find_topology, override, parse_topology, resolve

FABRIC = 100
BRIDGE = MacAddress.parse("02:00:00:00:00:fe")
OWN = MacAddress.parse("02:00:00:00:00:01")
HI = Frame(BROADCAST, OWN, EtherType.LAB, b"Hi")


def links_of(topology, refuse=None):
    """What making a topology's links asks of the kernel; hosts are namespaces 1, 2, 3, …"""
    kernel = FakeKernel(refuse).open(FABRIC)
    hosts = {host.name: number for number, host in enumerate(topology.hosts, 1)}
    make_links(topology, kernel, FABRIC, hosts, BRIDGE)
    return kernel


def shipped(name, driver=Driver.KERNEL):
    """A shipped topology with a driver."""
    return resolve(override(find_topology(name), driver=driver), 0)


class TestFakeKernel:
    """The kernel's verbs, and the links of a network made with them."""

    def test_it_is_one(self):
        """It can stand wherever a kernel is wanted."""
        kernel: KernelVerbs = FakeKernel()
        kernel.close()
        assert kernel.closed

    def test_a_hub(self):
        """A bridge that does not learn, and a link from it to every host, both ends in place."""
        topology = shipped("segment")
        kernel = links_of(topology)
        bridge, *links = kernel.made
        assert bridge == BridgeMade("b0", str(BRIDGE), learning=False, index=2)
        assert links == [
            LinkMade(
                LinkEnd(FABRIC, f"{host}.eth0", None, 1500),
                LinkEnd(number, "eth0", str(topology.interface(f"{host}.eth0").mac), 1500),
                2,
            )
            for number, host in enumerate(("h1", "h2", "h3"), 1)
        ]

    def test_a_switch_learns(self):
        """The same with a bridge that does."""
        assert links_of(shipped("switch")).made[0].learning is True

    def test_a_line(self):
        """Neighbouring bridges are joined by a link with both ends in the fabric."""
        kernel = links_of(shipped("line"))
        bridges = [it.index for it in kernel.made if isinstance(it, BridgeMade)]
        trunks = [it for it in kernel.made if isinstance(it, LinkMade) and it.far.mac is None]
        assert [(it.near.name, it.far.name, it.bridge) for it in trunks] == [
            ("l0a", "l0b", bridges[0]),
            ("l1a", "l1b", bridges[1]),
        ]
        joins = [it for it in kernel.made if isinstance(it, Joined)]
        assert joins == [Joined("l0b", bridges[1]), Joined("l1b", bridges[2])]
        assert len(kernel.names_in(FABRIC)) == 3 + 4 + 4

    def test_a_bare_cable(self):
        """One pair between the two hosts, and nothing in the fabric."""
        topology = shipped("pair")
        kernel = links_of(topology)
        (link,) = kernel.made
        assert {link.near.namespace, link.far.namespace} == {1, 2}
        assert {link.near.mac, link.far.mac} == {str(it.mac) for it in topology.interfaces}
        assert kernel.names_in(FABRIC) == ()

    @pytest.mark.parametrize("name", ["pair", "segment", "switch", "line", "nics"])
    def test_the_wire(self, name):
        """Every far end lies in the fabric, alone: no bridge and no join."""
        topology = shipped(name, Driver.WIRE)
        kernel = links_of(topology)
        assert all(isinstance(it, LinkMade) and it.bridge is None for it in kernel.made)
        assert kernel.names_in(FABRIC) == tuple(it.far_name for it in topology.interfaces)

    def test_trunks_carry_the_largest_frames(self):
        """A link between switches has the largest MTU that any host has."""
        topology = resolve(
            parse_topology(
                b"hosts: {a: {x: {segment: s, mtu: 9000}}, b: {x: t}}\n"
                b"segments: {s: {kind: switch}, t: {kind: switch}}\nlinks: [[s, t]]\n",
                Path("jumbo.yaml"),
            ),
            0,
        )
        made = links_of(topology).made
        trunk = next(it for it in made if isinstance(it, LinkMade) and it.far.mac is None)
        assert trunk.near.mtu == trunk.far.mtu == 9000

    def test_different_drivers_cannot_be_linked(self):
        """Nothing is joined where one side is the wire's."""
        topology = resolve(
            parse_topology(
                b"hosts: {a: {x: s}, b: {x: t}}\n"
                b"segments: {s: {kind: switch, driver: wire}, t: {kind: switch}}\n"
                b"links: [[s, t]]\n",
                Path("mixed.yaml"),
            ),
            0,
        )
        with pytest.raises(UsageError, match="different drivers"):
            links_of(topology)

    def test_a_refusal(self):
        """What the kernel is told to refuse ends the making, with the kernel's number."""
        with pytest.raises(KernelError, match=r"create link eth0|create link h2\.eth0") as refused:
            links_of(shipped("segment"), {"h2.eth0": errno.ENOSPC})
        assert refused.value.errno == errno.ENOSPC

    @pytest.mark.parametrize(
        ("ask", "number"),
        [
            (lambda it: it.create_bridge("b0", str(BRIDGE), learning=True), errno.EEXIST),
            (lambda it: it.create_bridge("x" * 16, str(BRIDGE), learning=True), errno.ERANGE),
            (lambda it: it.join("nothing", 2), errno.ENODEV),
            (lambda it: it.join("b0", 9), errno.ENODEV),
            (lambda it: it.create_link(END, LinkEnd(1, "", None, 1500)), errno.ERANGE),
            (lambda it: it.create_link(END, END2, bridge=9), errno.ENODEV),
        ],
    )
    def test_what_the_real_one_refuses(self, ask, number):
        """Names that are taken or too long, and devices that do not exist."""
        kernel = FakeKernel().open(FABRIC)
        kernel.create_bridge("b0", str(BRIDGE), learning=False)
        with pytest.raises(KernelError) as refused:
            ask(kernel)
        assert refused.value.errno == number
        assert len(kernel.made) == 1


END, END2 = LinkEnd(FABRIC, "one", None, 1500), LinkEnd(1, "eth0", None, 1500)


class TestFakePort:
    """A place on a network that the test fills."""

    def test_it_is_one(self):
        """It can stand wherever a port is wanted."""
        port: Port = FakePort("h1.eth0")
        assert port.label == "h1.eth0"
        assert port.receive() is None
        assert port.expect_nothing() == []

    def test_arrivals_in_order(self):
        """What arrives is received in order, one by one or all at once."""
        frames = [Frame(BROADCAST, OWN, EtherType.LAB, bytes([number])) for number in range(4)]
        port = FakePort("h1.eth0", arriving=frames[:2])
        port.arrive(bytes(frames[2]))
        port.arrive(frames[3])
        assert port.receive() == frames[0]
        assert port.drain() == frames[1:]
        assert port.drain() == []

    def test_a_hub(self):
        """Connected ports hear each other, and nobody itself."""
        ports = [FakePort(f"h{number}.eth0") for number in (1, 2, 3)]
        connect(*ports)
        ports[0].send(HI)
        assert ports[0].sent == [bytes(HI)]
        assert ports[0].drain() == []
        assert ports[1].receive() == ports[2].receive() == HI

    def test_lengths(self):
        """13 bytes are no frame, 1514 pass, 1515 are refused, 1518 pass with a tag."""
        port = FakePort("h1.eth0")
        largest = bytes(Frame(BROADCAST, OWN, EtherType.LAB, bytes(1500)))
        tagged = bytes(Frame(BROADCAST, OWN, EtherType.LAB, bytes(1500), (VlanTag(5),)))
        with pytest.raises(FrameError, match="13 bytes"):
            port.send(largest[:13])
        with pytest.raises(KernelError, match=r"send on h1.eth0: .*1515 bytes") as refused:
            port.send(largest + b"x")
        assert refused.value.errno == errno.EMSGSIZE
        for data in (largest, tagged):
            port.send(data)
        assert port.sent == [largest, tagged]
        FakePort("h1.eth0", mtu=9000).send(bytes(9014))

    def test_half_a_tag(self):
        """Bytes that are no frame are told as by a real port."""
        port = FakePort("h1.eth0", arriving=[bytes(12) + b"\x81\x00"])
        with pytest.raises(FrameError):
            port.receive()


class TestFakeSandbox:
    """Programs as they are."""

    def launch(self, directory):
        """A program that says where it is."""
        return Launch(["/bin/pwd"], directory, None, None, directory)

    def test_it_is_one(self, tmp_path):
        """It can stand wherever a sandbox is wanted, and keeps what was asked."""
        sandbox: Sandbox = FakeSandbox()
        launch = self.launch(tmp_path)
        command = sandbox.command(launch)
        assert command.argv == ["/bin/pwd"]
        assert command.directory == str(tmp_path)
        assert command.status_fd is command.gate_fd is None
        assert sandbox.launches == [launch]

    def test_a_fault(self, tmp_path):
        """It fails when it is told to, as the real one would."""
        with pytest.raises(SandboxError, match="out of order"):
            FakeSandbox(fault="out of order").command(self.launch(tmp_path))


class TestBuilders:
    """Records by hand."""

    def test_a_timeline(self):
        """Events come one after the other, and time can pass."""
        timeline = (
            TimelineBuilder(begin_s=10.0)
            .left("h1.eth0", HI)
            .later(5)
            .reached("h2.eth0", HI.padded(), Origin.HARNESS)
            .printed(b"x", stream="stderr")
            .ended(ExitReason.SIGNALLED, program=1)
            .timeline
        )
        first, second = timeline.frames()
        assert (first.direction, first.data) == (Direction.OUT, bytes(HI))
        assert (second.direction, len(second.data)) == (Direction.IN, 60)
        assert first.time_s > 10.0
        assert second.time_s > first.time_s + 5

    @pytest.mark.parametrize(
        ("how", "text"),
        [
            (0, "exited with status 0"),
            (7, "exited with status 7"),
            ("SIGSEGV", "ended by SIGSEGV"),
            (ExitReason.WALL_LIMIT, "stopped: time limit"),
        ],
    )
    def test_ends(self, how, text):
        """A number, the name of a signal, or a reason."""
        assert str(ended(how)) == text

    def test_a_program(self):
        """The command line is split as a shell would."""
        record = program("./pyng '' eth0", 2, stderr=b"no", host="h2")
        assert (record.program, record.argv) == ("pyng", ("./pyng", "", "eth0"))
        assert (record.exit.code, record.host, record.said_something) == (2, "h2", True)
        assert program("./pyng", problem="is missing").exit is None

    def test_a_sending(self):
        """Frames, who got them and how long they were then, and what went elsewhere."""
        record = sending("h1.eth0", OWN, HI, reached=("h2.eth0",), elsewhere={"h1.eth1": HI})
        assert record.by_interface == (bytes(HI),)
        assert record.received_by("h2.eth0") == (bytes(HI.padded()),)
        assert [event.interface for event in record.elsewhere] == ["h1.eth1"]
        assert record.target == BROADCAST
        assert record.record.argv == ("./pyng", str(BROADCAST), "eth0")
        assert record.record.stdout == b"Sent!\n"
        assert sending("h1.eth0", OWN).target is None

    def test_an_answer(self):
        """Lines about a frame, from a program that had waited and goes on."""
        said = answer(HI, "one\n\ntwo\n")
        assert said.lines == ["one", "two"]
        assert (said.provoked, said.alive, said.started, said.listening) == (
            True,
            True,
            False,
            True,
        )

    def test_asking_a_check(self):
        """Passing is None, failing gives the failure, anything else comes through."""

        def check(record):
            expect(record, "it is false", expected="true")
            assert record != 2, "it is two"

        assert failure_of(check, 1) is None
        assert failure_of(check, record=0).expected == "true"
        bare = failure_of(check, 2)
        assert isinstance(bare, Failure)
        assert "it is two" in bare.rationale
        with pytest.raises(TypeError):
            failure_of(check)
