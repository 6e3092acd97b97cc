"""What differs from student to student: options drawn for each, the same whoever draws.

Strategy: a student's variant is a word that follows from the class's seed and the student's name,
and every option that varies is drawn from that word. The word tells nothing about the seed, so
it can stand on the assignment sheet: whoever checks with it gets the same values, and addresses
that nobody could have known. A seed that ends with ``@`` and the word says both, so that a report
can be made again from its seed alone.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final

from l2harness.labs.options import Kind, Offer, Option

_WORD_DIGITS: Final = 12
#: The widest range that is written out.
_MOST_VALUES: Final = 65_536
_AT_THE_END: Final = re.compile(rf"@([0-9a-f]{{{_WORD_DIGITS}}})\Z")
_RANGE_KEYS: Final = frozenset({"from", "to", "step"})


def variant_of(seed: str, student: str) -> str:
    """Return the word of a student: twelve hex digits. Case and spacing of a name do not count."""
    name = " ".join(student.split()).casefold()
    parts = (it.encode("utf-8", "surrogateescape") for it in ("variant", seed, name))
    whole = hashlib.sha256(b"".join(len(it).to_bytes(8, "big") + it for it in parts))
    return whole.hexdigest()[:_WORD_DIGITS]


def seed_with(seed: str, variant: str) -> str:
    """Return a seed that says the student's word as well: ``7f3a@0123456789ab``."""
    return f"{seed}@{variant}"


def variant_in(seed: str) -> str | None:
    """Return the student's word at the end of a seed; None if it has none."""
    found = _AT_THE_END.search(seed)
    return found[1] if found else None


def choices_for(offer: Offer, said: object) -> tuple[Option, ...]:
    """
    Return the values among which an option is drawn.

    Args:
        offer: The option.
        said: A list of values, or ``{from = 1, to = 9}`` with perhaps a ``step``; of a range, what
            the option does not take is left out.

    Raises:
        ValueError: It is neither, or leaves nothing to draw from; says why.
    """
    if offer.kind is Kind.PROGRAM:
        raise ValueError("cannot differ from student to student: uploads are recognised by it")
    if isinstance(said, list):
        values = tuple(dict.fromkeys(offer.read(it) for it in said))
    elif isinstance(said, dict):
        values = tuple(_in_range(offer, said))
    else:
        raise ValueError(f"is {said!r}; it must be a list of values, or {{from = …, to = …}}")
    if len(values) < 2:
        raise ValueError(f"leaves {len(values)} values to draw from; it takes two at least")
    return values


def draw(choices: Mapping[str, tuple[Option, ...]], variant: str) -> dict[str, Option]:
    """Return a value for every option that varies, from a student's word."""
    drawn = {}
    for name, values in choices.items():
        digest = hashlib.sha256(f"{variant}/{name}".encode()).digest()
        drawn[name] = values[int.from_bytes(digest[:8], "big") % len(values)]
    return drawn


def _in_range(offer: Offer, said: dict[str, Any]) -> list[Option]:
    if offer.kind not in (Kind.WHOLE, Kind.ETHERTYPE):
        raise ValueError(f"is a range, and {offer.name} is no whole number: write a list")
    if not {"from", "to"} <= said.keys() <= _RANGE_KEYS:
        raise ValueError("is a range, which has from, to and perhaps a step, and nothing else")
    first, last = (_bound(said[it]) for it in ("from", "to"))
    step = _bound(said.get("step", 1))
    if step < 1 or last < first or (last - first) // step >= _MOST_VALUES:
        raise ValueError(f"goes from {first} to {last} in steps of {step}, which is no range")
    values: list[Option] = []
    for number in range(first, last + 1, step):
        try:
            values.append(offer.read(number))
        except ValueError:
            continue
    return values


def _bound(value: object) -> int:
    if isinstance(value, str):
        try:
            return int(value, 0)
        except ValueError:
            pass
    elif isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"has {value!r} in it; the ends of a range are whole numbers")
