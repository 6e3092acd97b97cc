"""The files of a submission and of a class: which there are, and that they are written."""

from __future__ import annotations

import pytest
from class_samples import a_class
from pages import swapped
from test_reports_evidence import out, recording

from l2harness.reports.audience import Audience
from l2harness.reports.class_page import to_class_page
from l2harness.reports.class_summary import to_class_json
from l2harness.reports.class_sums import sum_up
from l2harness.reports.evidence import to_pcapng
from l2harness.reports.files import class_rendered, rendered, write_class, write_reports
from l2harness.reports.gradebook import to_gradebook
from l2harness.reports.html import to_html
from l2harness.reports.json import to_json
from l2harness.reports.view import shown_to


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


class TestOfASubmission:
    """What lies in its folder."""

    def test_which(self):
        """The instructor's report is whole; the others show what the student may see."""
        whole = swapped()
        shown = shown_to(whole, Audience.STUDENT)
        files = rendered(whole)
        assert sorted(files) == ["report.html", "report.json", "report.md", "report.xml"]
        assert files["report.json"] == to_json(whole)
        assert files["report.html"] == to_html(shown).encode()

    def test_a_capture(self):
        """It is made of a recording; or was made already, where the recording stayed."""
        made = recording(("client", 0.0, [out(0.1)]))
        shown = shown_to(swapped(), Audience.STUDENT)
        assert rendered(swapped(), made)["evidence.pcapng"] == to_pcapng(shown, made)

    @pytest.mark.parametrize("name", ["", "ada"])
    def test_they_are_written(self, tmp_path, name):
        """Into a folder of that name, or into the directory itself; the report is named."""
        path = write_reports(tmp_path / "out", name, swapped(), submissions=[], capture=b"frames")
        assert path == tmp_path / "out" / name / "report.json"
        files = {it.name: it.read_bytes() for it in path.parent.iterdir()}
        assert files == rendered(swapped()) | {"evidence.pcapng": b"frames"}
