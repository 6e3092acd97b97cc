"""Importing the modules of a lab, and finding the runs in its ``runs.py``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from l2harness.errors import SpecError
from l2harness.labs.api import is_run
from l2harness.labs.lab import Lab


def runs_of(lab: Lab) -> dict[str, Callable[..., object]]:
    """
    Return the runs of a lab by name, in the order of its file.

    Raises:
        SpecError: There is no ``runs.py``, it cannot be imported, or it holds no run.
    """
    path = lab.code / "runs.py"
    if not path.is_file():
        raise SpecError(path, None, "", "is missing: a lab needs runs to check")
    module = imported(lab, path)
    found = {name: value for name, value in vars(module).items() if is_run(value)}
    if not found:
        raise SpecError(path, None, "", "holds no run; mark one with @run")
    return found


def imported(lab: Lab, path: Path) -> ModuleType:
    """
    Return a module that lies in a lab's folder; for one of our own, the one everybody imports.

    Raises:
        SpecError: It cannot be imported.
    """
    try:
        return _import(lab, path)
    except Exception as error:
        raise SpecError(path, None, "", f"cannot be imported: {error}") from error


def _import(lab: Lab, path: Path) -> ModuleType:
    built_in = Path(__file__).parent
    if lab.code.parent == built_in:
        return importlib.import_module(f"l2harness.labs.{lab.code.name}.{path.stem}")
    name = f"l2harness_lab_{lab.code.name.replace('-', '_')}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
