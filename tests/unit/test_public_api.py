"""The interface for labs outside of the package: what it has, and that it stays as it is."""

import inspect
import json
import re
from pathlib import Path

import pytest

import l2harness.lab

FROZEN = Path(__file__).parent.parent / "typing" / "lab-1.json"


def shape(value):
    """What is promised of something: parameters of it, and of its public methods; attributes."""
    if inspect.isclass(value):
        own = {it: vars(value)[it] for it in sorted(vars(value)) if not it.startswith("_")}
        if hasattr(value, "__members__"):
            return sorted(own)
        members = {
            it: parameters(member) if inspect.isfunction(member) else "attribute"
            for it, member in own.items()
        }
        return {"()": parameters(value), **members}
    return parameters(value) if inspect.isfunction(value) else type(value).__name__


def parameters(function):
    """Each parameter with its type and default, and ``->`` what is returned."""
    signature = inspect.signature(function)
    texts = [re.sub(r" at 0x[0-9a-f]+", "", str(it)) for it in signature.parameters.values()]
    return [*texts, f"-> {signature.return_annotation}"]


def breaks(frozen, now):
    """Whether a lab that was written for the one shape may not work with the other."""
    if isinstance(frozen, dict):
        return any(it not in now or breaks(part, now[it]) for it, part in frozen.items())
    if isinstance(frozen, list) and frozen[-1:] and frozen[-1].startswith("->"):
        added = [it for it in now if it not in frozen]
        kept = [it for it in now if it in frozen]
        return kept != frozen or any("=" not in it for it in added)
    if isinstance(frozen, list):
        return not set(frozen) <= set(now)
    return frozen != now


def test_what_was_promised_is_there():
    """
    Names, arguments and types are those of the version that ``lab.toml`` files name.

    Whoever adds something adds it to the file; whoever breaks something raises `API_VERSION`.
    """
    frozen = json.loads(FROZEN.read_text())
    assert list(frozen) == l2harness.lab.__all__
    now = {name: shape(getattr(l2harness.lab, name)) for name in frozen}
    assert {name for name, it in frozen.items() if breaks(it, now[name])} == set()
    assert FROZEN.stem == f"lab-{l2harness.lab.API_VERSION}"


@pytest.mark.parametrize(
    ("frozen", "now", "broken"),
    [
        (["a: 'int'", "-> None"], ["a: 'int'", "b: 'int' = 0", "-> None"], False),
        (["a: 'int'", "-> None"], ["a: 'int'", "b: 'int'", "-> None"], True),
        (["a: 'int'", "-> None"], ["a: 'str'", "-> None"], True),
        (["a: 'int'", "-> None"], ["-> None"], True),
        (["a", "b", "-> None"], ["b", "a", "-> None"], True),
        ({"()": ["-> None"], "x": "attribute"}, {"()": ["-> None"]}, True),
        (["IN", "OUT"], ["IN", "OUT", "UP"], False),
        (["IN", "OUT"], ["IN"], True),
        ("int", "str", True),
    ],
)
def test_a_break_is_seen(frozen, now, broken):
    """What is missing, other, or needs more than before breaks a lab; what is new does not."""
    assert breaks(frozen, now) is broken


def test_everything_has_a_name_to_be_imported():
    """What is imported is also promised, and nothing is promised twice."""
    public = {it for it in vars(l2harness.lab) if it.isidentifier() and it[0] != "_"}
    assert public == set(l2harness.lab.__all__)
    assert len(set(l2harness.lab.__all__)) == len(l2harness.lab.__all__)


def test_what_is_promised_is_described():
    """Every function and class says what it is for."""
    for name in l2harness.lab.__all__:
        value = getattr(l2harness.lab, name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), name
