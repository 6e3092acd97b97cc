"""`report.json`: the canonical document, from which every other report can be made again.

Strategy: the dataclasses of `l2harness.grading.result` are the schema, so writing is walking over
their fields in the order of their declaration, and reading is msgspec's strict decoding into them.
The hand-written JSON Schema beside this module says the same to other languages.

Laws:
- The same result is the same bytes: declared key order, indent 2, UTF-8, one newline at the end.
- NaN and infinities are no JSON and are refused; lone surrogates are spelled out.
- What is read is exactly a report of this schema, or an error that says what is not. A report
  file may come from anywhere.
"""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from importlib.resources import files
from math import isfinite
from typing import Final, TypeAlias

import msgspec

from l2harness.errors import UsageError
from l2harness.grading.points import number
from l2harness.grading.result import SCHEMA, Result, Timing
from l2harness.reports.escape import clip, json_document, terminal

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"

#: Largest report that is read. A run's frames and outputs are bounded far below it.
MAXIMUM_BYTES: Final = 64 * 1024 * 1024

#: Times are written to the microsecond; more digits would only look exact.
_TIME_DECIMALS: Final = 6


def to_json(result: Result) -> bytes:
    """
    The canonical report of a result, as UTF-8 with a newline at the end.

    Raises:
        ValueError: A time is no finite number.
    """
    text = json.dumps(plain(result), indent=2, ensure_ascii=False, allow_nan=False)
    return json_document(text).encode() + b"\n"


def from_json(data: bytes, *, source: str = "report.json") -> Result:
    """
    The result that `to_json` wrote.

    Args:
        data: A whole report, as UTF-8.
        source: What to call it in an error.

    Raises:
        UsageError: It is no report, or one of another schema, or it contradicts itself.
    """
    if len(data) > MAXIMUM_BYTES:
        raise _refusal(source, f"it has {len(data)} bytes, more than {MAXIMUM_BYTES}")
    try:
        raw = msgspec.json.decode(data)
        if not isinstance(raw, dict) or "schema" not in raw:
            raise _refusal(source, "it has no schema")
        if type(raw["schema"]) is not int or raw["schema"] != SCHEMA:
            found = clip(json.dumps(raw["schema"]), 20)
            raise _refusal(source, f"its schema is {found}, and this version reads {SCHEMA}")
        result = msgspec.convert(raw, Result)
    except msgspec.ValidationError as error:
        raise _refusal(source, str(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _refusal(source, f"it is not readable as JSON: {error}") from error
    if (problem := _deviation(raw, plain(result), "")) is not None:
        raise _refusal(source, problem)
    return result


def stable(result: Result) -> Result:
    """The result without its times: what is the same, byte for byte, whenever it is graded."""
    return replace(result, timing=Timing())


def schema() -> str:
    """The JSON Schema (draft 2020-12) of `report.json`."""
    resource = files("l2harness.reports") / "schema" / f"report-{SCHEMA}.json"
    return resource.read_text(encoding="utf-8")


def one_line(document: Json) -> str:
    """
    A document for another program, without a newline in it or behind it.

    Raises:
        ValueError: It holds a number that is not finite.
    """
    return json.dumps(document, ensure_ascii=False, allow_nan=False)


def plain(value: object) -> Json:
    """
    A value as JSON has it: whole numbers whole, text without lone surrogates.

    Args:
        value: A dataclass, a tuple of values, a text, a number or None.
    """
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return number(round(value, _TIME_DECIMALS)) if isfinite(value) else value
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if is_dataclass(value):
        return {
            field.name: plain(part)
            for field in fields(value)
            if (part := getattr(value, field.name)) != field.default
            or "optional" not in field.metadata
        }
    raise TypeError(f"{type(value).__name__} is no part of a result")


def _refusal(source: str, problem: str) -> UsageError:
    return UsageError(
        terminal(
            f"{source} is no report: {clip(problem, 300)}. Name a report.json, or the directory "
            "that it lies in"
        )
    )


def _deviation(read: object, canonical: Json, path: str) -> str | None:
    """What the first key is that was read but means nothing, or was left out; None for neither."""
    if isinstance(read, dict) and isinstance(canonical, dict):
        for key in sorted(read.keys() ^ canonical.keys()):
            problem = f"no part of schema {SCHEMA}" if key in read else "missing"
            return f"`{path}{key}` is {problem}"
        pairs = [(f"{path}{key}", value, canonical[key]) for key, value in read.items()]
    elif isinstance(read, list) and isinstance(canonical, list):
        both = zip(read, canonical, strict=True)
        pairs = [(f"{path[:-1]}[{index}]", *parts) for index, parts in enumerate(both)]
    else:
        return None
    found = (_deviation(value, part, f"{where}.") for where, value, part in pairs)
    return next((problem for problem in found if problem is not None), None)
