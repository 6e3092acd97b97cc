"""Where labs lie: in the package, in directories that the user names, in installed packages.

Strategy: nothing is loaded here, folders are only found. A directory of labs, such as a checkout
of a course's repository, holds labs as folders, perhaps in a folder ``labs``; the variable
``L2HARNESS_LABS`` names such directories, as PATH does for programs. An installed package names
the Python package that is or holds its labs, under the entry point group ``l2harness.labs``.

Law: what comes with l2harness cannot be replaced by what lies elsewhere under the same name.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Final

VARIABLE: Final = "L2HARNESS_LABS"
GROUP: Final = "l2harness.labs"
BUILT_IN: Final = "l2harness"


@dataclass(frozen=True, slots=True)
class Place:
    """
    A lab that was found, and not read yet.

    Attributes:
        name: Of its folder.
        folder: Holds its ``lab.toml``.
        origin: Where it comes from, for people: ``l2harness``, a directory, or a package.
    """

    name: str
    folder: Path
    origin: str

    @property
    def built_in(self) -> bool:
        """Whether it comes with l2harness."""
        return self.origin == BUILT_IN


def built_in_root() -> Path:
    """Return the directory of the labs that come with l2harness."""
    return Path(str(resources.files("l2harness.labs")))


def lab_name(folder: Path) -> str:
    """A lab is called as its folder; the folder of ours is a package, and has no hyphens."""
    return folder.name.replace("_", "-") if folder.parent == built_in_root() else folder.name


def places() -> dict[str, list[Place]]:
    """Return every lab that is found, by name; several under one name in the order of search."""
    found: dict[str, list[Place]] = {}
    for place in (*_built_in(), *_in_directories(), *_in_packages()):
        known = found.setdefault(place.name, [])
        if all(it.folder != place.folder for it in known):
            known.append(place)
    return found


def labs_below(directory: Path) -> list[Path]:
    """Return the folders of the labs that a directory is or holds, by name."""
    if (directory / "lab.toml").is_file():
        return [directory]
    found = [*directory.glob("*/lab.toml"), *directory.glob("labs/*/lab.toml")]
    return [it.parent for it in sorted(found, key=lambda it: (it.parent.name, it))]


def _built_in() -> Iterator[Place]:
    for folder in labs_below(built_in_root()):
        yield Place(lab_name(folder), folder, BUILT_IN)


def _in_directories() -> Iterator[Place]:
    for word in os.environ.get(VARIABLE, "").split(os.pathsep):
        if word:
            for folder in labs_below(Path(word).expanduser().resolve()):
                yield Place(folder.name, folder, word)


def _in_packages() -> Iterator[Place]:
    for entry in sorted(metadata.entry_points(group=GROUP), key=lambda it: it.name):
        origin = entry.dist.name if entry.dist is not None else entry.value
        # A package that is half removed has a name and nothing to import.
        with contextlib.suppress(ImportError, ValueError):
            spec = importlib.util.find_spec(entry.module)
            for place in (spec.submodule_search_locations or ()) if spec else ():
                for folder in labs_below(Path(place).resolve()):
                    yield Place(folder.name, folder, f"package {origin}")
