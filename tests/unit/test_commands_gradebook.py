"""``l2harness gradebook``: from a directory of results into a platform's own file."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from results import failing, perfect, result, unjudged

from l2harness.commands.gradebook import gradebook
from l2harness.errors import SpecError, UsageError
from l2harness.reports.json import to_json

EXPORT = (
    "Student,ID,SIS Login ID,Section,Raw frames (777)\n"
    "    Points Possible,,,,34.5\n"
    '"Lovelace, Ada",1,ada,A,\n'
    '"Hopper, Grace",2,grace@example.edu,A,\n'
    '"Torvalds, Linus",3,linus,A,12\n'
)


@pytest.fixture
def export(tmp_path):
    """An export of Canvas."""
    path = tmp_path / "export.csv"
    path.write_text(EXPORT, encoding="utf-8")
    return path


@pytest.fixture
def out(tmp_path):
    """Results of two submissions, and files beside that are none."""
    directory = tmp_path / "results"
    keep(directory, perfect("ada"))
    keep(directory, failing("grace"))
    (directory / "gradebook.csv").write_text("submission\n", encoding="utf-8")
    (directory / "empty").mkdir()
    return directory


def keep(directory, sample):
    """Write a result where `grade` would."""
    folder = directory / sample.submission.name
    folder.mkdir(parents=True)
    (folder / "report.json").write_bytes(to_json(sample))


def run(*arguments):
    """Run the command; returns its exit status and what it printed."""
    done = CliRunner().invoke(
        gradebook, [str(it) for it in arguments], standalone_mode=False, catch_exceptions=False
    )
    return done.return_value, done.output


def test_all_are_filled_in(out, export, tmp_path):
    """Status 0, the numbers in their column, every other byte as before."""
    target = tmp_path / "import.csv"
    (tmp_path / "roster.csv").write_text(
        "id,email,name\ngrace,grace@example.edu,Grace Hopper\n", encoding="utf-8"
    )
    status, printed = run(
        out, "--canvas", export, "-o", target, "--roster", tmp_path / "roster.csv"
    )
    assert status == 0
    assert target.read_text(encoding="utf-8") == EXPORT.replace("ada,A,", "ada,A,34.5").replace(
        "grace@example.edu,A,", "grace@example.edu,A,14"
    )
    assert "2 of 2 grades filled in\n  column Raw frames (777)\n" in printed
    assert f"the filled file is {target}" in printed
    assert "1 student without a submission\n    Torvalds, Linus" in printed
    assert export.read_text(encoding="utf-8") == EXPORT


def test_some_are_left(out, export, tmp_path):
    """Status 3; each grade that was not filled in is listed with its reason."""
    keep(out, result(unjudged().checks, "linus"))
    status, printed = run(out, "--canvas", export, "-o", tmp_path / "import.csv", "--out-of", 34.5)
    assert status == 3
    assert "1 of 3 grades filled in" in printed
    assert "Needs the instructor\n    linus (Torvalds, Linus): 2 checks could not" in printed
    assert "Not in the export\n    grace: nobody is called so" in printed
    assert "linus,A,12\n" in (tmp_path / "import.csv").read_text(encoding="utf-8")


def test_a_worksheet_of_moodle(out, tmp_path):
    """The other platform's file is filled by its own rules."""
    sheet = tmp_path / "sheet.csv"
    sheet.write_text(
        "Identifier,Full name,Username,Grade,Last modified (grade)\n"
        "Participant 1,Ada Lovelace,ada,,-\nParticipant 2,Grace Hopper,grace,,-\n",
        encoding="utf-8",
    )
    status, _ = run(out, "--moodle", sheet, "-o", tmp_path / "import.csv")
    assert status == 0
    assert ",ada,34.5,-\n" in (tmp_path / "import.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "there is no export to fill"),
        (("--canvas", "export.csv", "--moodle", "export.csv"), "there are two exports"),
        (("--canvas", "gone.csv"), "gone.csv cannot be read: No such file or directory"),
        (("--moodle", "export.csv"), "export.csv is no export of Moodle"),
        (("--canvas", "export.csv", "--column", "Lab 9"), "no one column 'Lab 9'"),
        (("--canvas", "export.csv", "-o", "./export.csv"), "is the export itself"),
    ],
)
def test_what_cannot_be_done(out, export, arguments, problem, monkeypatch):
    """Options that make no sense, and files that are none, are refused in a sentence."""
    monkeypatch.chdir(export.parent)
    with pytest.raises(UsageError) as caught:
        run(out, "-o", "import.csv", *arguments)
    assert problem in str(caught.value)
    assert not (export.parent / "import.csv").exists()
    assert export.read_text(encoding="utf-8") == EXPORT


def test_no_results(tmp_path, export):
    """A directory that nobody graded into is refused with the command that would."""
    with pytest.raises(UsageError, match=r"no results in .* They come from `l2harness grade"):
        run(tmp_path / "nowhere", "--canvas", export, "-o", tmp_path / "x.csv")


def test_results_of_two_labs(out, export, tmp_path):
    """Points of two labs are no column."""
    keep(out, result(perfect().checks, "zoe", lab="other", lab_title="Other"))
    with pytest.raises(UsageError, match="results of several labs: pyng, other"):
        run(out, "--canvas", export, "-o", tmp_path / "x.csv")


def test_two_versions_of_a_lab(out, export, tmp_path):
    """They are filled in, and it is said."""
    keep(out, result(perfect().checks, "linus", lab_digest="sha256:00"))
    _, printed = run(out, "--canvas", export, "-o", tmp_path / "x.csv")
    assert "not all submissions were graded with the same version of the lab" in printed


def test_a_report_that_is_none(out, export, tmp_path):
    """A damaged report is named: no grade may be missing unnoticed."""
    (out / "ada" / "report.json").write_text("{}", encoding="utf-8")
    with pytest.raises(UsageError, match=r"report\.json is no report"):
        run(out, "--canvas", export, "-o", tmp_path / "x.csv")


def test_links_are_no_results(out, export, tmp_path):
    """A link among the results was not made by us, and nothing is read through it."""
    (out / "linus").mkdir()
    (out / "linus" / "report.json").symlink_to(out / "ada" / "report.json")
    _, printed = run(out, "--canvas", export, "-o", tmp_path / "x.csv")
    assert "1 of 2 grades filled in" in printed


def test_a_roster_that_is_none(out, export, tmp_path):
    """A roster without ids is refused."""
    (tmp_path / "roster.csv").write_text("name\nAda\n", encoding="utf-8")
    with pytest.raises(SpecError, match="id"):
        run(out, "--canvas", export, "-o", tmp_path / "x", "--roster", tmp_path / "roster.csv")
