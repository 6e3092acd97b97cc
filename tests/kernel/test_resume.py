"""A class whose grading is killed again and again ends as if nothing had happened."""

import contextlib
import os
import random
import signal
import sqlite3
import subprocess

import pytest
from bench import lives
from classes import PATIENCE_S, Class, graded, reap_orphans

from l2harness.network.loop import Deadline
from l2harness.programs.procfs import descendants

#: Eight gradings of a class one after the other, on a machine that may be busy many times over.
pytestmark = [pytest.mark.usefixtures("bubblewrap"), pytest.mark.timeout(600)]

KILLS = 6
#: When somebody is killed: at a random moment up to this, seconds after the first sign of life.
LATEST_S = 1.5


@pytest.fixture
def people(tmp_path):
    """A class of twelve, of whom some are wrong in one way or another."""
    made = Class(tmp_path)
    made.hand_in(*(f"right{number}" for number in range(6)))
    made.hand_in(*(f"status{number}" for number in range(3)), status=1)
    made.hand_in(*(f"silent{number}" for number in range(3)), silent=True)
    (made.uploads / "broken.zip").write_bytes(b"no archive")
    return made


def kill_at_random(process, draw):
    """
    Kill one of the processes that grade, at a random moment, with SIGKILL.

    Returns:
        Everybody who was there, or an empty list if it was over before.
    """
    process.stderr.readline()
    try:
        process.wait(draw.uniform(0, LATEST_S))
    except subprocess.TimeoutExpired:
        everybody = [process.pid, *descendants(process.pid)]
        # Whoever dies: the first, init, the harness (they are the oldest), or anybody at all.
        victim = draw.choice([*everybody[:3], draw.choice(everybody)])
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            return []
        return everybody
    return []


def entries(place):
    """How many submissions the journal knows."""
    with contextlib.closing(sqlite3.connect(place / "out" / "journal.db")) as database:
        return database.execute("SELECT count(DISTINCT name) FROM entry").fetchone()[0]


def test_killed_again_and_again(people, loop):
    """After kills at random moments, reports and gradebook are those of an undisturbed run."""
    draw = random.Random(20_26)
    people.grade("--seed", "7", out="undisturbed")
    known = 0
    for _ in range(KILLS):
        with people.start("--seed", "7") as process:
            everybody = kill_at_random(process, draw)
            process.communicate(timeout=PATIENCE_S)
        assert loop.wait(
            lambda family=everybody: not any(map(lives, family)),
            Deadline.after(PATIENCE_S),
            poll=True,
        )
        before, known = known, entries(people.place)
        assert known >= before
    done = people.grade("--seed", "7")
    assert done.returncode == 3, done.stderr
    assert len(graded(done.stderr)) == 13 - known
    assert people.told() == people.told("undisturbed")
    reap_orphans()


def test_a_regrade_that_is_killed_goes_on(people):
    """What was graded again before the kill is not a third time, and the difference is whole."""
    people.grade("--seed", "7")
    checks = people.lab / "test_say.py"
    checks.write_text(checks.read_text().replace("points=4", "points=3"))
    with people.start("--regrade") as process:
        said = []
        for line in process.stderr:
            said += graded(line)
            if len(said) == 5:
                process.kill()
                break
        process.communicate()
    done = people.grade()
    rest = graded(done.stderr)
    assert len(said) + len(rest) in (13, 14)  # one may have been told and not, or the reverse
    assert set(said) | set(rest) == {*os.listdir(people.uploads), "broken"} - {"broken.zip"}
    reap_orphans()
    assert "13 submissions graded again, 13 with another result" in done.stdout
