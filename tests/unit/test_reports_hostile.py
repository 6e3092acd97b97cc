"""A result in which a stranger wrote every word, in every format: it is shown and does nothing."""

from __future__ import annotations

import base64
import csv
import json
import re
import unicodedata
from dataclasses import replace
from html.parser import HTMLParser
from io import StringIO
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results import HOSTILE, hostile

from l2harness.grading.points import total
from l2harness.grading.result import Result
from l2harness.reports.audience import Audience
from l2harness.reports.class_page import to_class_page
from l2harness.reports.class_summary import to_class_json
from l2harness.reports.class_sums import sum_up
from l2harness.reports.formats import FORMATS
from l2harness.reports.gradebook import to_gradebook
from l2harness.reports.json import from_json
from l2harness.reports.markdown import overview_to_markdown
from l2harness.reports.overview import overview_to_terminal
from l2harness.reports.screen import Screen
from l2harness.reports.terminal import to_terminal

#: Ways to say it to a terminal that a document of ours uses for itself: colours, and only them.
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
#: What GitHub's runner takes for a command, in either generation.
_COMMAND = re.compile(r"^\s*::|##(?:vso)?\[", re.MULTILINE)
_ANNOTATION = re.compile(r"::(?:error|warning|notice) title=[^\n:,]*::[^\n]*")


def graded(text: str = HOSTILE) -> Result:
    """The same result without what could not be judged, for formats that show nothing else."""
    whole = hostile(text)
    checks = tuple(check for check in whole.checks if check.verdict.judged)
    return replace(
        whole,
        checks=checks,
        score=total(check.points for check in checks),
        max_score=total(check.max_points for check in checks),
        complete=True,
    )


def documents(text: str = HOSTILE) -> dict[str, str]:
    """Every document there is, by a name; all of them are UTF-8."""
    found = {}
    for kind, result in (("hostile", hostile(text)), ("graded", graded(text))):
        for name, format in FORMATS.items():
            for audience in Audience:
                made = format.render(result, audience).decode()
                found[f"{kind} {name} for {audience}"] = made
        screens = {
            "plain": Screen(),
            "narrow": Screen(width=40),
            "ascii": Screen(unicode=False),
            "colour": Screen(color=True),
        }
        for name, screen in screens.items():
            found[f"{kind} report on a {name} screen"] = to_terminal(result, screen)
            found[f"{kind} class on a {name} screen"] = overview_to_terminal([result], screen)
        found[f"{kind} class in markdown"] = overview_to_markdown([result, result])
        found[f"{kind} gradebook"] = to_gradebook([result]).decode()
        summary = sum_up([result], absent=[text])
        found[f"{kind} html for the class"] = to_class_page(summary)
        found[f"{kind} class.json"] = to_class_json(summary).decode()
    return found


DOCUMENTS = documents()
#: What is printed into the logs of jobs: by us, by GitHub's reporter, or by whoever looks into it.
LOGGED = [
    name for name in DOCUMENTS if re.search(" (terminal|json|github|classroom) | screen", name)
]
each_document = pytest.mark.parametrize("name", DOCUMENTS)


def shapeless(text: str) -> set[str]:
    """The characters that nobody could see, and that something might obey."""
    return {c for c in text if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029"}


def of_others(name: str, text: str) -> str:
    """The document without what our own format says to whoever reads it."""
    if "colour" in name:
        text = _COLOUR.sub("", text)
    if " github " in name:
        text = _ANNOTATION.sub("", text)
    if " classroom " in name:
        text = base64.b64decode(text, validate=False).decode()
    return text


def strings_in(value: object) -> list[str]:
    """Every text in a document of JSON, keys among them."""
    if isinstance(value, dict):
        return [*value, *(text for item in value.values() for text in strings_in(item))]
    if isinstance(value, list):
        return [text for item in value for text in strings_in(item)]
    return [value] if isinstance(value, str) else []


class _Page(HTMLParser):
    """Everything in a page that could do something."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs


def test_the_words_are_dangerous():
    """The control: what is looked for below is in the words as the stranger wrote them."""
    assert shapeless(HOSTILE) >= {"\x1b", "\x07", "\x9b", "\u202e", "\u2028", "\x00", "\r"}
    assert len(_COMMAND.findall(HOSTILE)) == 2
    assert "<script>" in HOSTILE
    assert HOSTILE.startswith("=")


@each_document
def test_nothing_moves_the_terminal(name):
    """No escape, no control character, no mark that turns text around: every one is spelled."""
    assert shapeless(of_others(name, DOCUMENTS[name])) <= {"\n", "\t"}


@pytest.mark.parametrize("name", LOGGED)
def test_nothing_commands_a_runner(name):
    """No line of a log begins with a command but our own annotations."""
    assert not _COMMAND.search(of_others(name, DOCUMENTS[name]))


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if " html " in name])
def test_no_page_does_anything(name):
    """Nothing in a page is a script, leads to another place, or waits for an event."""
    page = _Page()
    page.feed(DOCUMENTS[name])
    assert not page.tags & {"script", "img", "iframe", "object", "embed", "form", "base", "link"}
    assert not [key for key, _ in page.attributes if key.startswith("on")]
    targets = [urlsplit(v or "") for k, v in page.attributes if k in ("src", "href", "action")]
    assert not [target for target in targets if target.scheme or target.netloc]


@each_document
def test_documents_are_whole(name):
    """A parser of the format finds what we meant, whatever the words are."""
    text = DOCUMENTS[name]
    if " json " in name:
        assert from_json(text.encode()).submission.student == HOSTILE
    elif name.endswith("class.json"):
        assert HOSTILE in strings_in(json.loads(text))
    elif " gradescope " in name or " prairielearn " in name:
        assert all(shapeless(it) <= {"\n", "\t"} for it in strings_in(json.loads(text)))
    elif " autolab " in name:
        for line in text.splitlines():
            assert all(shapeless(it) <= {"\n", "\t"} for it in strings_in(json.loads(line)))
    elif " junit " in name:
        assert ElementTree.fromstring(text).tag == "testsuites"
    elif "gradebook" in name:
        header, row = csv.reader(StringIO(text, newline=""))
        assert len(header) == len(row)
        assert not [cell for cell in row if re.match(r"\s*[=+\-@]", cell)]


@settings(max_examples=5, deadline=None)
@given(st.text(st.characters(), min_size=1, max_size=12))
def test_any_words(text):
    """The same for whatever else somebody thinks of."""
    for name, document in documents(text).items():
        shown = of_others(name, document)
        assert shapeless(shown) <= {"\n", "\t"}, name
        assert name not in LOGGED or not _COMMAND.search(shown), name
