"""Right submissions for the labs beside pyng, in many languages, get every point."""

from pathlib import Path

import pytest

from l2harness.grading.equip import Order
from l2harness.grading.session import default_jobs, grade
from l2harness.labs.lab import built_in_labs, find_lab

SUBMISSIONS = Path(__file__).parents[1] / "submissions"
LABS = sorted(set(built_in_labs()) - {"pyng", "pyng-strict"})
RIGHT = [
    pytest.param(find_lab(lab), directory, id=f"{lab}-{directory.name}")
    for lab in LABS
    for directory in sorted((SUBMISSIONS / lab).iterdir())
]


@pytest.mark.parametrize("lab", LABS)
def test_there_are_some(lab):
    """Every lab has at least three."""
    assert len([it for it in (SUBMISSIONS / lab).iterdir() if it.is_dir()]) >= 3


@pytest.mark.usefixtures("bubblewrap")
@pytest.mark.parametrize(("lab", "directory"), RIGHT)
def test_it_gets_every_point(lab, directory):
    """Whatever language, library or order of doing things: 100 points, and nothing to say."""
    result = grade(Order(lab, directory, directory.name, "7", jobs=default_jobs()))
    held_against_it = {
        check.id: (check.verdict.value, check.rationale)
        for check in result.checks
        if check.points < check.max_points
    }
    assert held_against_it == {}
    assert (result.score, result.complete, result.misconceptions) == (100, True, ())
