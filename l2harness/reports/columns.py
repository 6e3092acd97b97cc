"""Which column of a platform's export is to be filled, and what a cell of it says.

Strategy: what the user says is taken as a header or a title, whole or in part, as long as only one
column fits. Where nothing is said and there is no choice, there is nothing to ask.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from l2harness.errors import UsageError

_NUMBER: Final = re.compile(r"\d+(?:[.,]\d+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column of an export that may be filled.

    Attributes:
        index: In the table, counted from 0.
        header: What stands in the first row.
        title: What people call it.
    """

    index: int
    header: str
    title: str


def as_number(text: str) -> float | None:
    """The number that a cell of an export says, with a point or a comma; None if it says none."""
    stripped = text.strip()
    return float(stripped.replace(",", ".")) if _NUMBER.fullmatch(stripped) else None


def chosen_column(
    source: str, columns: Sequence[Column], wanted: str | None, *, hints: Iterable[str] = ()
) -> Column:
    """
    The column to fill: what the user said, else the only one, else what the lab is called.

    Args:
        source: The export, in an error.
        columns: Those that may be filled.
        wanted: A header, a title or a part of one, whole ones first; None if nothing was said.
        hints: What it may be called: the lab's id, its title.

    Raises:
        UsageError: There is none, or it is not certain which; names those there are.
    """
    if not columns:
        raise UsageError(f"{source} has no column that could be filled with grades")
    every = ", ".join(repr(column.header) for column in columns)
    if wanted is not None:
        if (found := _called(wanted, columns)) is not None:
            return found
        raise UsageError(f"{source} has no one column {wanted!r} for grades; there are: {every}")
    if len(columns) == 1:
        return columns[0]
    for hint in hints:
        if (found := _called(hint, columns)) is not None:
            return found
    raise UsageError(f"{source} has several columns for grades. Say with --column which: {every}")


def _called(name: str, columns: Sequence[Column]) -> Column | None:
    """The only column of that name; None if there are several or none."""
    folded = name.casefold()
    whole = [column for column in columns if name in (column.header, column.title)]
    alike = [it for it in columns if folded in (it.header.casefold(), it.title.casefold())]
    within = [column for column in columns if folded in column.header.casefold()]
    found = whole or alike or within
    return found[0] if len(found) == 1 else None
