"""Results as Markdown: for a job's summary, an issue, a comment on a merge request.

Strategy: a table of all checks, then what there is to say about each that did not pass. It is
GitHub's dialect without anything that another renderer would not understand; tables and headings
are ours, every word between them goes through `l2harness.reports.escape`.
"""

from __future__ import annotations

from collections.abc import Iterable
from textwrap import dedent
from typing import Final

from l2harness.grading.points import points_text
from l2harness.grading.result import CheckResult, Finding, Result, Verdict
from l2harness.reports.comparison import compare, to_text
from l2harness.reports.escape import clip, markdown, markdown_block
from l2harness.reports.summary import (
    MARKS,
    Excerpt,
    behind,
    by_name,
    check_points,
    class_lines,
    counts,
    excerpts,
    mend_first,
    score,
)

#: Of one piece of text; GitHub shows nothing at all of a summary beyond 1 MiB.
_LONGEST_TEXT: Final = 2000


def to_markdown(result: Result) -> str:
    """The report on one submission."""
    facts = (result.submission.name, f"lab {result.lab}", f"seed {result.seed}", result.mode)
    lines = [
        f"## {_line(result.lab_title)}",
        "",
        _line(" · ".join(facts)),
        "",
        f"**{_line(score(result))}** · {_line(counts(result))}",
        "",
    ]
    if advice := mend_first(result):
        lines += [f"Mend first: {_line(f'{advice}.')}", ""]
    lines += [f"- Not protected: {_line(missing)}" for missing in result.protections]
    lines += [f"- {_line(note)}" for note in result.submission.notes]
    lines += ["", "| | check | what is true of a right submission | points |"]
    lines += ["|---|---|---|---:|", *(_row(result, check) for check in result.checks), ""]
    told = excerpts(result)
    for check in result.checks:
        if check.verdict not in (Verdict.PASS, Verdict.BLOCKED):
            lines += _why(check, told.get(check.id, ()))
    for finding in result.findings:
        lines += _lesson(result, finding)
    return _joined(lines)


def overview_to_markdown(results: Iterable[Result]) -> str:
    """A table of many results with their totals; empty for none."""
    ordered = by_name(results)
    if not ordered:
        return ""
    lines = ["| submission | score | failed | needs the instructor |", "|---|---:|---|---|"]
    for result in ordered:
        got = f"{points_text(result.score)} / {points_text(result.max_score)}"
        cells = (
            _line(result.submission.name),
            got if result.complete else "-",
            _ids(result.with_verdict(Verdict.FAIL)),
            _ids(result.needs_instructor),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return _joined([*lines, "", *(f"- {_line(text)}" for text in class_lines(ordered))])


def _line(text: str) -> str:
    return markdown(clip(text, _LONGEST_TEXT))


def _block(text: str) -> list[str]:
    return [markdown_block(clip(text, _LONGEST_TEXT)), ""]


def _joined(lines: Iterable[str]) -> str:
    """One document with one newline at its end, and never two empty lines in a row."""
    kept: list[str] = []
    for line in lines:
        if line or (kept and kept[-1]):
            kept.append(line.removesuffix("\n"))
    return "\n".join(kept).rstrip("\n") + "\n"


def _ids(checks: Iterable[CheckResult]) -> str:
    return _line(", ".join(check.id for check in checks))


def _row(result: Result, check: CheckResult) -> str:
    sentence = check.title
    if check.verdict is Verdict.BLOCKED:
        sentence = f"not asked: it needs {check.blocked_by}"
    points = check_points(result, check)
    return f"| {MARKS[check.verdict]} | {_line(check.id)} | {_line(sentence)} | {points} |"


def _why(check: CheckResult, told: Iterable[Excerpt]) -> list[str]:
    lines = [f"### {MARKS[check.verdict]} {_line(check.id)}", "", _line(check.title), ""]
    if check.rationale:
        lines += [_line(check.rationale), ""]
    if both := compare(check.expected, check.actual):
        lines += _block(to_text(both))
    else:
        for label, value in (("Expected", check.expected), ("Actual", check.actual)):
            if value is not None:
                lines += [f"{label}:", "", *_block(value)]
    if check.misconception:
        lines += [f"Known mistake: {_line(check.misconception)}", ""]
    if check.help:
        lines += _paragraphs(check.help)
    for excerpt in told:
        lines += [_line(excerpt.title), ""]
        lines += _block("\n".join(excerpt.lines)) if excerpt.lines else []
    return lines


def _lesson(result: Result, finding: Finding) -> list[str]:
    """What is behind failed checks, and how to see it for oneself."""
    lines = [f"### {_line(finding.title)}", "", _line(behind(result, finding)), ""]
    for text in (finding.sentence, finding.why, finding.find_out):
        lines += [_line(text), ""]
    for typed in (finding.command, finding.filter):
        lines += _block(typed) if typed else []
    return [*lines, f"Of the lecture: {_line(finding.question)}", ""]


def _paragraphs(text: str) -> list[str]:
    """Text between empty lines; where it is indented, as in a docstring, it is code."""
    lines = []
    for paragraph in filter(str.strip, text.split("\n\n")):
        rows = paragraph.strip("\n").split("\n")
        indented = all(row.startswith("    ") for row in rows)
        lines += _block(dedent("\n".join(rows))) if indented else [_line(" ".join(rows)), ""]
    return lines
