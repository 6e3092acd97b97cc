"""Networks described: declared in a file, resolved from a seed, drawn. Nothing here runs.

Strategy: a file becomes a `Topology` (`load_topology`, `find_topology`), a `Topology` and a
seed become a `ResolvedTopology` (`resolve`), and either becomes a picture (`draw_text`,
`draw_svg`). Pure but for the reading of files.

Few want a picture, so what draws is imported when somebody asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from l2harness.topology.declared import (
    DEFAULT_MTU,
    Driver,
    Host,
    Interface,
    Segment,
    SegmentKind,
    Topology,
)
from l2harness.topology.impairment import PERFECT, Impairment, Impairments
from l2harness.topology.load import load_topology, parse_topology
from l2harness.topology.override import override
from l2harness.topology.resolved import (
    ResolvedHost,
    ResolvedInterface,
    ResolvedSegment,
    ResolvedTopology,
    draw_mac,
    resolve,
)
from l2harness.topology.shipped import find_topology, shipped_topologies
from l2harness.topology.vlans import ACCESS, TRUNK, PortVlans

if TYPE_CHECKING:
    from l2harness.topology.svg import draw_svg
    from l2harness.topology.text import draw_text

__all__ = [
    "ACCESS",
    "DEFAULT_MTU",
    "PERFECT",
    "TRUNK",
    "Driver",
    "Host",
    "Impairment",
    "Impairments",
    "Interface",
    "PortVlans",
    "ResolvedHost",
    "ResolvedInterface",
    "ResolvedSegment",
    "ResolvedTopology",
    "Segment",
    "SegmentKind",
    "Topology",
    "draw_mac",
    "draw_svg",
    "draw_text",
    "find_topology",
    "load_topology",
    "override",
    "parse_topology",
    "resolve",
    "shipped_topologies",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a module has
    """Return one of the two functions that draw."""
    if name == "draw_svg":
        from l2harness.topology.svg import draw_svg

        return draw_svg
    if name == "draw_text":
        from l2harness.topology.text import draw_text

        return draw_text
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
