"""The student's page as a whole: what stands on it, and in which order.

Strategy: what is wrong comes before what is right, and the reason before the evidence. The other
modules prepare the parts; this one hands them to the template.
"""

from __future__ import annotations

import shlex

from l2harness.grading.points import points_text
from l2harness.grading.result import Result
from l2harness.reports.html.anchors import Anchored
from l2harness.reports.html.checks import Checks
from l2harness.reports.html.document import MOST_COLUMNS, document, policy, style_sheet
from l2harness.reports.html.ladder import hosts_of
from l2harness.reports.html.picture import network_picture, route_picture
from l2harness.reports.html.runs import shown_runs
from l2harness.reports.html.wording import sentence, worth
from l2harness.reports.summary import counts, mend_first, score


def to_html(result: Result) -> str:
    """
    The report on one submission as a page, for the student who made it.

    All of it is shown; what a reader may not see, `l2harness.reports.view` takes out before.

    Returns:
        One HTML document that needs nothing else.
    """
    style = style_sheet()
    page = Anchored(result)
    advice = mend_first(result)
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
        groups=Checks(page).groups(),
        findings=result.findings,
        worth={it.misconception: worth(result, it) for it in result.findings},
        finding_numbers={it.misconception: n for n, it in enumerate(result.findings, 1)},
        anchors=page.of_checks,
        runs=shown_runs(page),
        network=network_picture(result.topology) if result.topology else None,
        small_network=route_picture(result.topology, ()) if result.topology else None,
        with_lanes=len(hosts_of(result)) <= MOST_COLUMNS,
        again=f"l2harness check {shlex.quote(result.submission.name)} --lab "
        f"{shlex.quote(result.lab)} --seed {shlex.quote(result.seed)}",
    )
