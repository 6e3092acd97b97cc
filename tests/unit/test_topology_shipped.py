"""The topologies of the package: all there, all sound, found by name."""

import importlib.resources
from pathlib import Path

import pytest

from l2harness.errors import SpecError
from l2harness.topology import (
    Driver,
    SegmentKind,
    draw_svg,
    draw_text,
    find_topology,
    load_topology,
    resolve,
    shipped_topologies,
)
from l2harness.topology.shipped import shipped_files

FOLDER = Path(__file__).parents[2] / "topologies"


def test_their_files():
    """They can be handed on as they are, one for each topology."""
    files = shipped_files()
    assert sorted(files) == [f"{name}.yaml" for name in shipped_topologies()]
    for name, data in files.items():
        assert data == (FOLDER / name).read_bytes()


def test_what_is_shipped():
    """Each name that the documentation uses is there."""
    assert shipped_topologies() == [
        "lecture",
        "line",
        "lossy",
        "nics",
        "pair",
        "segment",
        "stations",
        "switch",
        "vlan",
    ]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_every_file_is_sound(file):
    """Every shipped file loads, resolves, says what it is, and can be drawn."""
    topology = load_topology(file)
    resolved = resolve(topology, 1)
    assert find_topology(file.stem) == topology
    assert topology.description.endswith(".")
    for either in (topology, resolved):
        assert file.stem in draw_text(either)
        assert file.stem in draw_svg(either)


@pytest.mark.parametrize(
    ("name", "hosts", "kinds", "links"),
    [
        ("pair", 2, [SegmentKind.CABLE], 0),
        ("segment", 3, [SegmentKind.HUB], 0),
        ("nics", 3, [SegmentKind.HUB] * 2, 0),
        ("switch", 3, [SegmentKind.SWITCH], 0),
        ("line", 4, [SegmentKind.SWITCH] * 3, 2),
        ("lecture", 1, [SegmentKind.HUB], 0),
        ("lossy", 2, [SegmentKind.CABLE], 0),
        ("vlan", 5, [SegmentKind.SWITCH], 0),
        ("stations", 6, [SegmentKind.CABLE] * 5, 0),
    ],
)
def test_their_shapes(name, hosts, kinds, links):
    """Each is what its name promises."""
    topology = find_topology(name)
    assert len(topology.hosts) == hosts
    assert [segment.kind for segment in topology.segments] == kinds
    assert len(topology.links) == links


def test_nics_has_two_interfaces_on_two_segments():
    """The second interface of h1 is alone, so that whatever is sent there is heard by nobody."""
    nics = resolve(find_topology("nics"), 1)
    assert nics.segment("lan").interfaces == ("h1.eth0", "h2.eth0", "h3.eth0")
    assert nics.segment("side").interfaces == ("h1.eth1",)


def test_lecture_is_the_machine_of_the_lecture():
    """Names, addresses and padding are those that the lecture shows."""
    lecture = resolve(find_topology("lecture"), "any")
    assert {i.label: str(i.mac) for i in lecture.interfaces} == {
        "vm.enp0s3": "08:00:27:dd:d7:43",
        "vm.enp0s8": "08:00:27:b0:d6:ff",
        "vm.enp0s9": "08:00:27:e6:4d:39",
        "vm.enp0s10": "08:00:27:8e:75:44",
    }
    lan = lecture.segment("lan")
    assert (lan.driver, lan.min_frame) == (Driver.WIRE, 60)


def test_a_path_is_a_path(tmp_path, monkeypatch):
    """A file of the user is found by any spelling of its path."""
    file = tmp_path / "mine.yaml"
    file.write_text((FOLDER / "pair.yaml").read_text())
    monkeypatch.chdir(tmp_path)
    for spelling in (file, str(file), "mine.yaml", "./mine.yaml"):
        assert find_topology(spelling).name == "mine"


def test_a_name_is_a_shipped_one_first(tmp_path, monkeypatch):
    """A file that happens to be called so does not take the place of a shipped topology."""
    monkeypatch.chdir(tmp_path)
    Path("pair").write_text((FOLDER / "line.yaml").read_text())
    Path("other").write_text((FOLDER / "line.yaml").read_text())
    assert len(find_topology("pair").hosts) == 2
    assert len(find_topology("other").hosts) == 4


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("segmnt", "segmnt: there is no such topology; did you mean 'segment'?"),
        ("Pair", "Pair: there is no such topology; did you mean 'pair'?"),
        ("labs/segmnt.yaml", "labs/segmnt.yaml: there is no such file; did you mean 'segment'?"),
        ("switch.yml", "switch.yml: there is no such file; did you mean 'switch'?"),
        ("xyz", "xyz: there is no such topology; there are lecture, line, lossy, nics, pair, s"),
    ],
)
def test_what_is_not_there(word, said):
    """A misspelt topology is answered with the right name."""
    with pytest.raises(SpecError) as caught:
        find_topology(word)
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize("word", [".", "", "/dev/null"])
def test_what_is_no_file(word):
    """A folder or a device is refused like a file that is no topology."""
    with pytest.raises(SpecError, match="is not a file"):
        find_topology(word)


def test_an_installed_package_brings_its_own(tmp_path, monkeypatch):
    """The package's own folder comes first, and files in it that are no topology do not count."""
    package = tmp_path / "l2harness" / "topology"
    (package / "shipped").mkdir(parents=True)
    (package / "shipped" / "mine.yaml").write_text((FOLDER / "pair.yaml").read_text())
    (package / "shipped" / "README.md").touch()
    (package / "shipped" / "folder.yaml").mkdir()
    monkeypatch.setattr(importlib.resources, "files", lambda anchor: package)
    assert shipped_topologies() == ["mine"]
    assert find_topology("mine").name == "mine"


def test_a_package_without_topologies(tmp_path, monkeypatch):
    """Where nothing was shipped nothing is found, and a file still is."""
    monkeypatch.setattr(importlib.resources, "files", lambda anchor: tmp_path / "l2harness" / "t")
    assert shipped_topologies() == []
    with pytest.raises(SpecError, match=r"^pair: there is no such topology$"):
        find_topology("pair")
    assert find_topology(FOLDER / "pair.yaml").name == "pair"
