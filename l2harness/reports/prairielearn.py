"""`results.json` for PrairieLearn's external graders.

Strategy: a score between 0 and 1, and a test with points for each line, so that its page shows the
same total. Texts hold no escape sequence: the page turns sequences into markup, and shows a text
in which it stumbles over one without any escaping.

Laws:
- Every test has its points, or the page would show the points of none.
- Without a grade the attempt is not ``gradable``: it is given back, and costs the student nothing.
- The document is shorter than 1 MiB, or it would be thrown away.

Source: PrairieLearn documentation, "External grading" (grader results); PrairieLearn,
elements/pl-external-grader-results. The file belongs in ``/grade/results``, and the container
has to exit with 0.
"""

from __future__ import annotations

from typing import Final

from l2harness.grading.points import number
from l2harness.grading.result import Result
from l2harness.reports.audience import Audience
from l2harness.reports.escape import clip, terminal
from l2harness.reports.items import Item, items, no_grade, within
from l2harness.reports.json import Json, one_line

_MOST_BYTES: Final = 1_000_000
_LONGEST_NOTE: Final = 500


def to_prairielearn(result: Result, audience: Audience = Audience.STUDENT) -> bytes:
    """The document, with a newline at its end."""
    if not result.complete:
        refused: Json = {"gradable": False, "format_errors": [no_grade(result)]}
        return one_line(refused).encode() + b"\n"
    return within(_MOST_BYTES, lambda longest: _document(result, audience, longest))


def _document(result: Result, audience: Audience, longest: int) -> bytes:
    document: Json = {
        "gradable": True,
        "score": result.score / result.max_score if result.max_score else 0,
        "message": terminal(_notes(result), multiline=True),
        "tests": [_test(item) for item in items(result, audience, longest=longest)],
    }
    return one_line(document).encode() + b"\n"


def _notes(result: Result) -> str:
    return "\n".join(clip(note, _LONGEST_NOTE) for note in result.submission.notes)


def _test(item: Item) -> Json:
    return {
        "name": terminal(item.id or item.title),
        "description": terminal(item.title) if item.id else "",
        "points": number(item.points),
        "max_points": number(item.max_points),
        "message": terminal(item.text, multiline=True),
    }
