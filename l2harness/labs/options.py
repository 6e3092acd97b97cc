"""What may differ from course to course: a lab's options, their values, and how these are written.

Strategy: ``[options]`` of a lab gives every option its default, and ``[offers.NAME]`` says what it
is: its kind, its range, and what it means. A lab that extends another one sets options in a line.
Every value knows all the ways in which a sentence may write it, so that titles, failures and
lessons speak of the value that is asked for: ``{ethertype}`` is 0x88b5, ``{ethertype:bytes}`` is
88 b5.

Laws:
- Pure: values in, sentences out. Who read the value from a file knows the line.
- An option that is not offered takes values of its default's kind.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf, isfinite
from typing import Final, TypeAlias

from l2harness.frames import HEADER_BYTES, EtherType, ethertype_name

Option: TypeAlias = str | int | float | bool
#: How a value may be written, by the name of the form; ``""`` is the usual one.
Forms: TypeAlias = Mapping[str, str]

#: Below it the field is a length. Source: IEEE 802.3-2018, clause 3.2.6.
_FIRST_TYPE, _LAST_TYPE = 0x0600, 0xFFFF
#: What the kernel answers itself or takes out of the frame, so that no program would be judged.
_KERNELS: Final = (
    EtherType.IPV4,
    EtherType.ARP,
    EtherType.IPV6,
    EtherType.VLAN,
    EtherType.QINQ,
)
_HEX: Final = re.compile(r"0[xX][0-9a-fA-F]{1,8}")
#: A file that lies at the top of a submission, under a name that every shell takes as it is.
_FILE_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,31}")
_FIELD: Final = re.compile(r"\{([a-z][a-z0-9_]*)(?::([a-z]+))?\}")


class Kind(StrEnum):
    """What sort of values an option takes."""

    #: True or false.
    FLAG = "flag"
    #: A whole number.
    WHOLE = "whole"
    #: Any number.
    NUMBER = "number"
    #: Printable ASCII.
    TEXT = "text"
    #: The type field of a frame, as a number or as ``"0x88b5"``.
    ETHERTYPE = "ethertype"
    #: The file name of a program; the same for a whole class, for by it uploads are recognised.
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Offer:
    """
    An option that a lab has.

    Attributes:
        name: As in ``ethertype``.
        kind: What sort of values it takes.
        about: What it means, in a few words; empty where the lab does not say.
        least: The smallest number that is allowed, or the least length of a text in bytes.
        most: The largest one.
        among: The only values that are allowed; empty for any.
        pattern: What a text must look like as a whole; empty for anything printable.
    """

    name: str
    kind: Kind
    about: str = ""
    least: float = -inf
    most: float = inf
    among: tuple[Option, ...] = ()
    pattern: str = ""

    def read(self, value: object) -> Option:
        """
        Return a value as it is kept: numbers as numbers, however they were written.

        Raises:
            ValueError: It cannot be; says what it is and what it must be.
        """
        read = _READERS[self.kind](value)
        if self.among and read not in self.among:
            raise ValueError(
                f"is {self.write(read)}; it must be {_or(map(self.write, self.among))}"
            )
        if self.kind is Kind.TEXT:
            self._expect_size(len(str(read)), f"is {value!r}, {len(str(read))} bytes; ", " bytes")
            if self.pattern and not re.fullmatch(self.pattern, str(read)):
                raise ValueError(f"is {value!r}; it must look like {self.pattern}")
        elif not isinstance(read, str | bool):
            self._expect_size(read, f"is {self.write(read)}; ", "")
        return read

    def _expect_size(self, size: float, what: str, unit: str) -> None:
        if self.least <= size <= self.most:
            return
        least, most = (
            self.write(int(it)) if isfinite(it) and it == int(it) else f"{it:g}"
            for it in (self.least, self.most)
        )
        if self.most == inf:
            span = f"{least} or more"
        else:
            span = f"at most {most}" if self.least == -inf else f"from {least} to {most}"
        raise ValueError(f"{what}it must be {span}{unit}")

    def write(self, value: Option) -> str:
        """Return a value as people write it."""
        return forms(self.kind, value)[""]


def offer_for(name: str, default: Option) -> Offer:
    """Return what an option is of which only the default is known."""
    if isinstance(default, bool):
        return Offer(name, Kind.FLAG)
    if isinstance(default, int):
        return Offer(name, Kind.WHOLE)
    return Offer(name, Kind.NUMBER if isinstance(default, float) else Kind.TEXT)


#: Every lab has it, if its network can pad at all.
MIN_FRAME: Final = Offer(
    "min_frame", Kind.WHOLE, "bytes to which the network pads a shorter frame", 0, 1514
)


# -- reading --------------------------------------------------------------------------------------


def _flag(value: object) -> Option:
    if not isinstance(value, bool):
        raise ValueError(f"is {value!r}; it must be true or false")
    return value


def _whole(value: object) -> Option:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"is {value!r}; it must be a whole number")
    return value


def _number(value: object) -> Option:
    if not isinstance(value, int | float) or isinstance(value, bool) or not -inf < value < inf:
        raise ValueError(f"is {value!r}; it must be a number")
    return value


def _text(value: object) -> Option:
    if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
        raise ValueError(f"is {value!r}; it must be a text of printable ASCII")
    return value


def _ethertype(value: object) -> Option:
    if isinstance(value, str) and _HEX.fullmatch(value):
        value = int(value, 16)
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"is {value!r}; it must be an EtherType, such as 0x88b5")
    if not _FIRST_TYPE <= value <= _LAST_TYPE:
        raise ValueError(f"is {value:#06x}; an EtherType is from 0x0600 to 0xffff")
    if value in _KERNELS:
        raise ValueError(f"is {ethertype_name(value)}, which is the kernel's own")
    if value >> 8 == value & 0xFF:
        raise ValueError(f"is {value:#06x}; with equal bytes nobody sees which of them came first")
    return value


def _program(value: object) -> Option:
    if not isinstance(value, str) or not _FILE_NAME.fullmatch(value):
        raise ValueError(f"is {value!r}; it must be a file name of letters, digits, . _ and -")
    return value


_READERS: Final = {
    Kind.FLAG: _flag,
    Kind.WHOLE: _whole,
    Kind.NUMBER: _number,
    Kind.TEXT: _text,
    Kind.ETHERTYPE: _ethertype,
    Kind.PROGRAM: _program,
}


# -- writing --------------------------------------------------------------------------------------


def forms(kind: Kind, value: Option) -> Forms:
    """
    Return every way in which sentences may write a value, by the name of the form.

    Of an EtherType, ``bytes`` as on the wire, ``swapped`` the wrong way round, ``turned`` the
    number that this makes, and ``decimal``; of a text, ``bytes``, ``lower`` case, ``colons`` as
    Wireshark writes bytes, ``length``, and ``end``, the offset of the first byte after it where it
    is a payload.
    """
    if kind is Kind.FLAG:
        return {"": "true" if value else "false"}
    if kind is Kind.ETHERTYPE:
        wire = int(value).to_bytes(2, "big")
        return {
            "": f"0x{wire.hex()}",
            "bytes": wire.hex(" "),
            "swapped": wire[::-1].hex(" "),
            "turned": f"0x{wire[::-1].hex()}",
            "decimal": str(value),
        }
    if kind is Kind.TEXT:
        data = str(value).encode()
        return {
            "": str(value),
            "bytes": data.hex(" "),
            "lower": str(value).lower(),
            "colons": data.hex(":"),
            "length": str(len(data)),
            "end": str(HEADER_BYTES + len(data)),
        }
    return {"": str(value)}


def fill_in(text: str, words: Mapping[str, Forms], *, strict: bool = True) -> str:
    """
    Return a sentence with the values of options in place of their names in braces.

    Args:
        text: As in ``Bytes 12–13 are {ethertype:bytes}.``; other braces stay as they are.
        words: For each option its forms.
        strict: Whether a name in braces that is no option is a mistake; otherwise it stays.

    Raises:
        ValueError: There is no such option, or it is not written so.
    """

    def value(field: re.Match[str]) -> str:
        name, form = field[1], field[2] or ""
        known = words.get(name, {})
        if form in known:
            return known[form]
        if not strict:
            return field[0]
        if known:
            others = ", ".join(f"{{{name}:{it}}}" if it else f"{{{name}}}" for it in known)
            raise ValueError(f"says {field[0]}; the option {name} is written {others}")
        raise ValueError(f"says {field[0]}; {no_such_option(name, words)}")

    return _FIELD.sub(value, text)


def no_such_option(name: str, known: Collection[str]) -> str:
    """Say that there is no option of a name, and which one may be meant."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"there is no option {name}; did you mean {near[0]}?"
    every = f"there are {', '.join(sorted(known))}" if known else "the lab has none"
    return f"there is no option {name}; {every}"


def _or(words: Collection[str] | map[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
