"""The runner of a page's snippets: what it runs, and that a page that is wrong is found."""

import os
import sys

import pytest
from fences import snippets_in
from standing import Terminal
from walkthrough import run_page

ENVIRONMENT = {"PATH": os.environ["PATH"], "TERM": "dumb", "LANG": "C.UTF-8"}
PYTHON = sys.executable


def run(text, place):
    """Run a page."""
    return run_page(text, place, ENVIRONMENT, Terminal)


def page(*lines):
    """A page of one block."""
    return "\n".join(["# A page", "", "```console", *lines, "```", ""])


@pytest.mark.parametrize(
    "lines",
    [
        ("$ echo one; echo two", "one", "two"),
        ("$ echo one two three", "one … three"),
        ("$ seq 9", "1", "…", "9"),
        ("$ seq 2", "1", "2", "…"),
        ("$ true",),
        ("$ printf 'no end'", "no end"),
        ("$ echo to stderr >&2", "to stderr"),
        ("$ x=7", "$ echo $x", "7", "", "$ cd /", "$ pwd", "/"),
        ("$ false", "$ echo $?", "1"),
        ("$ (exit 3)", "$ echo $?", "3"),
        ("$ echo one \\", "    two", "one two"),
        ("$ echo 'a.b*'", "a.b*"),
    ],
)
def test_a_page_that_is_right(lines, tmp_path):
    """Output, patterns, state and status are as the page says."""
    assert run(page(*lines), tmp_path)


@pytest.mark.parametrize(
    "lines",
    [
        ("$ echo one", "two"),
        ("$ echo one",),
        ("$ true", "one"),
        ("$ seq 3", "1", "3"),
        ("$ echo one two", "… three"),
        ("$ echo 'axb'", "a.b"),
        ("$ seq 9", "…", "8"),
        ("no command",),
        ("$ exit 3",),
        ("$ (exit 2)",),
        ("$ (exit 2)", "$ true"),
    ],
)
def test_a_page_that_is_wrong(lines, tmp_path):
    """Whatever differs is found, and told with its line."""
    with pytest.raises(AssertionError, match=r"line \d|has ended"):
        run(page(*lines), tmp_path)


SERVER = f"""
<!-- test: file greet.py -->
```python
import sys
print("listening", flush=True)
for line in open("pipe"):
    print("heard", line, end="", flush=True)
sys.stdin.read()
```

```console
$ mkfifo pipe
```

<!-- test: beside server once listening -->
```console
$ {PYTHON} greet.py
listening
heard hello
```

```console
$ echo hello >pipe
```

<!-- test: ends server -->
<!-- test: not run it never ends -->
```console
$ cat /dev/zero
```
"""


def test_a_program_beside(tmp_path):
    """It is ready before the next block, has printed what the page says, and is ended."""
    assert len(run(SERVER, tmp_path)) == 3


def test_a_program_beside_that_prints_something_else(tmp_path):
    """That is found, too."""
    with pytest.raises(AssertionError, match="heard"):
        run(
            SERVER.replace("sys.stdin.read()", "").replace("heard hello", "heard bye"),
            tmp_path,
        )


DEAF = SERVER.replace("import sys\n", "import sys, signal\n", 1).replace(
    "sys.stdin.read()",
    "def once(*_): signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
    "signal.signal(signal.SIGINT, once)\nprint('deaf', flush=True)\nsys.stdin.read()",
)


def test_a_program_beside_that_misses_ctrl_c(tmp_path):
    """It is pressed again, as by a person: an interpreter may lose the first."""
    text = DEAF.replace("heard hello\n", "heard hello\ndeaf\n")
    assert len(run(text, tmp_path)) == 3


def test_until(tmp_path):
    """A condition is tried until it holds."""
    comment = "<!-- test: beside it until test -e /proc -->"
    text = page("$ cat").replace("```console", f"{comment}\n```console")
    assert len(run(f"{text}\n<!-- test: ends it -->\n", tmp_path)) == 1
    with pytest.raises(AssertionError, match="never ended: it"):
        run(text, tmp_path)


def test_a_comment_without_a_block():
    """A comment that would do nothing is a mistake of the page's author."""
    with pytest.raises(AssertionError, match="line 3: a comment of a test has no block"):
        list(snippets_in("<!-- test: file a -->\n\nwords\n"))
