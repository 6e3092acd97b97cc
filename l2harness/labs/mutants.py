"""Mutants: the reference with one fault each, and what that fault must cost.

A lab may have more references than the one that mutants are made from: ``references/NAME/``, the
same in another language, say. Every one of them must get full marks.

A mutant is a folder that holds the files which differ from ``reference/``, and ``mutant.toml``::

    title = "Writes the EtherType in the machine's own byte order."
    misconception = "ethertype-byte-order"
    fails = ["client.ethertype"]      # exactly these checks fail
    blocked = []                      # … and these are blocked because of them
    remove = ["ethernet.py"]          # files of the reference that it does not have
    defaults = ["payload"]            # options that must have their defaults, or it is no fault
"""

from __future__ import annotations

import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from l2harness.errors import SpecError
from l2harness.labs.adapting import adapt, adapted_name, changed_options
from l2harness.labs.lab import Lab, load_lab

_KEYS = frozenset({"title", "misconception", "fails", "blocked", "remove", "why", "defaults"})

#: What Python and pip leave beside sources. Python trusts it where the source has the length and
#: date that it was made from, and files of an installed package all have one date: a mutant of the
#: same length would be the reference.
_COMPILED: Final = shutil.ignore_patterns("__pycache__")


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
        defaults: Options without whose defaults it is no fault.
    """

    folder: Path
    title: str
    misconception: str
    fails: frozenset[str]
    blocked: frozenset[str]
    remove: tuple[str, ...]
    defaults: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Name of its folder."""
        return self.folder.name


def mutants_of(lab: Lab) -> list[Mutant]:
    """
    Return the mutants of a lab, by name: those beside it, or beside the lab that it extends.

    Raises:
        SpecError: A ``mutant.toml`` cannot be read or says something unknown.
    """
    folder = mutants_folder(lab)
    if folder is None:
        return []
    every = [_load(path) for path in sorted((folder / "mutants").glob("*/mutant.toml"))]
    changed = changed_options(load_lab(folder), lab) if any(it.defaults for it in every) else {}
    return [it for it in every if it.defaults.isdisjoint(changed)]


def mutants_folder(lab: Lab) -> Path | None:
    """Return the folder of the lab whose mutants are a lab's: its own, or the nearest base's."""
    return _nearest_with(lab, "mutants")


def _nearest_with(lab: Lab, name: str) -> Path | None:
    folders = (lab.folder, *(it for it in lab.bases if lab.code != lab.folder))
    return next((it for it in folders if (it / name).is_dir()), None)


def reference_of(lab: Lab) -> Path:
    """
    Return the folder of a lab's reference solution, its own or that of the lab that it extends.

    It is written for the options of the lab that it lies beside; see `assembled_reference`.

    Raises:
        SpecError: There is none.
    """
    folder = _nearest_with(lab, "reference")
    if folder is None:
        raise SpecError(lab.folder / "lab.toml", None, "", "has no reference/ beside it")
    return folder / "reference"


def assembled_reference(lab: Lab, destination: Path) -> Path:
    """Make the reference, for the lab's own options, in a new directory, and return that."""
    return _assembled(reference_of(lab), reference_of(lab).parent, lab, destination)


def assembled_references(lab: Lab, destination: Path) -> dict[str, Path]:
    """
    Make all references, for the lab's own options, below a new directory.

    Returns:
        Their directories, by the names that `references_of` gives them.

    Raises:
        SpecError: There is no ``reference/``.
    """
    beside = reference_of(lab).parent
    destination.mkdir()
    return {
        name: _assembled(folder, beside, lab, destination / folder.name)
        for name, folder in references_of(lab).items()
    }


def _assembled(source: Path, beside: Path, lab: Lab, destination: Path) -> Path:
    shutil.copytree(source, destination, symlinks=True, ignore=_COMPILED)
    adapt(destination, load_lab(beside), lab)
    return destination


def references_of(lab: Lab) -> dict[str, Path]:
    """
    Return the folders of all reference solutions of a lab: ``reference``, then the others by name.

    Raises:
        SpecError: There is no ``reference/``.
    """
    beside = reference_of(lab).parent / "references"
    others = sorted(it for it in beside.glob("*") if it.is_dir())
    named = {f"{it.parent.name}/{it.name}": it for it in others}
    return {"reference": reference_of(lab), **named}


def assemble(lab: Lab, mutant: Mutant, destination: Path) -> Path:
    """
    Make the whole submission of a mutant, for the lab's own options, in a new directory.

    Returns:
        The directory.

    Raises:
        SpecError: It removes a file that the reference has not.
    """
    assembled_reference(lab, destination)
    written_for = load_lab(mutant.folder.parents[1])
    for name in mutant.remove:
        there = destination / adapted_name(name, written_for, lab)
        if not there.is_file():
            raise SpecError(
                mutant.folder / "mutant.toml", None, "remove", f"the reference has no {name}"
            )
        there.unlink()
    _overlay(mutant, destination, lab, written_for)
    return destination


def _overlay(mutant: Mutant, destination: Path, lab: Lab, written_for: Lab) -> None:
    """Put the files of a mutant over those of the reference."""
    own = destination.with_name(f".{destination.name}-files")
    shutil.copytree(
        mutant.folder,
        own,
        symlinks=True,
        ignore=shutil.ignore_patterns("mutant.toml", "__pycache__"),
    )
    adapt(own, written_for, lab)
    shutil.copytree(own, destination, symlinks=True, dirs_exist_ok=True)
    shutil.rmtree(own)


def _load(path: Path) -> Mutant:
    try:
        said = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SpecError(path, None, "", f"cannot be read: {error}") from error
    if unknown := sorted(said.keys() - _KEYS):
        keys = ", ".join(sorted(_KEYS))
        raise SpecError(path, None, unknown[0], f"is no key of a mutant; there are {keys}")
    if missing := sorted({"title", "misconception", "fails"} - said.keys()):
        raise SpecError(path, None, missing[0], "is missing: every mutant says it")
    return Mutant(
        path.parent,
        said["title"],
        said["misconception"],
        frozenset(said["fails"]),
        frozenset(said.get("blocked", ())),
        tuple(said.get("remove", ())),
        frozenset(said.get("defaults", ())),
    )
