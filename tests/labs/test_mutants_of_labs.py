"""Every mutant of the labs beside pyng fails exactly what its one fault breaks."""

import pytest
from mutant_gradings import expect_as_it_says, mutants

from l2harness.labs.lab import built_in_labs

#: The others' mutants are graded in tests/kernel, which is run without root as well.
LABS = sorted(set(built_in_labs()) - {"pyng", "pyng-strict"})


@pytest.mark.usefixtures("bubblewrap")
@pytest.mark.parametrize(("lab", "mutant"), mutants(*LABS))
def test_it_costs_what_it_must(lab, mutant, tmp_path):
    """As for lab pyng: its checks fail, no others, and its misconception comes first."""
    expect_as_it_says(lab, mutant, tmp_path)
