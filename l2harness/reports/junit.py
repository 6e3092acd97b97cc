"""Results as JUnit XML, which continuous integration systems show test by test.

Strategy: one suite for a submission, one case for a check, each exactly once. A failed check is a
failure; one that could not be judged is an error; a blocked one is skipped. There is no official
specification, so what readers disagree on is said twice: points are properties and also in the
output of the case. JUnit knows no partial credit: the grade is in `report.json`.

Source: the JUnit schema of the Jenkins xUnit plugin (junit-4.xsd); testmoapp/junitxml.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from l2harness.grading.points import points_text
from l2harness.grading.result import CheckResult, Result, Verdict
from l2harness.reports.escape import clip, xml
from l2harness.reports.summary import by_name, score

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

#: Element of a case by verdict; a case that passed has none.
_ELEMENTS: Final = {
    Verdict.FAIL: "failure",
    Verdict.ERROR: "error",
    Verdict.UNAVAILABLE: "error",
    Verdict.BLOCKED: "skipped",
}
_LONGEST_TEXT: Final = 4000


def to_junit(results: Iterable[Result]) -> bytes:
    """One document for any number of results, UTF-8, in the order of the submissions' names."""
    from xml.etree import ElementTree

    root = ElementTree.Element("testsuites", name="l2harness")
    taken: set[str] = set()
    for result in by_name(results):
        _suite(root, result, _unique(f"{result.lab}.{result.submission.name}", taken))
    ElementTree.indent(root)
    document: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _unique(name: str, taken: set[str]) -> str:
    """The name as XML shows it, with a number if it is taken; the answer is then taken too."""
    fit = xml(clip(name, _LONGEST_TEXT))
    candidates = itertools.chain([fit], (f"{fit} ({n})" for n in itertools.count(2)))
    free = next(candidate for candidate in candidates if candidate not in taken)
    taken.add(free)
    return free


def _add(parent: Element, tag: str, text: str | None = None, **attributes: str) -> Element:
    """A new last child; everything in it made fit for XML."""
    from xml.etree.ElementTree import SubElement

    fit = {key: xml(clip(value, _LONGEST_TEXT)) for key, value in attributes.items()}
    child = SubElement(parent, tag, fit)
    child.text = None if text is None else xml(clip(text, _LONGEST_TEXT))
    return child


def _suite(root: Element, result: Result, name: str) -> None:
    tags = Counter(_ELEMENTS.get(check.verdict) for check in result.checks)
    suite = _add(
        root,
        "testsuite",
        name=name,
        tests=str(len(result.checks)),
        failures=str(tags["failure"]),
        errors=str(tags["error"]),
        skipped=str(tags["skipped"]),
        time=f"{result.timing.total_s:.3f}",
    )
    _properties(
        suite,
        {
            "score": points_text(result.score) if result.complete else "",
            "max_score": points_text(result.max_score),
            "complete": str(result.complete).lower(),
            "seed": result.seed,
            "mode": result.mode,
            "harness": result.harness,
            "lab_digest": result.lab_digest,
            "submission_digest": result.submission.digest,
            "protections_missing": " ".join(result.protections),
        },
    )
    for check in result.checks:
        _case(suite, result, check, name)
    _add(suite, "system-out", f"{score(result)}\n")


def _properties(parent: Element, values: dict[str, str]) -> None:
    properties = _add(parent, "properties")
    for name, value in values.items():
        _add(properties, "property", name=name, value=value)


def _case(suite: Element, result: Result, check: CheckResult, classname: str) -> None:
    case = _add(suite, "testcase", classname=classname, name=check.id)
    values = {
        "points": points_text(check.points) if result.is_settled(check) else "",
        "max_points": points_text(check.max_points),
        "verdict": check.verdict.value,
    }
    if check.misconception:
        values["misconception"] = check.misconception
    _properties(case, values)
    if (tag := _ELEMENTS.get(check.verdict)) == "skipped":
        _add(case, tag, message=f"blocked: it needs {check.blocked_by}")
    elif tag is not None:
        message = check.rationale or check.title
        _add(case, tag, _details(check), message=message, type=check.verdict.value)
    points = values["points"] or "?"
    _add(case, "system-out", f"{check.title}\n{points} of {values['max_points']} points\n")


def _details(check: CheckResult) -> str:
    parts = [check.title, check.rationale]
    parts += [f"expected: {check.expected}"] if check.expected is not None else []
    parts += [f"actual:   {check.actual}"] if check.actual is not None else []
    parts += [check.help] if check.help else []
    return "\n".join(filter(None, parts)) + "\n"
