"""Runs the console snippets of a page, and holds what they print against what the page says.

What a page says to its readers is what is run; there is no second copy of it.

- A block marked ``console`` holds lines that begin with ``$ ``: commands, run one after the other
  by one shell, in one new directory for the whole page. A line that ends with ``\\`` goes on in
  the next one.
- The lines after a command, up to the next one, are what it prints, stdout and stderr together.
  ``…`` in a line stands for any text, and as a whole line for any lines. Blanks at the ends of
  lines, and empty lines at the end, do not count.
- A command may end with another status than 0 if the page shows it: ``$ echo $?`` is next.
- Comments before a block, which readers do not see, say what only a test has to know:

  ``<!-- test: file NAME -->``: the block, of whatever language, is written to that file first.
  ``<!-- test: beside NAME until COMMAND -->``: the block's one command is started on a terminal of
  its own, beside what follows; COMMAND is tried until it succeeds. With ``once TEXT`` instead, it
  is waited until that text has been printed.
  ``<!-- test: ends NAME -->``, on its own: wait until what was started beside has printed what its
  block says, press Ctrl-C there, and see it end.
  ``<!-- test: not run REASON -->``: the block is left out, as one that needs a desktop.
"""

import re
import subprocess
import time
from dataclasses import dataclass, field

#: Long enough for a machine that is busy; nothing here waits for it.
PATIENCE_S = 60
_COMMENT = re.compile(r"<!-- test: (file|beside|ends|not run) (.*?) ?-->\s*$")
_FENCE = re.compile(r"```(\w*)")
_KEYS = {"file", "beside", "not run"}


@dataclass(frozen=True)
class Snippet:
    """
    A command of a page.

    Attributes:
        line: Where it stands in the page, from 1.
        command: What is typed.
        expected: What it prints, as the page has it.
    """

    line: int
    command: str
    expected: tuple[str, ...]

    def pattern(self):
        """What is printed has to match this, as a whole."""
        lines = [*self.expected]
        while lines and not lines[-1]:
            lines.pop()
        parts = [
            r"(?:[^\n]*\n)*?"
            if line == "…"
            else ".*?".join(re.escape(part) for part in line.split("…")) + r"[ \t]*\n"
            for line in lines
        ]
        return re.compile("".join(parts) + r"\s*")


@dataclass
class Block:
    """
    A block of a page.

    Attributes:
        line: Of its fence, from 1.
        language: What the fence says.
        lines: Its text.
        said: What a comment before it says: a key, and the rest.
    """

    line: int
    language: str
    lines: list[str] = field(default_factory=list)
    said: tuple[str, str] = ("", "")

    def snippets(self):
        """Its commands, in order."""
        found, command, expected, begun = [], "", [], 0
        continued = False
        for number, line in enumerate(self.lines, self.line + 1):
            if line.startswith("$ ") or continued:
                if not continued:
                    if command:
                        found.append(Snippet(begun, command, tuple(expected)))
                    command, expected, begun = "", [], number
                command += line.removeprefix("$ ") if not continued else f"\n{line}"
                continued = line.endswith("\\")
            else:
                assert command, f"line {number}: a console block begins with a command"
                expected.append(line.rstrip())
        if command:
            found.append(Snippet(begun, command, tuple(expected)))
        return found


def blocks_of(text):
    """Every block of a page, and every ``ends`` on its own as an empty block, in order."""
    found, said, block = [], ("", ""), None
    for number, line in enumerate(text.splitlines(), 1):
        if block is not None:
            if line.startswith("```"):
                found.append(block)
                block = None
            else:
                block.lines.append(line)
        elif comment := _COMMENT.match(line):
            key, rest = comment.groups()
            if key == "ends":
                found.append(Block(number, "", said=(key, rest.strip())))
            else:
                said = key, rest.strip()
        elif fence := _FENCE.match(line):
            block = Block(number, fence.group(1), said=said)
            said = ("", "")
        elif line.strip():
            assert said[0] not in _KEYS, f"line {number}: a comment of a test has no block"
    return found


class Shell:
    """One shell for a page: commands go in, what they print comes out."""

    def __init__(self, environment, cwd):
        self._environment = environment
        self._process = subprocess.Popen(
            ["/bin/bash", "--norc", "--noprofile"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=cwd,
            text=True,
        )

    def run(self, command):
        """Run a command, as typed, to its end; return what it has printed."""
        mark = f"-- the end of {time.monotonic_ns()} --"
        # The status of the command is that of $? for the next one.
        self._process.stdin.write(f"{command}\n{{ _s=$?; echo '{mark}'; (exit $_s); }}\n")
        self._process.stdin.flush()
        printed = []
        for line in self._process.stdout:
            if line.endswith(f"{mark}\n"):
                printed.append(line.removesuffix(f"{mark}\n"))
                break
            printed.append(line)
        else:
            raise AssertionError(f"the shell has ended in {command!r}: {''.join(printed)}")
        return "".join(printed)

    def close(self):
        """End it."""
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.kill()
        self._process.wait()


def run_page(text, place, environment, terminal):
    """
    Run all of a page.

    Args:
        text: The page, Markdown.
        place: An empty directory, in which its commands are run.
        environment: What they get.
        terminal: Starts a program on a terminal: called with argv, environment and directory, it
            gives something that ``shows`` a pattern, can ``interrupt`` it and is to be closed.

    Returns:
        The snippets that were run.
    """
    shell, beside, done = Shell(environment, place), {}, []
    try:
        for block in blocks_of(text):
            key, rest = block.said
            if key == "file":
                (place / rest).write_text("\n".join(block.lines) + "\n")
            elif key == "ends":
                snippet, started = beside[rest]
                started.shows(snippet.pattern().pattern)
                started.interrupt()
                started.close()
                del beside[rest]
            elif key == "beside":
                name, how, what = re.split(" (until|once) ", rest, maxsplit=1)
                (snippet,) = block.snippets()
                argv = ["/bin/sh", "-c", f"exec {snippet.command}"]
                beside[name] = snippet, terminal(argv, environment, place)
                if how == "once":
                    beside[name][1].shows(re.escape(what))
                else:
                    _until(what, environment, place)
                done.append(snippet)
            elif key != "not run" and block.language == "console":
                for snippet in block.snippets():
                    _compare(snippet, shell.run(snippet.command))
                    done.append(snippet)
        assert not beside, f"never ended: {', '.join(beside)}"
    finally:
        for _, started in beside.values():
            started.close()
        shell.close()
    return done


def _until(condition, environment, place):
    deadline_s = time.monotonic() + PATIENCE_S
    while subprocess.run(
        ["/bin/sh", "-c", condition], env=environment, cwd=place, capture_output=True, check=False
    ).returncode:
        assert time.monotonic() < deadline_s, f"never so: {condition}"


def _compare(snippet, printed):
    text = printed if not printed or printed.endswith("\n") else f"{printed}\n"
    assert snippet.pattern().fullmatch(text), (
        f"line {snippet.line}: `{snippet.command}` prints\n{printed}\nand the page says\n"
        + "\n".join(snippet.expected)
    )
