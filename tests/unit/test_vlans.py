"""VLANs of a switch: access ports, trunks, and what never gets from one to another."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from l2harness.frames import BROADCAST, Frame, MacAddress, VlanTag
from l2harness.network.segments import Forwarder
from l2harness.network.tags import admitted
from l2harness.topology import ACCESS, TRUNK, PortVlans, find_topology, parse_topology, resolve

ONE = MacAddress.parse("02:00:00:00:00:01")
vids = st.integers(1, 4094)
ports = st.builds(
    lambda untagged, tagged: PortVlans(untagged, tuple(it for it in tagged if it != untagged)),
    st.none() | vids,
    st.lists(vids, unique=True, max_size=4),
)


def frame(destination=BROADCAST, source=ONE, *tags):
    """A frame as bytes."""
    return bytes(Frame(destination, source, 0x88B5, b"Hi", tags=tags))


class TestIngress:
    """Which VLAN a frame is in, if it is let in at all."""

    def test_without_a_tag(self):
        """It is in the port's untagged VLAN, as it is."""
        inside = admitted(PortVlans(10), frame())
        assert (inside.vid, inside.data) == (10, frame())

    def test_with_a_tag(self):
        """It is in the VLAN of the tag, without it."""
        inside = admitted(PortVlans(tagged=(10, 20)), frame(BROADCAST, ONE, VlanTag(20)))
        assert (inside.vid, inside.data) == (20, frame())

    def test_a_tag_of_priority_only(self):
        """VLAN 0 is none: the frame counts as untagged, and its priority is kept."""
        inside = admitted(PortVlans(10, (20,)), frame(BROADCAST, ONE, VlanTag(0, priority=5)))
        assert (inside.vid, inside.data) == (10, frame())
        assert inside.leaving(PortVlans(None, (10,))) == frame(
            BROADCAST, ONE, VlanTag(10, priority=5)
        )

    def test_the_tag_of_the_untagged_vlan(self):
        """A frame may say with a tag what the port would have assumed."""
        assert admitted(PortVlans(10), frame(BROADCAST, ONE, VlanTag(10))).vid == 10

    @pytest.mark.parametrize(
        ("port", "tags"),
        [
            (PortVlans(10), [VlanTag(20)]),
            (PortVlans(tagged=(10,)), []),
            (PortVlans(tagged=(10,)), [VlanTag(0)]),
            (PortVlans(tagged=(10,)), [VlanTag(20)]),
            (TRUNK, [VlanTag(4095)]),
        ],
        ids=["other on access", "none on trunk", "priority on trunk", "other", "reserved"],
    )
    def test_what_is_not_let_in(self, port, tags):
        """Frames of VLANs that the port is not in, or without one where one is needed."""
        assert admitted(port, frame(BROADCAST, ONE, *tags)) is None

    def test_a_provider_tag_is_payload(self):
        """0x88a8 is not a customer's tag; what bears it counts as untagged, and keeps it."""
        data = frame(BROADCAST, ONE, VlanTag(20, tpid=0x88A8))
        inside = admitted(PortVlans(10), data)
        assert (inside.vid, inside.data) == (10, data)

    @pytest.mark.parametrize("length", range(14, 18))
    def test_half_a_tag_is_none(self, length):
        """What ends before its tag does is not taken apart."""
        data = frame(BROADCAST, ONE, VlanTag(20))[:length]
        assert admitted(PortVlans(10), data).data == data

    @given(vids, st.integers(0, 7), st.booleans(), ports)
    def test_a_tag_comes_through_a_trunk_as_it_was(self, vid, priority, drop_eligible, port):
        """Between two ports that tag the VLAN nothing changes, not even the priority."""
        data = frame(BROADCAST, ONE, VlanTag(vid, priority, drop_eligible))
        inside = admitted(TRUNK, data)
        assert inside.leaving(TRUNK) == data
        if port.has(vid):
            again = admitted(port, inside.leaving(port))
            assert (again.vid, again.data) == (inside.vid, inside.data)


class TestSwitch:
    """The shipped topology: h1, h2 in 10, h3, h4 in 20, r on a trunk."""

    @pytest.fixture
    def switch(self):
        """Its forwarder."""
        return Forwarder(resolve(find_topology("vlan"), 0))

    def test_flooding_stays_inside(self, switch):
        """A broadcast reaches its own VLAN as it is, and the trunk with a tag."""
        assert switch.route("h1.eth0", frame()) == [
            ("h2.eth0", frame()),
            ("r.eth0", frame(BROADCAST, ONE, VlanTag(10))),
        ]

    def test_from_the_trunk(self, switch):
        """The tag decides where it goes, and does not come along."""
        routed = switch.route("r.eth0", frame(BROADCAST, ONE, VlanTag(20)))
        assert routed == [("h3.eth0", frame()), ("h4.eth0", frame())]

    @pytest.mark.parametrize("tags", [[], [VlanTag(30)], [VlanTag(4095)]])
    def test_nowhere(self, switch, tags):
        """What the trunk does not carry goes nowhere."""
        assert switch.route("r.eth0", frame(BROADCAST, ONE, *tags)) == []

    def test_hopping_is_refused(self, switch):
        """A host cannot get into another VLAN by writing its tag."""
        assert switch.route("h1.eth0", frame(BROADCAST, ONE, VlanTag(20))) == []

    def test_two_tags_do_not_hop_either(self, switch):
        """Of two tags the inner one is payload, also where the outer one is taken off."""
        doubled = frame(BROADCAST, ONE, VlanTag(10), VlanTag(20))
        assert switch.route("h1.eth0", doubled) == [
            ("h2.eth0", frame(BROADCAST, ONE, VlanTag(20))),
            ("r.eth0", doubled),
        ]

    def test_learning_is_by_vlan(self, switch):
        """The same address may be at one port in one VLAN, and at another in the other."""
        switch.route("h1.eth0", frame())
        switch.route("h3.eth0", frame())
        other = MacAddress.parse("02:00:00:00:00:02")
        to_ten, to_twenty = (frame(ONE, other, VlanTag(vid)) for vid in (10, 20))
        assert switch.forward("r.eth0", to_ten) == ["h1.eth0"]
        assert switch.forward("r.eth0", to_twenty) == ["h3.eth0"]

    def test_a_refused_frame_teaches_nothing(self, switch):
        """What is not let in is not learned from."""
        switch.route("h1.eth0", frame(BROADCAST, ONE, VlanTag(20)))
        other = MacAddress.parse("02:00:00:00:00:02")
        assert switch.forward("h2.eth0", frame(ONE, other)) == ["h1.eth0", "r.eth0"]

    @settings(max_examples=50)
    @given(st.lists(ports.filter(lambda it: not list(it.problems())), min_size=2, max_size=6))
    def test_nothing_leaks(self, given_ports):
        """Whatever the ports, a frame reaches exactly those in its VLAN, tagged as they say."""
        lines = ["hosts:"]
        for number, port in enumerate(given_ports):
            said = [] if port.untagged is None else [f"untagged: {port.untagged}"]
            said += [f"tagged: {list(port.tagged)}"] if port.tagged else []
            lines.append(f"  h{number}: {{eth0: {{segment: s, vlan: {{{', '.join(said)}}}}}}}")
        lines += ["segments: {s: {kind: switch, driver: wire}}"]
        topology = resolve(parse_topology("\n".join(lines).encode(), Path("any.yaml")), 0)
        for number, port in enumerate(given_ports):
            for vid in {it for each in given_ports for it in (each.untagged, *each.tagged) if it}:
                routed = dict(
                    Forwarder(topology).route(
                        f"h{number}.eth0", frame(BROADCAST, ONE, VlanTag(vid))
                    )
                )
                members = {
                    f"h{other}.eth0": it
                    for other, it in enumerate(given_ports)
                    if other != number and port.has(vid) and it.has(vid)
                }
                assert set(routed) == set(members)
                for label, it in members.items():
                    tags = () if it.untagged == vid else (VlanTag(vid),)
                    assert routed[label] == frame(BROADCAST, ONE, *tags)


def test_two_switches_and_a_hub():
    """Between switches with VLANs frames go with tags; to what has none go those of VLAN 1."""
    text = b"""
hosts:
  a: {eth0: {segment: s1, vlan: 10}}
  b: {eth0: {segment: s2, vlan: 10}}
  c: {eth0: {segment: s2, vlan: 20}}
  d: {eth0: s2}
  e: {eth0: lan}
  f: {eth0: s1}
segments:
  s1: {kind: switch, driver: wire}
  s2: {kind: switch, driver: wire}
  lan: {kind: hub, driver: wire}
links:
  - [s1, s2]
  - [s2, lan]
"""
    wire = Forwarder(resolve(parse_topology(text, Path("two.yaml")), 0))
    assert wire.route("a.eth0", frame()) == [("b.eth0", frame())]
    assert sorted(wire.forward("f.eth0", frame())) == ["d.eth0", "e.eth0"]
    assert sorted(wire.forward("e.eth0", frame())) == ["d.eth0", "f.eth0"]
    assert wire.route("e.eth0", frame(BROADCAST, ONE, VlanTag(10))) == []


class TestWords:
    """Ports in a drawing, and which there cannot be."""

    @pytest.mark.parametrize(
        ("port", "words"),
        [
            (ACCESS, "VLAN 1"),
            (PortVlans(tagged=(10, 20)), "VLANs 10t, 20t"),
            (PortVlans(1, (10,)), "VLANs 1, 10t"),
            (TRUNK, "VLANs all tagged"),
            (PortVlans(5, everything=True), "VLANs 5, all others tagged"),
        ],
    )
    def test_words(self, port, words):
        """As short as can be; a t is for tagged."""
        assert port.words() == words
        assert list(port.problems()) == []
