"""A student's assignment sheet: what is asked for on paper is what is graded."""

from __future__ import annotations

from dataclasses import replace

from l2harness.labs.lab import find_lab
from l2harness.labs.rubric import rubric_of
from l2harness.reports.sheet import sheet_to_markdown

LAB = find_lab("pyng")
RUBRIC = rubric_of(LAB)


def test_everything_that_a_student_has_to_know():
    """Programs, values, checks with their points and their sum, and how to try it."""
    sheet = sheet_to_markdown(LAB, RUBRIC, "Ada", "0123456789ab")
    assert sheet.startswith("# ")
    assert "For Ada.\n" in sheet
    assert "## Your values\n" in sheet
    assert "`0x88b5` (bytes 88 b5)" in sheet
    assert sheet.count("\n| ") == len(RUBRIC) + 2
    assert "\n| together | 100 |\n" in sheet
    assert sheet.endswith("\n    l2harness check --lab pyng --variant 0123456789ab\n")


def test_what_cannot_be_seen_yet_is_counted():
    """Checks for later have no row, and no points in the sum, but are not kept a secret."""
    first, *rest = RUBRIC
    sheet = sheet_to_markdown(LAB, [replace(first, visibility="after_due"), *rest], "Ada", "")
    assert f"\n| together | {100 - first.points:g} |\n" in sheet
    assert f"1 more check, worth {first.points:g} points, cannot be seen yet." in sheet
    assert first.title not in sheet
    assert sheet.endswith("\n    l2harness check --lab pyng\n")


def test_a_lab_without_values():
    """There is no heading with nothing below it; and a name does nothing to the page."""
    lab = replace(LAB, offers={})
    sheet = sheet_to_markdown(lab, RUBRIC, "*Ada*\n# Eve", "")
    assert "Your values" not in sheet
    assert "\n# Eve" not in sheet
    assert "*Ada*" not in sheet.replace("\\*", "")
