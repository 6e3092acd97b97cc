"""One word for one thing, in everything that somebody reads: help, docs, labs and reports."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from pathlib import Path

import click
import pytest

from l2harness.cli import cli
from l2harness.labs.lab import built_in_labs, find_lab
from l2harness.labs.misconceptions.loading import knowledge_of
from l2harness.labs.rubric import rubric_of

ROOT = Path(__file__).resolve().parents[2]
#: What is not said, and what is said instead.
WRONG = {
    # Layer 2 has frames; a "packet socket" is what the kernel calls its door to them.
    r"(?<!AF_)(?<!pf_)packets?\b(?! sockets?)(?![(\[])": "frame",
    r"\b(?i:datagrams?)\b": "frame",
    r"\b[Ee]ther[- ]types?\b|\bEthertypes?\b": "EtherType",
    r"\bsolutions?\b(?<!reference solution)(?<!reference solutions)": "submission",
    r"\b(?i:home-?work|hand-?ins?)\b": "submission",
    r"\b(?i:test-?cases?)\b(?<!<testcase)": "check",
    r"\b(?i:skipped|inconclusive|undecided)\b": "blocked, error or unavailable",
    r"\b(?i:anti-?patterns?|misunderstandings?)\b": "misconception",
    r"\b(?:your|the grading) (?:host|computer|box)\b": "machine",
    r"\b(?i:network interface cards?|NICs?)\b(?! pads)": "interface",
    r"\b(?i:root-?less mode|unprivileged mode)\b": "without root, or rootless",
    r"(?<!_)\bcolors?\b": "colour",
    r"\b(?i:behaviors?)\b": "behaviour",
    r"\b(?i:time-?outs?)\b(?=.*\bstudent)": "limit",
    r"\b(?i:pupils?|learners?|users?' code)\b": "student",
    r"\b(?i:teachers?|lecturers?|professors?)\b": "instructor",
}


#: Pages and lessons that tell of lectures and of layer 3, in whose words a frame may be a packet.
TELL_OF_OTHERS = ("docs/lecture.md", "docs/labs/", "arp-responder ", "icmp-echo ")
THEIRS = frozenset({"frame", "submission"})


def wrong_words(text: str, allowed: Container[str] = ()) -> list[str]:
    """
    Say each wrong word with what to say instead; code between back quotes is not language.

    Args:
        text: Of a page or a message.
        allowed: Right words whose wrong ones may stand in it.
    """
    text = re.sub(r"```.*?```|`[^`\n]*`|^ +l2harness [^\n]*$", "``", text, flags=re.S | re.M)
    text = re.sub(r"\]\([^)]*\)|<[^>\n]*>|https?://\S+", "", text)
    return [
        f"{found.group()!r} in {text[max(0, found.start() - 30) : found.end() + 9]!r}: say {right}"
        for pattern, right in WRONG.items()
        if right not in allowed
        for found in re.finditer(pattern, text)
    ]


def helps(command: click.Command, name: str) -> Iterator[tuple[str, str]]:
    """Each help text of a command and of those below it, with where it is."""
    yield name, "\n".join(filter(None, (command.help, command.short_help, command.epilog)))
    for parameter in command.params:
        if text := getattr(parameter, "help", None):
            yield f"{name} {parameter.opts[0]}", text
    if isinstance(command, click.Group):
        for below, it in command.commands.items():
            yield from helps(it, f"{name} {below}")


def prose() -> Iterator[tuple[str, str]]:
    """Every page that somebody reads, with its name."""
    pages = [ROOT / "README.md", ROOT / "examples" / "README.md", *(ROOT / "docs").rglob("*.md")]
    for path in pages:
        yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
    for path in (ROOT / "l2harness" / "reports").rglob("*.html"):
        said = re.sub(r"\{[{%#].*?[}%#]\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        yield path.relative_to(ROOT).as_posix(), said


def lessons() -> Iterator[tuple[str, str]]:
    """What labs say: the titles of checks, and the words of each misconception."""
    for name in built_in_labs():
        lab = find_lab(name)
        yield f"lab {name}", "\n".join([lab.title, *lab.programs.values()])
        for spec in rubric_of(lab):
            yield f"{name} {spec.id}", spec.title
        for id, lesson in knowledge_of(lab).lessons.items():
            yield f"{name} {id}", "\n".join([lesson.title, lesson.why, lesson.find_out])


TEXTS = [*helps(cli, "l2harness"), *prose(), *lessons()]


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=[name for name, _ in TEXTS])
def test_one_word_for_one_thing(name, text):
    """Nothing says packet for a frame, solution for a submission, or host for the machine."""
    allowed = THEIRS if name.startswith(TELL_OF_OTHERS) else ()
    assert wrong_words(text, allowed) == []


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        ("It sends a packet.", "frame"),
        ("the ether type", "EtherType"),
        ("your solution", "submission"),
        ("2 checks were skipped", "blocked"),
        ("on the grading host", "machine"),
        ("in color", "colour"),
    ],
)
def test_a_wrong_word_is_found(said, instead):
    """The rule above can fail, and names the right word."""
    [found] = wrong_words(said)
    assert instead in found


@pytest.mark.parametrize(
    "said", ["a packet socket", "packet(7)", "the reference solution", "`solution/`", "AF_PACKET"]
)
def test_names_are_no_words(said):
    """What is called so by others, or is code, may be said."""
    assert wrong_words(said) == []
