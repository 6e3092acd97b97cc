"""What a job on GitHub Actions shows of results: annotations and a step's summary.

Strategy: one annotation for each failed check, the most points first, because the platform shows
ten of a kind and no more. Everything else belongs into the summary, which is the Markdown report.

Source: GitHub Docs, "Workflow commands for GitHub Actions" (also for the limits of annotations and
summaries); actions/toolkit, packages/core/src/command.ts; CVE-2020-15228.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from l2harness.grading.points import points_text
from l2harness.grading.result import CheckResult, Result, Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.escape import clip, github_data, github_property, markdown
from l2harness.reports.items import within
from l2harness.reports.markdown import overview_to_markdown, to_markdown
from l2harness.reports.summary import by_name, class_lines, counts, plural, score
from l2harness.reports.view import shown_to

#: Of one kind in one step; the runner drops the others without a word.
MOST_ANNOTATIONS: Final = 10
#: Of a step's summary: nothing at all is shown of one that is longer than 1 MiB.
MOST_SUMMARY_BYTES: Final = 900_000
#: Of one annotation, in characters.
_LONGEST_MESSAGE: Final = 500
_LONGEST_TITLE: Final = 150


def to_annotations(results: Iterable[Result], audience: Audience = Audience.STUDENT) -> str:
    """
    Workflow commands, one a line, that annotate a job with what is wrong.

    An error for each failed check, a warning for each that could not be judged, and a notice with
    the score. Where there are more than are shown, the last one counts the others.
    """
    shown = [shown_to(result, audience) for result in by_name(results)]
    several = len(shown) > 1
    failed = _with(shown, Verdict.FAIL)
    failed.sort(key=lambda found: found[1].points - found[1].max_points)
    unjudged = _with(shown, Verdict.ERROR, Verdict.UNAVAILABLE)
    lines = [
        *_kind("error", failed, "failed", several=several),
        *_kind("warning", unjudged, "could not be judged", several=several),
    ]
    if several:
        lines.append(_command("notice", "l2harness", "\n".join(class_lines(shown))))
    lines += [
        _command("notice", f"l2harness: {score(result)}", counts(result))
        for result in shown
        if not several
    ]
    return "".join(f"{line}\n" for line in lines)


def _with(results: Sequence[Result], *verdicts: Verdict) -> list[tuple[Result, CheckResult]]:
    return [(result, check) for result in results for check in result.with_verdict(*verdicts)]


def _kind(
    kind: str, found: Sequence[tuple[Result, CheckResult]], verb: str, *, several: bool
) -> Iterator[str]:
    """The commands of one kind, no more than are shown."""
    shown = len(found) if len(found) <= MOST_ANNOTATIONS else MOST_ANNOTATIONS - 1
    for result, check in found[:shown]:
        title = f"{check.id} ({points_text(check.points)} of {points_text(check.max_points)})"
        if several:
            title = f"{result.submission.name}: {title}"
        yield _command(kind, title, f"{check.title}\n{check.rationale}")
    if rest := found[shown:]:
        ids = ", ".join(dict.fromkeys(check.id for _, check in rest))
        yield _command(kind, f"{plural(len(rest), 'more check')} {verb}", ids)


def _command(kind: str, title: str, message: str) -> str:
    name = github_property(clip(title, _LONGEST_TITLE))
    return f"::{kind} title={name}::{github_data(clip(message.strip(), _LONGEST_MESSAGE))}"


def to_step_summary(results: Iterable[Result], audience: Audience = Audience.STUDENT) -> str:
    """
    Markdown for ``$GITHUB_STEP_SUMMARY``, at most `MOST_SUMMARY_BYTES` of UTF-8.

    The report of one result; of several a table; of very many only what they add up to.
    """
    shown = [shown_to(result, audience) for result in by_name(results)]
    if len(shown) == 1:
        (result,) = shown
        report = within(
            MOST_SUMMARY_BYTES, lambda longest: to_markdown(_shortened(result, longest)).encode()
        )
    else:
        report = overview_to_markdown(shown).encode()
    if len(report) > MOST_SUMMARY_BYTES:
        report = "".join(f"- {markdown(line)}\n" for line in class_lines(shown)).encode()
    return report.decode()


def _shortened(result: Result, longest: int) -> Result:
    """The result with shorter texts in it."""

    def cut(text: str | None) -> str | None:
        return None if text is None else clip(text, longest)

    return replace(
        result,
        checks=tuple(
            replace(
                check,
                rationale=clip(check.rationale, longest),
                help=cut(check.help),
                expected=cut(check.expected),
                actual=cut(check.actual),
            )
            for check in result.checks
        ),
        programs=tuple(
            replace(program, stderr=clip(program.stderr, longest)) for program in result.programs
        ),
    )
