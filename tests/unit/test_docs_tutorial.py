"""``docs/labs.md``: its snippets make a lab that loads, and its tables know every key."""

import re
from dataclasses import fields

import pytest
from docs_tutorial import PAGE, follow

from l2harness.cli import cli
from l2harness.labs.lab import load_lab
from l2harness.labs.manifest import CHECK_KEYS, KEYS, OFFER_KEYS
from l2harness.labs.misconceptions.loading import knowledge_of
from l2harness.labs.mutants import mutants_of
from l2harness.labs.options import Kind, forms
from l2harness.labs.rubric import expect_known_runs, rubric_of
from l2harness.programs.limits import Limits

TEXT = PAGE.read_text(encoding="utf-8")


@pytest.fixture
def greet(tmp_path, monkeypatch, capsys):
    """The lab to which the page leads, and the course beside it."""
    monkeypatch.chdir(tmp_path)
    return follow(tmp_path)


def test_the_lab(greet):
    """It has three checks and three mutants, one for each."""
    lab = load_lab(greet)
    rubric = rubric_of(lab)
    expect_known_runs(lab, rubric)
    assert {spec.id: spec.points for spec in rubric} == {
        "greet.sends": 4,
        "greet.ethertype": 6,
        "greet.greeting": 5,
    }
    assert {id for it in mutants_of(lab) for id in it.fails} == {spec.id for spec in rubric}
    assert {it.misconception for it in mutants_of(lab)} <= knowledge_of(lab).lessons.keys()
    assert lab.limits.wall_s == 5


def test_the_course(greet):
    """It sets, varies and overrides what the page says."""
    autumn = load_lab(greet.parent / "autumn")
    assert list(autumn.variants) == ["ethertype", "greeting"]
    spec = rubric_of(autumn)[2]
    assert (spec.id, spec.points, spec.visibility) == ("greet.greeting", 8, "after_due")
    drawn = autumn.drawn("0123456789ab")
    assert rubric_of(drawn)[2].title.endswith(f"“{drawn.options['greeting']}”.")
    assert knowledge_of(drawn).lessons["greet-half-a-greeting"].command == (
        f"printf '{drawn.options['greeting']}' | wc -c"
    )


def test_every_key_is_told():
    """Keys, kinds, forms and limits are all in the tables."""
    words = set(re.findall(r"`\{?(?:NAME:)?([a-z_]+)\}?`", TEXT))
    keys = KEYS | OFFER_KEYS | CHECK_KEYS | {it.name for it in fields(Limits)}
    shapes = {*forms(Kind.TEXT, "Hi"), *forms(Kind.ETHERTYPE, 0x88B5)} - {""}
    assert keys | shapes | {it.value for it in Kind} <= words


def test_commands_exist():
    """Every command line of the page is one of ours, with options that it has."""
    lines = re.findall(r"^\$ l2harness (.+)$", TEXT, re.MULTILINE)
    assert len(lines) >= 6
    for line in lines:
        name, *words = line.split()
        command = cli.commands[name]
        if name == "lab":
            command = command.commands[words[0]]
        known = {flag for parameter in command.params for flag in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line
