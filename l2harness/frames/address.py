"""MAC addresses: six bytes, and the two ways in which people write them.

Strategy: the bytes are the value; text is read strictly, so that what this module accepts is what
a student's program has to accept, and every refusal says what is wrong with the text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from l2harness.errors import FrameError

ADDRESS_BYTES: Final = 6

# The first byte's two lowest bits. Source: RFC 9542, section 2.1.
_GROUP_BIT: Final = 0x01
_LOCAL_BIT: Final = 0x02

_SEPARATORS: Final = ":-"
# Spelled out: str.isdigit() and int(…, 16) take the digits of every script for digits.
_HEX_DIGITS: Final = frozenset("0123456789abcdefABCDEF")
_SHOWN_CHARACTERS: Final = 40


@dataclass(frozen=True, slots=True, order=True)
class MacAddress:
    """
    A 48-bit MAC address.

    Attributes:
        value: 6 bytes in the order of the wire.

    Raises:
        FrameError: The value is not 6 bytes long.
    """

    value: bytes

    def __post_init__(self) -> None:
        if len(self.value) != ADDRESS_BYTES:
            raise FrameError(
                f"a MAC address is {ADDRESS_BYTES} bytes, not {len(self.value)}", self.value
            )

    @classmethod
    def parse(cls, text: str) -> MacAddress:
        """
        Read an address as people write it.

        Args:
            text: Six pairs of hex digits in either case, all separated by ``:`` or all by ``-``.

        Returns:
            The address.

        Raises:
            FrameError: The text is anything else; the message quotes it and says what is wrong.
        """
        problem = _problem(text)
        if problem:
            rest = "…" if len(text) > _SHOWN_CHARACTERS else ""
            raise FrameError(
                f"{text[:_SHOWN_CHARACTERS]!a}{rest} is not a MAC address "
                f"(six bytes as in 02:00:00:aa:bb:cc): {problem}"
            )
        return cls(bytes.fromhex(text.replace(text[2], "")))

    @property
    def is_broadcast(self) -> bool:
        """Whether this is ff:ff:ff:ff:ff:ff, the address of everyone."""
        return self == BROADCAST

    @property
    def is_multicast(self) -> bool:
        """
        Whether this addresses a group rather than one interface; broadcast is such a group.

        Source: RFC 9542, section 2.1: the group bit, lowest of the first byte.
        """
        return bool(self.value[0] & _GROUP_BIT)

    @property
    def is_local(self) -> bool:
        """
        Whether this was given locally rather than by a manufacturer.

        Source: RFC 9542, section 2.1: the local bit, second lowest of the first byte.
        """
        return bool(self.value[0] & _LOCAL_BIT)

    def __str__(self) -> str:
        """The canonical text: lower case, colons."""
        return self.value.hex(":")

    def __bytes__(self) -> bytes:
        """6 bytes in the order of the wire."""
        return self.value


BROADCAST: Final = MacAddress(b"\xff" * ADDRESS_BYTES)


def _problem(text: str) -> str:
    """
    Say what keeps a text from being an address.

    Returns:
        The first thing wrong, in the order in which it helps: nothing there at all, strange
        characters, separators, the single bytes, their number. Empty for an address.
    """
    if not text:
        return "it is empty"
    for character in text:
        if character not in _HEX_DIGITS and character not in _SEPARATORS:
            return f"{character!a} is neither a hex digit nor a separator"
    separators = [separator for separator in _SEPARATORS if separator in text]
    if not separators:
        return "there is neither ':' nor '-' between the bytes"
    if len(separators) > 1:
        return "it mixes ':' and '-'"
    parts = text.split(separators[0])
    for number, part in enumerate(parts, start=1):
        if len(part) != 2:
            return f"byte {number} has {_digits(len(part))}, not two"
    if len(parts) != ADDRESS_BYTES:
        return f"it has {len(parts)} bytes, not six"
    return ""


def _digits(count: int) -> str:
    return {0: "no hex digit", 1: "one hex digit"}.get(count, f"{count} hex digits")
