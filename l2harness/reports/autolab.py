"""The last two lines that an autograder prints for Autolab: feedback, and the scores.

Strategy: the groups of checks are the problems of the assessment, by the same names (lab ``pyng``:
``client``, ``server`` and ``pair``, with 50, 40 and 10 points), so a problem's score is the sum of
its checks, shown or not. The feedback is a stage for each group with the checks that may be shown.

Laws:
- Nothing is printed behind these lines, and neither has a newline inside.
- Without a grade every problem gets ``null``, which leaves it ungraded. Autolab gives 0 for every
  problem where it finds no scores or cannot read them, so there always are some.
- No text in the line of the scores has a colon in it: the platform puts quotes around every word
  in front of one.

Source: Autolab documentation, "Guide for lab authors" and "Formatted feedback"; Autolab,
app/helpers/assessment_autograde_core.rb (saveAutograde, parseAutoresult) and
app/views/assessments/_semantic.html.erb.
"""

from __future__ import annotations

from typing import Final

from l2harness.grading.points import number, points_text, total
from l2harness.grading.result import Result, Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.escape import clip, terminal
from l2harness.reports.items import Item, items, no_grade
from l2harness.reports.json import Json, one_line
from l2harness.reports.summary import groups

#: Of a hint, in characters: the page shows it in one paragraph.
_LONGEST_HINT: Final = 600
#: A colon inside a string of JSON, as the platform's repairs do not find it.
_COLON: Final = "\\u003a"


def to_autolab(result: Result, audience: Audience = Audience.STUDENT) -> bytes:
    """The two lines, each with a newline at its end."""
    return f"{_feedback(result, audience)}\n{_scores(result)}\n".encode()


def _scores(result: Result) -> str:
    """The line that the platform reads; written by hand for the sake of colons in names."""
    points: dict[str, list[float]] = {}
    for name, checks in groups(result.checks):
        points.setdefault(terminal(name), []).extend(check.points for check in checks)
    scores = (
        f"{_name(name)}: {one_line(number(total(given)) if result.complete else None)}"
        for name, given in points.items()
    )
    line = f'"scores": {{{", ".join(scores)}}}'
    if result.complete:
        line += f', "scoreboard": [{one_line(number(result.score))}]'
    return f"{{{line}}}"


def _name(text: str) -> str:
    return one_line(text).replace(":", _COLON)


def _feedback(result: Result, audience: Audience) -> str:
    stages: dict[str, dict[str, Json]] = {}
    if not result.complete:
        stages["No grade yet"] = {"1.": {"passed": False, "hint": no_grade(result)}}
    for item in items(result, audience, longest=_LONGEST_HINT):
        group = item.id.partition(".")[0]
        stage = stages.setdefault(f"Checks: {terminal(group)}" if group else "Not shown", {})
        # Names in a stage have to differ, and none may begin with an underscore.
        stage[f"{len(stage) + 1}. {terminal(item.name)}"] = _test(item)
    return one_line({"_presentation": "semantic", "stages": list(stages), **stages})


def _test(item: Item) -> Json:
    if item.verdict is Verdict.PASS:
        return {"passed": True}
    points = f"{points_text(item.points)} of {points_text(item.max_points)} points."
    text = " ".join(f"{points} {item.text}".split())
    return {"passed": False, "hint": terminal(clip(text, _LONGEST_HINT))}
