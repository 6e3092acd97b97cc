"""The pages that are made from the program, and their order in the navigation."""

import click
import pytest
import site_hooks as hooks
import site_pages as pages

from l2harness.cli import cli
from l2harness.labs.lab import built_in_labs, find_lab
from l2harness.labs.misconceptions.loading import knowledge_of
from l2harness.labs.rubric import rubric_of


def test_every_command_and_option():
    """The page of commands has all that are shown in help, and none that is hidden."""
    page = pages.commands()
    assert "\b" not in page
    assert "```text\nl2harness draw segment\n" in page
    for name, command in cli.commands.items():
        assert (f"## l2harness {name}\n" in page) is not command.hidden
        for it in command.params:
            if isinstance(it, click.Option) and not command.hidden:
                assert all(f"`{option}`" in page for option in it.opts)


def test_every_check():
    """The page of labs has each check of each lab, with its points."""
    page = pages.labs()
    for lab in map(find_lab, built_in_labs()):
        assert f"## {lab.name}\n" in page
        for spec in rubric_of(lab):
            assert f"| `{spec.id}` | {spec.points:g} | " in page


def test_every_misconception():
    """The page of misconceptions has each of each lab, under its id."""
    page = pages.misconceptions()
    for lab in map(find_lab, built_in_labs()):
        assert all(f"{{ #{id} }}" in page for id in knowledge_of(lab).lessons)


def test_every_field():
    """The page of the report has its fields, those of a check, and a limit has its default."""
    page = pages.report()
    for field in ("lab_digest", "misconceptions", "blocked_by", "timing"):
        assert f"| `{field}` | " in page
    assert "| `output_bytes` | 1,000,000 | " in pages.limits()


def test_pictures_are_drawn():
    """Each shipped topology and each lab's network has an SVG."""
    drawn = pages.pictures()
    assert {"pictures/lecture.svg", "pictures/lab-pyng.svg"} <= set(drawn)
    assert all("<svg" in svg for svg in drawn.values())


def test_the_order():
    """Known pages stand where they belong; one that nobody knows is there all the same, once."""
    uris = ["index.md", "labs/quiz.md", "labs.md", "reference/labs.md", "unheard-of.md"]
    nav = hooks.navigation(uris)
    titles = {title: found for section in nav for title, found in section.items()}
    assert titles["Start here"] == ["index.md"]
    assert titles["Labs"] == ["labs.md", "labs/quiz.md", "reference/labs.md"]
    assert sorted(it for found in titles.values() for it in found) == sorted(uris)


@pytest.mark.parametrize(
    ("words", "shown"),
    [("a_b*c", "a\\_b\\*c"), ("`a_b` <c>", "`a_b` \\<c\\>"), ("a|b", "a\\|b")],
)
def test_words_stay_words(words, shown):
    """What would be markup in Markdown is not, but for what stands between back quotes."""
    assert pages._text(words) == shown
