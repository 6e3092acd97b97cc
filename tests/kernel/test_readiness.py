"""A network is ready when frames have crossed it, however many the kernel loses at first."""

import fcntl
import socket
import struct

import pytest

from l2harness.errors import KernelError
from l2harness.network import linux, readiness
from l2harness.network.network import Network
from l2harness.topology import find_topology, override, resolve
from l2harness.topology.declared import Driver

SIOCSIFFLAGS = 0x8914
ALL = [(name, driver) for name in ("pair", "segment", "switch", "line") for driver in Driver]


class Lossy:
    """A sender whose first frames vanish, as on a link that is not quite there."""

    def __init__(self, real, losses):
        self._real = real
        self._losses = losses
        self.sent = 0

    def send(self, data):
        self.sent += 1
        if self.sent > self._losses:
            self._real.send(data)


@pytest.mark.parametrize(("name", "driver"), ALL)
def test_probes_are_sent_again_until_they_arrive(make_network, monkeypatch, name, driver):
    """With the first five frames of every sender lost the network is found ready all the same."""
    network = make_network(name, driver=driver)
    lossy: dict[str, Lossy] = {}

    def losing(real):
        def sender(label):
            return lossy.setdefault(label, Lossy(real(label), 5))

        return sender

    monkeypatch.setattr(network, "sender", losing(network.sender))
    monkeypatch.setattr(network, "fabric_sender", losing(network.fabric_sender))
    readiness.prove(network)
    assert {it.label for it in network.interfaces()} <= lossy.keys()
    assert all(it.sent > 5 for it in lossy.values())


@pytest.mark.parametrize(("name", "driver"), ALL)
def test_a_dead_link_is_named(make_network, monkeypatch, name, driver):
    """When an interface stays down the error says which link never carried a frame."""
    network = make_network(name, driver=driver)
    monkeypatch.setattr(readiness, "_READY_WITHIN_S", 0.02)
    with linux.entered(network.namespace("h2")):
        control = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with control:
        fcntl.ioctl(control, SIOCSIFFLAGS, struct.pack("16sh14x", b"eth0", 0))
    with pytest.raises(KernelError, match=r"the link stays dead|send on"):
        readiness.prove(network)


@pytest.mark.parametrize(("name", "driver"), ALL)
def test_a_network_that_does_not_get_ready_is_taken_down(monkeypatch, name, driver):
    """Building that fails at the last step leaves nothing, which the fixture sees."""

    def fail(network):
        raise KernelError("carry a first frame over", "h1.eth0", detail="the link stays dead")

    monkeypatch.setattr(readiness, "prove", fail)
    topology = resolve(override(find_topology(name), driver=driver), 0)
    with pytest.raises(KernelError, match=r"h1\.eth0: the link stays dead"):
        Network.build(topology)


@pytest.mark.parametrize("driver", list(Driver))
def test_the_first_frame_arrives(driver):
    """Thirty networks, thirty first frames: none is lost once a network is built."""
    topology = resolve(override(find_topology("segment"), driver=driver), 0)
    for _ in range(30):
        with Network.build(topology) as network:
            listener = network.port("h3.eth0")
            network.send("h1.eth0", b"\xff" * 6 + network.mac("h1.eth0").value + b"\x88\xb5Hi")
            assert listener.receive().payload[:2] == b"Hi"
