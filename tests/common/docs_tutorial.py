"""Follows ``docs/labs.md`` step by step, as a reader would."""

from __future__ import annotations

import re
from pathlib import Path

from fences import snippets_of

from l2harness.cli import run

PAGE = Path(__file__).parents[2] / "docs" / "labs.md"
_STEPS = frozenset({"file", "append", "derive"})
_DERIVED = re.compile(r"(\S+) from (\S+) replacing (.+) with (.+)")


def follow(directory: Path) -> Path:
    """Do in a directory, which is the current one, what the page says; return the lab's folder."""
    assert run(["lab", "new", "greet"]) == 0
    folder = directory / "greet"
    steps = [it for it in snippets_of(PAGE) if it.kind in _STEPS]
    assert len(steps) == 7
    for step in steps:
        if step.kind == "derive":
            found = _DERIVED.fullmatch(step.words)
            assert found is not None
            made, source, old, new = found.groups()
            text = (folder / source).read_text()
            assert old in text
            (folder / made).write_text(text.replace(old, new))
            (folder / made).chmod(0o755)
            continue
        path = folder / step.words
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text() + "\n\n" if step.kind == "append" else ""
        path.write_text(before + step.text)
    return folder
