"""The rubric of a lab: its checks as they are declared, read without running any.

Strategy: the points stand in the checks and nowhere else, so the files that hold them are
imported, as pytest would, and asked. That needs no privilege, and no submission.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType

from l2harness.errors import SpecError
from l2harness.labs.api import CheckSpec, check_of
from l2harness.labs.lab import Lab


def rubric_of(lab: Lab) -> list[CheckSpec]:
    """
    Return the checks of a lab, in the order of its files.

    Raises:
        SpecError: A file cannot be imported, there is no check, two have the same id, or one
            needs a check that is not there, or itself.
    """
    rubric: dict[str, CheckSpec] = {}
    files: dict[str, Path] = {}
    for path in lab.check_files:
        for spec in _checks_in(_imported(lab, path)):
            if spec.id in rubric:
                raise SpecError(path, None, spec.id, "is the id of two checks")
            rubric[spec.id] = spec
            files[spec.id] = path
    if not rubric:
        raise SpecError(lab.code, None, "", "holds no check: no @check in a test_*.py")
    for spec in rubric.values():
        if (problem := _problem_with_needs(spec, rubric)) is not None:
            raise SpecError(files[spec.id], None, spec.id, problem)
    return list(rubric.values())


def _problem_with_needs(spec: CheckSpec, rubric: Mapping[str, CheckSpec]) -> str | None:
    trail = [spec.id]
    todo = list(spec.needs)
    while todo:
        needed = todo.pop()
        if needed not in rubric:
            return f"needs {needed!r}; there is no such check"
        if needed == spec.id:
            return "needs itself, by way of " + ", ".join(trail)
        if needed not in trail:
            trail.append(needed)
            todo += rubric[needed].needs
    return None


def _checks_in(module: ModuleType) -> Iterator[CheckSpec]:
    for value in vars(module).values():
        if (spec := check_of(value)) is not None:
            yield spec


def _imported(lab: Lab, path: Path) -> ModuleType:
    """Import a file under a name of its own: pytest imports it again, in its own way."""
    name = f"l2harness_rubric_{lab.code.name}_{path.stem}".replace("-", "_")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look themselves up there
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise SpecError(path, None, "", f"cannot be imported: {error}") from error
    return module
