"""Every format of one submission's report, by the name that a command line gives it.

Strategy: a table. A format is a name, the file it would usually be, and a function of a result and
of who will read it. Each function imports what it needs when it is called, so that whoever lists
the formats pays for none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from l2harness.grading.result import Result
from l2harness.reports.audience import Audience, shown_to

Render = Callable[[Result, Audience], bytes]


@dataclass(frozen=True, slots=True)
class Format:
    """
    One format.

    Attributes:
        name: On the command line.
        file: Name of the file that it usually is.
        purpose: What it is for, in a few words.
        render: Makes the document of a result, for an audience.
    """

    name: str
    file: str
    purpose: str
    render: Render


def _json(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.json import to_json

    return to_json(shown_to(result, audience))


def _html(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.html import to_html

    return to_html(shown_to(result, audience)).encode()


def _markdown(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.markdown import to_markdown

    return to_markdown(shown_to(result, audience)).encode()


def _text(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.terminal import to_terminal

    return to_terminal(shown_to(result, audience)).encode()


def _junit(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.junit import to_junit

    return to_junit([shown_to(result, audience)])


def _gradescope(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.gradescope import to_gradescope

    del audience  # the platform knows who reads, and when
    return to_gradescope(result)


def _classroom(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.classroom import to_classroom

    return to_classroom(result, audience)


def _prairielearn(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.prairielearn import to_prairielearn

    return to_prairielearn(result, audience)


def _autolab(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.autolab import to_autolab

    return to_autolab(result, audience)


def _markus(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.markus import to_markus

    return to_markus(result, audience)


def _github(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.github import to_annotations

    return to_annotations([result], audience).encode()


def _github_summary(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.github import to_step_summary

    return to_step_summary([result], audience).encode()


_FORMATS: Final = (
    Format("text", "report.txt", "what `check` prints, without colours", _text),
    Format("html", "report.html", "a page that needs nothing else", _html),
    Format("markdown", "report.md", "for issues, comments and wikis", _markdown),
    Format("json", "report.json", "for programs; all other formats can be made from it", _json),
    Format("junit", "report.xml", "for continuous integration, test by test", _junit),
    Format("gradescope", "results.json", "Gradescope's /autograder/results", _gradescope),
    Format("classroom", "classroom.txt", "GitHub Classroom's autograding reporter", _classroom),
    Format("prairielearn", "results.json", "PrairieLearn's /grade/results", _prairielearn),
    Format("autolab", "autolab.txt", "the last two lines of an Autolab autograder", _autolab),
    Format("markus", "markus.txt", "the output of a custom tester of MarkUs", _markus),
    Format("github", "annotations.txt", "annotations of a job on GitHub Actions", _github),
    Format("github-summary", "summary.md", "$GITHUB_STEP_SUMMARY of such a job", _github_summary),
)

#: By name, in the order in which they are told.
FORMATS: Final[Mapping[str, Format]] = MappingProxyType({it.name: it for it in _FORMATS})
