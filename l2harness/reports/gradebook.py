"""Results as a CSV table: a row for a submission, a column for every check.

Strategy: what a spreadsheet or a learning platform can add up. Only a complete result has a
score, and only a settled check has points: an empty cell is no zero, and the column
``needs_instructor`` says why it is empty. Text cells are guarded against being formulas; numbers
are numbers, without thousands separators, to two decimals.

Source: RFC 4180, with line feeds alone at the ends of lines.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Final

from l2harness.grading.points import number
from l2harness.grading.result import Result
from l2harness.reports.escape import csv_cell
from l2harness.reports.summary import by_name

_COLUMNS: Final = ("submission", "score", "max_score", "complete", "needs_instructor")


def to_gradebook(results: Iterable[Result]) -> bytes:
    """The table with its header, in UTF-8, in the order of the submissions' names."""
    ordered = by_name(results)
    ids = list(dict.fromkeys(check.id for result in ordered for check in result.checks))
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*_COLUMNS, *map(csv_cell, ids)])
    writer.writerows(_row(result, ids) for result in ordered)
    return out.getvalue().encode()


def _row(result: Result, ids: list[str]) -> list[str | int | float]:
    points = {c.id: number(c.points) for c in result.checks if result.is_settled(c)}
    return [
        csv_cell(result.submission.name),
        number(result.score) if result.complete else "",
        number(result.max_score),
        "yes" if result.complete else "no",
        csv_cell(" ".join(check.id for check in result.needs_instructor)),
        *(points.get(id, "") for id in ids),
    ]
