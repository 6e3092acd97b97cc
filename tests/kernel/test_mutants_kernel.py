"""Every mutant fails exactly what its one fault breaks: a lab's checks see that, and only that."""

import pytest

from l2harness.grading.equip import Order
from l2harness.grading.result import Verdict
from l2harness.grading.session import default_jobs, grade
from l2harness.labs.lab import built_in_labs, find_lab
from l2harness.labs.mutants import assemble, mutants_of

MUTANTS = [
    pytest.param(name, mutant, id=f"{name}-{mutant.name}")
    for name in built_in_labs()
    for mutant in mutants_of(find_lab(name))
]


@pytest.mark.usefixtures("bubblewrap")
@pytest.mark.parametrize(("lab", "mutant"), MUTANTS)
def test_it_costs_what_it_must(lab, mutant, tmp_path):
    """
    The checks named by the mutant fail, those that follow are blocked, all others pass.

    Its misconception comes first, and every check that fails is explained by one.
    """
    directory = assemble(find_lab(lab), mutant, tmp_path / mutant.name)
    result = grade(Order(find_lab(lab), directory, mutant.name, "7", jobs=default_jobs()))
    found = {
        verdict: {check.id for check in result.checks if check.verdict is verdict}
        for verdict in Verdict
    }
    explained = {check.id: check.rationale for check in result.checks if check.rationale}
    assert found[Verdict.FAIL] == mutant.fails, explained
    assert found[Verdict.BLOCKED] == mutant.blocked, explained
    assert result.complete, explained
    assert result.misconceptions[:1] == (mutant.misconception,), result.misconceptions
    failed = result.with_verdict(Verdict.FAIL)
    assert [check.id for check in failed if check.misconception is None] == []
    assert [note for note in result.submission.notes if "failed:" in note] == []
    assert all(finding.sentence for finding in result.findings)
