"""Every mutant of lab pyng fails exactly what its one fault breaks, as root and without."""

import pytest
from mutant_gradings import expect_as_it_says, mutants


@pytest.mark.usefixtures("bubblewrap")
@pytest.mark.parametrize(("lab", "mutant"), mutants("pyng", "pyng-strict"))
def test_it_costs_what_it_must(lab, mutant, tmp_path):
    """
    The checks named by the mutant fail, those that follow are blocked, all others pass.

    Its misconception comes first, and every check that fails is explained by one.
    """
    expect_as_it_says(lab, mutant, tmp_path)
