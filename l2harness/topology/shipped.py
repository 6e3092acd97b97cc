"""The topologies that come with the package, and finding one by name or by path.

They lie in `shipped/` of an installed package, and in `topologies/` beside the package in a
checkout of the sources; the first of the two that exists is taken.
"""

from __future__ import annotations

import importlib.resources
import os
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from l2harness.errors import SpecError
from l2harness.topology.declared import Topology
from l2harness.topology.load import load_topology, parse_topology
from l2harness.topology.words import advice

_ENDINGS: Final = (".yaml", ".yml")


def shipped_topologies() -> list[str]:
    """Return the names of the topologies that come with the package, sorted."""
    return sorted(_shipped())


def shipped_files() -> dict[str, bytes]:
    """Return the files of the topologies that come with the package, by name."""
    return {file.name: file.read_bytes() for file in _shipped().values()}


def find_topology(name_or_path: str | Path) -> Topology:
    """
    Read a topology of the package or of the user.

    Args:
        name_or_path: The name of a shipped topology, or the path of a file. A path has a ``/`` in
            it or ends with ``.yaml`` or ``.yml``; a plain word is a name first and a file second.

    Raises:
        SpecError: There is no such topology (the message says which are near), or it cannot be
            read, or says something that cannot be.
    """
    word = os.fspath(name_or_path)
    shipped = _shipped()
    if word in shipped:
        file = shipped[word]
        return parse_topology(file.read_bytes(), Path(str(file)))
    path = Path(word)
    if os.path.lexists(path):
        return load_topology(path)
    is_path = os.sep in word or path.suffix in _ENDINGS
    what = "there is no such file" if is_path else "there is no such topology"
    raise SpecError(path, None, "", what + advice(path.stem, sorted(shipped)))


def _shipped() -> dict[str, Traversable]:
    package = importlib.resources.files("l2harness.topology")
    for folder in (package / "shipped", Path(str(package)).parents[1] / "topologies"):
        if folder.is_dir():
            files = {Path(file.name): file for file in folder.iterdir() if file.is_file()}
            return {file.stem: found for file, found in files.items() if file.suffix in _ENDINGS}
    return {}
