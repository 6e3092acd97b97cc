"""What a ``lab.toml`` says becomes a `Lab`, or a `SpecError` with file, line and key.

Strategy: table by table, each value is checked where it is read, and taken over from the lab that
is extended where nothing is said.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from math import inf
from pathlib import Path
from typing import Any, Final, TypeVar, get_args

from l2harness.errors import SpecError, UsageError
from l2harness.labs.api import API_VERSION, Visibility
from l2harness.labs.model import CheckSetting, Lab
from l2harness.labs.options import (
    MIN_FRAME,
    Kind,
    Offer,
    Option,
    fill_in,
    no_such_option,
)
from l2harness.labs.places import lab_name
from l2harness.labs.toml_lines import dotted, line_of
from l2harness.labs.variants import choices_for
from l2harness.programs.limits import Limits
from l2harness.topology import Topology, find_topology, override

T = TypeVar("T")

#: Keys of ``lab.toml``, of a table in ``[offers]``, and of one in ``[checks]``.
KEYS: Final = frozenset(
    {"title", "api", "extends", "topology", "programs", "limits", "options", "offers"}
    | {"variants", "checks", "interpreters"}
)
OFFER_KEYS: Final = frozenset({"kind", "about", "least", "most", "among", "pattern"})
CHECK_KEYS: Final = frozenset({"points", "visibility"})


class Manifest:
    """
    One ``lab.toml`` being read; knows where each key stands.

    Args:
        path: The file.
        text: What stands in it.
        said: The same, parsed.
        base_of: Loads the lab of a name that the one in a folder extends.
    """

    def __init__(
        self,
        path: Path,
        text: str,
        said: Mapping[str, Any],
        base_of: Callable[[Path, str], Lab],
    ) -> None:
        self._path = path
        self._text = text
        self._said = said
        self._base_of = base_of

    def lab(self) -> Lab:
        """Return what it says. Raises SpecError with file, line and key."""
        self._expect_known(self._said, KEYS)
        self._expect_api()
        base = self._base()
        folder = self._path.parent
        programs = self._table("programs", str) or (dict(base.said[1]) if base else {})
        if not programs:
            raise self._wrong("programs", "names no program; a lab needs at least one")
        offers = {**(base.offers if base else {}), **self._offers()}
        own_code = base is None or (folder / "runs.py").exists()
        options = self._options(base, offers, own_code=own_code)
        lab = Lab(
            name=lab_name(folder),
            title="",
            folder=folder,
            code=folder if base is None or own_code else base.code,
            topology=self._topology(base, options),
            programs={},
            limits=self._limits(base.limits if base else Limits()),
            options=options,
            interpreters={
                **(base.interpreters if base else {}),
                **self._table("interpreters", str),
            },
            bases=(base.folder, *base.bases) if base else (),
            offers=offers,
            settings={**(base.settings if base else {}), **self._settings()},
            said=(self._string("title", base.said[0] if base else None), tuple(programs.items())),
        )
        # What a course sets for everybody varies no longer.
        inherited = {} if base is None else dict(base.variants)
        for name in self._table("options", str, int, float, bool):
            inherited.pop(name, None)
        variants = {**inherited, **self._variants(lab)}
        return self._told(replace(lab, variants={it: variants[it] for it in sorted(variants)}))

    def _told(self, lab: Lab) -> Lab:
        """The same lab with the values of its options in its words."""
        title, programs = lab.said
        words = lab.words
        named = {}
        for name, how in programs:
            key = self._checked(("programs", name), fill_in, name, words)
            if key in named:
                raise self._wrong("programs", f"has two programs of the name {key}")
            named[key] = self._checked(("programs", name), fill_in, how, words)
        title = self._checked(("title",), fill_in, title, words)
        return replace(lab, title=title, programs=named)

    def _expect_api(self) -> None:
        version = self._said.get("api", API_VERSION)
        if not isinstance(version, int) or isinstance(version, bool):
            raise self._wrong("api", f"is {version!r}; it must be a whole number")
        if version != API_VERSION:
            raise self._wrong(
                "api",
                f"is {version}, and this l2harness has version {API_VERSION} of l2harness.lab",
            )

    def _base(self) -> Lab | None:
        if "extends" not in self._said:
            return None
        name = self._string("extends", None)
        if name in (self._path.parent.name, lab_name(self._path.parent)):
            raise self._wrong("extends", "a lab cannot extend itself")
        try:
            return self._base_of(self._path.parent, name)
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
        if MIN_FRAME.name in options:
            try:
                topology = override(topology, min_frame=int(options[MIN_FRAME.name]))
            except UsageError as error:
                raise self._wrong(("options", MIN_FRAME.name), str(error)) from error
        return topology

    def _limits(self, base: Limits) -> Limits:
        known = {field.name: field.type for field in fields(Limits)}
        said = self._table("limits", int, float)
        self._expect_known(said, known, "limits")
        for key, value in said.items():
            whole = isinstance(value, int) and not isinstance(value, bool)
            if known[key] == "int" and not whole:
                raise self._wrong(("limits", key), f"is {value!r}; it must be a whole number")
            if isinstance(value, bool) or not 0 <= value < inf:
                raise self._wrong(("limits", key), f"is {value}; it must be a number from 0 on")
        return replace(base, **said)

    # -- options ------------------------------------------------------------------------------

    def _offers(self) -> dict[str, Offer]:
        return {name: self._offer(name, it) for name, it in self._table("offers", dict).items()}

    def _offer(self, name: str, said: Mapping[str, Any]) -> Offer:
        at = ("offers", name)
        self._expect_known(said, OFFER_KEYS, *at)
        if said.get("kind") not in list(Kind):
            problem = (
                f"is {said['kind']!r}; it must be one of" if "kind" in said else "is missing:"
            )
            raise self._wrong((*at, "kind"), f"{problem} {', '.join(Kind)}")
        for key, kinds in (("about", (str,)), ("pattern", (str,)), ("among", (list,))):
            if not isinstance(said.get(key, kinds[0]()), kinds):
                raise self._wrong((*at, key), f"is {said[key]!r}; it must be {kinds[0].__name__}")
        for key in ("least", "most"):
            if not isinstance(said.get(key, 0), int | float) or isinstance(said.get(key), bool):
                raise self._wrong((*at, key), f"is {said[key]!r}; it must be a number")
        try:
            re.compile(said.get("pattern", ""))
        except re.error as error:
            raise self._wrong((*at, "pattern"), f"is no regular expression: {error}") from error
        offer = Offer(name, **{**said, "kind": Kind(said["kind"]), "among": ()})
        among = [self._checked((*at, "among"), offer.read, it) for it in said.get("among", ())]
        return replace(offer, among=tuple(among))

    def _options(
        self, base: Lab | None, offers: Mapping[str, Offer], *, own_code: bool
    ) -> dict[str, Option]:
        options = dict(base.options) if base else {}
        for name, value in self._table("options", str, int, float, bool).items():
            at = ("options", name)
            if name in offers:
                offer = offers[name]
            elif name == MIN_FRAME.name:
                offer = MIN_FRAME
            elif base is not None and name in base.options:
                offer = base.offer(name)
            elif own_code:
                options[name] = value
                continue
            else:
                raise self._wrong(at, no_such_option(name, options))
            options[name] = self._checked(at, offer.read, value)
        for name in offers:
            if name not in options:
                raise self._wrong(
                    ("offers", name), f"has no default: say one in [options], {name}"
                )
        return options

    def _variants(self, lab: Lab) -> dict[str, tuple[Option, ...]]:
        varied = {}
        for name, said in self._table("variants", list, dict).items():
            at = ("variants", name)
            if name not in lab.options:
                raise self._wrong(at, no_such_option(name, lab.options))
            varied[name] = self._checked(at, choices_for, lab.offer(name), said)
            if name == MIN_FRAME.name:
                for value in varied[name]:
                    self._checked(at, _padded, lab.topology, value)
        return varied

    def _settings(self) -> dict[str, CheckSetting]:
        settings = {}
        for id, said in self._table("checks", dict).items():
            at = ("checks", id)
            self._expect_known(said, CHECK_KEYS, *at)
            points, visibility = said.get("points"), said.get("visibility")
            if points is not None and not _is_points(points):
                problem = f"is {points!r}; it must be more than 0, in hundredths at the finest"
                raise self._wrong((*at, "points"), problem)
            if visibility is not None and visibility not in get_args(Visibility):
                words = ", ".join(get_args(Visibility))
                raise self._wrong((*at, "visibility"), f"is {visibility!r}; there are {words}")
            settings[id] = CheckSetting(points, visibility, (self._path, line_of(self._text, at)))
        return settings

    # -- tables -------------------------------------------------------------------------------

    def _table(self, key: str, *kinds: type) -> dict[str, Any]:
        table = self._said.get(key, {})
        if not isinstance(table, dict):
            raise self._wrong(key, f"is {table!r}; it must be a table, [{key}]")
        for name, value in table.items():
            if not isinstance(value, kinds):
                wanted = " or ".join(_KIND_WORDS.get(kind, kind.__name__) for kind in kinds)
                raise self._wrong((key, name), f"is {value!r}; it must be {wanted}")
        return table

    def _string(self, key: str, default: str | None) -> str:
        value = self._said.get(key, default)
        if not isinstance(value, str) or not value:
            raise self._wrong(key, f"is {value!r}; it must be a text" if value else "is missing")
        return value

    def _checked(self, at: tuple[str, ...], function: Callable[..., T], *arguments: object) -> T:
        """Call a function of values; what it says is wrong is so at this key."""
        try:
            return function(*arguments)
        except (ValueError, UsageError) as error:
            raise self._wrong(at, str(error)) from error

    def _expect_known(
        self, said: Mapping[str, Any], known: Mapping[str, object] | frozenset[str], *at: str
    ) -> None:
        for word in said:
            if word not in known:
                near = difflib.get_close_matches(word, known, n=1)
                hint = (
                    f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}"
                )
                raise self._wrong((*at, word), f"is no key of a lab; {hint}")

    def _wrong(self, at: str | tuple[str, ...], problem: str) -> SpecError:
        steps = (at,) if isinstance(at, str) else at
        return SpecError(self._path, line_of(self._text, steps), dotted(steps), problem)


_KIND_WORDS: Final[dict[type, str]] = {dict: "a table", list: "a list"}


def _padded(topology: Topology, min_frame: Option) -> Topology:
    return override(topology, min_frame=int(min_frame))


def _is_points(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and 0 < value < inf
        and value == round(value, 2)
    )
