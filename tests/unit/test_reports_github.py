"""GitHub Actions: a few annotations, a bounded summary, and nothing that the runner obeys."""

from __future__ import annotations

import re
from dataclasses import replace

from audiences import LATER, SECRET, mixed
from hypothesis import given, settings
from hypothesis import strategies as st
from results import failing, hostile, passed, perfect, result, unjudged

from l2harness.grading.result import CheckResult, Verdict
from l2harness.reports.audience import Audience
from l2harness.reports.github import (
    MOST_SUMMARY_BYTES,
    to_annotations,
    to_step_summary,
)
from l2harness.reports.markdown import to_markdown


def commands(text):
    """What the runner reads: kind, title and message of each line, all of them commands."""
    found = []
    for line in text.splitlines():
        kind, title, message = re.fullmatch(r"::(\w+) title=([^,:]*)::(.*)", line).groups()
        found.append((kind, decoded(title), decoded(message)))
    return found


def decoded(text):
    """The text behind the runner's percent-encoding."""
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def failures(count):
    """A result in which this many checks failed, each worth more than the one before."""
    return result(
        tuple(
            CheckResult(f"client.{n:02}", "A check.", Verdict.FAIL, 0, n + 1, rationale="No.")
            for n in range(count)
        )
    )


class TestAnnotations:
    """`to_annotations` tells the worst first, and no more than is shown."""

    def test_one_for_each_failed_check(self):
        """An error for each check that failed, none for those that wait, and the score."""
        found = commands(to_annotations([failing()]))
        assert [(kind, title) for kind, title, _ in found] == [
            ("error", "client.ethertype (0 of 6)"),
            ("error", "server.receives (0 of 5)"),
            ("notice", "l2harness: 14 of 34.5 points"),
        ]
        assert found[0][2] == (
            "Bytes 12–13, the EtherType, are 88 b5.\n"
            "Bytes 12–13: EtherType, expected 88 b5, got b5 88."
        )

    def test_what_could_not_be_judged_is_a_warning(self):
        """It is no error of the student's, and the notice says that there is no grade."""
        found = commands(to_annotations([unjudged()]))
        assert [(kind, title.split(" ")[0]) for kind, title, _ in found] == [
            ("error", "client.once"),
            ("warning", "client.exits"),
            ("warning", "server.idle"),
            ("notice", "l2harness:"),
        ]
        assert found[-1][1] == "l2harness: No grade yet: 5.5 of 16 points so far"

    def test_nothing_is_wrong(self):
        """Where all passed there is only the score."""
        assert [kind for kind, *_ in commands(to_annotations([perfect()]))] == ["notice"]

    def test_ten_are_shown(self):
        """Ten of a kind are all shown."""
        kinds = [kind for kind, *_ in commands(to_annotations([failures(10)]))]
        assert kinds.count("error") == 10

    def test_of_more_the_last_counts_the_others(self):
        """Of more than ten those that cost most are told, and the tenth names the others."""
        found = [it for it in commands(to_annotations([failures(12)])) if it[0] == "error"]
        assert [title.split(" ")[0] for _, title, _ in found[:2]] == ["client.11", "client.10"]
        assert len(found) == 10
        assert found[-1][1:] == ("3 more checks failed", "client.02, client.01, client.00")

    def test_of_several_each_says_whose_it_is(self):
        """Of several submissions each annotation has its name, and the notice is the class's."""
        found = commands(to_annotations([failing("grace"), perfect("ada")]))
        assert found[0][1] == "grace: client.ethertype (0 of 6)"
        assert found[-1][2].startswith("2 submissions · 1 with full points\n")

    def test_nothing_hidden_is_told(self):
        """A job's log may be read by students: what they may not see is not in it."""
        text = to_annotations([mixed()]).lower()
        assert SECRET.lower() not in text
        assert LATER.lower() not in text
        assert LATER in to_annotations([mixed()], Audience.AFTER_DUE)

    @settings(max_examples=30)
    @given(st.text(st.characters(), min_size=1, max_size=20))
    def test_any_text(self, text):
        """Whatever a student wrote, there are the same commands, one a line."""
        kinds = [kind for kind, *_ in commands(to_annotations([hostile(text)]))]
        assert kinds == ["error", "warning", "notice"]


class TestStepSummary:
    """`to_step_summary` is never so long that nothing of it would be shown."""

    def test_of_one(self):
        """Of one submission it is the report in Markdown."""
        assert to_step_summary([failing()]) == to_markdown(failing())

    def test_of_several(self):
        """Of several it is a table."""
        assert "| grace | 14 / 34.5 |" in to_step_summary([failing(), perfect()])

    def test_of_none(self):
        """Of none it is empty."""
        assert to_step_summary([]) == ""

    def test_it_is_bounded(self):
        """The longest report there can be is shortened in its texts, and keeps all checks."""
        long = CheckResult("a", "A.", Verdict.FAIL, 0, 1, rationale="\U000e0041" * 9999)
        checks = tuple(replace(long, id=f"client.{n:03}", help="x " * 999) for n in range(300))
        summary = to_step_summary([result(checks)])
        assert len(summary.encode()) <= MOST_SUMMARY_BYTES
        assert summary.count("\n### ") == 300

    def test_a_class_is_bounded(self):
        """Where even the table is too long, what the class adds up to is left."""
        name = "\U000e0041" * 1500
        many = [result((passed("a", "A.", 1),), f"{name}{n}") for n in range(80)]
        summary = to_step_summary(many)
        assert summary.startswith("- 80 submissions · 80 with full points\n")
        assert len(summary.encode()) <= MOST_SUMMARY_BYTES

    def test_nothing_hidden_is_told(self):
        """A summary may be read by students: what they may not see is not in it."""
        text = to_step_summary([mixed()]).lower()
        assert SECRET.lower() not in text
        assert LATER.lower() not in text
