"""The pages about labs: one for each, and they promise what the checks ask."""

from pathlib import Path

import pytest

from l2harness.labs.lab import built_in_labs, find_lab
from l2harness.labs.rubric import rubric_of

PAGES = Path(__file__).parents[2] / "docs" / "labs"
LABS = sorted(set(built_in_labs()) - {"pyng", "pyng-strict"})


@pytest.mark.parametrize("name", LABS)
def test_the_page_of_a_lab(name):
    """It shows every check with its points and its sentence, each program, and how to try it."""
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    lab = find_lab(name)
    for spec in rubric_of(lab):
        row = f"| {spec.id} | {spec.points:g} | {spec.title} | {', '.join(spec.needs)} |"
        assert row in text
    for program in lab.programs:
        assert f"`{program}" in text or f"./{program}" in text
    assert "## Try it by hand" in text
    assert f"l2harness check --lab {name}" in text
