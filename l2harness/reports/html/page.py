"""The student's page as a whole: what stands on it, and in which order.

Strategy: what is wrong comes before what is right, and the reason before the evidence. The other
modules prepare the parts; this one hands them to the template.
"""

from __future__ import annotations

import shlex

from l2harness.grading.points import points_text
from l2harness.grading.result import Result
from l2harness.reports.html.checks import Checks
from l2harness.reports.html.document import MOST_COLUMNS, document, policy, style_sheet
from l2harness.reports.html.ladder import hosts_of
from l2harness.reports.html.picture import network_picture
from l2harness.reports.html.runs import shown_runs
from l2harness.reports.html.view import View
from l2harness.reports.html.wording import sentence, worth
from l2harness.reports.summary import counts, mend_first, score


def to_html(result: Result) -> str:
    """
    The report on one submission as a page, for the student who made it.

    Checks that students are not to see, or not yet, are counted and not shown, and neither are
    the runs that nobody else looked at.

    Returns:
        One HTML document that needs nothing else.
    """
    style = style_sheet()
    view = View(result)
    advice = mend_first(result)
    findings = view.findings
    return document(
        "page.html",
        style=style,
        policy=policy(style),
        result=result,
        score=score(result),
        got=points_text(result.score),
        whole=points_text(result.max_score),
        sentence=sentence(result),
        counts=counts(result),
        advice=advice,
        advice_worth=str(advice).partition(", ")[2] if advice else "",
        groups=Checks(view).groups(),
        findings=findings,
        worth={it.misconception: worth(result, it) for it in findings},
        finding_numbers={it.misconception: n for n, it in enumerate(findings, 1)},
        anchors=view.check_anchors,
        runs=shown_runs(view),
        network=network_picture(result.topology) if result.topology else None,
        with_lanes=len(hosts_of(result)) <= MOST_COLUMNS,
        again=f"l2harness check {shlex.quote(result.submission.name)} --lab "
        f"{shlex.quote(result.lab)} --seed {shlex.quote(result.seed)}",
    )
