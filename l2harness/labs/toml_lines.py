"""Where a key stands in a TOML text, for messages: the parser of Python tells no lines.

Strategy: tables and keys begin lines, so the lines are read for them alone; what stands within a
value of several lines may be taken for a key, but only the text of a mistake comes out of that.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_PART: Final = r'(?:[A-Za-z0-9_-]+|"[^"\n]*"|\'[^\'\n]*\')'
_PATH: Final = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER: Final = re.compile(rf"\s*\[{{1,2}}\s*({_PATH})\s*\]")
_KEY: Final = re.compile(rf"\s*({_PATH})\s*=")


def line_of(text: str, steps: Sequence[str]) -> int | None:
    """
    Find the line of a key, counted from 1.

    Args:
        text: The whole file.
        steps: Keys that lead to it from the top.

    Returns:
        Its line; where it stands in none of its own, as in ``a = {b = 1}``, that of the nearest
        key around it; None if there is none either.
    """
    wanted = tuple(steps)
    table: tuple[str, ...] = ()
    found: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _steps(header[1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            path = (*table, *_steps(key[1]))
            for size in range(len(table) + 1, len(path) + 1):
                found.setdefault(path[:size], number)
    for size in range(len(wanted), 0, -1):
        if wanted[:size] in found:
            return found[wanted[:size]]
        inside = [n for path, n in found.items() if path[:size] == wanted[:size]]
        if inside:
            return min(inside)
    return None


def dotted(steps: Sequence[str]) -> str:
    """Write the keys that lead to a value as TOML does: ``checks."client.usage".points``."""
    return ".".join(it if re.fullmatch(r"[A-Za-z0-9_-]+", it) else f'"{it}"' for it in steps)


def _steps(path: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, path))
