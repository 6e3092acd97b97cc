"""A lab as a value: what is asked, on which network, with which options; and for one student.

Strategy: `l2harness.labs.manifest` makes it from a ``lab.toml``. Words keep the names of options
in them until the values are known, which for options that vary is when a student is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from l2harness.labs.api import Visibility
from l2harness.labs.options import (
    MIN_FRAME,
    Forms,
    Offer,
    Option,
    fill_in,
    forms,
    offer_for,
)
from l2harness.labs.variants import draw
from l2harness.programs.limits import Limits
from l2harness.topology import Topology, override

#: Forms that show the value itself.
_ALIKE: Final = frozenset({"", "bytes", "lower"})


@dataclass(frozen=True, slots=True)
class CheckSetting:
    """
    What a lab says of a check of its base: each None leaves it as it is.

    Attributes:
        points: What passing it is worth.
        visibility: Who sees it in reports for students, and when.
        said_in: The ``lab.toml``, and the line.
    """

    points: float | None
    visibility: Visibility | None
    said_in: tuple[Path, int | None]


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
        bases: Folders of the labs that it extends, the nearest first.
        offers: What its options are, as far as it says.
        variants: Options that are drawn for each student, and what from.
        settings: What it says of checks, by id.
        said: Title and programs with the names of options in them.
        origin: The lab before options were drawn for a student; None where nothing was drawn.
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
    bases: tuple[Path, ...] = ()
    offers: Mapping[str, Offer] = field(default_factory=dict)
    variants: Mapping[str, tuple[Option, ...]] = field(default_factory=dict)
    settings: Mapping[str, CheckSetting] = field(default_factory=dict)
    said: tuple[str, tuple[tuple[str, str], ...]] = ("", ())
    origin: Lab | None = None

    @property
    def check_files(self) -> list[Path]:
        """The files that hold its checks, in order."""
        return sorted(self.code.glob("test_*.py"))

    @property
    def words(self) -> Mapping[str, Forms]:
        """
        For each option, all ways in which a sentence may write its value.

        What varies and has not been drawn is written as its name, ``<ethertype>``, and what
        follows from it as ``<payload:length>``.
        """
        words = {name: forms(self.offer(name).kind, it) for name, it in self.options.items()}
        return words | {
            name: {
                form: f"<{name}>" if form in _ALIKE else f"<{name}:{form}>" for form in words[name]
            }
            for name in self.variants
        }

    def offer(self, name: str) -> Offer:
        """Return what an option is that the lab has."""
        if name in self.offers:
            return self.offers[name]
        return MIN_FRAME if name == MIN_FRAME.name else offer_for(name, self.options[name])

    def drawn(self, variant: str) -> Lab:
        """Return the lab with every option that varies drawn from a student's word."""
        if not self.variants:
            return self
        values = draw(self.variants, variant)
        mine = replace(self, options={**self.options, **values}, variants={}, origin=self)
        topology = self.topology
        if MIN_FRAME.name in values:
            topology = override(topology, min_frame=int(values[MIN_FRAME.name]))
        title, programs = self.said
        return replace(
            mine,
            title=fill_in(title, mine.words),
            programs={fill_in(it, mine.words): fill_in(how, mine.words) for it, how in programs},
            topology=topology,
        )

    @property
    def drawn_notes(self) -> list[str]:
        """What there is to say of the values that were drawn for a student; empty if none were."""
        if self.origin is None:
            return []
        drawn = [f"{it} {self.words[it]['']}" for it in self.origin.variants]
        return [f"asked of this student: {', '.join(drawn)}"]

    def digest(self) -> str:
        """Return ``sha256:…`` over everything that decides a grade: settings, runs and checks."""
        if self.origin is not None:
            return self.origin.digest()
        whole = hashlib.sha256()
        settings = [folder / "lab.toml" for folder in (self.folder, *self.bases)]
        code = [it for it in self.code.glob("*.py") if it.name != "conftest.py"]
        for path in [*settings, *sorted(code)]:
            content = path.read_bytes() if path.exists() else b""
            whole.update(f"{path.name}:{len(content)}:".encode() + content)
        whole.update(repr(self.topology).encode())
        return f"sha256:{whole.hexdigest()}"
