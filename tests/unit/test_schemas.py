"""Schemas of lab and topology files: complete, true of what ships, no stricter than the loader."""

import json
import shutil
import tomllib
from pathlib import Path

import jsonschema
import pytest
import yaml

from l2harness.errors import SpecError
from l2harness.labs import schema as lab_schemas
from l2harness.labs.lab import load_lab
from l2harness.labs.manifest import CHECK_KEYS, KEYS, OFFER_KEYS
from l2harness.labs.places import built_in_root, labs_below
from l2harness.labs.schema import lab_schema
from l2harness.topology import load
from l2harness.topology import schema as topology_schemas
from l2harness.topology.load import parse_topology
from l2harness.topology.schema import FIELDS, topology_schema

ROOT = Path(__file__).resolve().parents[2]
LAB = jsonschema.Draft202012Validator(lab_schema())
TOPOLOGY = jsonschema.Draft202012Validator(topology_schema())
TOPOLOGIES = [*ROOT.glob("topologies/*.yaml"), *ROOT.glob("l2harness/labs/*/*.yaml")]


@pytest.mark.parametrize("validator", [LAB, TOPOLOGY])
def test_they_are_schemas(validator):
    """Each is a schema itself, and can be written down as JSON."""
    jsonschema.Draft202012Validator.check_schema(validator.schema)
    assert json.loads(json.dumps(validator.schema)) == validator.schema


def test_every_key_is_described():
    """Whoever adds a key to a loader's table adds a line about it to the schema's."""
    assert lab_schemas.TOP.keys() == KEYS
    assert lab_schemas.OFFER.keys() == OFFER_KEYS
    assert lab_schemas.CHECK.keys() == CHECK_KEYS
    for name, keys in (
        ("topology", load._TOP),
        ("interface", load._INTERFACE),
        ("segment", load._SEGMENT),
    ):
        missing = set(keys) - FIELDS[name].keys()
        assert not missing, f"l2harness/topology/schema.py: say what {missing} take"


@pytest.mark.parametrize("folder", labs_below(built_in_root()), ids=lambda it: it.name)
def test_of_the_labs_that_ship(folder):
    """Every lab's file is as its schema says."""
    LAB.validate(tomllib.loads((folder / "lab.toml").read_text()))


@pytest.mark.parametrize("path", TOPOLOGIES, ids=lambda it: it.stem)
def test_of_the_topologies_that_ship(path):
    """So is every topology's."""
    TOPOLOGY.validate(yaml.safe_load(path.read_text()))


SMALLEST = 'title = "x"\ntopology = "pair"\n[programs]\na = "b"\n'
BAD_LABS = [
    "",
    'topology = "pair"\n[programs]\na = "b"\n',
    'title = "x"\n[programs]\na = "b"\n',
    'title = "x"\ntopology = "pair"\n',
    'titel = "x"\n' + SMALLEST,
    "api = 2\n" + SMALLEST,
    "api = '1'\n" + SMALLEST,
    'title = ""\nextends = "pyng"\n',
    SMALLEST.replace('"b"', "1"),
    SMALLEST + "[limits]\nwal_s = 1\n",
    SMALLEST + "[limits]\nwall_s = -1\n",
    SMALLEST + "[limits]\nframes = 1.5\n",
    SMALLEST + "[limits]\nframes = 'many'\n",
    SMALLEST + "[options]\na = [1]\n",
    SMALLEST + "[options]\nmin_frame = 'much'\n",
    SMALLEST + "[options]\nmin_frame = -1\n",
    SMALLEST + "[options]\na = 1\n[offers.a]\nkind = 'color'\n",
    SMALLEST + "[options]\na = 1\n[offers.a]\nabout = 'no kind'\n",
    SMALLEST + "[options]\na = 1\n[offers.a]\nkind = 'whole'\nleast = 'x'\n",
    SMALLEST + "[options]\na = 1\n[offers.a]\nkind = 'whole'\nlaest = 1\n",
    SMALLEST + "[options]\na = 1\n[offers.a]\nkind = 'whole'\namong = 1\n",
    SMALLEST + "[options]\na = 1\n[variants]\na = 1\n",
    SMALLEST + "[options]\na = 1\n[variants]\na = [1]\n",
    SMALLEST + "[options]\na = 1\n[variants]\na = {from = 1}\n",
    SMALLEST + "[options]\na = 1\n[variants]\na = {from = 1, to = 2, by = 1}\n",
    SMALLEST + "[checks.a]\npoints = 0\n",
    SMALLEST + "[checks.a]\npoints = '1'\n",
    SMALLEST + "[checks.a]\nvisibility = 'secret'\n",
    SMALLEST + "[checks.a]\npoint = 1\n",
    SMALLEST + "[interpreters]\npython3 = 1\n",
]
GOOD_LABS = [
    SMALLEST,
    'extends = "pyng"\n',
    SMALLEST + "[options]\na = 1\n[variants]\na = {from = 1, to = '0x9'}\n",
    SMALLEST + "[options]\na = 1\n[offers.a]\nkind = 'whole'\nmost = 3\namong = [1, 2]\n",
]


@pytest.mark.parametrize("text", BAD_LABS)
def test_bad_labs(text, tmp_path):
    """What an editor marks as wrong, the loader refuses."""
    assert not LAB.is_valid(tomllib.loads(text))
    (tmp_path / "lab.toml").write_text(text)
    with pytest.raises(SpecError):
        load_lab(tmp_path)


@pytest.mark.parametrize("text", GOOD_LABS)
def test_good_labs(text, tmp_path):
    """What the loader takes, an editor does not mark."""
    LAB.validate(tomllib.loads(text))
    (tmp_path / "lab.toml").write_text(text)
    assert load_lab(tmp_path).programs


PAIR = "hosts: {a: {x: lan}, b: {y: lan}}\nsegments: {lan: {kind: cable}}\n"
BAD_TOPOLOGIES = [
    "hosts: {}\nsegments: {}\n",
    "hosts: {a: {x: lan}}\n",
    "host: {}\n" + PAIR,
    PAIR.replace("cable", "tube"),
    PAIR.replace("kind: cable", "knid: cable"),
    PAIR.replace("kind: cable", "driver: wire"),
    PAIR.replace("kind: cable", "kind: cable, driver: radio"),
    PAIR.replace("kind: cable", "kind: cable, driver: wire, min_frame: 2000"),
    PAIR.replace("kind: cable", "kind: cable, driver: wire, min_frame: much"),
    PAIR.replace("x: lan", "x: {mac: '02:00:00:00:00:01'}"),
    PAIR.replace("x: lan", "x: {segment: lan, mac: '02:00:00:00:00'}"),
    PAIR.replace("x: lan", "x: {segment: lan, mac: '03:00:00:00:00:01'}"),
    PAIR.replace("x: lan", "x: {segment: lan, mtu: 67}"),
    PAIR.replace("x: lan", "x: {segment: lan, mtu: big}"),
    PAIR.replace("x: lan", "x: [lan]"),
    PAIR.replace("a: {x: lan}", "a: {}"),
    PAIR.replace("x: lan", "lo: lan"),
    PAIR.replace("x: lan", "'e 0': lan"),
    PAIR.replace("x: lan", "a-name-of-16-long: lan"),
    PAIR.replace("x: lan", "x.1: lan"),
    PAIR + "links: [[lan]]\n",
    *(
        PAIR.replace("kind: cable", f"kind: cable, driver: wire, impairments: {said}")
        for said in (
            "{}",
            "{loss: 0.1}",
            "{los: 1%}",
            "{delay: 20}",
            "{rate: 10}",
            "{in: {x: 1%}}",
        )
    ),
    *(
        PAIR.replace("x: lan", f"x: {{segment: lan, vlan: {said}}}").replace(
            "kind: cable", "kind: switch, driver: wire"
        )
        for said in ("{}", "0", "4095", "ten", "{tagged: some}", "{tagged: [0]}", "{untag: 1}")
    ),
    PAIR + "links: lan\n",
]


@pytest.mark.parametrize("text", BAD_TOPOLOGIES)
def test_bad_topologies(text):
    """What an editor marks as wrong, the loader refuses."""
    assert not TOPOLOGY.is_valid(yaml.safe_load(text))
    with pytest.raises(SpecError):
        parse_topology(text.encode(), Path("bad.yaml"))


def test_every_quantity_is_described():
    """A quantity of a bad line that is read in a new way gets a pattern in the schema."""
    for name, (_, read) in load._QUANTITIES.items():
        assert read in topology_schemas._WRITTEN, name
    assert set(load._VLAN) == {"untagged", "tagged"}


def test_the_starter_is_good(tmp_path):
    """What `l2harness lab new` begins with is as both schemas say."""
    starter = built_in_root() / "starter"
    for name, validator, read in (
        ("lab.toml", LAB, tomllib.loads),
        ("network.yaml", TOPOLOGY, yaml.safe_load),
    ):
        copy = Path(shutil.copy(starter / f"{name}.in", tmp_path / name))
        validator.validate(read(copy.read_text()))
