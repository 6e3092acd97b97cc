"""Grading a mutant, and holding the result against what the mutant says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from l2harness.grading.equip import Order
from l2harness.grading.result import Verdict
from l2harness.grading.session import default_jobs, grade
from l2harness.labs.lab import Lab, find_lab
from l2harness.labs.mutants import Mutant, assemble, mutants_of


def mutants(*labs: str) -> list:
    """Every mutant of some labs, as parameters of a test."""
    return [
        pytest.param(find_lab(name), mutant, id=f"{name}-{mutant.name}")
        for name in labs
        for mutant in mutants_of(find_lab(name))
    ]


def expect_as_it_says(lab: Lab, mutant: Mutant, place: Path) -> None:
    """Fail unless exactly the right checks fail, and the right idea is named for it."""
    directory = assemble(lab, mutant, place / mutant.name)
    result = grade(Order(lab, directory, mutant.name, "7", jobs=default_jobs()))
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
