"""The rubric of a lab: its checks as they are declared, read without running any.

Strategy: the points stand in the checks, so the files that hold them are imported, as pytest
would, and asked. What a course says in its ``lab.toml`` is put over that, and the options of the
lab into the sentences. That needs no privilege, and no submission.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from l2harness.errors import SpecError
from l2harness.labs.api import CheckSpec, check_of
from l2harness.labs.loading import OPTIONS, imported_apart, runs_of, state_of
from l2harness.labs.model import Lab
from l2harness.labs.options import fill_in


def rubric_of(lab: Lab) -> list[CheckSpec]:
    """
    Return the checks of a lab, in the order of its files.

    Raises:
        SpecError: A file cannot be imported or has a function twice, there is no check, two have
            the same id, one needs a check that is not there, or itself, its sentence names an
            option that there is not, or ``lab.toml`` speaks of a check that there is not.
    """
    rubric: dict[str, CheckSpec] = {}
    for path in lab.check_files:
        _expect_each_function_once(state_of(path))
        for spec in _checks_in(imported_apart(lab, path)):
            if spec.id in rubric:
                first = rubric[spec.id]
                raise spec.wrong(
                    f"is the id of two checks; the other one is in {first.file.name}, line "
                    f"{first.line}"
                )
            rubric[spec.id] = spec
    if not rubric:
        raise SpecError(lab.code, None, "", "holds no check: no @check in a test_*.py")
    for spec in rubric.values():
        if (problem := _problem_with_needs(spec, rubric)) is not None:
            raise spec.wrong(problem)
    _expect_known_settings(lab, rubric)
    return [_in_this_lab(lab, spec) for spec in rubric.values()]


@lru_cache(maxsize=64)
def _expect_each_function_once(file: tuple[Path, int, int]) -> None:
    """
    Refuse a second function of a name: the first one would be lost, with its points.

    A file that has passed is parsed again only when it has changed, see `state_of`.
    """
    path, _, _ = file
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return  # importing it says what is wrong
    lines: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            if node.name in lines:
                problem = f"is defined a second time, first on line {lines[node.name]}"
                raise SpecError(path, node.lineno, node.name, problem)
            lines[node.name] = node.lineno


def expect_known_runs(lab: Lab, rubric: Iterable[CheckSpec]) -> None:
    """
    See that every check looks at runs that there are.

    Raises:
        SpecError: One does not; or ``runs.py`` cannot be used.
    """
    known = {*runs_of(lab), OPTIONS}
    for spec in rubric:
        for name in spec.looks_at:
            if name not in known:
                raise spec.wrong(f"looks at a run {name!r}; {_there_is_none(name, known, 'runs')}")


def _in_this_lab(lab: Lab, spec: CheckSpec) -> CheckSpec:
    """A check with the lab's options in its sentence, and what the lab says of it."""
    try:
        title = fill_in(spec.title, lab.words)
    except ValueError as error:
        raise spec.wrong(str(error)) from error
    setting = lab.settings.get(spec.id)
    if setting is None:
        return replace(spec, title=title)
    return replace(
        spec,
        title=title,
        points=spec.points if setting.points is None else setting.points,
        visibility=setting.visibility or spec.visibility,
    )


def _expect_known_settings(lab: Lab, rubric: Mapping[str, CheckSpec]) -> None:
    for id, setting in lab.settings.items():
        if id not in rubric:
            path, line = setting.said_in
            problem = f"there is no such check; {_there_is_none(id, rubric, 'checks')}"
            raise SpecError(path, line, f'checks."{id}"', problem)


def _there_is_none(name: str, known: Collection[str], what: str) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    return f"did you mean {near[0]}?" if near else f"its {what} are {', '.join(sorted(known))}"


def _problem_with_needs(spec: CheckSpec, rubric: Mapping[str, CheckSpec]) -> str | None:
    trail = [spec.id]
    todo = list(spec.needs)
    while todo:
        needed = todo.pop()
        if needed not in rubric:
            near = difflib.get_close_matches(needed, rubric, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            return f"needs {needed!r}; there is no such check{hint}"
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
