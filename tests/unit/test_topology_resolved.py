"""Resolved topologies: everything drawn from the seed, nothing by luck."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.errors import UsageError
from l2harness.frames import MacAddress
from l2harness.topology import (
    Driver,
    Host,
    Interface,
    ResolvedInterface,
    Segment,
    SegmentKind,
    Topology,
    resolve,
)

FIXED = MacAddress.parse("02:00:00:00:00:01")
LAB = Topology(
    "lab",
    "A lab.",
    (
        Host("h1", (Interface("eth0", "lan"), Interface("eth1", "side", FIXED, 9000))),
        Host("a-long-hostname", (Interface("enp0s10", "lan"),)),
    ),
    (
        Segment("lan", SegmentKind.SWITCH),
        Segment("side", SegmentKind.HUB, Driver.WIRE, 60),
    ),
    (("lan", "side"),),
)


def test_everything_declared_is_kept():
    """What the file says comes through unchanged, fixed addresses too."""
    lab = resolve(LAB, 1)
    assert (lab.name, lab.description, lab.seed) == ("lab", "A lab.", "1")
    assert lab.links == LAB.links
    assert [host.name for host in lab.hosts] == ["h1", "a-long-hostname"]
    assert lab.interface("h1.eth1") == ResolvedInterface(
        host="h1", name="eth1", mac=FIXED, mtu=9000, segment="side", index=3, far_name="h1.eth1"
    )
    assert [(s.name, s.kind, s.driver, s.min_frame) for s in lab.segments] == [
        ("lan", SegmentKind.SWITCH, Driver.KERNEL, 0),
        ("side", SegmentKind.HUB, Driver.WIRE, 60),
    ]


def test_segments_know_who_is_on_them():
    """A segment lists its interfaces by label, in file order."""
    assert [segment.interfaces for segment in resolve(LAB, 1).segments] == [
        ("h1.eth0", "a-long-hostname.enp0s10"),
        ("h1.eth1",),
    ]


def test_interfaces_are_numbered_as_the_kernel_will():
    """In every host the first interface is number 2, for lo is number 1."""
    assert [(i.label, i.index) for i in resolve(LAB, 1).interfaces] == [
        ("h1.eth0", 2),
        ("h1.eth1", 3),
        ("a-long-hostname.enp0s10", 2),
    ]


def test_far_names_fit_the_kernel():
    """A far end is called as its interface where that fits 15 bytes, and by a number elsewhere."""
    assert [i.far_name for i in resolve(LAB, 1).interfaces] == ["h1.eth0", "h1.eth1", "p3"]


@given(st.lists(st.text("ab", min_size=1, max_size=15), min_size=1, max_size=30, unique=True))
def test_far_names_are_unique(names):
    """No two far ends share a name, and none is longer than 15 bytes."""
    interfaces = tuple(Interface(name, "lan") for name in names)
    hosts = tuple(Host(name, interfaces) for name in names)
    lab = resolve(Topology("lab", "", hosts, (Segment("lan", SegmentKind.HUB),)), 1)
    far = [interface.far_name for interface in lab.interfaces]
    assert len(set(far)) == len(far) == len(names) ** 2
    assert max(map(len, far)) <= 15


@given(st.integers() | st.text() | st.just("\udcff"))
def test_the_same_seed_gives_the_same(seed):
    """A run can be repeated from its seed."""
    assert resolve(LAB, seed) == resolve(LAB, seed)


def test_a_number_and_its_text_are_one_seed():
    """A seed from the command line and one from a report are the same."""
    assert resolve(LAB, 7) == resolve(LAB, "7")


def test_the_seed_decides_for_good():
    """The addresses of a seed are those they always were, on every machine."""
    assert [str(interface.mac) for interface in resolve(LAB, 7).interfaces] == [
        "06:1c:2b:ea:64:da",
        "02:00:00:00:00:01",
        "0e:71:33:52:3c:98",
    ]


@given(st.integers(), st.integers())
def test_another_seed_gives_others(one, other):
    """No address can be learned from another run."""
    first, second = (resolve(LAB, seed).interface("h1.eth0").mac for seed in (one, other))
    assert (first == second) is (one == other)


def test_drawn_addresses_show_every_mistake():
    """A mistake with addresses is found with every seed, or with none."""
    interfaces = tuple(Interface(f"e{n}", "lan") for n in range(1000))
    lab = Topology("lab", "", (Host("h", interfaces),), (Segment("lan", SegmentKind.HUB),))
    macs = [interface.mac for interface in resolve(lab, "any").interfaces]
    assert len(set(macs)) == 1000
    for mac in macs:
        assert mac.is_local
        assert not mac.is_multicast
        assert mac.value[0] < 0x10  # loses a digit where none is filled in
        assert set(str(mac)[3:]) & set("abcdef")  # has an upper case
        assert len(set(mac.value)) == 6  # no other order is the same
        assert not set(mac.value) & set(b"\0 \t\n\v\f\r\xff")  # nothing ends at it


def test_drawn_addresses_avoid_fixed_ones():
    """An address that the file gives to one interface is never drawn for another."""
    drawn = resolve(LAB, 7).interface("h1.eth0").mac
    clash = dataclasses.replace(
        LAB,
        hosts=(
            Host("h1", (Interface("eth0", "lan"), Interface("eth1", "side", drawn))),
            LAB.hosts[1],
        ),
    )
    assert resolve(clash, 7).interface("h1.eth0").mac != drawn


@pytest.mark.parametrize(
    ("method", "name"),
    [("host", "h1"), ("interface", "h1.eth1"), ("segment", "lan")],
)
def test_parts_are_found_by_name(method, name):
    """A test names what it needs."""
    found = getattr(resolve(LAB, 1), method)(name)
    assert getattr(found, "label" if method == "interface" else "name") == name


@pytest.mark.parametrize(
    ("method", "name", "said"),
    [
        ("host", "h2", "topology lab has no host 'h2'; there are h1, a-long-hostname"),
        ("interface", "h1.eth2", "has no interface 'h1.eth2'; did you mean 'h1.eth"),
        ("segment", "wan", "has no segment 'wan'; did you mean 'lan'?"),
        ("segment", "x", "has no segment 'x'; there are lan, side"),
    ],
)
def test_parts_that_do_not_exist(method, name, said):
    """A misspelt name is answered with the right one."""
    with pytest.raises(UsageError) as caught:
        getattr(resolve(LAB, 1), method)(name)
    assert said in str(caught.value)
