"""The JSON Schema of topology files, for editors: made from what the loader itself goes by.

Strategy: which keys there are, the loader's tables say; what each of them takes stands below,
with the numbers of the rules. A key that is new to the tables is allowed anything until it has a
line here, and a test asks for that line.

Law: what the schema refuses, the loader refuses. The reverse is not so: whether parts fit
together, a schema cannot say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Any, Final

from l2harness.frames import MAXIMUM_FRAME
from l2harness.topology import impairment, load, rules
from l2harness.topology.declared import DEFAULT_MTU, Driver, SegmentKind
from l2harness.topology.rules import (
    LARGEST_MTU,
    LONGEST_NAME_BYTES,
    MOST_HOSTS,
    MOST_SEGMENTS,
    SMALLEST_MTU,
)
from l2harness.topology.vlans import FIRST_VLAN, LAST_VLAN

Schema = dict[str, Any]

#: A text; the loader takes a number for one.
_SCALAR: Final = {"type": ["string", "number", "boolean"]}
_NAME: Final = {
    "minLength": 1,
    "maxLength": LONGEST_NAME_BYTES,
    "pattern": r"^[^-/:%.\s][^/:%.\s]*$",
    "not": {"enum": sorted(rules._TAKEN)},
}
#: Six pairs of hex digits, of a unicast address.
_MAC: Final = "^[0-9a-fA-F][02468aceACE](?:(?::[0-9a-fA-F]{2}){5}|(?:-[0-9a-fA-F]{2}){5})$"


#: How each quantity of a bad line is written, by what reads it.
_WRITTEN: Final[dict[Callable[[str], float], re.Pattern[str]]] = {
    impairment.share: impairment._SHARE,
    impairment.duration: impairment._DURATION,
    impairment.rate: impairment._RATE,
}
_VLAN: Final = {"type": "integer", "minimum": FIRST_VLAN, "maximum": LAST_VLAN}


def _impairments() -> Schema:
    quantities: Schema = {
        name: {"type": "string", "pattern": f"^(?:{_WRITTEN[read].pattern})$"}
        if read in _WRITTEN
        else {}
        for name, (_, read) in load._QUANTITIES.items()
    }
    way = {"type": "object", "additionalProperties": False, "properties": quantities}
    return {
        "description": "What happens to frames on the way; needs the driver wire.",
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {**quantities, **dict.fromkeys(load._WAYS, way)},
    }


def _vlan() -> Schema:
    tagged = {"anyOf": [{"const": "all"}, {"type": "array", "items": _VLAN}]}
    known = {"untagged": _VLAN, "tagged": tagged}
    port = {
        "type": "object",
        "minProperties": 1,
        "additionalProperties": False,
        "properties": {key: known.get(key, {}) for key in load._VLAN},
    }
    return {"description": "VLANs of a switch's port.", "anyOf": [_VLAN, port]}


def _words(kind: type[StrEnum]) -> Schema:
    return {"enum": [it.value for it in kind]}


#: What each key of a table takes.
FIELDS: Final[dict[str, dict[str, Schema]]] = {
    "topology": {
        "description": {"description": "One sentence about the network.", **_SCALAR},
        "hosts": {
            "description": "Hosts by name; each has interfaces by name.",
            "type": "object",
            "minProperties": 1,
            "maxProperties": MOST_HOSTS,
            "propertyNames": _NAME,
            "additionalProperties": {
                "type": "object",
                "minProperties": 1,
                "propertyNames": _NAME,
                "additionalProperties": {"$ref": "#/$defs/interface"},
            },
        },
        "segments": {
            "description": "What joins interfaces, by name.",
            "type": "object",
            "maxProperties": MOST_SEGMENTS,
            "propertyNames": _NAME,
            "additionalProperties": {"$ref": "#/$defs/segment"},
        },
        "links": {
            "description": "Pairs of segments that are joined.",
            "type": "array",
            "items": {
                "type": "array",
                "items": _SCALAR,
                "minItems": 2,
                "maxItems": 2,
            },
        },
    },
    "interface": {
        "segment": {"description": "The segment that it is on.", **_SCALAR},
        "mac": {
            "description": "Its address, in quotes; drawn where none is said.",
            "type": "string",
            "pattern": _MAC,
        },
        "mtu": {
            "description": f"Its largest payload, bytes; {DEFAULT_MTU} where nothing is said.",
            "type": "integer",
            "minimum": SMALLEST_MTU,
            "maximum": LARGEST_MTU,
        },
        "impairments": _impairments(),
        "vlan": _vlan(),
    },
    "segment": {
        "kind": {"description": "How it passes frames on.", **_words(SegmentKind)},
        "driver": {"description": "Who moves its frames.", **_words(Driver)},
        "min_frame": {
            "description": "Bytes to which shorter frames are padded; needs the driver wire.",
            "type": "integer",
            "minimum": 0,
            "maximum": MAXIMUM_FRAME,
        },
        "impairments": _impairments(),
    },
}


def topology_schema() -> Schema:
    """Return the schema, draft 2020-12; of a YAML file whose texts are in quotes where need be."""
    interface = _table("interface", load._INTERFACE, required=("segment",))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Topology of l2harness",
        **_table("topology", load._TOP, required=("hosts", "segments")),
        "$defs": {
            "interface": {
                "description": "The segment that the interface is on, or more about it.",
                "anyOf": [_SCALAR, interface],
            },
            "segment": _table("segment", load._SEGMENT, required=("kind",)),
        },
    }


def _table(name: str, keys: Iterable[str], *, required: Iterable[str]) -> Schema:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {key: FIELDS[name].get(key, {}) for key in keys},
    }
