"""A lab's folder, read: title, programs, topology, limits, checks, and where its code lies.

``lab.toml`` says what differs from the defaults, or, with ``extends``, from another lab.
Everything wrong in it is a `SpecError` with file, line and key.
"""

from __future__ import annotations

import difflib
import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from importlib import resources
from math import inf
from pathlib import Path
from typing import Any, Final

from l2harness.errors import SpecError, UsageError
from l2harness.programs.limits import Limits
from l2harness.topology import Topology, find_topology, override

_KEYS: Final = frozenset(
    {"title", "extends", "topology", "programs", "limits", "options", "interpreters"}
)
Option = str | int | float | bool


@dataclass(frozen=True, slots=True)
class Lab:
    """
    What a submission is asked, and how it is found out.

    Attributes:
        name: Of its folder, ``pyng``.
        title: One line.
        folder: Where ``lab.toml`` lies.
        code: Where ``runs.py`` and ``test_*.py`` lie: its own folder, or that of the lab
            it extends.
        topology: Declared; resolved anew for every seed.
        programs: Name of each program, and how it is called, in words.
        limits: Of each program.
        options: Settings that its runs and checks read.
        interpreters: What students' programs get for an interpreter, such as ``python3``.
    """

    name: str
    title: str
    folder: Path
    code: Path
    topology: Topology
    programs: Mapping[str, str]
    limits: Limits
    options: Mapping[str, Option]
    interpreters: Mapping[str, str]

    @property
    def check_files(self) -> list[Path]:
        """The files that hold its checks, in order."""
        return sorted(self.code.glob("test_*.py"))

    def digest(self) -> str:
        """Return ``sha256:…`` over everything that decides a grade: settings, runs and checks."""
        whole = hashlib.sha256()
        files = [self.folder / "lab.toml", self.code / "lab.toml", self.code / "runs.py"]
        for path in [*files, *self.check_files]:
            content = path.read_bytes() if path.exists() else b""
            whole.update(f"{path.name}:{len(content)}:".encode() + content)
        whole.update(repr(self.topology).encode())
        return f"sha256:{whole.hexdigest()}"


def built_in_labs() -> list[str]:
    """Return the names of the labs that come with the package."""
    return sorted(_name_of(path.parent) for path in _built_in_root().glob("*/lab.toml"))


def find_lab(name: str) -> Lab:
    """
    Load a lab by the name of a built-in one, or by the path of its folder.

    Raises:
        UsageError: There is no such lab; names the nearest one.
        SpecError: Its ``lab.toml`` says something that cannot be.
    """
    known = built_in_labs()
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
    folders = [path.parent for path in _built_in_root().glob("*/lab.toml")]
    return load_lab(next(folder for folder in folders if _name_of(folder) == name))


def _name_of(folder: Path) -> str:
    """A lab is called as its folder; the folder of ours is a package, and has no hyphens."""
    ours = folder.parent == _built_in_root()
    return folder.name.replace("_", "-") if ours else folder.name


def _built_in_root() -> Path:
    return Path(str(resources.files("l2harness.labs")))


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
    return _Reader(path, text, said).lab()


class _Reader:
    """One ``lab.toml`` being read; knows where each key stands."""

    def __init__(self, path: Path, text: str, said: Mapping[str, Any]) -> None:
        self._path = path
        self._lines = text.splitlines()
        self._said = said

    def lab(self) -> Lab:
        for key in self._said:
            self._expect_known(key, key, _KEYS)
        base = self._base()
        folder = self._path.parent
        options = {
            **(base.options if base else {}),
            **self._table("options", (str, int, float, bool)),
        }
        programs = self._table("programs", (str,)) or (base.programs if base else {})
        if not programs:
            raise self._wrong("programs", "names no program; a lab needs at least one")
        interpreters = self._table("interpreters", (str,))
        return Lab(
            name=_name_of(folder),
            title=self._string("title", base.title if base else None),
            folder=folder,
            code=base.code if base and not (folder / "runs.py").exists() else folder,
            topology=self._topology(base, options),
            programs=programs,
            limits=self._limits(base.limits if base else Limits()),
            options=options,
            interpreters={**(base.interpreters if base else {}), **interpreters},
        )

    def _base(self) -> Lab | None:
        if "extends" not in self._said:
            return None
        name = self._string("extends", None)
        sibling = self._path.parent.parent / name
        if sibling == self._path.parent:
            raise self._wrong("extends", "a lab cannot extend itself")
        try:
            return load_lab(sibling) if (sibling / "lab.toml").exists() else find_lab(name)
        except UsageError as error:
            raise self._wrong("extends", str(error)) from error
        except RecursionError as error:
            raise self._wrong("extends", "labs extend each other in a circle") from error

    def _topology(self, base: Lab | None, options: Mapping[str, Option]) -> Topology:
        topology: Topology
        if "topology" in self._said:
            name = self._string("topology", None)
            beside = self._path.parent / name
            if beside.is_file():
                topology = find_topology(str(beside))
            else:
                try:
                    topology = find_topology(name)
                except SpecError as error:
                    raise self._wrong("topology", error.problem) from error
        elif base is not None:
            topology = base.topology
        else:
            raise self._wrong("topology", "is missing: name a topology or a file beside")
        if "min_frame" in options:
            try:
                topology = override(topology, min_frame=int(options["min_frame"]))
            except (UsageError, ValueError) as error:
                raise self._wrong("options.min_frame", str(error)) from error
        return topology

    def _limits(self, base: Limits) -> Limits:
        known = {field.name: field.type for field in fields(Limits)}
        said = self._table("limits", (int, float))
        for key, value in said.items():
            self._expect_known(key, f"limits.{key}", set(known))
            whole = isinstance(value, int) and not isinstance(value, bool)
            if known[key] == "int" and not whole:
                raise self._wrong(f"limits.{key}", f"is {value!r}; it must be a whole number")
            if isinstance(value, bool) or not 0 <= value < inf:
                raise self._wrong(f"limits.{key}", f"is {value}; it must be a number from 0 on")
        return replace(base, **said)

    def _table(self, key: str, kinds: tuple[type, ...]) -> dict[str, Any]:
        table = self._said.get(key, {})
        if not isinstance(table, dict):
            raise self._wrong(key, f"is {table!r}; it must be a table, [{key}]")
        for name, value in table.items():
            if not isinstance(value, kinds):
                wanted = " or ".join(kind.__name__ for kind in kinds)
                raise self._wrong(f"{key}.{name}", f"is {value!r}; it must be {wanted}")
        return table

    def _string(self, key: str, default: str | None) -> str:
        value = self._said.get(key, default)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, f"is {value!r}; it must be a text" if value else "is missing")
        return value

    def _expect_known(self, word: str, key: str, known: frozenset[str] | set[str]) -> None:
        if word not in known:
            near = difflib.get_close_matches(word, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
            raise self._wrong(key, f"is no key of a lab; {hint}")

    def _wrong(self, key: str, problem: str) -> SpecError:
        last = key.rpartition(".")[2]
        pattern = re.compile(rf"\s*\[?\s*\"?{re.escape(last)}\"?\s*[=\]]")
        line = next((n for n, text in enumerate(self._lines, 1) if pattern.match(text)), None)
        return SpecError(self._path, line, key, problem)
