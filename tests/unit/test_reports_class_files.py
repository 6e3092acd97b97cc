"""The files of a class: the gradebook, the page, and the same for programs."""

from __future__ import annotations

from class_samples import a_class

from l2harness.reports.class_page import to_class_page
from l2harness.reports.class_summary import to_class_json
from l2harness.reports.class_sums import sum_up
from l2harness.reports.files import class_rendered, write_class
from l2harness.reports.gradebook import to_gradebook


def test_the_files_of_a_class():
    """Three files of the same results, which may be a stream."""
    summary = sum_up(a_class(), absent=["Bo"])
    assert class_rendered(iter(a_class()), absent=["Bo"]) == {
        "gradebook.csv": to_gradebook(a_class()),
        "class.html": to_class_page(summary).encode(),
        "class.json": to_class_json(summary),
    }


def test_they_are_written(tmp_path):
    """They lie in the output directory, and nothing else does."""
    write_class(tmp_path / "out", a_class())
    files = class_rendered(a_class())
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == files
