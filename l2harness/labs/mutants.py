"""Mutants: the reference with one fault each, and what that fault must cost.

A lab may have more references than the one that mutants are made from: ``references/NAME/``, the
same in another language, say. Every one of them must get full marks.

A mutant is a folder that holds the files which differ from ``reference/``, and ``mutant.toml``::

    title = "Writes the EtherType in the machine's own byte order."
    misconception = "ethertype-byte-order"
    fails = ["client.ethertype"]      # exactly these checks fail
    blocked = []                      # … and these are blocked because of them
    remove = ["ethernet.py"]          # files of the reference that it does not have
"""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from l2harness.errors import SpecError
from l2harness.labs.lab import Lab

_KEYS = frozenset({"title", "misconception", "fails", "blocked", "remove", "why"})


@dataclass(frozen=True, slots=True)
class Mutant:
    """
    One wrong submission.

    Attributes:
        folder: Its files.
        title: What is wrong, one sentence.
        misconception: Id of the idea behind it.
        fails: Ids of the checks that must fail.
        blocked: Ids of the checks that must be blocked because of those.
        remove: Files of the reference that it does not have.
    """

    folder: Path
    title: str
    misconception: str
    fails: frozenset[str]
    blocked: frozenset[str]
    remove: tuple[str, ...]

    @property
    def name(self) -> str:
        """Name of its folder."""
        return self.folder.name


def mutants_of(lab: Lab) -> list[Mutant]:
    """
    Return the mutants that lie beside a lab, by name.

    Raises:
        SpecError: A ``mutant.toml`` cannot be read or says something unknown.
    """
    return [_load(path) for path in sorted((lab.folder / "mutants").glob("*/mutant.toml"))]


def reference_of(lab: Lab) -> Path:
    """
    Return the folder of a lab's reference solution.

    Raises:
        SpecError: There is none.
    """
    folder = lab.folder / "reference"
    if not folder.is_dir():
        raise SpecError(lab.folder / "lab.toml", None, "", "has no reference/ beside it")
    return folder


def references_of(lab: Lab) -> dict[str, Path]:
    """
    Return the folders of all reference solutions of a lab: ``reference``, then the others by name.

    Raises:
        SpecError: There is no ``reference/``.
    """
    others = sorted(it for it in (lab.folder / "references").glob("*") if it.is_dir())
    named = {f"{it.parent.name}/{it.name}": it for it in others}
    return {"reference": reference_of(lab), **named}


def assemble(lab: Lab, mutant: Mutant, destination: Path) -> Path:
    """Make the whole submission of a mutant in a new directory, and return that."""
    shutil.copytree(reference_of(lab), destination, symlinks=True)
    for name in mutant.remove:
        (destination / name).unlink()
    shutil.copytree(
        mutant.folder,
        destination,
        symlinks=True,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("mutant.toml"),
    )
    return destination


def _load(path: Path) -> Mutant:
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SpecError(path, None, "", f"cannot be read: {error}") from error
    if unknown := sorted(said.keys() - _KEYS):
        raise SpecError(path, None, unknown[0], "is no key of a mutant")
    if missing := sorted({"title", "misconception", "fails"} - said.keys()):
        raise SpecError(path, None, missing[0], "is missing")
    return Mutant(
        path.parent,
        said["title"],
        said["misconception"],
        frozenset(said["fails"]),
        frozenset(said.get("blocked", ())),
        tuple(said.get("remove", ())),
    )
