"""A class, graded by the command as it is: the same for everybody, whoever else hands in."""

import csv
import json
import os
import signal
import time
from dataclasses import replace

import pytest
from classes import Class, graded

from l2harness.grading.draws import seed_for
from l2harness.grading.equip import Order
from l2harness.grading.session import grade
from l2harness.labs.lab import load_lab
from l2harness.network import linux
from l2harness.reports.json import from_json, stable

pytestmark = pytest.mark.usefixtures("bubblewrap")

#: An interrupt is to be over within a second; a machine that is busy many times over gets more.
SOON_S = 15.0


@pytest.fixture
def people(tmp_path):
    """A class of four: two right, one that ends badly, one that says nothing."""
    made = Class(tmp_path)
    made.hand_in("jones", "miller")
    made.hand_in("schmidt", status=3)
    made.hand_in("silent", silent=True)
    return made


def scores(place):
    """The gradebook, as names and scores."""
    with open(place / "out" / "gradebook.csv", newline="") as file:
        return {row["submission"]: row["score"] for row in csv.DictReader(file)}


class TestTheSame:
    """Order, parallelism and company change nothing."""

    def test_a_class_is_graded_as_each_alone(self, people):
        """A report of a class is that of a single grading with the submission's own seed."""
        done = people.grade("--seed", "7")
        assert done.returncode == 1, done.stderr
        lab = load_lab(people.lab)
        for name in ("jones", "schmidt", "silent"):
            alone = grade(Order(lab, people.uploads / name, name, seed_for("7", name)))
            report = from_json((people.place / "out" / name / "report.json").read_bytes())
            assert stable(report) == replace(stable(alone), mode=report.mode)
        assert scores(people.place) == {
            "jones": "10",
            "miller": "10",
            "schmidt": "6",
            "silent": "0",
        }

    def test_however_many_at_a_time(self, people):
        """One at a time or four, the reports and the gradebook have the same bytes."""
        people.grade("--seed", "7", "--jobs", "1", out="one")
        people.grade("--seed", "7", "--jobs", "4", out="four")
        assert people.told("one") == people.told("four")

    def test_whoever_else_hands_in(self, people):
        """A new submission changes nothing of the others."""
        people.grade("--seed", "7")
        before = people.told()
        people.hand_in("adams", "zoe")
        done = people.grade()
        assert sorted(graded(done.stderr)) == ["adams", "zoe"]
        after = people.told()
        assert {name: it for name, it in after.items() if name in before and "/" in name} == {
            name: it for name, it in before.items() if "/" in name
        }


class TestAgain:
    """What is graded again, and what came of it."""

    def test_what_is_finished_is_not(self, people):
        """The second time nobody is graded, the status and the table are the same."""
        first, second = people.grade(), people.grade()
        assert sorted(graded(first.stderr)) == ["jones", "miller", "schmidt", "silent"]
        assert graded(second.stderr) == []
        assert (first.returncode, first.stdout) == (second.returncode, second.stdout)

    def test_a_change_is_told(self, people):
        """Who hands in something better gains points through a check, which is named."""
        people.grade("--seed", "7")
        people.hand_in("schmidt")
        done = people.grade()
        assert graded(done.stderr) == ["schmidt"]
        assert "1 submission graded again, 1 with another result" in done.stdout
        assert "schmidt: 6 → 10 (+4)" in done.stdout
        assert "say.ends: failed, now passed (+4)" in done.stdout

    def test_a_mended_lab(self, people):
        """When a check changes, everybody is graded, and the difference shows for whom."""
        people.grade("--seed", "7")
        checks = people.lab / "test_say.py"
        checks.write_text(checks.read_text().replace("once.record.exit.succeeded", "True"))
        done = people.grade()
        assert len(graded(done.stderr)) == 4
        assert "4 submissions graded again, 1 with another result" in done.stdout
        assert scores(people.place)["schmidt"] == "10"

    def test_regrade(self, people):
        """Grading all again without a reason changes nothing, and says so."""
        people.grade("--seed", "7")
        before = people.told()
        done = people.grade("--regrade")
        assert len(graded(done.stderr)) == 4
        assert "4 submissions graded again, and nothing has changed" in done.stdout
        assert people.told() == before

    @pytest.mark.parametrize(
        ("only", "names"),
        [
            (["failed"], ["schmidt", "silent"]),
            (["miller"], ["miller"]),
            (["changed"], ["jones"]),
            (["error"], []),
            (["changed", "miller"], ["jones", "miller"]),
        ],
        ids=" ".join,
    )
    def test_only(self, people, only, names):
        """Only those who failed, who are named or who have changed are graded."""
        people.grade("--seed", "7")
        people.hand_in("jones", status=1)
        people.hand_in("new")
        options = [option for word in only for option in ("--only", word)]
        done = people.grade(*options)
        assert sorted(graded(done.stderr)) == names
        assert "1 submission not graded yet" in done.stderr

    def test_only_somebody_who_is_not_there(self, people):
        """An unknown name is refused, with the nearest one, before anything is graded."""
        done = people.grade("--only", "smidt")
        assert done.returncode == 2
        assert "there is no submission smidt; did you mean schmidt?" in done.stderr
        assert not (people.place / "out" / "miller").exists()

    def test_dry_run(self, people):
        """What would be done is said with its reason, and nothing is written."""
        people.grade("--seed", "7")
        people.hand_in("jones", status=1)
        people.hand_in("new")
        (people.place / "out" / "miller" / "report.json").write_text("{}")
        stamps = sorted(it.stat().st_mtime_ns for it in (people.place / "out").rglob("*.*"))
        done = people.grade("--dry-run")
        assert done.returncode == 0
        assert done.stdout.splitlines() == [
            "jones: changed (its files)",
            "miller: reports lost",
            "new: new",
            "3 of 5 submissions would be graded",
        ]
        after = sorted(it.stat().st_mtime_ns for it in (people.place / "out").rglob("*.*"))
        assert stamps == after

    def test_dry_run_of_a_new_class(self, people):
        """Before anything has been graded not even the directory is made."""
        done = people.grade("--dry-run")
        assert done.stdout.splitlines()[-1] == "4 of 4 submissions would be graded"
        assert not (people.place / "out").exists()


class TestRoster:
    """Who should have handed in."""

    def test_it_is_told_who_did_not(self, people):
        """The missing are named, and whoever is nobody's."""
        roster = people.place / "students.csv"
        roster.write_text("id,name\njones,Jo Jones\nmiller,\nlate,Late Larry\nsilent,\n")
        done = people.grade("--roster", str(roster))
        assert "1 student handed in nothing: Late Larry" in done.stderr
        assert "1 submission of nobody on the roster: schmidt" in done.stderr
        found = json.loads((people.place / "out" / "class.json").read_bytes())
        assert found["absent"] == ["Late Larry"]
        assert "Late Larry" in (people.place / "out" / "class.html").read_text()

    def test_a_wrong_one_is_refused_before_anything_is_done(self, people):
        """Two students of one id: the lines are named, and nothing is graded."""
        roster = people.place / "students.csv"
        roster.write_text("id,name\njones,a\njones,b\n")
        done = people.grade("--roster", str(roster))
        assert done.returncode == 2
        assert "students.csv:3: id: is jones, as in line 2 already" in done.stderr
        assert not (people.place / "out").exists()


class TestDocuments:
    """What is written about the class as a whole."""

    def test_the_page_and_the_same_as_json(self, people):
        """Who failed what, who handed in the same, and who waits for the instructor."""
        (people.uploads / "broken.zip").write_bytes(b"no archive")
        people.grade("--seed", "7")
        out = people.place / "out"
        found = json.loads((out / "class.json").read_bytes())
        assert (found["submissions"], found["graded"], found["full_marks"]) == (5, 4, 2)
        assert [it["id"] for it in found["checks"] if it["failed"]] == ["say.sends", "say.ends"]
        assert [sorted(it["submissions"]) for it in found["alike"]] == [["jones", "miller"]]
        assert [it["name"] for it in found["needs_instructor"]] == ["broken"]
        page = (out / "class.html").read_text()
        for name in (*os.listdir(people.uploads), "broken"):
            assert name == "broken.zip" or f'href="{name}/report.html"' in page

    def test_a_job_of_github(self, people):
        """It gets annotations on stdout and a summary in its file; nobody else does."""
        summary = people.place / "summary.md"
        told = people.grade("--seed", "7").stdout
        assert "::error" not in told
        job = {"GITHUB_ACTIONS": "true", "GITHUB_STEP_SUMMARY": str(summary)}
        patch = f"import os; os.environ.update({job!r})"
        done = people.grade("--seed", "7", patch=patch)
        assert done.stdout.startswith(told)
        assert "::error title=silent%3A say.sends (0 of 6)::" in done.stdout
        assert "schmidt" in summary.read_text()


class TestTrouble:
    """What goes wrong."""

    def test_two_at_once(self, people):
        """The second grading into a directory is refused, and told who is at it."""
        people.hand_in(*(f"s{number}" for number in range(8)))
        with people.start() as first:
            next(line for line in first.stderr if line.startswith("["))
            second = people.grade()
            first.communicate()
        assert second.returncode == 2
        assert f"process {first.pid} on {os.uname().nodename}, since 20" in second.stderr
        assert first.returncode == 1

    def test_another_lab(self, people):
        """A directory with the results of one lab takes none of another."""
        people.grade()
        people.lab.rename(people.lab.with_name("other"))
        people.lab = people.lab.with_name("other")
        done = people.grade()
        assert done.returncode == 2
        assert "holds the results of lab lab; name another directory" in done.stderr

    def test_interrupted(self, people):
        """Ctrl-C is soon over; what is finished is kept with a gradebook, and gone on with."""
        people.hand_in(*(f"s{number}" for number in range(8)))
        with people.start() as process:
            next(line for line in process.stderr if line.startswith("["))
            sent_s = time.monotonic()
            process.send_signal(signal.SIGINT)
            _, said = process.communicate()
            took_s = time.monotonic() - sent_s
        assert process.returncode == 130
        assert took_s < SOON_S
        assert "To go on: l2harness grade" in said
        kept = set(scores(people.place))
        assert kept
        done = people.grade()
        assert set(graded(done.stderr)) == set(os.listdir(people.uploads)) - kept
        assert set(scores(people.place)) == set(os.listdir(people.uploads))

    def test_who_kills_itself(self, people):
        """A SIGKILL may be anybody's, so it is tried again; in the end it is the student's."""
        for program in people.uploads.glob("silent/*"):
            program.write_text("#!/bin/sh\nkill -KILL $$\n")
        done = people.grade()
        again = "silent: a program was killed; it is tried again"
        assert [line for line in done.stderr.splitlines() if "tried again" in line] == [again] * 2
        assert done.returncode == 1
        assert scores(people.place)["silent"] == "0"

    def test_a_full_disk(self, people):
        """Nothing is half-written; once there is room, it goes on to the end."""
        out = people.place / "out"
        out.mkdir()
        linux.mount("tmpfs", str(out), "tmpfs", 0, "size=400k")
        try:
            people.hand_in(*(f"s{number}" for number in range(12)))
            done = people.grade("--seed", "7")
            assert done.returncode == 3
            assert "No space left on device" in done.stderr
            assert "To go on: l2harness grade" in done.stderr
            for path in out.glob("*/report.json"):
                json.loads(path.read_bytes())
            assert not list(out.rglob("*.tmp"))
            linux.mount("tmpfs", str(out), "tmpfs", _REMOUNT, "size=64m")
            again = people.grade()
            assert again.returncode == 1
            assert len(scores(people.place)) == 16
            told = people.told()
        finally:
            linux.unmount(str(out))
        people.grade("--seed", "7", out="other")
        assert told == people.told("other")

    def test_nothing_is_left(self, people):
        """After a class its directory holds the reports, the gradebook and the journal."""
        people.grade()
        assert sorted(os.listdir(people.place / "out")) == [
            "class.html",
            "class.json",
            "gradebook.csv",
            "jones",
            "journal.db",
            "miller",
            "schmidt",
            "silent",
        ]


#: MS_REMOUNT; mount(2).
_REMOUNT = 0x20
