"""A lab's reference and mutants with other options: the same programs for what a course asks for.

Strategy: they are written for the defaults of the lab that they lie beside. Where a lab that
extends it, or a student's draw, has other values, every place that writes a default is given the
value: an EtherType as a hex number, a text as a literal in quotes, the name of a program as a
word, also in names of files. Numbers and flags stand in no place that could be told.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from l2harness.labs.model import Lab
from l2harness.labs.options import Kind, Option

_Rewrite = Callable[[str], str]


def changed_options(written_for: Lab, lab: Lab) -> dict[str, Option]:
    """Return the options that are not as they are in the lab that something was written for."""
    return {
        name: value
        for name, value in lab.options.items()
        if name in written_for.options and written_for.options[name] != value
    }


def adapt(tree: Path, written_for: Lab, lab: Lab) -> None:
    """Give every file below a directory of ours the values of a lab."""
    changed = changed_options(written_for, lab)
    rules = _rules(written_for, changed)
    if not rules:
        return
    names = {
        str(written_for.options[name]): str(value)
        for name, value in changed.items()
        if written_for.offer(name).kind is Kind.PROGRAM
    }
    # All at once, or what one rule has written would be another one's default.
    whole = re.compile("|".join(f"({pattern})" for pattern in rules))
    rewrites = list(rules.values())

    def rewritten(found: re.Match[str]) -> str:
        assert found.lastindex is not None
        return rewrites[found.lastindex - 1](found[0])

    moves = []
    for path in sorted(tree.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        try:
            text = path.read_bytes().decode()
        except UnicodeDecodeError:
            continue  # no source
        if (new := whole.sub(rewritten, text)) != text:
            path.write_bytes(new.encode())
        stem, dot, ending = path.name.partition(".")
        if stem in names:
            moves.append((path, path.with_name(names[stem] + dot + ending)))
    _move(moves)


def adapted_name(name: str, written_for: Lab, lab: Lab) -> str:
    """Return what a file of the reference is called in a lab."""
    stem, dot, ending = name.partition(".")
    for option, value in changed_options(written_for, lab).items():
        is_program = written_for.offer(option).kind is Kind.PROGRAM
        if is_program and stem == written_for.options[option]:
            return f"{value}{dot}{ending}"
    return name


def _move(moves: list[tuple[Path, Path]]) -> None:
    """Rename files, also where two of them change names."""
    for number, (path, _) in enumerate(moves):
        path.rename(path.with_name(f".moved-{number}"))
    for number, (path, new) in enumerate(moves):
        path.with_name(f".moved-{number}").rename(new)


def _rules(written_for: Lab, changed: Mapping[str, Option]) -> dict[str, _Rewrite]:
    rules: dict[str, _Rewrite] = {}
    for name, value in changed.items():
        default, kind = written_for.options[name], written_for.offer(name).kind
        if kind is Kind.ETHERTYPE:
            rules[rf"(?i:\b0x{int(default):04x}\b)"] = _always(f"0x{int(value):04X}")
        elif kind is Kind.PROGRAM:
            rules[rf"(?<![\w-]){re.escape(str(default))}(?![\w-])"] = _always(str(value))
        elif kind is Kind.TEXT:
            for old, new in {
                str(default): str(value),
                str(default).lower(): str(value).lower(),
            }.items():
                rules[rf"""["']{re.escape(old)}(?=["'\\ ])"""] = _in_quotes(new)
    return rules


def _always(new: str) -> _Rewrite:
    return lambda _: new


def _in_quotes(new: str) -> _Rewrite:
    return lambda old: old[0] + new
