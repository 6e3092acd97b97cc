"""What stands on the page of a class, and in which order: all that the template needs to know.

Strategy: first what cannot wait, then what to teach next, then everybody. In the map of checks and
submissions the best come first, so that what a class has in common is seen as columns, and what
one submission is like as a row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from urllib.parse import quote

from l2harness.grading.points import points_text
from l2harness.grading.result import Verdict
from l2harness.reports.class_page.chart import Part, parts, percent, rows
from l2harness.reports.class_summary import CheckCount, ClassSummary, OpenSeat, Seat
from l2harness.reports.html.document import document, policy, style_sheet
from l2harness.reports.summary import MARKS, plural

#: What the report of one submission is called in its directory.
_PAGE: Final = "report.html"
#: Mistakes that are shown at once; of a large class most are made by one or two.
_FREQUENT: Final = 12
#: Checks that fit beside a name; of more the map gets a box of its own, which can be scrolled.
_FITTING: Final = 36
#: One letter for each verdict: there are many cells.
_LETTERS: Final = {
    Verdict.PASS: "p",
    Verdict.FAIL: "f",
    Verdict.BLOCKED: "b",
    Verdict.ERROR: "e",
    Verdict.UNAVAILABLE: "e",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A submission, and where its page is, seen from the class's."""

    name: str
    href: str


@dataclass(frozen=True, slots=True)
class ShownMistake:
    """One known mistake, with everybody who made it."""

    id: str
    title: str
    why: str
    count: int
    percent: int
    consequence: int
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """One check that somebody failed."""

    check: CheckCount
    percent: int
    bar: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class ShownOpen:
    """Submissions that wait for the instructor for the same reasons."""

    links: tuple[Link, ...]
    checks: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownSeat:
    """One row of the map: a submission, its score, and a letter and a mark for each check."""

    link: Link
    student: str
    score: str
    cells: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """Checks of one group, side by side in the map: their ids without the group's name."""

    name: str
    checks: tuple[tuple[str, CheckCount], ...]


def to_class_page(summary: ClassSummary) -> str:
    """
    The page of a class, for the instructor.

    Returns:
        One HTML document that needs nothing else. It links to the pages of the submissions, in
        directories of their names beside it.
    """
    style = style_sheet("class.css")
    mistakes = _mistakes(summary)
    return document(
        "class.html",
        style=style,
        policy=policy(style),
        summary=summary,
        sentence=sentence(summary),
        figures=_figures(summary),
        notices=_notices(summary),
        waiting=_waiting(summary.needs_instructor),
        distribution=rows(summary.distribution),
        mistakes=mistakes[:_FREQUENT],
        rarer=mistakes[_FREQUENT:],
        hardest=[
            ShownCheck(check, percent(check.failed, check.asked), tuple(parts(check)))
            for check in summary.hardest
        ],
        unfailed=[check for check in summary.checks if not check.failed],
        headings=_headings(summary.checks),
        seats=_seats(summary),
        boxed=len(summary.checks) > _FITTING,
        alike=[tuple(map(_link, group.submissions)) for group in summary.alike],
        plural=plural,
        points=points_text,
    )


def sentence(summary: ClassSummary) -> str:
    """The whole class in one sentence."""
    if not summary.submissions:
        return "Nothing has been graded yet."
    verb = "has" if summary.graded == 1 else "have"
    begin = f"{summary.graded} of {plural(summary.submissions, 'submission')} {verb} a grade"
    if summary.mean is None or summary.max_score is None:
        return f"{begin}."
    return f"{begin}; the mean is {points_text(summary.mean)} of {points_text(summary.max_score)}."


def _figures(summary: ClassSummary) -> list[tuple[str, str, str]]:
    """Numbers for the head of the page: a label, the number, and its kind."""
    count = summary.submissions
    shown = [(plural(count, "submission").partition(" ")[2], str(count), "")]
    for label, value in (("mean", summary.mean), ("median", summary.median)):
        if value is not None:
            shown.append((label, points_text(value), ""))
    shown.append(("full marks", str(summary.full_marks), "pass" if summary.full_marks else ""))
    if waiting := len(summary.needs_instructor):
        verb = "needs" if waiting == 1 else "need"
        shown.append((f"{verb} the instructor", str(waiting), "ours"))
    if absent := len(summary.absent):
        shown.append(("handed in nothing", str(absent), "wait"))
    return shown


def _notices(summary: ClassSummary) -> list[str]:
    """What has to be known before anything on the page is believed."""
    notices = []
    if len(summary.terms.lab_digest) > 1:
        count = len(summary.terms.lab_digest)
        notices.append(
            f"These results were made with {count} versions of the lab, so they do not compare. "
            "Grade the class again."
        )
    if len(summary.terms.harness) > 1:
        versions = ", ".join(summary.terms.harness)
        notices.append(
            f"These results were made with different versions of l2harness: {versions}."
        )
    notices += [
        f"While some of this was graded, the machine was not protected: {missing}."
        for missing in summary.terms.protections
    ]
    return notices


def _link(name: str) -> Link:
    """The way to a submission's page: every character of its name that means something coded."""
    try:
        coded = quote(name, safe="", errors="surrogateescape")
    except UnicodeEncodeError:  # a name that no file can have
        coded = quote(name, safe="", errors="backslashreplace")
    return Link(name, f"{coded}/{_PAGE}")


def _waiting(seats: Iterable[OpenSeat]) -> list[ShownOpen]:
    """Those with the same open checks for the same reasons are told together."""
    together: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = {}
    for seat in seats:
        ids = tuple(check.id for check in seat.checks)
        reasons = tuple(dict.fromkeys(check.why for check in seat.checks if check.why))
        together.setdefault((ids, reasons), []).append(seat.name)
    ordered = sorted(together.items(), key=lambda item: -len(item[1]))
    return [
        ShownOpen(tuple(map(_link, names)), ", ".join(ids), reasons)
        for (ids, reasons), names in ordered
    ]


def _mistakes(summary: ClassSummary) -> list[ShownMistake]:
    return [
        ShownMistake(
            it.misconception,
            it.title,
            it.why,
            len(it.submissions),
            percent(len(it.submissions), summary.looked_at),
            it.consequence,
            tuple(map(_link, it.submissions)),
        )
        for it in summary.misconceptions
    ]


def _headings(checks: Iterable[CheckCount]) -> list[Heading]:
    def group_of(check: CheckCount) -> str:
        return check.id.partition(".")[0]

    return [
        Heading(name, tuple((it.id.removeprefix(f"{name}."), it) for it in some))
        for name, some in groupby(checks, key=group_of)
    ]


def _seats(summary: ClassSummary) -> list[ShownSeat]:
    """The best first; those without a grade last, because nobody knows where they belong."""

    def rank(seat: Seat) -> tuple[bool, float]:
        return seat.score is None, -(seat.score or 0) / (seat.max_score or 1)

    return [
        ShownSeat(
            _link(seat.name),
            seat.student or "",
            "?" if seat.score is None else points_text(seat.score),
            tuple(
                ("n", "") if verdict is None else (_LETTERS[verdict], MARKS[verdict])
                for verdict in seat.verdicts
            ),
        )
        for seat in sorted(summary.seats, key=rank)
    ]
