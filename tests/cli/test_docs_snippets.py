"""The documentation is true: every snippet that can be run is run, and every name in it exists."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from fences import Snippet, commands_in, snippets_of
from standing import Terminal
from walkthrough import run_snippets

from l2harness.cli import cli
from l2harness.labs.lab import find_lab, load_lab
from l2harness.labs.misconceptions.loading import knowledge_of
from l2harness.labs.rubric import rubric_of
from l2harness.topology.load import parse_topology

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "examples" / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
SNIPPETS = [it for page in PAGES for it in snippets_of(page)]
#: Long enough for a machine that is busy; nothing here waits for it.
PATIENCE_S = 100
NETWORK = """
hosts:
  alice: {eth0: {segment: line, mac: "02:00:00:00:00:01"}}
  bob: {eth0: line}
segments:
  line: {kind: cable}
"""


def where(snippet: Snippet) -> str:
    """Page and line, as the id of a test."""
    return f"{snippet.page.relative_to(ROOT)}:{snippet.line}"


def of(language, wanted=lambda snippet: True):
    """Parametrize over the snippets of a language."""
    chosen = [it for it in SNIPPETS if it.language == language and wanted(it)]
    return pytest.mark.parametrize("snippet", chosen, ids=where)


def parsed(arguments: list[str]) -> None:
    """Find a command and its options, without doing anything; raises a `click.UsageError`."""
    command: click.Command = cli
    ctx = click.Context(cli, info_name="l2harness")
    rest = list(arguments)
    while isinstance(command, click.Group) and rest and not rest[0].startswith("-"):
        name, found, rest = command.resolve_command(ctx, rest)
        assert found is not None
        command = found
        ctx = click.Context(command, info_name=name, parent=ctx)
    command.make_parser(ctx).parse_args(rest)


@pytest.fixture(scope="module")
def places(tmp_path_factory) -> dict[str, Path]:
    """The directories in which sessions are followed; made once, changed by whoever follows."""
    top = tmp_path_factory.mktemp("docs")
    submission = shutil.copytree(ROOT / "examples" / "forgot-htons", top / "submission")
    right = shutil.copytree(ROOT / "examples" / "right-python", top / "right submission")
    both = top / "class"
    shutil.copytree(right, both / "uploads" / "ada")
    (both / "uploads" / "bob").mkdir()
    (both / "uploads" / "bob" / "pyng").write_text("#!/bin/sh\nexit 1\n")
    network = top / "directory with network.yaml"
    network.mkdir()
    (network / "network.yaml").write_text(NETWORK)
    return {it.name: it for it in map(Path, (submission, right, both, network))}


@pytest.mark.kernel
@of("console", lambda it: it.kind == "run in")
def test_sessions(snippet, places):
    """What a page shows after a command is what the command prints."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "COLUMNS": "80"}
    assert run_snippets([snippet], places[snippet.words], environment, Terminal)


@of("console")
def test_commands_exist(snippet):
    """Every command of ours on a page is there, with the options that it is given."""
    for command in snippet.session():
        for arguments in commands_in(command.text):
            parsed(arguments)


def test_a_command_that_does_not_exist_is_found():
    """The rule above can fail: for a command, and for an option."""
    [arguments] = commands_in("sudo A=1 .venv/bin/l2harness grade x --out y | head")
    assert arguments == ["grade", "x", "--out", "y"]
    parsed(arguments)
    for line in ("l2harness grad x", "l2harness grade x --outt y"):
        [arguments] = commands_in(line)
        with pytest.raises(click.UsageError):
            parsed(arguments)


@pytest.mark.parametrize("page", PAGES, ids=lambda it: it.relative_to(ROOT).as_posix())
def test_nothing_is_left_out_in_silence(page):
    """Where one session of a page says whether it is run, all do."""
    sessions = [it for it in snippets_of(page) if it.language == "console"]
    said = [bool(it.kind) for it in sessions]
    assert all(said) or not any(it.kind == "run in" for it in sessions)


@pytest.mark.kernel
@of(
    "python",
    lambda it: "import" in it.text and "def test_" in it.text and it.page.name != "labs.md",
)
def test_tests(snippet, tmp_path):
    """A test that a page shows with its imports passes."""
    (tmp_path / "test_page.py").write_text(snippet.text)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_page.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@of("python")
def test_python(snippet):
    """Python on a page is Python."""
    assert ast.parse(snippet.text).body


@of("yaml", lambda it: "hosts:" in it.text)
def test_topologies(snippet):
    """A topology on a page can be loaded."""
    assert parse_topology(snippet.text.encode(), Path("page.yaml")).hosts


# docs/labs.md is followed from its beginning to its end by test_docs_tutorial.py.
@of("toml", lambda it: "title" in it.text and it.page.name != "labs.md")
def test_lab_files(snippet, tmp_path):
    """A lab file on a page can be loaded; a mutant's names checks and misconceptions there are."""
    said = tomllib.loads(snippet.text)
    if "fails" in said:
        lab = find_lab("pyng")
        assert set(said["fails"]) <= {spec.id for spec in rubric_of(lab)}
        assert said["misconception"] in knowledge_of(lab).lessons
    else:
        (tmp_path / "lab.toml").write_text(snippet.text)
        assert load_lab(tmp_path).title == said["title"]
