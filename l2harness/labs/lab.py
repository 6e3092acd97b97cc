"""Finding a lab by its name or its folder, and reading that."""

from __future__ import annotations

import difflib
import re
import tomllib
from pathlib import Path

from l2harness.errors import SpecError, UsageError
from l2harness.labs.manifest import Manifest
from l2harness.labs.model import CheckSetting, Lab
from l2harness.labs.options import Option
from l2harness.labs.places import Place, built_in_root, lab_name, labs_below, places

__all__ = ["CheckSetting", "Lab", "Option", "built_in_labs", "find_lab", "load_lab"]


def built_in_labs() -> list[str]:
    """Return the names of the labs that come with the package."""
    return sorted(map(lab_name, labs_below(built_in_root())))


def find_lab(name: str) -> Lab:
    """
    Load a lab by its name, or by the path of its folder.

    Raises:
        UsageError: There is no such lab, and names the nearest one; or there are two.
        SpecError: Its ``lab.toml`` says something that cannot be.
    """
    known = places()
    # What comes with the package cannot be replaced by a folder that happens to be here.
    if "/" in name or (name not in known and Path(name, "lab.toml").is_file()):
        if not Path(name, "lab.toml").is_file():
            raise UsageError(
                f"there is no lab in {name}: it has no lab.toml. `l2harness labs` lists those "
                "that come along"
            )
        return load_lab(Path(name).resolve())
    if name not in known:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
        raise UsageError(f"there is no lab {name!r}; {hint}")
    return load_lab(_the_one(known[name]).folder)


def _the_one(found: list[Place]) -> Place:
    """Return the lab that a name means: the built-in one, or the only one."""
    first, *others = found
    if others and not first.built_in:
        where = " and ".join(str(it.folder) for it in found)
        raise UsageError(f"{len(found)} labs are called {first.name}: {where}. Give a path")
    return first


def load_lab(folder: Path) -> Lab:
    """
    Read a lab's folder.

    Raises:
        SpecError: With file, line and key.
    """
    path = folder / "lab.toml"
    try:
        text = path.read_text(encoding="utf-8")
        said = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(path, None, "", f"cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        line = int(found.group(1)) if found else None
        raise SpecError(path, line, "", f"is not TOML: {error}") from error
    return Manifest(path, text, said, _base_of).lab()


def _base_of(folder: Path, name: str) -> Lab:
    """Return the lab that one in a folder extends: a neighbour of it, or one that is found."""
    sibling = folder.parent / name
    return load_lab(sibling) if (sibling / "lab.toml").exists() else find_lab(name)
