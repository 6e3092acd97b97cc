"""Follows ``docs/labs.md`` step by step, as a reader would."""

from __future__ import annotations

import re
from pathlib import Path

from l2harness.cli import run

TEXT = (Path(__file__).parents[2] / "docs" / "labs.md").read_text(encoding="utf-8")
_STEP = re.compile(
    r"^<!-- (?P<verb>write|append|derive): (?P<what>[^\n]+) -->\n(?:```\w+\n(?P<block>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)
_DERIVED = re.compile(r"(\S+) from (\S+) replacing (.+) with (.+)")


def follow(directory: Path) -> Path:
    """Do in a directory, which is the current one, what the page says; return the lab's folder."""
    assert run(["lab", "new", "greet"]) == 0
    folder = directory / "greet"
    steps = list(_STEP.finditer(TEXT))
    assert len(steps) == 7
    for step in steps:
        if step["verb"] == "derive":
            found = _DERIVED.fullmatch(step["what"])
            assert found is not None
            made, source, old, new = found.groups()
            text = (folder / source).read_text()
            assert old in text
            (folder / made).write_text(text.replace(old, new))
            (folder / made).chmod(0o755)
            continue
        path = folder / step["what"]
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text() + "\n\n" if step["verb"] == "append" else ""
        path.write_text(before + step["block"])
    return folder
