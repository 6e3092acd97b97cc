"""Importing the modules of a lab, and finding the runs in its ``runs.py``.

Strategy: the modules of a lab of our own are those of the package, which everybody imports. Those
of any other lab have the names of their files, so that a check says ``from runs import Hello``;
the lab's folder is on the path while they are imported, behind everything else, and another lab's
modules of the same names are forgotten before.
"""

from __future__ import annotations

import contextlib
import difflib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Final

from l2harness.errors import SpecError
from l2harness.labs.api import is_run
from l2harness.labs.model import Lab
from l2harness.labs.places import built_in_root

#: What checks and detectors ask for to get the options of the lab; no run may be called so.
OPTIONS: Final = "options"
#: What detectors get beside runs.
_STATE: Final = "__l2harness_made_from__"
#: How the names of modules begin that `imported_apart` makes.
_APART: Final = "l2harness_rubric_"
_TAKEN: Final = frozenset({OPTIONS, "found", "built"})


def runs_of(lab: Lab) -> dict[str, Callable[..., object]]:
    """
    Return the runs of a lab by name, in the order of its file.

    Raises:
        SpecError: There is no ``runs.py``, it cannot be imported, holds no run, or one that needs
            a run that is not there.
    """
    path = lab.code / "runs.py"
    if not path.is_file():
        raise SpecError(path, None, "", "is missing: a lab needs runs to check")
    module = imported(lab, path)
    found = {name: value for name, value in vars(module).items() if is_run(value)}
    if not found:
        raise SpecError(path, None, "", "holds no run; mark one with @run")
    for name, function in found.items():
        line = function.__code__.co_firstlineno
        if name in _TAKEN:
            problem = f"cannot be the name of a run: checks get something else by {name!r}"
            raise SpecError(path, line, name, f"{problem}; take another name")
        for needed in list(inspect.signature(function).parameters)[1:]:
            if needed not in found:
                near = difflib.get_close_matches(needed, found, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                problem = f"needs a run {needed!r}; there is none{hint}"
                raise SpecError(path, line, name, problem)
    return found


def imported(lab: Lab, path: Path) -> ModuleType:
    """
    Return a module that lies in a lab's folder; for one of our own, the one everybody imports.

    Raises:
        SpecError: It cannot be imported; with the line.
    """
    with _faults_of(path), importable(lab):
        if lab.code.parent == built_in_root():
            return importlib.import_module(f"l2harness.labs.{lab.code.name}.{path.stem}")
        return _as_it_is_now(path.stem, path)


def imported_apart(lab: Lab, path: Path) -> ModuleType:
    """
    Return a module of checks, under a name of its own: pytest imports it again, in its own way.

    It is executed once, and again when its file has changed.

    Raises:
        SpecError: It cannot be imported; with the line.
    """
    name = f"{_APART}{lab.code.name}_{path.stem}".replace("-", "_")
    with _faults_of(path), importable(lab):
        return _as_it_is_now(name, path)


@contextlib.contextmanager
def importable(lab: Lab) -> Iterator[None]:
    """Have the modules in a lab's folder importable by their names while the block lasts."""
    if lab.code.parent == built_in_root():
        yield
        return
    here = str(lab.code)
    own = {path.stem for path in lab.code.glob("*.py")}
    for name in own & sys.modules.keys():
        file = _file_of(sys.modules[name])
        if file is not None and file.parent != lab.code and (file.parent / "lab.toml").is_file():
            del sys.modules[name]
            _forget_those_apart()
    sys.path.append(here)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(here)


def _forget_those_apart() -> None:
    """Modules of checks have used what lies beside them under names that mean another file now."""
    for name in [it for it in sys.modules if it.startswith(_APART)]:
        del sys.modules[name]


def _as_it_is_now(name: str, path: Path) -> ModuleType:
    """Return the module of that name that is the file as it is now; execute it if none is."""
    known = sys.modules.get(name)
    state = state_of(path)
    if known is not None and vars(known).get(_STATE) == state:
        return known
    module = _executed(name, path)
    setattr(module, _STATE, state)
    return module


def _executed(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module  # dataclasses look themselves up there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before
        raise
    return module


def state_of(path: Path) -> tuple[Path, int, int]:
    """
    Return which file it is, and as it was when.

    Raises:
        OSError: It is not there.
    """
    status = path.stat()
    return path, status.st_mtime_ns, status.st_size


def _file_of(module: ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file) if file else None


@contextlib.contextmanager
def _faults_of(path: Path) -> Iterator[None]:
    """Turn what importing a file raises into an error with the line in it."""
    try:
        yield
    except SpecError:
        raise
    except SyntaxError as error:
        where = Path(error.filename or path)
        raise SpecError(where, error.lineno, "", f"is not Python: {error.msg}") from error
    except Exception as error:
        lines = [
            frame.lineno
            for frame in traceback.extract_tb(error.__traceback__)
            if Path(frame.filename) == path
        ]
        problem = f"cannot be imported: {type(error).__name__}: {error}"
        raise SpecError(path, lines[-1] if lines else None, "", problem) from error
