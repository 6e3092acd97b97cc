"""The house: which layer may import which, and what is used in one place only."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "l2harness"
#: From the ground up; a layer may import those before it, and itself.
LAYERS = (
    ("errors",),
    ("frames",),
    ("topology",),
    ("network",),
    ("vm",),
    ("programs",),
    ("live",),
    ("labs",),
    ("lab",),
    ("grading",),
    ("reports",),
    ("cli", "__main__", "commands", "plugin", "testing"),
)
FLOOR = {name: number for number, names in enumerate(LAYERS) for name in names}


def modules() -> list[Path]:
    """Every module of the package, without the programs that labs bring along."""
    return [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        if not {"reference", "references", "mutants", "hostile"} & set(path.parts)
    ]


@cache
def nodes(path: Path) -> list[ast.AST]:
    """All nodes of a module's syntax tree; read once for all tests."""
    return list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def imports_of(path: Path) -> list[tuple[str, int]]:
    """Names of imported modules, with the line."""
    found = []
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found += [(alias.name, node.lineno) for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.append((node.module, node.lineno))
            found += [(f"{node.module}.{alias.name}", node.lineno) for alias in node.names]
    return found


def layer_of(path: Path) -> str:
    """The layer a module belongs to: its folder below the package, or itself."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def upward(layer: str, imports: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Imports that point up from a layer."""
    found = []
    for name, line in imports:
        parts = name.split(".")
        ours = parts[0] == "l2harness" and len(parts) > 1 and parts[1] in FLOOR
        if ours and FLOOR[parts[1]] > FLOOR[layer]:
            found.append((name, line))
    return found


def test_arrows_point_down():
    """No module imports from a layer above its own."""
    wrong = []
    for path in modules():
        layer = layer_of(path)
        if layer != "__init__":
            wrong += [(str(path), *it) for it in upward(layer, imports_of(path))]
    assert wrong == []


def test_an_arrow_that_points_up_is_found():
    """The rule above can fail: a module of frames that imports reports breaks it."""
    assert upward("frames", [("l2harness.reports.json", 3)]) == [("l2harness.reports.json", 3)]
    assert upward("reports", [("l2harness.frames", 3), ("os", 4)]) == []


def test_every_module_has_a_layer():
    """A new folder or module at the top is given its place above."""
    assert {layer_of(path) for path in modules()} - set(FLOOR) == {"__init__"}


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("pyroute2", {"network/kernel.py"}),
        ("dask", set()),
        ("distributed", {"grading/cluster.py"}),
    ],
)
def test_single_importer(name, allowed):
    """What is foreign to the house comes in by one door."""
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        for module, _ in imports_of(path)
        if module.split(".")[0] == name
    }
    assert users == allowed


def test_single_user_of_packet_sockets():
    """AF_PACKET is named in one module."""
    users = {
        path.relative_to(PACKAGE).as_posix()
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and node.attr == "AF_PACKET"
    }
    assert users == {"network/port.py"}


def test_nothing_sleeps():
    """No module calls a function named sleep: every wait is for an event."""
    calls = [
        (path.name, node.lineno)
        for path in modules()
        for node in nodes(path)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) == "sleep"
    ]
    assert calls == []


def test_modules_have_one_purpose_and_fit():
    """Each module says its purpose in its first line and has at most 400 lines."""
    for path in modules():
        text = path.read_text(encoding="utf-8")
        assert ast.get_docstring(ast.parse(text)), f"{path} has no docstring"
        assert len(text.splitlines()) <= 400, f"{path} is too long: split it by purpose"
