"""The JSON Schema of ``lab.toml``, for editors: made from what the loader itself goes by.

Strategy: keys, kinds, limits and words are those of the modules that read the file. A key without
a line here is allowed anything, and a test asks for that line.

Law: what the schema refuses, the loader refuses. The reverse is not so: whether an option is
offered by the lab that is extended, a schema cannot say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final, get_args

from l2harness.labs.api import API_VERSION, Visibility
from l2harness.labs.manifest import CHECK_KEYS, KEYS, OFFER_KEYS
from l2harness.labs.options import MIN_FRAME, Kind
from l2harness.programs.limits import Limits

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string", "minLength": 1}
_VALUE: Final[Schema] = {"type": ["string", "number", "boolean"]}
_WHOLE: Final[Schema] = {"type": ["integer", "string"]}
_PADDING: Final[Schema] = {
    "type": "integer",
    "minimum": MIN_FRAME.least,
    "maximum": MIN_FRAME.most,
}


def _object(values: Schema, **known: Schema) -> Schema:
    return {"type": "object", "properties": known, "additionalProperties": values}


def _closed(keys: Iterable[str], described: dict[str, Schema], *required: str) -> Schema:
    """A table with these keys and no others."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(required),
        "properties": {key: described.get(key, {}) for key in sorted(keys)},
    }


#: What a table in ``[offers]`` says of an option, and one in ``[checks]`` of a check.
OFFER: Final[dict[str, Schema]] = {
    "kind": {"description": "What sort of values it takes.", "enum": [it.value for it in Kind]},
    "about": {"description": "What it means, in a few words.", "type": "string"},
    "least": {"description": "Smallest number, or length of a text.", "type": "number"},
    "most": {"description": "Largest number, or length of a text.", "type": "number"},
    "among": {"description": "The only values.", "type": "array", "items": _VALUE},
    "pattern": {"description": "What a text looks like as a whole.", "type": "string"},
}
CHECK: Final[dict[str, Schema]] = {
    "points": {"description": "What it is worth.", "type": "number", "exclusiveMinimum": 0},
    "visibility": {"description": "Who sees it, when.", "enum": list(get_args(Visibility))},
}
_RANGE: Final[Schema] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["from", "to"],
    "properties": {"from": _WHOLE, "to": _WHOLE, "step": _WHOLE},
}


def _limits() -> Schema:
    kinds = {
        field.name: "integer" if field.type == "int" else "number" for field in fields(Limits)
    }
    return _closed(kinds, {it: {"type": kind, "minimum": 0} for it, kind in kinds.items()})


#: What each key at the top takes.
TOP: Final[dict[str, Schema]] = {
    "title": {"description": "One line; may name options in braces.", **_TEXT},
    "api": {
        "description": "The version of l2harness.lab that it was written for.",
        "type": "integer",
        "const": API_VERSION,
    },
    "extends": {"description": "The lab that it is, with changes.", **_TEXT},
    "topology": {"description": "A topology that ships, or a file beside.", **_TEXT},
    "programs": {
        "description": "Name of each program, and how it is called, in words.",
        **_object({"type": "string"}),
    },
    "limits": {"description": "What each program may use.", **_limits()},
    "options": {
        "description": "Settings that runs and checks read; their defaults.",
        **_object(_VALUE, min_frame=_PADDING),
    },
    "offers": {
        "description": "What the options are.",
        **_object(_closed(OFFER_KEYS, OFFER, "kind")),
    },
    "variants": {
        "description": "Options that are drawn for each student, and what from.",
        **_object({"anyOf": [{"type": "array", "items": _VALUE, "minItems": 2}, _RANGE]}),
    },
    "checks": {
        "description": "Points and visibility of single checks, by id.",
        **_object(_closed(CHECK_KEYS, CHECK)),
    },
    "interpreters": {
        "description": "Which program to use for an interpreter, such as python3.",
        **_object({"type": "string"}),
    },
}


def lab_schema() -> Schema:
    """Return the schema, draft 2020-12."""
    own = {"required": ["title", "topology", "programs"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Lab of l2harness",
        **_closed(KEYS, TOP),
        "anyOf": [{"required": ["extends"]}, own],
    }
