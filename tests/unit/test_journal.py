"""The journal of an output directory, and its lock: what is entered stays; for one at a time."""

import os
import signal
import sqlite3
import subprocess
import sys

import pytest

from l2harness.errors import KernelError, UsageError
from l2harness.grading import journal as module
from l2harness.grading.journal import BESIDE, JOURNAL, Entry, Key, open_journal
from l2harness.grading.lock import LOCK, Lock

KEY = Key("sha256:a", "sha256:lab", "1.0", "seed")
WITHIN_S = 30


def entry(name="miller", key=KEY, standing="passed", summary=b"summary"):
    """An entry, with what matters to a test."""
    return Entry(name, key, standing, "sha256:report", summary)


@pytest.fixture
def journal(tmp_path):
    """A journal in a directory of its own."""
    with open_journal(tmp_path) as opened:
        yield opened


class TestEntries:
    """What has been graded."""

    def test_nothing_is_known_at_first(self, journal):
        """A new journal has no entry and knows nothing of the class."""
        assert journal.newest("miller") is None
        assert journal.about("seed") is None

    def test_an_entry_comes_back_as_it_was(self, journal):
        """What is entered is found under its name, with every part of it."""
        journal.add(entry(summary=bytes(range(256))))
        assert journal.newest("miller") == entry(summary=bytes(range(256)))

    def test_the_newest_counts(self, journal):
        """A second entry of a submission takes the place of the first; others keep theirs."""
        journal.add(entry())
        journal.add(entry("schmidt"))
        journal.add(entry(standing="failed"))
        assert journal.newest("miller") == entry(standing="failed")
        assert journal.newest("schmidt") == entry("schmidt")

    def test_names_that_are_no_text(self, journal):
        """A directory's name may be any bytes, and two that look alike are two."""
        strange = os.fsdecode(b"m\xfcller")
        journal.add(entry(strange))
        journal.add(entry("müller", standing="failed"))
        assert journal.newest(strange) == entry(strange)
        assert journal.newest("m\\xfcller") is None

    def test_standings(self, journal):
        """The newest standing counts when somebody asks who failed."""
        for name, standing in (("a", "failed"), ("b", "passed"), ("c", "failed")):
            journal.add(entry(name, standing=standing))
        journal.add(entry("c", standing="passed"))
        assert journal.with_standing("failed") == ["a"]
        assert journal.with_standing("passed") == ["b", "c"]
        assert journal.with_standing("error") == []

    def test_it_is_there_after_closing(self, tmp_path):
        """Entries and notes outlive the process that made them."""
        with open_journal(tmp_path) as first:
            first.add(entry())
            first.note("seed", "42")
        with open_journal(tmp_path) as second:
            assert second.newest("miller") == entry()
            assert second.about("seed") == "42"


class TestRounds:
    """One grading of a class, through interruptions."""

    def test_what_is_asked_for_again_is_due_until_it_is_entered(self, journal):
        """A submission that is to be graded again is, once."""
        journal.add(entry())
        assert not journal.begin_round("regrade", ["miller", "schmidt"])
        assert journal.is_due_again("miller")
        journal.add(entry(standing="failed"))
        assert not journal.is_due_again("miller")
        assert journal.is_due_again("schmidt")

    @pytest.mark.parametrize("wish", ["regrade", ""])
    def test_an_interrupted_round_goes_on(self, journal, wish):
        """The same wish, or none, goes on with what is left, and adds nothing."""
        journal.begin_round("regrade", ["miller", "schmidt"])
        journal.add(entry())
        assert journal.begin_round(wish, ["miller", "schmidt"] if wish else [])
        assert not journal.is_due_again("miller")
        assert journal.is_due_again("schmidt")

    def test_another_wish_adds_to_the_round(self, journal):
        """Who asks for something else while a round is interrupted gets both."""
        journal.begin_round("failed", ["miller"])
        assert journal.begin_round("regrade", ["schmidt"])
        assert journal.is_due_again("miller")
        assert journal.is_due_again("schmidt")

    def test_what_was_there_before_can_be_compared(self, journal):
        """However often a submission is graded in a round, what it was before stays."""
        journal.begin_round("", [])
        journal.add(entry(standing="failed"))
        journal.end_round()
        journal.begin_round("regrade", ["miller"])
        assert journal.before("miller") == entry(standing="failed")
        for standing in ("error", "passed"):
            journal.add(entry(standing=standing))
            assert journal.before("miller") == entry(standing="failed")
            assert journal.newest("miller") == entry(standing=standing)

    def test_nobody_was_there_before_the_first_round(self, journal):
        """In the first round there is nothing to compare with."""
        journal.begin_round("", [])
        journal.add(entry())
        journal.add(entry())
        assert journal.before("miller") is None

    def test_a_round_that_has_ended_is_forgotten(self, journal):
        """The next round compares with the end of the last one, and nothing is due."""
        journal.begin_round("regrade", ["schmidt"])
        journal.add(entry(standing="failed"))
        journal.end_round()
        assert not journal.begin_round("regrade", [])
        assert not journal.is_due_again("schmidt")
        assert journal.before("miller") == entry(standing="failed")


class TestTrouble:
    """Disks and files that are not as they should be."""

    def test_a_full_disk_costs_the_entry_alone(self, journal):
        """An entry that does not fit is none, and says why; those before it are there."""
        journal.add(entry())
        (pages,) = journal._connection.execute("PRAGMA page_count").fetchone()
        journal._connection.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(KernelError, match="No space left"):
            journal.add(entry("schmidt", summary=os.urandom(1 << 20)))
        assert journal.newest("schmidt") is None
        assert journal.newest("miller") == entry()

    def test_a_file_that_is_no_database(self, tmp_path):
        """Something else of that name is refused, and not touched."""
        (tmp_path / JOURNAL).write_bytes(b"no database" * 1000)
        with pytest.raises(UsageError, match="damaged"):
            open_journal(tmp_path)
        assert (tmp_path / JOURNAL).read_bytes() == b"no database" * 1000

    def test_a_database_of_somebody_else(self, tmp_path):
        """Another program's database is refused by what it says of itself."""
        other = sqlite3.connect(tmp_path / JOURNAL)
        other.execute("CREATE TABLE theirs (x)")
        other.commit()
        other.close()
        with pytest.raises(UsageError, match="no journal of l2harness"):
            open_journal(tmp_path)

    def test_a_journal_of_the_future(self, tmp_path):
        """A shape that this version does not know is refused; one that it knows is not."""
        open_journal(tmp_path).close()
        open_journal(tmp_path).close()
        newer = sqlite3.connect(tmp_path / JOURNAL)
        newer.execute("PRAGMA user_version = 99")
        newer.close()
        with pytest.raises(UsageError, match="another version"):
            open_journal(tmp_path)

    @pytest.mark.parametrize("name", [JOURNAL, *BESIDE])
    def test_links_are_not_followed(self, tmp_path, name):
        """A link that lies where one of the files goes is refused, and its target not written."""
        target = tmp_path / "target"
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / name).symlink_to(target)
        with pytest.raises(UsageError, match="no file of its own"):
            open_journal(tmp_path / "out")
        assert not target.exists()

    def test_a_kill_in_the_middle(self, tmp_path):
        """A process that is killed while it enters one after the other loses none it had."""
        code = (
            "import sys, itertools; from pathlib import Path\n"
            "from l2harness.grading.journal import *\n"
            "journal = open_journal(Path(sys.argv[1]))\n"
            "for number in itertools.count():\n"
            "    journal.add(Entry(f's{number}', Key('a', 'b', 'c', 'd'), 'passed', 'r', b'x'))\n"
            "    print(number, flush=True)\n"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
        ) as process:
            said = [process.stdout.readline() for _ in range(20)]
            process.send_signal(signal.SIGKILL)
            said += process.stdout.readlines()
        last = max(int(line) for line in said if line.endswith("\n"))
        with open_journal(tmp_path) as journal:
            assert all(journal.newest(f"s{number}") for number in range(last + 1))
            assert journal.newest(f"s{last + 2}") is None

    def test_all_is_written_at_once(self, journal):
        """Write-ahead logging and full synchronisation are on."""
        assert journal._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert journal._connection.execute("PRAGMA synchronous").fetchone() == (2,)
        assert module.JOURNAL == "journal.db"


class TestLock:
    """One grading at a time."""

    def test_the_second_learns_who_is_first(self, tmp_path):
        """Who finds a directory taken is told the process, the machine and since when."""
        with Lock.take(tmp_path), pytest.raises(UsageError) as refused:
            Lock.take(tmp_path)
        assert f"process {os.getpid()} on {os.uname().nodename}, since 20" in str(refused.value)

    def test_it_is_free_afterwards(self, tmp_path):
        """A lock that was let go of can be taken again, and leaves no file."""
        Lock.take(tmp_path).release()
        with Lock.take(tmp_path):
            assert (tmp_path / LOCK).exists()
        assert not (tmp_path / LOCK).exists()

    def test_the_dead_hold_nothing(self, tmp_path):
        """The lock of a process that was killed is free, whatever its file says."""
        code = (
            "import sys; from pathlib import Path; from l2harness.grading.lock import Lock\n"
            "lock = Lock.take(Path(sys.argv[1])); print('taken', flush=True); sys.stdin.read()"
        )
        with subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout.readline() == "taken\n"
            with pytest.raises(UsageError, match=f"process {process.pid} on"):
                Lock.take(tmp_path)
            process.kill()
            process.wait(WITHIN_S)
        assert f"process {process.pid}" in (tmp_path / LOCK).read_text()
        Lock.take(tmp_path).release()

    def test_what_it_says_is_harmless(self, tmp_path):
        """A file that was made to move the cursor of whoever reads it does not."""
        with Lock.take(tmp_path):
            (tmp_path / LOCK).write_text("process 1\x1b[2J on \n evil")
            with pytest.raises(UsageError) as refused:
                Lock.take(tmp_path)
        assert "\x1b" not in str(refused.value)

    def test_a_link_is_not_followed(self, tmp_path):
        """A link of the lock's name is refused, and its target not made."""
        (tmp_path / LOCK).symlink_to(tmp_path / "target")
        with pytest.raises(KernelError):
            Lock.take(tmp_path)
        assert not (tmp_path / "target").exists()
