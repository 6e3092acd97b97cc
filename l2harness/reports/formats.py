"""Every format of one submission's report, by the name that a command line gives it.

Strategy: a table. A format is a name, and a function of a result and of who will read it. Each
function imports what it needs when it is called, so that whoever lists the formats pays for none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from l2harness.reports.audience import Audience

if TYPE_CHECKING:
    from l2harness.grading.result import Result

Render: TypeAlias = "Callable[[Result, Audience], bytes]"


@dataclass(frozen=True, slots=True)
class Format:
    """
    One format.

    Attributes:
        name: On the command line.
        what: What it is, in a few words.
        render: Makes the document of a result, for an audience.
        audience: Who reads it where nothing else is said.
    """

    name: str
    what: str
    render: Render
    audience: Audience = Audience.STUDENT


def _json(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.json import to_json
    from l2harness.reports.view import shown_to

    return to_json(shown_to(result, audience))


def _html(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.html import to_html
    from l2harness.reports.view import shown_to

    return to_html(shown_to(result, audience)).encode()


def _markdown(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.markdown import to_markdown
    from l2harness.reports.view import shown_to

    return to_markdown(shown_to(result, audience)).encode()


def _terminal(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.terminal import to_terminal
    from l2harness.reports.view import shown_to

    return to_terminal(shown_to(result, audience)).encode()


def _junit(result: Result, audience: Audience) -> bytes:
    from l2harness.reports.junit import to_junit
    from l2harness.reports.view import shown_to

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
    Format("terminal", "what `check` prints", _terminal),
    Format("html", "a page for a browser, which needs nothing else", _html),
    Format("markdown", "Markdown, as for a comment", _markdown),
    Format("json", "the canonical report", _json, Audience.INSTRUCTOR),
    Format("junit", "JUnit XML, for continuous integration", _junit),
    Format("gradescope", "Gradescope's results.json", _gradescope),
    Format("classroom", "a line for GitHub Classroom's autograding reporter", _classroom),
    Format("prairielearn", "PrairieLearn's results.json", _prairielearn),
    Format("autolab", "the last two lines of an Autolab autograder", _autolab),
    Format("markus", "the output of a custom tester of MarkUs", _markus),
    Format("github", "annotations of a job on GitHub Actions", _github),
    Format("github-summary", "a summary of such a job", _github_summary),
)

#: By name, in the order in which they are told.
FORMATS: Final[Mapping[str, Format]] = MappingProxyType({it.name: it for it in _FORMATS})
