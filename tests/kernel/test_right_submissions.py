"""Right submissions of every kind get every point: no way of being right costs anything."""

from pathlib import Path

import pytest

from l2harness.grading.equip import Order
from l2harness.grading.session import default_jobs, grade
from l2harness.labs.lab import find_lab

ROOT = Path(__file__).parents[2]
RIGHT = sorted(
    [path for path in (ROOT / "tests" / "submissions" / "right").iterdir() if path.is_dir()]
    + list((ROOT / "examples").glob("right-*"))
)


def test_there_are_some():
    """The folders are found."""
    assert len(RIGHT) >= 20


@pytest.mark.usefixtures("bubblewrap")
@pytest.mark.parametrize("directory", RIGHT, ids=lambda path: path.name)
def test_it_gets_every_point(directory):
    """Whatever language, library, order of doing things or layout: 100 points."""
    result = grade(Order(find_lab("pyng"), directory, directory.name, "7", jobs=default_jobs()))
    held_against_it = {
        check.id: (check.verdict.value, check.rationale)
        for check in result.checks
        if check.points < check.max_points
    }
    assert held_against_it == {}
    assert (result.score, result.complete, result.misconceptions) == (100, True, ())
