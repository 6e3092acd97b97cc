"""What stands between fences in the documentation, and how a console session is followed.

A fence may have a comment before it: ``<!-- test: run in PLACE -->`` says that the session is
followed in a directory that the tests prepare, ``<!-- test: not run REASON -->`` why it is not. In
the output of a session a line ``…`` stands for any lines, and ``…`` in a line for anything.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^(?P=indent)```$", re.M | re.S
)
_COMMENT = re.compile(r"<!-- *test: *(?P<what>run in|not run) +(?P<words>[^\n]*?) *-->\s*\Z")
#: What may stand before the program in a command line.
_BEFORE = re.compile(r"(sudo|[A-Z][A-Z0-9_]*=.*)\Z")
_ENDS_COMMAND = frozenset({"|", "||", "&&", ";", ">", ">>", "&"})


@dataclass(frozen=True, slots=True)
class Snippet:
    """
    What stands between two fences.

    Attributes:
        page: Path of the page.
        line: Line of the first fence, counted from 1.
        language: What stands behind it; empty without.
        text: What is between.
        place: Where the session is to be followed; empty where it is not.
        reason: Why it is not run; empty where nobody says.
    """

    page: Path
    line: int
    language: str
    text: str
    place: str = ""
    reason: str = ""

    def session(self) -> list[tuple[str, list[str]]]:
        """Return the commands of a console session, each with the output that is shown."""
        found: list[tuple[str, list[str]]] = []
        for line in self.text.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found and found[-1][0].endswith("\\"):
                found[-1] = (found[-1][0].removesuffix("\\") + line.strip(), [])
            elif found:
                found[-1][1].append(line)
        return found


def snippets_of(page: Path) -> Iterator[Snippet]:
    """Yield what stands between the fences of a page, in order."""
    text = page.read_text(encoding="utf-8")
    for fence in _FENCE.finditer(text):
        said = _COMMENT.search(text, 0, fence.start())
        what, words = (said["what"], said["words"]) if said else ("", "")
        yield Snippet(
            page,
            text.count("\n", 0, fence.start()) + 1,
            fence["language"],
            fence["text"],
            place=words if what == "run in" else "",
            reason=words if what == "not run" else "",
        )


def commands_in(line: str) -> list[list[str]]:
    """Return the command lines of ours in a line for a shell, without the program's name."""
    if "l2harness" not in line:
        return []
    words = shlex.shlex(line, posix=True, punctuation_chars=";|&>")
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


def output_fits(shown: list[str], printed: str) -> bool:
    """Whether what was printed is what a page shows; without output there anything fits."""
    while shown and not shown[-1].strip():
        shown = shown[:-1]
    if not shown:
        return True
    pattern = ""
    for line in shown:
        if line.strip() == "…":
            pattern += r"(?:[^\n]*\n)*"
        else:
            pattern += r"[^\n]*".join(map(re.escape, line.rstrip().split("…"))) + r"[^\n]*\n"
    return re.fullmatch(r"\n*" + pattern + r"\s*", f"{printed.rstrip()}\n") is not None
