"""Forwarding: who gets a frame on cables, hubs, switches, and networks of them."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l2harness.network.segments import Forwarder
from l2harness.topology import find_topology, parse_topology, resolve

BROADCAST = b"\xff" * 6
GROUP = bytes.fromhex("01005e000001")


def forwarder(name):
    """The forwarder of a shipped topology, and the topology."""
    topology = resolve(find_topology(name), 0)
    return Forwarder(topology), topology


def frame(topology, source, destination):
    """The first 14 bytes of a frame between interfaces, or addresses."""
    ends = [
        topology.interface(end).mac.value if isinstance(end, str) else end
        for end in (destination, source)
    ]
    return b"".join(ends) + b"\x88\xb5"


class TestKinds:
    """One segment."""

    def test_a_cable(self):
        """A cable has one other end, whatever the destination says."""
        wire, topology = forwarder("pair")
        for destination in ("h1.eth0", "h2.eth0", BROADCAST):
            data = frame(topology, "h1.eth0", destination)
            assert wire.forward("h1.eth0", data) == ["h2.eth0"]

    def test_a_hub(self):
        """A hub repeats to everybody else, in the order of the file, and learns nothing."""
        wire, topology = forwarder("segment")
        for _ in range(3):
            data = frame(topology, "h2.eth0", "h1.eth0")
            assert wire.forward("h2.eth0", data) == ["h1.eth0", "h3.eth0"]

    def test_a_switch_learns_sources(self):
        """An address is known by the port from which it was last heard."""
        wire, topology = forwarder("switch")
        there = frame(topology, "h1.eth0", "h2.eth0")
        back = frame(topology, "h2.eth0", "h1.eth0")
        assert wire.forward("h1.eth0", there) == ["h2.eth0", "h3.eth0"]
        assert wire.forward("h2.eth0", back) == ["h1.eth0"]
        assert wire.forward("h1.eth0", there) == ["h2.eth0"]
        wire.forward("h3.eth0", back)  # the address of h2 has moved
        assert wire.forward("h1.eth0", there) == ["h3.eth0"]

    @pytest.mark.parametrize("destination", [BROADCAST, GROUP], ids=["broadcast", "group"])
    def test_a_switch_floods_groups(self, destination):
        """Groups go to everybody, also after something was sent from such an address."""
        wire, topology = forwarder("switch")
        wire.forward("h2.eth0", frame(topology, destination, BROADCAST))
        data = frame(topology, "h1.eth0", destination)
        assert wire.forward("h1.eth0", data) == ["h2.eth0", "h3.eth0"]

    def test_nothing_goes_back(self):
        """A frame for an address at the port it came from goes nowhere."""
        wire, topology = forwarder("switch")
        wire.forward("h1.eth0", frame(topology, "h2.eth0", BROADCAST))
        assert wire.forward("h1.eth0", frame(topology, "h1.eth0", "h2.eth0")) == []

    def test_forgetting(self):
        """After forgetting a switch floods again."""
        wire, topology = forwarder("switch")
        wire.forward("h2.eth0", frame(topology, "h2.eth0", "h1.eth0"))
        wire.forget()
        data = frame(topology, "h1.eth0", "h2.eth0")
        assert wire.forward("h1.eth0", data) == ["h2.eth0", "h3.eth0"]


class TestNetworks:
    """Several segments."""

    def test_a_line_of_switches(self):
        """A broadcast reaches all; once known, a frame goes along the line and nowhere else."""
        wire, topology = forwarder("line")
        flooded = wire.forward("h4.eth0", frame(topology, "h4.eth0", BROADCAST))
        assert sorted(flooded) == ["h1.eth0", "h2.eth0", "h3.eth0"]
        data = frame(topology, "h1.eth0", "h4.eth0")
        assert wire.forward("h1.eth0", data) == ["h4.eth0"]

    def test_segments_without_a_link_are_apart(self):
        """What is on one does not get to the other."""
        wire, topology = forwarder("nics")
        assert wire.forward("h1.eth1", frame(topology, "h1.eth1", BROADCAST)) == []
        reached = wire.forward("h1.eth0", frame(topology, "h1.eth0", BROADCAST))
        assert reached == ["h2.eth0", "h3.eth0"]

    @settings(max_examples=30)
    @given(st.randoms(use_true_random=False), st.integers(2, 8))
    def test_any_tree_of_segments(self, chosen: random.Random, count):
        """On any tree of hubs and switches a broadcast reaches every other host exactly once."""
        topology = tree(chosen, count)
        wire = Forwarder(topology)
        labels = [it.label for it in topology.interfaces]
        for _ in range(3):
            ingress = chosen.choice(labels)
            reached = wire.forward(ingress, frame(topology, ingress, BROADCAST))
            assert sorted(reached) == sorted(set(labels) - {ingress})
            # Whoever was heard by all is found by all: a hub on the way only repeats more.
            asker = chosen.choice([it for it in labels if it != ingress])
            reached = wire.forward(asker, frame(topology, asker, ingress))
            assert reached.count(ingress) == 1


def tree(chosen, count):
    """A random tree of segments, with a host on each."""
    kinds = [chosen.choice(("hub", "switch")) for _ in range(count)]
    lines = ["hosts:", *(f"  h{number}: {{eth0: s{number}}}" for number in range(count))]
    lines += ["segments:"]
    lines += [f"  s{number}: {{kind: {kind}}}" for number, kind in enumerate(kinds)]
    lines += ["links:"]
    lines += [f"  - [s{number}, s{chosen.randrange(number)}]" for number in range(1, count)]
    return resolve(parse_topology("\n".join(lines).encode(), Path("tree.yaml")), 0)
