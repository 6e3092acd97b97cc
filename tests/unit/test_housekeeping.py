"""What keeps the house in order: make's help, release notes, ranges of versions, templates."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def script(name: str):
    """Import a script of ours that has no ending."""
    loader = SourceFileLoader(name.replace("-", "_"), str(ROOT / "scripts" / name))
    spec = spec_from_loader(loader.name, loader)
    module = module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


def test_make_help():
    """`make help` lists every target that is meant for people, each with what it does."""
    listed = subprocess.run(
        ["make", "-s", "-C", str(ROOT), "help"], capture_output=True, text=True, check=True
    ).stdout
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    said = dict(re.findall(r"^  make ([a-z-]+) +(\S.*)$", listed, re.MULTILINE))
    assert set(said) == targets - {"setup-dev"}


class TestReleaseNotes:
    """What a release tells, from the changelog."""

    CHANGELOG = "# C\n\n## Unreleased\n\n- A\n  b\n\n## 1.2.3 - 2026-01-02\n\n### Added\n\n- C\n"

    def test_of_a_version(self):
        """The part below its heading, each paragraph on a line."""
        notes = script("release-notes").notes
        assert notes(self.CHANGELOG, "Unreleased") == "- A b"
        assert notes(self.CHANGELOG, "1.2.3") == "### Added\n\n- C"

    def test_of_none(self):
        """A version that is not there has none; a part of its number is no version."""
        notes = script("release-notes").notes
        assert notes(self.CHANGELOG, "1.2") == ""
        assert notes(self.CHANGELOG, "1.2.30") == ""

    def test_ours(self):
        """The next release has something to tell."""
        text = (ROOT / "CHANGELOG.md").read_text()
        assert script("release-notes").notes(text, "Unreleased").startswith("### ")


class TestLowerBounds:
    """The lower ends of the ranges of dependencies."""

    def test_they_are_constraints(self):
        """Each dependency at its oldest; tools that only look at code stay out."""
        found = script("lower_bounds.py").lower_bounds(PROJECT)
        assert any(it.startswith("click==") for it in found)
        assert any(it.startswith("distributed==") for it in found)
        assert not any(it.startswith(("ruff", "mypy", "types-")) for it in found)


class TestMutation:
    """The script that changes the code."""

    @pytest.mark.parametrize(
        ("code", "changed"),
        [
            ("a < b", "a <= b"),
            ("a == b", "a != b"),
            ("a + 1", "a - 1"),
            ("a and b", "a or b"),
            ("x = 7", "x = 8"),
            ("x = True", "x = False"),
            ("not a", "not not a"),
            ("a if b else c", "a if not b else c"),
        ],
    )
    def test_one_thing_is_changed(self, code, changed):
        """Each kind of site is found, and changed into something else."""
        import ast

        mutate = script("mutate")
        tree = ast.parse(code)
        assert mutate.change(mutate.sites(tree)[0])
        assert ast.unparse(ast.fix_missing_locations(tree)) == changed

    def test_annotations_are_left_alone(self):
        """What does not run is no site."""
        import ast

        mutate = script("mutate")
        assert mutate.sites(ast.parse("def f(a: L[1]) -> T[2]: pass\nx: T[3]")) == []


@pytest.mark.parametrize("path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")))
def test_issue_forms(path):
    """A form has a name, says when to use it, and asks each question once."""
    form = yaml.safe_load(path.read_text())
    assert form["name"]
    assert form["description"]
    asked = [it["id"] for it in form["body"] if it["type"] != "markdown"]
    assert len(asked) == len(set(asked)) > 0
    assert all(it["attributes"] for it in form["body"])
