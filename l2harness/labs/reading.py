"""Reading the lines of somebody else's program: tolerantly, and no more into them than they say.

A line is asked one question at a time: does it name this address as the destination, does it name
this EtherType, does it show this payload? Fields are found by label (``dst``, ``from``, …) or,
where there are no labels, by position, in the order of the header or around an arrow. Case, ``:``
or ``-`` and ``0x`` do not matter. What is asked about is random, so that a yes is no accident.

Law: no pattern has two ways to take the same characters, so that a line of any length is read in a
time that grows with it, whoever made the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from l2harness.frames import MacAddress

Role = Literal["destination", "source"]

#: Six groups of one or two hex digits, one separator throughout, nothing hexadecimal around them.
#: A word may stand right before, as in ``src:02:…``; another group of digits may not.
_ADDRESS: Final = re.compile(
    r"(?<![0-9A-Fa-f])(?<![:.-]{2})"
    r"(?<!\b[0-9A-Fa-f][:.-])(?<!\b[0-9A-Fa-f]{2}[:.-])(?<!\b[0-9A-Fa-f]{4}[:.-])"
    r"[0-9A-Fa-f]{1,2}(?:(?::[0-9A-Fa-f]{1,2}){5}|(?:-[0-9A-Fa-f]{1,2}){5})"
    r"(?![0-9A-Fa-f]|[:-][0-9A-Fa-f])"
)
#: Words, and beginnings of words such as ``dstmac``, that say what an address is.
_DESTINATION_WORDS: Final = {"to", "da", "dmac", "target", "receiver", "recipient", "ziel"}
_DESTINATION_BEGINNINGS: Final = ("dst", "dest")
_SOURCE_WORDS: Final = {"from", "sa", "smac", "sender", "origin", "absender", "quelle"}
_SOURCE_BEGINNINGS: Final = ("src", "source")
_WORD: Final = re.compile(r"[A-Za-z]+")
_ARROW: Final = re.compile(r"<[-=]+|(?<![-=])[-=]+>|→|←|»|>>|>")
_BACKWARDS: Final = ("<", "←")
_TYPE: Final = re.compile(
    r"(?<![0-9A-Za-z:.\\-])(?:0[xX])?([0-9A-Fa-f]{1,4})(?![0-9A-Za-z]|[:-][0-9A-Fa-f]{2})"
)
_TYPE_LABEL: Final = re.compile(
    r"(?:ether[ _-]?type|eth[ _-]?type|type|proto(?:col)?)[\"']?\s*(?:(?:[:=(]|is\b)\s*)?[\"']?"
    r"(?:0[xX])?([0-9A-Fa-f]{1,4})(?![0-9A-Za-z])",
    re.IGNORECASE,
)
#: What a terminal shows as a colour, and a reader does not see (ECMA-48, SGR and its like).
_COLOUR: Final = re.compile(r"\x1b\[[0-9;:]*[A-Za-z]")
#: The same as two bytes, ``type: 88 b5``; a longer row of bytes is something else.
_TYPE_BYTES: Final = re.compile(
    r"(?:type|proto(?:col)?)[\"']?\s*(?:[:=]\s*)?[\"']?([0-9A-Fa-f]{2}[ :-][0-9A-Fa-f]{2})"
    r"(?![0-9A-Za-z]|[ :-][0-9A-Fa-f]{2}\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NamedAddress:
    """
    An address found in a line.

    Attributes:
        text: As it stands there.
        role: What the line says it is; None where it says nothing.
        at: Where it begins and ends in the line without colours.
    """

    text: str
    role: Role | None
    at: tuple[int, int]

    @property
    def mac(self) -> MacAddress | None:
        """The address; None where digits are missing from a group."""
        groups = re.split("[:-]", self.text)
        if any(len(group) != 2 for group in groups):
            return None
        return MacAddress(bytes(int(group, 16) for group in groups))


def addresses(line: str) -> list[NamedAddress]:
    """Return every address in a line, with the role that a label, an arrow or its place gives."""
    line = _uncoloured(line)
    found = list(_ADDRESS.finditer(line))
    labelled: list[Role | None] = []
    end_of_last = 0
    for match in found:
        labelled.append(_label(line[end_of_last : match.start()]))
        end_of_last = match.end()
    if found and not any(labelled):
        labelled = _by_position(line, found)
    elif len(found) > 1 and labelled[1] is None:
        labelled = _by_heading(line[: found[0].start()], labelled)
    return [
        NamedAddress(match.group(), role, match.span())
        for match, role in zip(found, labelled, strict=True)
    ]


def _label(before: str) -> Role | None:
    """The last word before an address that says what it is."""
    return next((role for word in reversed(_WORD.findall(before)) if (role := _role(word))), None)


def _role(word: str) -> Role | None:
    word = word.lower()
    if word in _DESTINATION_WORDS or word.startswith(_DESTINATION_BEGINNINGS):
        return "destination"
    if word in _SOURCE_WORDS or word.startswith(_SOURCE_BEGINNINGS):
        return "source"
    return None


def _by_heading(before: str, labelled: list[Role | None]) -> list[Role | None]:
    """Both labels before both addresses, as in ``dst, src: …, …``: in that order."""
    roles = [role for word in _WORD.findall(before) if (role := _role(word))]
    return [*roles[-2:], *labelled[2:]] if len(set(roles[-2:])) == 2 else labelled


def _by_position(line: str, found: list[re.Match[str]]) -> list[Role | None]:
    """Without labels: the order of the header, or what an arrow between the first two says."""
    roles: list[Role | None] = [None] * len(found)
    if len(found) == 1:
        return roles
    between = _ARROW.search(line[found[0].end() : found[1].start()])
    if between and not between.group().startswith(_BACKWARDS):
        roles[:2] = ["source", "destination"]
    else:
        roles[:2] = ["destination", "source"]
    return roles


def names_address(lines: Iterable[str], role: Role, mac: MacAddress) -> bool:
    """Whether the lines name ``mac`` in that role, and no other address in it."""
    named = [it for line in lines for it in addresses(line) if it.role == role]
    return any(it.mac == mac for it in named) and all(it.mac == mac for it in named)


def mentions_address(lines: Iterable[str], mac: MacAddress) -> bool:
    """Whether an address is in the lines at all, in whatever role, also with digits missing."""
    wanted = list(mac.value)
    return any(
        [int(group, 16) for group in re.split("[:-]", it.text)] == wanted
        for line in lines
        for it in addresses(line)
    )


def shown_addresses(lines: Iterable[str], role: Role) -> list[str]:
    """Return the addresses that the lines name in a role, as they stand there."""
    return [it.text for line in lines for it in addresses(line) if it.role == role]


def names_ethertype(lines: Iterable[str], value: int) -> bool:
    """Whether a line names an EtherType in hex, by label or as a number of its own."""
    pairs = value.to_bytes(2, "big").hex(" ")
    for line in lines:
        rest = _without_addresses(line)
        if any(re.sub("[:-]", " ", it).lower() == pairs for it in _TYPE_BYTES.findall(rest)):
            return True
        labelled = _TYPE_LABEL.findall(rest)
        numbers = labelled or [
            digits for digits in _TYPE.findall(rest) if len(digits) >= len(f"{value:x}")
        ]
        if any(int(digits, 16) == value for digits in numbers):
            return True
    return False


def shows_payload(lines: Iterable[str], beginning: bytes) -> bool:
    """Whether a line shows these bytes, as text, as hex, or as Python and C escape them."""
    return any(_shows(_without_addresses(line), beginning) for line in lines)


def _shows(text: str, data: bytes) -> bool:
    digits = data.hex()
    pairs = [digits[i : i + 2] for i in range(0, len(digits), 2)]
    as_hex = r"[ :\-]?".join(pairs)
    escaped = "".join(rf"(?:\\x{pair}|{re.escape(chr(int(pair, 16)))})" for pair in pairs)
    listed = r",\s*".join(rf"(?:0x)?0{{0,6}}{pair}" for pair in pairs)
    decimal = r",\s*".join(str(byte) for byte in data)
    return any(
        re.search(pattern, text, re.IGNORECASE if pattern != escaped else 0)
        for pattern in (escaped, as_hex, listed, rf"\[{decimal}")
    )


def _without_addresses(line: str) -> str:
    return _ADDRESS.sub(" ", _uncoloured(line))


def _uncoloured(line: str) -> str:
    """The line as it is seen on a terminal: ``m`` before a number is no part of that."""
    return _COLOUR.sub("", line) if "\x1b" in line else line
