"""Rules for topologies that no file can break, and for those changed afterwards."""

import dataclasses
import itertools

import pytest

from l2harness.errors import SpecError, UsageError
from l2harness.topology import (
    Driver,
    Host,
    Interface,
    Segment,
    SegmentKind,
    Topology,
    override,
    resolve,
)
from l2harness.topology.rules import problems

HUB = Segment("lan", SegmentKind.HUB)
LAB = Topology("lab", "", (Host("h1", (Interface("eth0", "lan"),)),), (HUB,))


def said(topology):
    """Return the problems of *topology* as texts."""
    return [str(problem) for problem in problems(topology)]


def hosts(number, *segments):
    """Make *number* hosts with an interface on each of *segments*."""
    interfaces = tuple(Interface(f"e{n}", segment) for n, segment in enumerate(segments))
    return tuple(Host(f"h{n}", interfaces) for n in range(number))


def tree(*links):
    """Make switches that are joined by *links*, with a host on each named in capitals."""
    names = sorted({name for ends in links for name in ends})
    return Topology(
        "lab",
        "",
        tuple(Host(name, (Interface("e", name),)) for name in names if name.isupper()),
        tuple(Segment(name, SegmentKind.SWITCH) for name in names),
        tuple(links),
    )


def test_a_topology_made_by_hand():
    """One that keeps the rules has no problem."""
    assert said(LAB) == []


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "\ud800", "\u202e"])
def test_a_description_is_one_printable_line(text):
    """A description can be printed on any terminal and written to any file."""
    assert said(dataclasses.replace(LAB, description=text)) == [
        "description: contains a line break or a control character"
    ]


def test_names_may_not_repeat():
    """Two things of one name could not be told apart."""
    twice = dataclasses.replace(
        LAB,
        hosts=(*LAB.hosts, Host("h1", (Interface("a", "lan"), Interface("a", "lan")))),
        segments=(HUB, HUB),
    )
    assert said(twice)[:3] == [
        "hosts.h1: 'h1' names a host twice",
        "hosts.h1.a: 'a' names an interface twice",
        "segments.lan: 'lan' names a segment twice",
    ]


def test_hosts_and_segments_may_share_a_name():
    """A host and a segment are never mistaken for each other."""
    assert (
        said(
            Topology(
                "lab", "", (Host("x", (Interface("x", "x"),)),), (Segment("x", SegmentKind.HUB),)
            )
        )
        == []
    )


@pytest.mark.parametrize(
    ("number", "on", "problem"),
    [
        (1024, ("a",), "segments.a: 1024 ports, the limit is 1023"),
        (1025, ("a",), "hosts: 1025 hosts, the limit is 1024"),
        (683, ("a", "b", "c"), "hosts: 2049 interfaces, the limit is 2048"),
    ],
)
def test_sizes_beyond_the_limit(number, on, problem):
    """A network that the kernel could not build, or nobody could wait for, is refused."""
    segments = tuple(Segment(name, SegmentKind.HUB) for name in on)
    assert problem in said(Topology("lab", "", hosts(number, *on), segments))


@pytest.mark.parametrize(("number", "on"), [(1023, ("a",)), (1023, ("a", "b"))])
def test_sizes_at_the_limit(number, on):
    """A thousand hosts are no problem."""
    segments = tuple(Segment(name, SegmentKind.HUB) for name in on)
    assert said(Topology("lab", "", hosts(number, *on), segments)) == []


def test_too_many_segments():
    """Segments are limited as hosts are."""
    segments = tuple(Segment(f"s{n}", SegmentKind.HUB) for n in range(1025))
    assert said(Topology("lab", "", hosts(1, "s0"), segments))[0] == (
        "segments: 1025 segments, the limit is 1024"
    )


def test_links_count_as_ports():
    """A bridge has as many ports as interfaces and links together."""
    lab = Topology(
        "lab",
        "",
        (*hosts(1023, "a"), Host("x", (Interface("e", "b"),))),
        (Segment("a", SegmentKind.SWITCH), Segment("b", SegmentKind.SWITCH)),
    )
    assert said(lab) == []
    joined = dataclasses.replace(lab, links=(("a", "b"),))
    assert said(joined) == ["segments.a: 1024 ports, the limit is 1023"]


def test_a_switch_may_stand_between_switches():
    """A segment without hosts is good for something where it joins two others."""
    assert said(tree(("A", "core"), ("core", "B"))) == []


def test_a_switch_may_not_lead_nowhere():
    """A segment without hosts that joins nothing is a mistake."""
    assert said(tree(("A", "stub"))) == ["segments.stub: nobody is on 'stub'"]


def test_a_tree_is_no_loop():
    """Any number of links that leave one way between two segments are fine."""
    assert said(tree(("A", "B"), ("C", "D"), ("B", "C"), ("E", "A"))) == []


@pytest.mark.parametrize(
    "order", list(itertools.permutations([("A", "B"), ("B", "C"), ("C", "A")]))
)
def test_a_ring_is_a_loop(order):
    """The link that closes a ring is named, whichever comes last."""
    (problem,) = said(tree(*order))
    assert problem.startswith("links.2: joining ")
    assert problem.endswith("closes a loop: frames would go round for ever")


def test_every_problem_is_found():
    """Rules that rely on others do not break down where those are broken."""
    lab = dataclasses.replace(
        LAB, hosts=(Host("h1", (Interface("eth0", "lam", mtu=1),)),), links=(("lan", "nal"),) * 2
    )
    assert said(lab) == [
        "hosts.h1.eth0: there is no segment 'lam'; did you mean 'lan'?",
        "links.0: there is no segment 'nal'; there is only lan",
        "links.1: there is no segment 'nal'; there is only lan",
        "hosts.h1.eth0.mtu: 1 is not in 68..65535",
        "links.1: joining 'lan' and 'nal' closes a loop: frames would go round for ever",
    ]


def test_a_topology_made_by_hand_is_looked_at_before_it_is_resolved():
    """A broken topology never reaches the kernel, whoever made it."""
    with pytest.raises(SpecError, match=r"^lab: hosts\.h1: 'h1' is on no segment$"):
        resolve(dataclasses.replace(LAB, hosts=(Host("h1", ()),)), 1)


def test_override_changes_every_segment():
    """A lab can take a shipped network and have its lines pad."""
    lab = dataclasses.replace(
        LAB,
        hosts=hosts(1, "lan", "side"),
        segments=(HUB, Segment("side", SegmentKind.SWITCH, Driver.WIRE, 128)),
    )
    changed = override(lab, driver=Driver.WIRE, min_frame=60)
    assert changed.segments == (
        Segment("lan", SegmentKind.HUB, Driver.WIRE, 60),
        Segment("side", SegmentKind.SWITCH, Driver.WIRE, 60),
    )
    assert dataclasses.replace(changed, segments=lab.segments) == lab


def test_override_leaves_what_it_is_not_told():
    """Each of the two can be changed alone, or none."""
    assert override(LAB) == LAB
    assert override(LAB, driver=Driver.WIRE).segments[0].min_frame == 0
    padded = override(LAB, driver=Driver.WIRE, min_frame=60)
    assert override(padded, min_frame=0).segments[0].driver is Driver.WIRE


def test_override_keeps_the_rules():
    """What no file may say cannot be had this way either."""
    with pytest.raises(
        UsageError,
        match=r"topology lab cannot be changed so: segments\.lan\.min_frame: only 'driver: wire'",
    ):
        override(LAB, min_frame=60)
    padded = override(LAB, driver=Driver.WIRE, min_frame=60)
    with pytest.raises(UsageError, match="only 'driver: wire' pads frames"):
        override(padded, driver=Driver.KERNEL)
