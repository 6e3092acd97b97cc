"""``l2harness report``: every format, for whoever will read it."""

from __future__ import annotations

import json

import pytest
from audiences import LATER, SECRET, mixed
from click.testing import CliRunner
from results import failing

from l2harness.commands.report import report
from l2harness.reports.audience import Audience
from l2harness.reports.formats import FORMATS
from l2harness.reports.json import to_json


@pytest.fixture
def stored(tmp_path):
    """A report of which not everybody may see everything."""
    (tmp_path / "report.json").write_bytes(to_json(mixed()))
    return tmp_path


def run(*arguments):
    """Run the command; returns what it printed."""
    done = CliRunner().invoke(
        report, [str(it) for it in arguments], standalone_mode=False, catch_exceptions=False
    )
    assert done.return_value == 0
    return done.stdout


@pytest.mark.parametrize("name", FORMATS)
def test_every_format(stored, name):
    """Printed or written, it is the document of the format, for its usual reader."""
    document = FORMATS[name].render(mixed(), FORMATS[name].audience)
    run(stored, "--format", name, "-o", stored / "deep" / "er" / "file")
    assert (stored / "deep" / "er" / "file").read_bytes() == document
    if name != "terminal":
        assert run(stored, "--format", name).encode() == document


@pytest.mark.parametrize(
    ("audience", "told"),
    [("student", set()), ("after-due", {LATER}), ("instructor", {SECRET, LATER})],
)
def test_audiences(stored, audience, told):
    """What is on the screen is what the reader may see."""
    text = run(stored, "--audience", audience)
    assert {word for word in (SECRET, LATER) if word in text} == told


def test_a_student_reads_it_by_default(stored):
    """Who says nothing gets what a student may see; only the canonical report is whole."""
    assert SECRET not in run(stored)
    assert json.loads(run(stored, "--format", "json"))["max_score"] == mixed().max_score
    student = run(stored, "--format", "json", "--audience", Audience.STUDENT)
    assert SECRET.lower() not in student.lower()


def test_formats_are_told():
    """The help names every format with what it is."""
    text = run("--help")
    assert all(f"  {it.name:<15} {it.what}\n" in text for it in FORMATS.values())


def test_nothing_is_hidden_where_nothing_has_to_be(tmp_path):
    """A report that everybody may see is the same for everybody."""
    (tmp_path / "report.json").write_bytes(to_json(failing()))
    for name in FORMATS:
        texts = {run(tmp_path, "--format", name, "--audience", it.value) for it in Audience}
        assert len(texts) == 1
