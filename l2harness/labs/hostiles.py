"""The hostile corpus: submissions that try to hurt whoever grades them, and what they may get.

A hostile submission is the reference of lab pyng with one file of ``labs/hostile/`` in place of
some of its programs, or beside them. Its first line of comment says what it tries. Lines that
begin with ``#:`` are TOML and say the rest::

    #!/usr/bin/env python3
    # Sends frames as fast as the kernel takes them.
    #: as = ["pyng"]                  # the names under which the file is handed in
    #: earns = ["client.sends"]       # checks that it may pass, beyond what it leaves untouched
    #: ends = ["frame limit"]         # how its programs may end, as in reports
    #: says = "sent"                  # what it prints: without it, it has not tried
    #: keeps = ["server.*"]           # checks that it must pass, if not the untouched half
    #: beside = ["trying.py"]         # files of the corpus that it needs
    #: files = {"pytest.ini" = "…"}   # small further files
    #: links = {pyng = "/etc/shadow"} # symbolic links
    #: fifos = ["pyngd"]              # FIFOs

What succeeded in something that must not be possible prints a line that begins with ``ESCAPED:``.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from l2harness.errors import SpecError, UsageError
from l2harness.labs.adapting import changed_options
from l2harness.labs.lab import Lab, load_lab
from l2harness.labs.mutants import reference_of

#: What a program prints that has done what must not be possible.
ESCAPED: Final = "ESCAPED:"

_SETTING: Final = "#:"
_COMMENT: Final = "# "
_HELPERS: Final = frozenset({"trying.py"})
#: Programs of the lab that the corpus is written for, and the checks that speak of each alone.
_HALVES: Final = {"pyng": "client.*", "pyngd": "server.*"}


@dataclass(frozen=True, slots=True)
class Hostile:
    """
    One hostile submission.

    Attributes:
        file: Its file in the corpus.
        title: What it tries, one sentence.
        places: Names under which the file is handed in.
        keeps: Patterns of ids of checks that it must pass, for it leaves them untouched.
        earns: Patterns of ids of checks that it may pass besides.
        ends: How its programs may end, as in reports; with none nothing may be started.
        says: What one of its programs must print; empty for nothing.
        beside: Files of the corpus that are handed in, too.
        files: Further files, by name.
        links: Targets of symbolic links, by name.
        fifos: Names of FIFOs.
    """

    file: Path
    title: str
    places: tuple[str, ...]
    keeps: tuple[str, ...]
    earns: tuple[str, ...]
    ends: frozenset[str]
    says: str = ""
    beside: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    fifos: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of its file, without extension."""
        return self.file.stem

    @property
    def programs(self) -> frozenset[str]:
        """The programs of the lab that it replaces."""
        return frozenset(self.places) & _HALVES.keys()

    def must_pass(self, check: str) -> bool:
        """Whether a check, by its id, has to be passed all the same."""
        return _matches(check, self.keeps)

    def may_pass(self, check: str) -> bool:
        """Whether a check, by its id, may be passed."""
        return _matches(check, (*self.keeps, *self.earns))


def hostile_corpus() -> list[Hostile]:
    """
    Return the corpus, by name.

    Raises:
        SpecError: A file's settings cannot be read, or say something unknown.
    """
    folder = Path(__file__).parent / "hostile"
    files = [it for it in folder.iterdir() if it.suffix in (".py", ".mk", ".sh")]
    return [load_hostile(it) for it in sorted(files) if it.name not in _HELPERS]


def expect_fitting(lab: Lab) -> None:
    """
    Refuse a lab for which the corpus is not written.

    Raises:
        UsageError: It asks for other programs, or with other values than its reference has.
    """
    if missing := sorted(_HALVES.keys() - lab.programs.keys()):
        raise UsageError(
            f"the hostile submissions are written for programs {' and '.join(_HALVES)}; "
            f"lab {lab.name} asks for no {' and no '.join(missing)}"
        )
    if lab.variants or changed_options(load_lab(reference_of(lab).parent), lab):
        raise UsageError(
            f"the hostile submissions have the values of the lab that {lab.name} extends; they "
            "are about this machine and not about a course, so audit that lab"
        )


def load_hostile(path: Path) -> Hostile:
    """
    Read one file of the corpus.

    Raises:
        SpecError: Its settings cannot be read, or say something unknown.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    title = next((it for it in lines if it.startswith(_COMMENT)), "").removeprefix(_COMMENT)
    settings = [it.removeprefix(_SETTING) for it in lines if it.startswith(_SETTING)]
    try:
        said: dict[str, Any] = tomllib.loads("\n".join(settings))
        places = tuple(said.pop("as"))
        untouched = [checks for program, checks in _HALVES.items() if program not in places]
        hostile = Hostile(
            file=path,
            title=title,
            places=places,
            keeps=tuple(said.pop("keeps", untouched)),
            earns=tuple(said.pop("earns", ())),
            ends=frozenset(said.pop("ends", ())),
            beside=tuple(said.pop("beside", ())),
            fifos=tuple(said.pop("fifos", ())),
            **said,
        )
    except (tomllib.TOMLDecodeError, TypeError) as error:
        raise SpecError(path, None, "", f"has settings that cannot be: {error}") from error
    except KeyError as error:
        raise SpecError(path, None, str(error.args[0]), "is missing") from error
    if not title:
        raise SpecError(path, None, "", "does not say what it tries, in a line of comment")
    return hostile


def hand_in(lab: Lab, hostile: Hostile, destination: Path) -> Path:
    """Make a hostile submission in a new directory, and return that."""
    unwanted = shutil.ignore_patterns("__pycache__")
    shutil.copytree(reference_of(lab), destination, symlinks=True, ignore=unwanted)
    for name in (*hostile.places, *hostile.links, *hostile.fifos):
        (destination / name).unlink(missing_ok=True)
    for name in hostile.places:
        shutil.copyfile(hostile.file, destination / name)
        (destination / name).chmod(0o755)
    for name in hostile.beside:
        shutil.copyfile(hostile.file.parent / name, destination / name)
    for name, text in hostile.files.items():
        (destination / name).write_text(text, encoding="utf-8")
    for name, target in hostile.links.items():
        (destination / name).symlink_to(target)
    for name in hostile.fifos:
        os.mkfifo(destination / name)
    return destination


def _matches(check: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(check, pattern) for pattern in patterns)
