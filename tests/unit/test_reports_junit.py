"""JUnit XML: every check once, in the words of those who read it."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from results import every, failing, hostile, perfect, unjudged

from l2harness.reports.junit import to_junit


def read(*results):
    """The document as a reader of XML has it."""
    return ElementTree.fromstring(to_junit(results))


def properties(element):
    """The properties of a suite or a case."""
    return {p.get("name"): p.get("value") for p in element.findall("properties/property")}


def case(root, id):
    """The only case with this name."""
    (found,) = root.findall(f".//testcase[@name='{id}']")
    return found


def test_a_suite_counts_its_cases():
    """The numbers of a suite are those of its cases."""
    for suite in read(*every()):
        cases = suite.findall("testcase")
        assert suite.get("tests") == str(len(cases))
        for attribute, tag in (
            ("failures", "failure"),
            ("errors", "error"),
            ("skipped", "skipped"),
        ):
            assert suite.get(attribute) == str(len(suite.findall(f"testcase/{tag}")))


def test_verdicts():
    """A failure is the student's, an error ours, and a blocked check was not asked."""
    root = read(unjudged())
    assert [child.tag for child in case(root, "client.sends")] == ["properties", "system-out"]
    failure = case(root, "client.once").find("failure")
    assert failure.get("message") == "Three frames left it."
    assert failure.get("type") == "fail"
    assert failure.text.split("\n") == [
        "Exactly one frame leaves it.",
        "Three frames left it.",
        "expected: 1 frame",
        "actual:   3 frames",
        "",
    ]
    assert case(root, "client.exits").find("error").get("type") == "error"
    assert case(root, "server.idle").find("error").get("type") == "unavailable"
    skipped = case(root, "pair.unicast").find("skipped")
    assert skipped.get("message") == "blocked: it needs client.exits"


def test_points_are_said_twice():
    """Readers that drop properties have them in the output; open ones are no zero."""
    root = read(unjudged())
    once = case(root, "client.once")
    assert properties(once)["points"] == "0.5"
    assert properties(once)["max_points"] == "2"
    assert once.findtext("system-out") == "Exactly one frame leaves it.\n0.5 of 2 points\n"
    exits = case(root, "client.exits")
    assert properties(exits)["points"] == ""
    assert exits.findtext("system-out").endswith("? of 2 points\n")


def test_a_suite_says_what_it_is():
    """Seed, digests and score are there, the score only if there is a grade."""
    graded, open_ = read(failing(), unjudged())
    assert properties(graded)["score"] == "14"
    assert properties(graded)["seed"] == "42"
    assert properties(graded)["protections_missing"] == "no-sandbox"
    assert properties(open_)["score"] == ""
    assert properties(open_)["complete"] == "false"
    assert graded.get("time") == "1.250"


def test_no_case_is_there_twice():
    """Each check of each submission has a name of its own, also of two with the same name."""
    root = read(perfect("ada"), perfect("ada"), perfect("ada (2)"), failing("ada"), hostile())
    names = [(c.get("classname"), c.get("name")) for c in root.findall(".//testcase")]
    assert len(names) == len(set(names)) == 4 * 8 + 4


def test_submissions_are_in_order():
    """By name, whatever order they were graded in."""
    suites = [suite.get("name") for suite in read(perfect("b"), perfect("C"), perfect("a"))]
    assert suites == ["pyng.a", "pyng.b", "pyng.C"]


def test_none_is_a_document():
    """Of no results it is a document without suites."""
    assert list(read()) == []


@settings(max_examples=30)
@given(st.text(st.characters(), min_size=1, max_size=20))
def test_any_text(text):
    """Whatever a student wrote, a reader of XML can read it and finds the same elements."""
    shape = [element.tag for element in read(hostile("x")).iter()]
    assert [element.tag for element in read(hostile(text)).iter()] == shape


@pytest.mark.parametrize("sample", every(), ids=["perfect", "failing", "unjudged", "hostile"])
def test_it_is_reproducible(sample):
    """The same result is the same document, its encoding declared and a newline at its end."""
    document = to_junit([sample])
    assert document == to_junit([sample])
    assert document.startswith(b"<?xml version='1.0' encoding='utf-8'?>\n<testsuites")
    assert document.endswith(b"</testsuites>\n")
