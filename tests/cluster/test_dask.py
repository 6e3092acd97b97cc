"""A class on a cluster: a real scheduler, two workers, and deaths at bad moments."""

import os
import shutil
import signal
import zipfile

import pytest
from classes import PATIENCE_S, Class, graded

pytestmark = pytest.mark.kernel


@pytest.fixture
def people(tmp_path):
    """A class of many kinds: directories, archives, a broken one, wrong ones, a link, a FIFO."""
    made = Class(tmp_path)
    made.hand_in("jones", "linked", "packed", "piped")
    made.hand_in("schmidt", status=3)
    made.hand_in("silent", silent=True)
    (made.uploads / "broken.zip").write_bytes(b"no archive")
    shutil.make_archive(str(made.uploads / "packed-2"), "gztar", made.uploads / "packed")
    (made.uploads / "linked" / "say").rename(made.uploads / "linked" / "say.py")
    (made.uploads / "linked" / "say").symlink_to("say.py")
    os.mkfifo(made.uploads / "piped" / "pipe")
    return made


def _within(what):
    """Have the harness wait for it no longer than a second."""
    return f"import l2harness.grading.cluster as cluster; cluster.{what} = 1"


class TestTheSame:
    """Where a submission is graded changes nothing."""

    def test_as_on_this_machine(self, people, dask):
        """
        Reports and gradebook have the same bytes, from files of every kind, in any lab.

        What a cluster has finished this machine does not grade again, and the reverse.
        """
        here = people.grade("--seed", "7", out="here")
        there = people.grade("--seed", "7", "--cluster", dask.address, out="there")
        assert there.returncode == here.returncode == 3, there.stderr
        assert sorted(graded(there.stderr)) == sorted(graded(here.stderr))
        assert people.told("there") == people.told("here")
        assert graded(people.grade(out="there").stderr) == []
        people.hand_in("late")
        late = people.grade("--cluster", dask.address, out="here")
        assert graded(late.stderr) == ["late"]

    def test_a_download_of_a_class(self, people, dask):
        """Of an archive of everybody, each student's part travels."""
        download = people.place / "submissions.zip"
        with zipfile.ZipFile(download, "w") as archive:
            for number, name in enumerate(("jones", "schmidt", "silent")):
                archive.write(people.uploads / name / "say", f"{name}_1{number}_2{number}_say")
        people.uploads = download
        people.grade("--seed", "7", out="here")
        done = people.grade("--seed", "7", "--cluster", dask.address, out="there")
        assert done.returncode == 1, done.stderr
        assert people.told("there") == people.told("here")


class TestDeath:
    """Who dies, and what that costs."""

    def test_a_worker(self, people, dask):
        """What a killed worker was at is done by the other one, with the same result."""
        people.hand_in(*(f"s{number}" for number in range(6)))
        people.grade("--seed", "7", out="here")
        with people.start("--seed", "7", "--cluster", dask.address, out="there") as process:
            first = next(line for line in process.stderr if graded(line))
            assert dask.busy(dask.workers[0])
            dask.workers[0].kill()
            rest = process.communicate(timeout=PATIENCE_S)[1]
        assert process.returncode == 3, rest
        assert len(graded(first + rest)) == len(os.listdir(people.uploads))
        assert people.told("there") == people.told("here")

    def test_a_process_of_ours_beside_a_worker(self, people, dask):
        """It costs the submission it was at a try, and nobody anything else."""
        people.hand_in(*(f"s{number}" for number in range(6)))
        with people.start("--cluster", dask.address) as process:
            for worker in dask.workers:
                os.kill(dask.busy(worker), signal.SIGKILL)
            said = process.communicate(timeout=PATIENCE_S)[1]
        assert process.returncode == 3
        assert "the process that was" in said
        assert "it is tried again" in said
        assert b"jones,10,10,yes" in people.told()["gradebook.csv"]
        assert not [line for line in said.splitlines() if "tried 3 times" in line]

    def test_the_scheduler(self, people, dask):
        """What is finished stays, with the command to go on; and it goes on without a cluster."""
        people.hand_in(*(f"s{number}" for number in range(6)))
        with people.start("--seed", "7", "--cluster", dask.address) as process:
            next(line for line in process.stderr if graded(line))
            dask.scheduler.kill()
            said = process.communicate(timeout=PATIENCE_S)[1]
        assert process.returncode == 3
        assert f"the scheduler at {dask.address} has gone" in said
        assert "To go on: l2harness grade" in said
        assert f"--cluster {dask.address}" in said
        assert "Traceback" not in said
        kept = set(os.listdir(people.place / "out"))
        done = people.grade("--seed", "7")
        assert not kept & set(graded(done.stderr))
        people.grade("--seed", "7", out="here")
        assert people.told() == people.told("here")

    def test_ctrl_c(self, people, dask):
        """It ends this command and not the cluster, which takes the next one."""
        people.hand_in(*(f"s{number}" for number in range(6)))
        with people.start("--cluster", dask.address) as process:
            next(line for line in process.stderr if graded(line))
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=PATIENCE_S)[1]
        assert process.returncode == 130
        assert "To go on" in said
        done = people.grade("--cluster", dask.address)
        assert done.returncode == 3, done.stderr
        assert b"s5,10,10,yes" in people.told()["gradebook.csv"]


class TestNobodyThere:
    """Addresses where there is nothing, or nothing of use."""

    def test_no_scheduler(self, people):
        """An address where nobody answers: status 3, and how to start one."""
        done = people.grade("--cluster", "tcp://127.0.0.1:1", patch=_within("_SCHEDULER_WITHIN_S"))
        assert done.returncode == 3
        assert "there is no scheduler at tcp://127.0.0.1:1. Start one with" in done.stderr
        assert "Traceback" not in done.stderr

    def test_no_address(self, people):
        """What is no address is refused in a sentence."""
        done = people.grade("--cluster", "tcp://host:port")
        assert done.returncode == 2
        assert "tcp://host:port is no address of a scheduler" in done.stderr
        assert "Traceback" not in done.stderr

    def test_no_dask(self, people):
        """Where Dask is not installed, the command that installs it is told."""
        patch = "import sys; sys.modules['distributed'] = None"
        done = people.grade("--cluster", "tcp://127.0.0.1:1", patch=patch)
        assert done.returncode == 2
        assert "`pip install l2harness[cluster]`" in done.stderr

    def test_no_worker(self, people, lonely):
        """A scheduler without workers: status 3, and how to start one."""
        patch = _within("_WORKER_WITHIN_S")
        done = people.grade("--cluster", lonely.address, patch=patch)
        assert done.returncode == 3
        assert f"has no workers. Start some with `dask worker {lonely.address}`" in done.stderr

    def test_another_version(self, people, dask):
        """Workers of another version grade nothing; which is where is said."""
        patch = "import l2harness.grading.parcels as parcels; parcels.__version__ = '99'"
        done = people.grade("--cluster", dask.address, patch=patch)
        assert done.returncode == 2
        assert "install the same version on all machines" in done.stderr

    def test_jobs_are_of_this_machine(self, people):
        """How many at a time a cluster's workers say, not an option."""
        done = people.grade("--cluster", "tcp://127.0.0.1:1", "--jobs", "3")
        assert done.returncode == 2
        assert "--jobs is about this machine" in done.stderr
