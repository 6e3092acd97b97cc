"""Drawings: every part is there, nothing overlaps, everybody can read them."""

import re
from itertools import combinations, product
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from l2harness.topology import (
    Driver,
    Host,
    Interface,
    Segment,
    SegmentKind,
    Topology,
    draw_svg,
    draw_text,
    find_topology,
    resolve,
    shipped_topologies,
)
from l2harness.topology.layout import lay_out
from l2harness.topology.load import parse_topology
from l2harness.topology.rules import problems
from l2harness.topology.svg import COLOURS
from l2harness.topology.words import columns

SVG = "{http://www.w3.org/2000/svg}"

NICS = """\
nics: A host with two interfaces: one on a hub with two other hosts, one on a
hub of its own.

           lan   side
           hub    hub
┌─ h1 ─┐    ║      ║
│ eth0 ├────●      ║
│ eth1 ├────║──────●
└──────┘    ║
┌─ h2 ─┐    ║
│ eth0 ├────●
└──────┘    ║
┌─ h3 ─┐    ║
│ eth0 ├────●
└──────┘"""

LECTURE = """\
lecture: The lecture's machine: four interfaces on one hub that pads short
frames as a NIC does.

                                        lan
                                        hub
                                    driver wire
                                 pads to 60 bytes
+- vm -----------------------+           |
| enp0s3   08:00:27:dd:d7:43 +-----------o
| enp0s8   08:00:27:b0:d6:ff +-----------o
| enp0s9   08:00:27:e6:4d:39 +-----------o
| enp0s10  08:00:27:8e:75:44 +-----------o
+----------------------------+"""


@st.composite
def topologies(draw):
    """Any network that keeps the rules: hubs and switches in trees, and cables."""
    count = draw(st.integers(1, 8))
    bars = [f"s{n}" for n in range(count)]
    labels = st.sampled_from(["", "-with-a-name", "漢字", "<&>"])
    bars = [bar + draw(labels) for bar in bars]
    links = tuple(
        (bar, draw(st.sampled_from(bars[:n])))
        for n, bar in enumerate(bars)
        if n and draw(st.booleans())
    )
    joined = [sum(ends.count(bar) for ends in links) for bar in bars]
    plugs = [bar for bar, links_of in zip(bars, joined, strict=True) if links_of < 2]
    plugs += draw(st.lists(st.sampled_from(bars), max_size=8))
    cables = [f"c{n}" for n in range(draw(st.integers(0, 3)))]
    plugs = draw(st.permutations(plugs + cables * 2))
    hosts = []
    while plugs:
        size = draw(st.integers(1, 4))
        name = f"h{len(hosts)}" + draw(labels)
        hosts.append(
            Host(
                name,
                tuple(
                    Interface(f"e{n}", plug, mtu=draw(st.sampled_from([1500, 9000])))
                    for n, plug in enumerate(plugs[:size])
                ),
            )
        )
        plugs = plugs[size:]
    kinds = st.sampled_from([SegmentKind.HUB, SegmentKind.SWITCH])
    pads = st.sampled_from([0, 60])
    segments = [Segment(bar, draw(kinds), Driver.WIRE, draw(pads)) for bar in bars]
    segments += [Segment(name, SegmentKind.CABLE, Driver.WIRE, draw(pads)) for name in cables]
    topology = Topology(
        "any", "Any & all.", tuple(hosts), tuple(draw(st.permutations(segments))), links
    )
    assert not list(problems(topology))
    return topology


def test_text_shows_hosts_interfaces_and_segments():
    """A wire ends with a joint where it belongs, and passes below what it only crosses."""
    assert draw_text(find_topology("nics")) == NICS


def test_text_for_plain_terminals():
    """The same drawing can be had in ASCII."""
    assert draw_text(find_topology("lecture"), ascii_only=True) == LECTURE


@pytest.mark.parametrize("name", shipped_topologies())
def test_text_in_ascii_has_the_same_shape(name):
    """Both drawings of a network are the same, pen for pen."""
    topology = resolve(find_topology(name), 1)
    pens = str.maketrans("┌┐└┘├●║┃│─", "+++++o|||-")
    assert draw_text(topology).translate(pens) == draw_text(topology, ascii_only=True)


def test_text_of_links():
    """Links are drawn below the hosts, between the segments that they join."""
    assert draw_text(find_topology("line")).splitlines()[-2:] == [
        "              ●────────●        ┃",
        "                       ●────────●",
    ]


def test_a_chain_of_segments_without_hosts():
    """Each finds its place beside one that has, in whatever order the file names them."""
    text = b"""
hosts: {h1: {eth0: west}, h2: {eth0: east}}
segments:
  second: {kind: switch}
  first: {kind: switch}
  third: {kind: switch}
  west: {kind: switch}
  east: {kind: switch}
links: [[west, first], [first, second], [second, third], [third, east]]
"""
    drawn = draw_svg(parse_topology(text, Path("chain.yaml")))
    assert all(name in drawn for name in ("west", "first", "second", "third", "east"))


def test_text_shows_what_was_drawn_from_the_seed():
    """A resolved topology is drawn with its seed and its addresses."""
    resolved = resolve(find_topology("pair"), 7)
    text = draw_text(resolved)
    assert text.startswith("pair (seed 7): ")
    assert all(str(interface.mac) in text for interface in resolved.interfaces)


@pytest.mark.parametrize("draw", [draw_text, draw_svg])
def test_a_strange_seed_is_made_harmless(draw):
    """A seed from the command line cannot speak to the terminal, or break the file."""
    drawn = draw(resolve(find_topology("pair"), "\x1b[2J\udcff"))
    assert "(seed " in drawn
    assert not set(drawn) & {"\x1b", "\udcff"}


def test_text_of_a_network_without_description():
    """Nothing stands where nothing is said."""
    lan = Segment("lan", SegmentKind.HUB)
    topology = Topology("bare", "", (Host("h1", (Interface("eth0", "lan"),)),), (lan,))
    assert draw_text(topology).splitlines()[:2] == ["bare", ""]
    assert ElementTree.fromstring(draw_svg(topology)).find(f"{SVG}desc").text == (
        "h1 has eth0 on lan. lan is a hub."
    )


def test_text_with_wide_and_combining_characters():
    """Names of any script keep the walls straight."""
    hosts = (
        Host("漢字", (Interface("eth0", "漢字"),)),
        Host("e\u0301", (Interface("漢e\u0301", "漢字"),)),
    )
    topology = Topology("wide", "", hosts, (Segment("漢字", SegmentKind.HUB),))
    walls = [re.match(r".*[┐├┘]", line) for line in draw_text(topology).splitlines()[4:]]
    assert len({columns(wall[0]) for wall in walls}) == 1
    assert draw_text(topology, ascii_only=True).isascii()


@given(topologies())
def test_text_shows_everything(topology):
    """Whatever the network, each part is drawn and each interface has its joint."""
    text = draw_text(resolve(topology, 1))
    ends = sum(len(host.interfaces) for host in topology.hosts) + 2 * len(topology.links)
    assert text.count("●") == ends
    for part in (*topology.hosts, *topology.segments):
        assert part.name in text


@given(topologies())
def test_nothing_overlaps(topology):
    """Whatever the network, no box lies on another one and no wire leaves the picture."""
    layout = lay_out(resolve(topology, 1))
    boxes = [host.box for host in layout.hosts] + [bar.extent for bar in layout.bars]
    for one, other in combinations(boxes, 2):
        apart = one.bottom <= other.y or other.bottom <= one.y
        assert apart or not one.overlaps(other, 0)
    for host in layout.hosts:
        for one, other in combinations(host.chips, 2):
            assert not one.box.overlaps(other.box, 0)
        for chip in host.chips:
            assert inside(host.box, (chip.box.x, chip.box.y))
            assert inside(host.box, (chip.box.right, chip.box.bottom))
    for box in boxes:
        assert inside(layout.box, (box.x, box.y))
        assert inside(layout.box, (box.right, box.bottom))
    for wire in layout.wires:
        assert all(inside(layout.box, point) for point in wire.points)


@given(topologies())
def test_wires_end_where_they_should(topology):
    """Whatever the network, each wire runs from its chip or segment to its segment."""
    layout = lay_out(topology)
    bars = {bar.name: bar.box for bar in layout.bars}
    chips = [chip for host in layout.hosts for chip in host.chips]
    for wire, chip in zip(layout.wires, chips, strict=False):
        assert on_edge(chip.box, wire.points[0])
        assert on_edge(bars[chip.segment], wire.points[-1])
    joined = set()
    for wire in layout.wires[len(chips) :]:
        ends = [{n for n, box in bars.items() if on_edge(box, point)} for point in wire.dots]
        assert wire.dots == (wire.points[0], wire.points[-1])
        joined.add(frozenset().union(*ends))
    assert joined == {frozenset(ends) for ends in topology.links}


def test_a_cable_may_be_shorter_than_its_label():
    """Where the label is wider than the cable, the wires end on top of it."""
    host = Host("h", (Interface("a", "loop"), Interface("b", "loop")))
    label = Segment("loop", SegmentKind.CABLE, Driver.WIRE, 60)
    layout = lay_out(Topology("any", "", (host,), (label,)))
    (bar,) = layout.bars
    assert [wire.points[-1][1] for wire in layout.wires] == [bar.box.y, bar.box.y]


def inside(box, point):
    """Whether *point* lies in *box*, rounding aside."""
    x, y = point
    return box.x - 0.01 <= x <= box.right + 0.01 and box.y - 0.01 <= y <= box.bottom + 0.01


def on_edge(box, point):
    """Whether *point* lies on the edge of *box*, rounding aside."""
    x, y = point
    near = any(abs(x - edge) < 0.01 for edge in (box.x, box.right))
    near |= any(abs(y - edge) < 0.01 for edge in (box.y, box.bottom))
    return near and inside(box, point)


@given(topologies())
def test_svg_is_well_formed_whatever_the_names(topology):
    """Names with markup in them are text: the picture parses, and shows them as they are."""
    root = ElementTree.fromstring(draw_svg(topology))
    shown = {text.text for text in root.iter(f"{SVG}text")}
    names = {part.name for part in (*topology.hosts, *topology.segments)}
    assert names <= shown
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "style", "g", "rect", "path", "circle", "text"),
    }


@pytest.mark.parametrize("name", shipped_topologies())
def test_svg_stands_alone(name):
    """A picture runs nothing and loads nothing."""
    svg = draw_svg(find_topology(name)).removeprefix('<svg xmlns="http://www.w3.org/2000/svg"')
    assert not re.search(r"script|href|url\(|import|https?:|\son\w+=", svg)


def test_svg_is_for_those_who_cannot_see_it():
    """A picture has a role, a title, and the wiring in words."""
    root = ElementTree.fromstring(draw_svg(find_topology("line")))
    assert root.get("role") == "img"
    assert root[0].tag == f"{SVG}title"
    assert root[0].text == "Topology line"
    assert root.find(f"{SVG}desc").text.endswith(
        "h4 has eth0 on s3. s1 is a switch. s2 is a switch. s3 is a switch. "
        "s1 is joined to s2. s2 is joined to s3."
    )


def test_svg_names_are_its_own():
    """Put into a page, a picture restyles nothing else: all its rules and names are prefixed."""
    root = ElementTree.fromstring(draw_svg(find_topology("nics")))
    for element in root.iter():
        assert all(name.startswith("l2t") for name in element.get("class", "").split())
        assert element.get("id") is None
    style = root.find(f"{SVG}style").text.replace("@media (prefers-color-scheme: dark)", "")
    selectors = re.findall(r"([^{}]+)\{", style)
    assert all(
        part.strip().startswith(".l2t ") or not part.strip()
        for selector in selectors
        for part in selector.split(",")
    )


def luminance(colour):
    """Relative luminance of ``#rrggbb``, 0 to 1. Source: WCAG 2.2."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    """Contrast of two colours, 1 to 21. Source: WCAG 2.2."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", [2, 3], ids=["light", "dark"])
def test_svg_can_be_read_in_light_and_dark(scheme):
    """Text stands out from everything it lies on by 4.5 to 1, lines and edges by 3 to 1."""
    colours = {row[:2]: row[scheme] for row in COLOURS}
    grounds = ("page", "host", "chip", "cable", "hub", "switch")
    for text, ground in product(("text", "note"), grounds):
        assert contrast(colours[text, "fill"], colours[ground, "fill"]) >= 4.5
    for edge in ("host", "cable", "hub", "switch", "wire"):
        assert contrast(colours[edge, "stroke"], colours["page", "fill"]) >= 3


def test_svg_has_colours_for_the_dark():
    """The dark colours hold only where the reader's surroundings are dark."""
    light, dark = draw_svg(find_topology("pair")).split("@media (prefers-color-scheme: dark)")
    for _, _, in_light, in_dark in COLOURS:
        assert in_light in light
        assert in_dark in dark


@pytest.mark.parametrize("name", shipped_topologies())
@pytest.mark.parametrize("draw", [draw_text, draw_svg])
def test_the_same_network_is_drawn_the_same(draw, name):
    """A drawing can be kept beside its file and compared."""
    assert draw(find_topology(name)) == draw(find_topology(name))
