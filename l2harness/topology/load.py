"""A topology file becomes a `Topology`, or a `SpecError` that names file, line and key.

Strategy: three steps, each with its own module. `l2harness.topology.document` makes places out
of the text, this module gives them meaning key by key, `l2harness.topology.rules` looks at the
whole. The first mistake ends the reading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from l2harness.errors import FrameError, SpecError
from l2harness.frames import MacAddress
from l2harness.topology.declared import (
    DEFAULT_MTU,
    Driver,
    Host,
    Interface,
    Segment,
    SegmentKind,
    Topology,
)
from l2harness.topology.document import MAXIMUM_BYTES, Place, read_document
from l2harness.topology.impairment import NOTHING_SAID, Impairments, duration, rate, share
from l2harness.topology.rules import problems
from l2harness.topology.vlans import PortVlans

_TOP: Final = ("description", "hosts", "segments", "links")
_INTERFACE: Final = ("segment", "mac", "mtu", "impairments", "vlan")
_SEGMENT: Final = ("kind", "driver", "min_frame", "impairments")
_VLAN: Final = ("untagged", "tagged")
#: How each quantity of a bad line is called in a file, and in an `Impairment`; and how it is read.
_QUANTITIES: Final[Mapping[str, tuple[str, Callable[[str], float]]]] = {
    "loss": ("loss", share),
    "duplication": ("duplication", share),
    "corruption": ("corruption", share),
    "reordering": ("reordering", share),
    "delay": ("delay_s", duration),
    "jitter": ("jitter_s", duration),
    "rate": ("rate_bps", rate),
}
_WAYS: Final = ("out", "in")


def load_topology(path: Path | str) -> Topology:
    """
    Read a topology file.

    Args:
        path: The YAML file; the topology is named after it.

    Raises:
        SpecError: It cannot be read, or says something that cannot be.
    """
    file = Path(path)
    try:
        # A pipe or a device would be waited for, or never end.
        if not file.is_file():
            what = "is not a file" if file.exists() else "there is no such file"
            raise SpecError(file, None, "", what)
        with file.open("rb") as stream:
            data = stream.read(MAXIMUM_BYTES + 1)
    except OSError as error:
        raise SpecError(file, None, "", f"cannot be read: {error.strerror}") from error
    return parse_topology(data, file)


def parse_topology(data: bytes, path: Path) -> Topology:
    """
    Read the contents of a topology file.

    Args:
        data: YAML in UTF-8.
        path: Names the topology, and the file in messages; it is not opened.

    Raises:
        SpecError: The text says something that cannot be.
    """
    top = read_document(data, path).fields(_TOP, required=("hosts", "segments"))
    links = top["links"].items() if "links" in top else []
    topology = Topology(
        name="".join(c if c.isprintable() else "?" for c in path.stem),
        description=" ".join(top["description"].text().split()) if "description" in top else "",
        hosts=tuple(
            Host(name, tuple(_interface(*item) for item in place.entries().items()))
            for name, place in top["hosts"].entries().items()
        ),
        segments=tuple(_segment(*item) for item in top["segments"].entries().items()),
        links=tuple(_link(place) for place in links),
    )
    for problem in problems(topology):
        raise _place(top, problem.steps).refuse(problem.sentence)
    return topology


def _interface(name: str, place: Place) -> Interface:
    if place.is_text:
        return Interface(name, place.text())
    fields = place.fields(_INTERFACE, required=("segment",))
    return Interface(
        name,
        segment=fields["segment"].text(),
        mac=_address(fields["mac"]) if "mac" in fields else None,
        mtu=fields["mtu"].number() if "mtu" in fields else DEFAULT_MTU,
        impairments=_impairments(fields.get("impairments")),
        vlans=_vlans(fields["vlan"]) if "vlan" in fields else None,
    )


def _address(place: Place) -> MacAddress:
    try:
        return MacAddress.parse(place.text())
    except FrameError as error:
        raise place.refuse(str(error)) from error


def _segment(name: str, place: Place) -> Segment:
    fields = place.fields(_SEGMENT, required=("kind",))
    return Segment(
        name,
        kind=SegmentKind(fields["kind"].word(SegmentKind)),
        driver=Driver(fields["driver"].word(Driver)) if "driver" in fields else Driver.KERNEL,
        min_frame=fields["min_frame"].number() if "min_frame" in fields else 0,
        impairments=_impairments(fields.get("impairments")),
    )


def _impairments(place: Place | None) -> Impairments:
    """Read what is said of both ways, then what is said of one and goes before it."""
    if place is None:
        return NOTHING_SAID
    fields = place.fields((*_QUANTITIES, *_WAYS), required=())
    if not fields:
        raise place.refuse("says nothing; a perfect line needs no word")
    both = _quantities({name: it for name, it in fields.items() if name in _QUANTITIES})
    one = {
        way: _quantities(fields[way].fields(_QUANTITIES, required=())) if way in fields else {}
        for way in _WAYS
    }
    return Impairments(
        out=tuple((both | one["out"]).items()), into=tuple((both | one["in"]).items())
    )


def _quantities(fields: Mapping[str, Place]) -> dict[str, float]:
    return {_QUANTITIES[name][0]: _quantity(name, place) for name, place in fields.items()}


def _quantity(name: str, place: Place) -> float:
    try:
        return _QUANTITIES[name][1](place.text())
    except ValueError as error:
        raise place.refuse(str(error)) from error


def _vlans(place: Place) -> PortVlans:
    """Read ``10`` as an access port, and a mapping as a trunk, perhaps with a VLAN untagged."""
    if place.is_text:
        return PortVlans(place.number())
    fields = place.fields(_VLAN, required=())
    untagged = fields["untagged"].number() if "untagged" in fields else None
    if "tagged" not in fields:
        return PortVlans(untagged)
    if fields["tagged"].is_text:
        fields["tagged"].word(("all",))
        return PortVlans(untagged, everything=True)
    return PortVlans(untagged, tuple(vid.number() for vid in fields["tagged"].items()))


def _link(place: Place) -> tuple[str, str]:
    ends = [end.text() for end in place.items()]
    if len(ends) != 2:
        raise place.refuse(f"a link joins two segments, this one names {len(ends)}")
    return ends[0], ends[1]


def _place(top: Mapping[str, Place], steps: tuple[str, ...]) -> Place:
    """Find the place that a rule's problem is about; its keys all come from the file."""
    place = top[steps[0]]
    for step in steps[1:]:
        inside = place.items() if steps[0] == "links" else place.entries().values()
        place = next(entry for entry in inside if entry.steps[-1] == step)
    return place
