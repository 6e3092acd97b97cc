"""A course that varies lab pyng: who copies the public sample loses what varies, and no more."""

import shutil
from pathlib import Path

import pytest

from l2harness.grading.draws import seed_of_student
from l2harness.grading.equip import Order
from l2harness.grading.result import Verdict
from l2harness.grading.session import default_jobs, grade
from l2harness.labs.lab import load_lab
from l2harness.labs.mutants import assemble, assembled_reference, mutants_of

pytestmark = pytest.mark.usefixtures("bubblewrap")
SAMPLE = Path(__file__).parents[1] / "submissions" / "right" / "public-sample"
AUTUMN = """
title = "{client}, autumn"
extends = "pyng"

[options]
client = "hail"
server = "haild"

[variants]
ethertype = {from = 0x8900, to = 0x8fff}
payload = ["Ahoy", "Salve", "Ola"]

[checks."client.usage"]
points = 3
visibility = "hidden"
"""


@pytest.fixture
def order_of(tmp_path):
    """Make the order to grade a directory in the autumn's lab."""
    folder = tmp_path / "lab" / "autumn"
    folder.mkdir(parents=True)
    (folder / "lab.toml").write_text(AUTUMN)
    lab = load_lab(folder)

    def order(directory, name="anna"):
        seed = seed_of_student(lab, "7", name)
        return Order(lab, directory, name, seed, jobs=default_jobs())

    return order


def test_a_copy_of_the_public_sample(order_of, tmp_path):
    """It has every point but those of EtherType and payload, and is told this student's values."""
    copy = shutil.copytree(SAMPLE, tmp_path / "copy")
    for old, new in (("pyng", "hail"), ("pyngd", "haild")):
        (copy / old).rename(copy / new)
    order = order_of(copy)
    result = grade(order)
    failed = {check.id: check for check in result.with_verdict(Verdict.FAIL)}
    assert set(failed) == {"client.ethertype", "client.payload"}
    assert (result.score, result.max_score, result.complete) == (92, 102, True)
    kind = order.lab.words["ethertype"]["bytes"]
    assert failed["client.ethertype"].title == f"Bytes 12–13 are {kind}."
    assert failed["client.ethertype"].expected == kind
    assert order.lab.words["payload"][""] in failed["client.payload"].rationale
    assert result.misconceptions == ("ethertype-other", "payload-other")
    assert all(kind in it.sentence for it in result.findings[:1])
    assert [note for note in result.submission.notes if "asked of this student" in note]
    assert {it.id for it in result.checks if it.visibility == "hidden"} == {"client.usage"}


def test_the_reference(order_of, tmp_path):
    """Written for this student's values it has every point, and for another's it has not."""
    order = order_of(tmp_path)
    made = assembled_reference(order.lab, tmp_path / "made")
    assert grade(order_of(made)).score == 102
    other = grade(order_of(made, "ben"))
    assert {it.id for it in other.with_verdict(Verdict.FAIL)} == {"client.ethertype"} | (
        {"client.payload"}
        if order_of(made, "ben").lab.options["payload"] != order.lab.options["payload"]
        else set()
    )


@pytest.mark.parametrize("name", ["ethertype-without-htons", "ethertype-compared-in-host-order"])
def test_a_mutant(order_of, tmp_path, name):
    """Its mistake is named with the values of the student, and costs what it always costs."""
    order = order_of(tmp_path)
    mutant = next(it for it in mutants_of(order.lab) if it.name == name)
    made = assemble(order.lab, mutant, tmp_path / "made")
    result = grade(order_of(made))
    assert {it.id for it in result.with_verdict(Verdict.FAIL)} == mutant.fails
    assert result.misconceptions[0] == mutant.misconception
    assert order.lab.words["ethertype"]["swapped"] in result.findings[0].sentence
