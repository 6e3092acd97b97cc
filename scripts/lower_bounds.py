"""Print the lower end of each range in pyproject.toml, as constraints for pip.

Tools that only look at the code or publish it are left out: what they say of it is asked of the
newest, and nobody who uses l2harness has them.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement

_PYPROJECT: Final = Path(__file__).resolve().parents[1] / "pyproject.toml"
_TOOLS: Final = frozenset({"ruff", "mypy", "build", "hatchling", "coverage", "selenium"})


def lower_bounds(project: dict[str, object]) -> list[str]:
    """
    Return a constraint for each dependency that has a lower bound.

    Args:
        project: The table ``[project]``.
    """
    extras = project["optional-dependencies"]
    assert isinstance(extras, dict)
    wanted = project["dependencies"]
    assert isinstance(wanted, list)
    texts = [*wanted, *extras.get("cluster", []), *extras.get("dev", [])]
    found = {}
    for requirement in map(Requirement, texts):
        if requirement.name in _TOOLS:
            continue
        for specifier in requirement.specifier:
            if specifier.operator == ">=":
                found[requirement.name] = f"{requirement.name}=={specifier.version}"
    return sorted(found.values())


if __name__ == "__main__":
    found = lower_bounds(tomllib.loads(_PYPROJECT.read_text())["project"])
    sys.stdout.write("".join(f"{line}\n" for line in found))
