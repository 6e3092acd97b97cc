"""A student's assignment sheet as Markdown: what to write, with which values, for how much.

Strategy: everything comes from the lab as it is for this student, so that what is asked for on
paper is what is graded. A check that students may not see yet is counted and not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from l2harness.grading.points import points_text, total
from l2harness.labs.api import CheckSpec
from l2harness.labs.lab import Lab
from l2harness.reports.escape import markdown
from l2harness.reports.summary import plural, plural_points


def sheet_to_markdown(lab: Lab, rubric: Sequence[CheckSpec], student: str, variant: str) -> str:
    """
    Return the sheet, ending with a newline.

    Args:
        lab: As it is for the student.
        rubric: Of that lab.
        student: The name, as it stands in the class.
        variant: The student's word; empty where the lab is the same for everybody.
    """
    lines = [f"# {_line(lab.title)}", "", f"For {_line(student)}.", "", "## What to write", ""]
    lines += [f"- {_line(how)}" for how in lab.programs.values()]
    if values := list(_values(lab)):
        lines += ["", "## Your values", "", *values]
    lines += ["", "## What it is worth", "", *_table(rubric)]
    check = f"l2harness check --lab {lab.name}" + (f" --variant {variant}" if variant else "")
    lines += ["", "## Try it", "", "In the directory of your programs:", "", f"    {check}"]
    return "\n".join(lines) + "\n"


def _values(lab: Lab) -> Iterable[str]:
    for name in lab.offers:
        words = lab.words[name]
        value = f"`{words['']}`" if "`" not in words[""] else _line(words[""])
        if "bytes" in words:
            value += f" (bytes {words['bytes']})"
        about = lab.offers[name].about
        yield f"- {_line(name)}: {value}" + (f" – {_line(about)}" if about else "")


def _table(rubric: Sequence[CheckSpec]) -> Iterable[str]:
    shown = [spec for spec in rubric if spec.visibility == "visible"]
    yield "| what is true of a right submission | points |"
    yield "|---|---:|"
    for spec in shown:
        yield f"| {_line(spec.title)} | {points_text(spec.points)} |"
    yield f"| together | {points_text(total(spec.points for spec in shown))} |"
    if len(shown) < len(rubric):
        worth = plural_points(total(it.points for it in rubric if it.visibility != "visible"))
        yield ""
        more = plural(len(rubric) - len(shown), "more check")
        yield f"{more}, worth {worth}, cannot be seen yet."


def _line(text: str) -> str:
    return markdown(" ".join(text.split()))
