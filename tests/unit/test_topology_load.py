"""Topology files: what they may say, and the sentence for everything they may not."""

import os
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from l2harness.errors import SpecError
from l2harness.frames import MacAddress
from l2harness.topology import (
    Driver,
    Host,
    Interface,
    Segment,
    SegmentKind,
    Topology,
    draw_svg,
    draw_text,
    load_topology,
    parse_topology,
    resolve,
)

EVERYTHING = """\
description: >
  Everything that
  a file may say.
hosts:
  h1: {eth0: s1}
  h2:
    eth0: {segment: s2, mac: "02-00-00-00-00-02", mtu: 9000}
    eth1: {segment: line}
  h3: {eth0: line}
segments:
  s1: {kind: switch}
  s2: {kind: switch, driver: wire, min_frame: 60}
  line: {kind: cable, driver: kernel, min_frame: 0}
links:
  - [s1, s2]
"""


FILE = Path("lab.yaml")


def parse(text):
    """Read *text* as the contents of ``lab.yaml``."""
    return parse_topology(text.encode(), FILE)


def test_everything_a_file_may_say():
    """Each key ends up where it belongs; what is left out has its default."""
    assert parse(EVERYTHING) == Topology(
        name="lab",
        description="Everything that a file may say.",
        hosts=(
            Host("h1", (Interface("eth0", "s1", None, 1500),)),
            Host(
                "h2",
                (
                    Interface("eth0", "s2", MacAddress.parse("02:00:00:00:00:02"), 9000),
                    Interface("eth1", "line"),
                ),
            ),
            Host("h3", (Interface("eth0", "line"),)),
        ),
        segments=(
            Segment("s1", SegmentKind.SWITCH, Driver.KERNEL, 0),
            Segment("s2", SegmentKind.SWITCH, Driver.WIRE, 60),
            Segment("line", SegmentKind.CABLE),
        ),
        links=(("s1", "s2"),),
    )


def test_a_description_and_links_may_be_left_out():
    """The shortest file is hosts and segments."""
    topology = parse("hosts: {a: {x: l}}\nsegments: {l: {kind: hub}}")
    assert (topology.description, topology.links) == ("", ())


# Each is EVERYTHING with one thing changed: what, into what, then the line, the key, the sentence.
REFUSED = {
    "unknown key at the top": (
        "links:",
        "link:",
        14,
        "",
        "unknown key 'link'; did you mean 'links'?",
    ),
    "unknown key of an interface": (
        "mtu:",
        "mtuu:",
        7,
        "hosts.h2.eth0",
        "unknown key 'mtuu'; did",
    ),
    "unknown key of a segment": (
        "driver: wire",
        "drive: wire",
        12,
        "segments.s2",
        "did you mean 'dri",
    ),
    "unknown kind": (
        "kind: cable",
        "kind: cabel",
        13,
        "segments.line.kind",
        "did you mean 'cable'?",
    ),
    "unknown driver": ("wire,", "wires,", 12, "segments.s2.driver", "did you mean 'wire'?"),
    "no hosts": (EVERYTHING, "segments: {}", 1, "", "the key 'hosts' is missing"),
    "no kind": ("{kind: switch}", "{driver: kernel}", 11, "segments.s1", "key 'kind' is missing"),
    "no segment": (
        "{segment: line}",
        "{mtu: 1500}",
        8,
        "hosts.h2.eth1",
        "key 'segment' is missing",
    ),
    "duplicate host": ("h3:", "h1:", 9, "hosts", "'h1' stands here twice, first on line 5"),
    "duplicate interface": ("eth1:", "eth0:", 8, "hosts.h2", "'eth0' stands here twice"),
    "duplicate segment": ("line: {kind", "s1: {kind", 13, "segments", "'s1' stands here twice"),
    "dangling port": (
        "{eth0: s1}",
        "{eth0: s3}",
        5,
        "hosts.h1.eth0",
        "there is no segment 's3'; there are s1, s2, line",
    ),
    "dangling link": (
        "[s1, s2]",
        "[s1, s9]",
        15,
        "links.0",
        "there is no segment 's9'; there are",
    ),
    "link on a cable": (
        "[s1, s2]",
        "[s1, line]",
        15,
        "links.0",
        "'line' is a cable; a link joins",
    ),
    "link with one end": (
        "[s1, s2]",
        "[s1]",
        15,
        "links.0",
        "joins two segments, this one names 1",
    ),
    "link with three": ("[s1, s2]", "[s1, s2, s2]", 15, "links.0", "this one names 3"),
    "link as text": ("[s1, s2]", "s1-s2", 15, "links.0", "expected a list, got 's1-s2'"),
    "link to itself": ("[s1, s2]", "[s1, s1]", 15, "links.0", "'s1' and 's1' closes a loop"),
    "loop": ("[s1, s2]", "[s1, s2]\n  - [s2, s1]", 16, "links.1", "'s2' and 's1' closes a loop"),
    "no links in links": (
        "links:\n  - [s1, s2]",
        "links:",
        14,
        "links",
        "expected a list, got nothing",
    ),
    "host without links": ("{eth0: line}", "{}", 9, "hosts.h3", "'h3' is on no segment"),
    "host without anything": (
        "h3: {eth0: line}",
        "h3:",
        9,
        "hosts.h3",
        "expected a mapping, got no",
    ),
    "cable with one end": (
        "eth1: {segment: line}",
        "eth1: s1",
        13,
        "segments.line",
        "1 interface is",
    ),
    "cable with three": (
        "eth1: {s",
        "e: line\n    eth1: {s",
        14,
        "segments.line",
        "3 interfaces are on it",
    ),
    "empty segment": ("{eth0: s1}", "{eth0: s2}", 11, "segments.s1", "nobody is on 's1'"),
    "multicast": ("02-00", "03-00", 7, "hosts.h2.eth0.mac", "03:00:00:00:00:02 is a multicast"),
    "zero": ("02-00-00-00-00-02", "00-00-00-00-00-00", 7, "hosts.h2.eth0.mac", "is no address of"),
    "malformed address": ("02-00", "0g-00", 7, "hosts.h2.eth0.mac", "'g' is neither a hex digit"),
    "duplicate address": (
        "{segment: line}",
        '{segment: line, mac: "02:00:00:00:00:02"}',
        8,
        "hosts.h2.eth1.mac",
        "02:00:00:00:00:02 is also the address of h2.eth0",
    ),
    "MTU too small": ("9000", "67", 7, "hosts.h2.eth0.mtu", "67 is not in 68..65535"),
    "MTU too large": ("9000", "65536", 7, "hosts.h2.eth0.mtu", "65536 is not in 68..65535"),
    "MTU as text": ("9000", "big", 7, "hosts.h2.eth0.mtu", "expected a whole number, got 'big'"),
    "min_frame negative": (": 60", ": -1", 12, "segments.s2.min_frame", "-1 is not in 0..1514"),
    "min_frame too large": (
        ": 60",
        ": 1515",
        12,
        "segments.s2.min_frame",
        "1515 is not in 0..1514",
    ),
    "min_frame of the kernel": (
        "min_frame: 0",
        "min_frame: 60",
        13,
        "segments.line.min_frame",
        "only 'driver: wire' pads frames",
    ),
    "list of hosts": ("h1: {eth0: s1}", "- h1", 6, "", "expected"),
    "segment as text": (
        "{kind: switch}",
        "switch",
        11,
        "segments.s1",
        "expected a mapping, got 'swi",
    ),
    "interface as a list": (
        "{eth0: s1}",
        "{eth0: [s1]}",
        5,
        "hosts.h1.eth0",
        "expected a mapping",
    ),
    "interface without a value": ("{eth0: s1}", "{eth0: }", 5, "hosts.h1.eth0", "has no value"),
}


@pytest.mark.parametrize(("old", "new", "line", "key", "said"), REFUSED.values(), ids=REFUSED)
def test_one_mistake(old, new, line, key, said):
    """A file with one mistake is refused with the file, the line, the key and a sentence."""
    assert old in EVERYTHING
    with pytest.raises(SpecError) as caught:
        parse(EVERYTHING.replace(old, new, 1))
    assert (caught.value.path, caught.value.line, caught.value.key) == (FILE, line, key)
    assert said in caught.value.problem
    assert str(caught.value).startswith(f"lab.yaml:{line}: ")


def test_padding_fits_the_mtu():
    """Frames cannot be padded to more than the interfaces of the segment take."""
    small = EVERYTHING.replace("mtu: 9000", "mtu: 100")
    assert parse(small.replace("min_frame: 60", "min_frame: 114"))
    with pytest.raises(SpecError, match=r"padded to 115 bytes do not fit an MTU of 100 \(114 byt"):
        parse(small.replace("min_frame: 60", "min_frame: 115"))


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "it is empty"),
        ("a" * 16, "it is 16 bytes long, the limit is 15"),
        ("ä" * 8, "it is 16 bytes long, the limit is 15"),
        ("a/b", "it contains '/'"),
        ("a b", "it contains white space"),
        ("a\tb", "it contains white space"),
        ("a\u00a0b", "it contains white space"),
        ("a\u202eb", "or a control character"),
        ("\ud800", "or a control character"),
        (".", "it contains '.'"),
        ("..", "it contains '.'"),
        ("eth0.5", "it contains '.', and it divides host and interface"),
        ("eth0:1", "it contains ':'"),
        ("eth%d", "it contains '%', and the kernel puts a number in its place"),
        ("-h", "programs would take it for an option"),
        ("lo", "every host has it already"),
        ("all", "the kernel keeps it for itself"),
        ("default", "the kernel keeps it for itself"),
    ],
)
@pytest.mark.parametrize(
    ("what", "steps"),
    [("a host", ("hosts",)), ("an interface", ("hosts", "h1")), ("a segment", ("segments",))],
)
def test_names_that_cannot_be(name, why, what, steps):
    """A name that the kernel, a shell or this program would misread is refused for all three."""
    quoted = '"' + "".join(f"\\U{ord(c):08x}" for c in name) + '"'
    host = quoted if what == "a host" else "h1"
    interface = quoted if what == "an interface" else "eth0"
    segment = quoted if what == "a segment" else "lan"
    with pytest.raises(SpecError) as caught:
        parse(
            f"hosts:\n  {host}:\n    {interface}: {segment}\n"
            f"segments:\n  {segment}:\n    kind: hub\n"
        )
    assert f"cannot name {what}: " in caught.value.problem
    assert why in caught.value.problem
    assert caught.value.key.startswith(".".join(steps))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["a", "a" * 15, "enp0s10", "hôte-1", "漢字", "a_b", "LO"])
def test_names_that_can_be(name):
    """Any other name of up to 15 bytes is fine."""
    topology = parse(f"hosts: {{{name}: {{{name}: {name}}}}}\nsegments: {{{name}: {{kind: hub}}}}")
    assert (topology.hosts[0].name, topology.segments[0].name) == (name, name)


def test_a_description_has_no_control_characters():
    """A description can be printed on any terminal."""
    with pytest.raises(SpecError, match=r"lab\.yaml:1: description: contains a line break or"):
        parse('description: "\\e[2J"\nhosts: {a: {x: l}}\nsegments: {l: {kind: hub}}')


def test_no_host_at_all():
    """A network without hosts is none."""
    with pytest.raises(SpecError, match=r"lab\.yaml:1: hosts: there is no host"):
        parse("hosts: {}\nsegments: {l: {kind: hub}}")


def many(hosts, interfaces=1):
    """Declare *hosts* hosts with *interfaces* interfaces each, 500 hosts to a switch."""
    return yaml.safe_dump(
        {
            "hosts": {
                f"h{h}": {f"e{i}": f"s{h // 500}x{i}" for i in range(interfaces)}
                for h in range(hosts)
            },
            "segments": {
                f"s{h}x{i}": {"kind": "switch"}
                for h in range((hosts + 499) // 500)
                for i in range(interfaces)
            },
        },
        sort_keys=False,
    )


def test_too_many_hosts():
    """A file with thousands of hosts is refused; a thousand is accepted elsewhere."""
    with pytest.raises(SpecError, match="1025 hosts, the limit is 1024"):
        parse(many(1025))


def test_a_file_gives_its_topology_its_name(tmp_path):
    """A topology is called as its file, without the ending."""
    file = tmp_path / "mine.yaml"
    file.write_text(EVERYTHING)
    assert load_topology(file).name == "mine"
    assert load_topology(str(file)) == load_topology(file)


def test_a_strange_file_name_is_made_harmless():
    """The name can be shown even where the file's cannot."""
    assert parse_topology(EVERYTHING.encode(), Path("a\x1bb\udcff.yaml")).name == "a?b?"


def test_a_missing_file(tmp_path):
    """A file that is not there is said not to be there."""
    with pytest.raises(SpecError, match="there is no such file"):
        load_topology(tmp_path / "none.yaml")


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_not_a_file(tmp_path, make):
    """A folder is refused, and a pipe is not waited for."""
    make(tmp_path / "lab.yaml")
    with pytest.raises(SpecError, match="is not a file"):
        load_topology(tmp_path / "lab.yaml")


def test_a_file_that_cannot_be_read():
    """The machine's reason is passed on, whoever runs this."""
    with pytest.raises(SpecError, match="cannot be read: Input/output error"):
        load_topology("/proc/self/mem")


def test_an_endless_file_is_not_read_to_its_end(tmp_path):
    """A huge file costs no more than the limit."""
    file = tmp_path / "huge.yaml"
    with file.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(SpecError, match="larger than 524288 bytes"):
        load_topology(file)


names = st.sampled_from(["h1", "h2", "eth0", "lan", "s1", "lo", "", "a b", "1", "no", "<&>", "漢"])
words = st.sampled_from(["cable", "hub", "switch", "wire", "kernel", "Hub", "02:00:00:00:00:01"])
values = st.one_of(
    names, words, st.none(), st.integers(), st.booleans(), st.floats(), st.text(max_size=5)
)
leaves = st.dictionaries(
    st.sampled_from(["segment", "mac", "mtu", "kind", "driver", "min_frame", "x"]), values
)
shapes = st.recursive(
    values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
nearly = st.fixed_dictionaries(
    {
        "hosts": st.dictionaries(names, st.dictionaries(names, names | leaves) | shapes) | shapes,
        "segments": st.dictionaries(
            names, st.fixed_dictionaries({"kind": words}) | leaves | shapes
        ),
    },
    optional={
        "description": values,
        "links": st.lists(st.lists(names, min_size=2, max_size=2)) | shapes,
        "more": shapes,
    },
).map(lambda tree: yaml.safe_dump(tree, allow_unicode=True, sort_keys=False))
marks = st.sampled_from([*":-{}[],?|>\"'# \n", "\n  ", "&a", "*a", "!!int", "<<", "\\U", "%YAML"])
tokens = st.lists(st.sampled_from(["hosts", "segments", "h1", "kind", "hub"]) | marks).map("".join)


@st.composite
def damaged(draw):
    """EVERYTHING with a piece cut out and another put in."""
    start = draw(st.integers(0, len(EVERYTHING)))
    end = draw(st.integers(start, min(len(EVERYTHING), start + 20)))
    return EVERYTHING[:start] + draw(st.text(max_size=3) | tokens) + EVERYTHING[end:]


texts = st.one_of(nearly, tokens, damaged(), st.text())


@given(texts.map(lambda text: text.encode(errors="replace")))
@example(EVERYTHING.encode())
def test_a_topology_or_a_spec_error(data):
    """Any text is a topology that can be resolved and drawn, or a SpecError, and nothing else."""
    message = None
    try:
        topology = parse_topology(data, FILE)
    except SpecError as error:
        message = str(error)
    if message is None:
        assert draw_text(resolve(topology, 1))
        assert draw_svg(topology)
    else:
        assert message.startswith("lab.yaml:")
        assert message.isprintable()


@given(st.binary())
def test_bytes_that_are_no_text(data):
    """Any bytes at all are refused in the same way."""
    with pytest.raises(SpecError):
        parse_topology(data, FILE)
