"""What stands between fences in the documentation, and what a comment before a fence says of it.

There is one convention for all pages. Readers do not see the comments; they say what only a test
has to know:

- ``<!-- test: run in PLACE -->``: the console session is followed in a directory that the tests
  prepare.
- ``<!-- test: not run REASON -->``: it is left out, as one that needs a desktop.
- ``<!-- test: file NAME -->``: the block, of whatever language, is written to that file;
  ``append NAME``: to its end.
- ``<!-- test: derive NEW from OLD replacing TEXT with TEXT -->``, on its own: a file is made of
  another one.
- ``<!-- test: beside NAME until COMMAND -->``, ``beside NAME once TEXT`` and, on its own,
  ``ends NAME``: a command that runs while others do; see `walkthrough`.

In a block marked ``console``, lines that begin with ``$ `` are commands; one that ends with ``\\``
goes on in the next line. The lines after it, up to the next command, are what it prints, stdout
and stderr together. ``…`` in a line stands for any text, and as a whole line for any lines. Blanks
at the ends of lines, and empty lines at the end, do not count.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_COMMENT = re.compile(
    r" *<!-- test: (?P<kind>run in|not run|file|append|derive|beside|ends) (?P<words>.*?) -->\s*"
)
_FENCE = re.compile(r"(?P<indent> *)```(?P<language>\w*)[^`]*")
#: Kinds of comments that stand without a block.
_ALONE = frozenset({"derive", "ends"})
#: What may stand before the program in a command line.
_BEFORE = re.compile(r"(sudo|[A-Z][A-Z0-9_]*=.*)\Z")
_ENDS_COMMAND = frozenset({"|", "||", "&&", ";", ">", ">>", "&"})


@dataclass(frozen=True, slots=True)
class Command:
    """
    A command of a console session.

    Attributes:
        line: Where it stands in the page, from 1.
        text: What is typed.
        shown: What it prints, as the page has it.
    """

    line: int
    text: str
    shown: tuple[str, ...] = ()

    def pattern(self) -> re.Pattern[str]:
        """What is printed has to match this, as a whole."""
        return pattern_of(self.shown)


@dataclass(frozen=True, slots=True)
class Snippet:
    """
    What stands between two fences, or a comment that stands on its own.

    Attributes:
        page: Path of the page.
        line: Line of the first fence, from 1.
        language: What stands behind it; empty without.
        lines: What is between, without the fence's indent.
        kind: What the comment before it says, ``run in`` …; empty without one.
        words: … and the rest of it.
    """

    page: Path
    line: int
    language: str
    lines: list[str] = field(default_factory=list)
    kind: str = ""
    words: str = ""

    @property
    def text(self) -> str:
        """What is between the fences."""
        return "".join(f"{line}\n" for line in self.lines)

    def session(self) -> list[Command]:
        """Return the commands of a console session, in order."""
        found: list[Command] = []
        for number, line in enumerate(self.lines, self.line + 1):
            last = found[-1] if found else None
            if last and last.text.endswith("\\"):
                found[-1] = Command(last.line, f"{last.text}\n{line}")
            elif line.startswith("$ "):
                found.append(Command(number, line[2:]))
            else:
                assert last, f"line {number}: a console block begins with a command"
                found[-1] = Command(last.line, last.text, (*last.shown, line))
        return found


def snippets_of(page: Path) -> Iterator[Snippet]:
    """Yield what stands between the fences of a page, and comments on their own, in order."""
    yield from snippets_in(page.read_text(encoding="utf-8"), page)


def snippets_in(text: str, page: Path = Path()) -> Iterator[Snippet]:
    """Yield the same of a text."""
    said, block, indent = ("", ""), None, ""
    for number, line in enumerate(text.splitlines(), 1):
        if block is not None:
            if line == f"{indent}```":
                yield block
                block = None
            else:
                block.lines.append(line.removeprefix(indent))
        elif comment := _COMMENT.fullmatch(line):
            kind, words = comment.groups()
            if kind in _ALONE:
                yield Snippet(page, number, "", [], kind, words)
            else:
                said = kind, words
        elif fence := _FENCE.fullmatch(line):
            indent = fence["indent"]
            block = Snippet(page, number, fence["language"], [], *said)
            said = ("", "")
        elif line.strip():
            assert not said[0], f"{page}, line {number}: a comment of a test has no block"


def commands_in(line: str) -> list[list[str]]:
    """Return the command lines of ours in a line for a shell, without the program's name."""
    if "l2harness" not in line:
        return []
    words = shlex.shlex(line.replace("\\\n", " "), posix=True, punctuation_chars=";|&>")
    words.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in words:
        if word in _ENDS_COMMAND:
            commands.append([])
        else:
            commands[-1].append(word)
    found = []
    for command in commands:
        while command and _BEFORE.match(command[0]):
            command = command[1:]
        if command and command[0].rpartition("/")[2] == "l2harness":
            found.append(command[1:])
    return found


def pattern_of(shown: Sequence[str]) -> re.Pattern[str]:
    """Return what has to match, as a whole, what a command prints that a page shows like this."""
    lines = [line.rstrip() for line in shown]
    while lines and not lines[-1]:
        lines.pop()
    parts = [
        r"(?:[^\n]*\n)*?"
        if line.strip() == "…"
        else ".*?".join(re.escape(part) for part in line.split("…")) + r"[ \t]*\n"
        for line in lines
    ]
    return re.compile("".join(parts) + r"\s*")
