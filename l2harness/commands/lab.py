"""``l2harness lab new``: a lab that works, to begin with."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path
from typing import Final

import click

from l2harness.commands.options import A_PATH, expect_current_directory
from l2harness.commands.output import show
from l2harness.errors import KernelError, UsageError

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,30}[a-z0-9]")
_ENDING: Final = ".in"
#: A file that has the name of the lab's program.
_PROGRAM: Final = "program"


@click.group(short_help="Make a lab of your own.")
def lab() -> None:
    """
    Make a lab of your own. `l2harness labs` lists those that there are.

    \b
    Examples:
      l2harness lab new greet
    """


@lab.command(short_help="Make a lab that works, to begin with.")
@click.argument("name")
@click.option(
    "--directory",
    metavar="DIR",
    type=A_PATH,
    default=".",
    help="Make it in this directory; by default in the current one.",
)
def new(name: str, directory: Path) -> int:
    """
    Make a lab NAME: a folder of that name, with everything that a lab has.

    One program, two checks, a reference solution, two mutants, a misconception and a test. It can
    be audited at once; then change one thing after the other.

    \b
    Examples:
      l2harness lab new greet
      l2harness audit ./greet
      l2harness lab new greet --directory ~/course/labs

    Exit status: 0 the lab is there, 2 NAME is no good or is there already, 3 the directory cannot
    be written.
    """
    from l2harness.labs.places import built_in_root, labs_below
    from l2harness.programs.tree import shown

    expect_current_directory()
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"a lab cannot be called {shown(name)}: names have 2 to 32 small letters, digits and "
            "-, and begin with a letter"
        )
    if name in {it.name for it in labs_below(built_in_root())}:
        raise UsageError(f"a lab {name} comes with l2harness: take another name")
    folder = directory / name
    if not directory.is_dir():
        raise UsageError(f"there is no directory {shown(directory)}: make it, or name another")
    if folder.exists() or folder.is_symlink():
        raise UsageError(f"{shown(folder)} is there already: take another name, or remove it")
    try:
        _make(Path(str(resources.files("l2harness.labs") / "starter")), folder, name)
    except OSError as error:
        raise KernelError("make the lab", shown(folder), error.errno or 0) from error
    lines = [
        f"{shown(folder)} is a lab of 2 checks, 10 points. What to do with it:",
        f"  l2harness audit {shown(_as_path(folder))}    does it grade rightly?",
        f"  l2harness labs {shown(_as_path(folder))}     what it asks for",
    ]
    show(lambda screen: "".join(f"{line}\n" for line in lines))
    return 0


def _as_path(folder: Path) -> str:
    """A folder as an argument that is a path and no name."""
    text = str(folder)
    return text if "/" in text else f"./{text}"


def _make(starter: Path, folder: Path, name: str) -> None:
    """Write the files beside their place, and put them there all at once."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix=f".{name}-", dir=folder.parent) as place:
        made = Path(place) / name
        _copy(starter, made, name)
        made.chmod(0o755)
        made.rename(folder)


def _copy(source: Path, target: Path, name: str) -> None:
    target.mkdir()
    for entry in source.iterdir():
        if entry.is_dir():
            _copy(entry, target / entry.name, name)
        elif entry.name.endswith(_ENDING):
            stem = entry.name.removesuffix(_ENDING)
            path = target / (name if stem == _PROGRAM else stem)
            path.write_text(entry.read_text("utf-8").replace("@NAME@", name), "utf-8")
            if stem == _PROGRAM:
                path.chmod(0o755)
