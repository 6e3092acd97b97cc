"""Signs in the lines that a listening program prints about frames.

Every answer knows the frame that it is about, whose addresses and payload nobody could have
guessed. So what a line shows in place of the right bytes tells where it was taken from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations
from typing import Final

from l2harness.frames import MacAddress
from l2harness.labs.judging import quoted
from l2harness.labs.misconceptions.sign import Sign
from l2harness.labs.reading import (
    Role,
    addresses,
    mentions_address,
    names_address,
    names_ethertype,
    shown_addresses,
    shows_payload,
)
from l2harness.labs.records import Answer

_FIELDS: Final[dict[Role, slice]] = {"destination": slice(0, 6), "source": slice(6, 12)}
_TYPE: Final = slice(12, 14)
_PAYLOAD: Final = slice(14, 16)
#: Where the random word of a frame ends; after it there are zeros.
_WORD_END: Final = 18


def wrong_address(answers: Sequence[Answer], role: Role, device: str) -> Sign | None:
    """
    Say what stands where an address belongs; None if it is right or no known idea fits.

    Args:
        answers: Reports, in the order of the frames.
        role: Which address.
        device: The program's own interface as it knows it, ``eth0``.
    """
    for number, answer in enumerate(answers):
        right = MacAddress(answer.frame[_FIELDS[role]])
        if not names_address(answer.lines, role, right):
            earlier = [it.frame for it in answers[:number]]
            return _address(answer, role, right, earlier) or _no_address(
                answer, role, right, device
            )
    return None


def _address(
    answer: Answer, role: Role, right: MacAddress, earlier: Sequence[bytes]
) -> Sign | None:
    """Another address, or this one spelled in another way."""
    shown = shown_addresses(answer.lines, role)
    frame, line = answer.frame, quoted(answer.lines)
    if right.value in [_numbers(text) for text in shown]:
        told = f"{right} is shown as {shown[0]}."
        return Sign("address-digits-not-padded", told)
    values = {_numbers(text) for text in shown}
    other = frame[_FIELDS["source" if role == "destination" else "destination"]]
    if other in values:
        where = "0–5" if role == "source" else "6–11"
        told = f"Of a frame with {role} {right}, {line} shows bytes {where} as that."
        return Sign("first-six-bytes-are-not-the-source", told)
    stale = [it[_FIELDS[role]] for it in earlier if it[_FIELDS[role]] != right.value]
    if values & set(stale):
        told = f"Of a frame with {role} {right}, {line} shows that of a frame before."
        return Sign("stale-state", told)
    if values & {bytes(it) for it in permutations(right.value)}:
        return Sign("address-byte-order", f"{right} is shown as {shown[0]}.")
    return None


def _no_address(answer: Answer, role: Role, right: MacAddress, device: str) -> Sign | None:
    """No address where one belongs."""
    line = quoted(answer.lines)
    if any(it.role == role for text in answer.lines for it in addresses(text)):
        return None
    if shows_payload(answer.lines, right.value) or repr(right.value)[2:-1] in answer.printed:
        return Sign("address-unformatted", f"{right}, the {role}, is in {line} as raw bytes.")
    if mentions_address(answer.lines, right):
        return None  # It is there, and not labelled so that one could tell.
    if role == "source" and re.search(rf"\b{re.escape(device)}\b", answer.printed):
        told = f"Of a frame with source {right}, {line} names {device}, by which it came, as that."
        return Sign("socket-address-is-not-the-source", told)
    return _not_shown(answer, role, str(right))


def wrong_ethertype(answers: Sequence[Answer]) -> Sign | None:
    """Say what stands where the EtherType belongs, as for `wrong_address`."""
    for number, answer in enumerate(answers):
        kind = answer.frame[_TYPE]
        value = int.from_bytes(kind, "big")
        if names_ethertype(answer.lines, value):
            continue
        swapped = int.from_bytes(kind, "little")
        line = quoted(answer.lines)
        told = f"Of a frame with {kind.hex(' ')} in bytes 12–13, {line}"
        if names_ethertype(answer.lines, swapped) or _has_number(answer, swapped):
            said = f"{told} shows 0x{swapped:04x}, low byte first."
            return Sign("ethertype-byte-order", said)
        if _has_number(answer, value):
            return Sign("ethertype-in-decimal", f"{told} shows 0x{value:04x} as {value}.")
        before = [int.from_bytes(it.frame[_TYPE], "big") for it in answers[:number]]
        if any(names_ethertype(answer.lines, old) for old in before if old != value):
            return Sign("stale-state", f"{told} shows that of a frame before.")
        return _not_shown(answer, "EtherType", f"0x{value:04x}")
    return None


def wrong_payload(answers: Sequence[Answer]) -> Sign | None:
    """Say what is shown in place of the payload's beginning, as for `wrong_address`."""
    wrong = [it for it in answers if not shows_payload(it.lines, it.frame[_PAYLOAD])]
    if not wrong:
        return None
    first = wrong[0]
    line = quoted(first.lines)
    begins = f"Of a frame whose payload begins with {first.frame[14:_WORD_END].hex(' ')}"
    earlier = [it.frame[_PAYLOAD] for it in answers[: list(answers).index(first)]]
    if any(shows_payload(first.lines, word) for word in earlier):
        return Sign("stale-state", f"{begins}, {line} shows that of a frame before.")
    for at in (15, 16):
        if all(shows_payload(it.lines, it.frame[at:_WORD_END]) for it in wrong):
            told = f"{begins}, {line} shows what begins at byte {at} instead of 14."
            return Sign("payload-shifted", told)
    return _not_shown(first, "payload", first.frame[14:_WORD_END].hex(" "))


def mention(frames: Sequence[bytes], text: str) -> bool:
    """Whether a text shows the source or the payload of one of the frames."""
    lines = text.splitlines()
    return any(
        mentions_address(lines, MacAddress(it[6:12])) or shows_payload(lines, it[14:_WORD_END])
        for it in frames
    )


def _not_shown(answer: Answer, field: str, right: str) -> Sign:
    line = quoted(answer.lines)
    return Sign("field-not-shown", f"Of a frame with {field} {right}, {line} does not show it.")


def _has_number(answer: Answer, value: int) -> bool:
    return any(re.search(rf"(?<![\w:.]){value}(?![\w:])", line) for line in answer.lines)


def _numbers(text: str) -> bytes:
    """The bytes of an address as it was read from a line, digits missing or not."""
    return bytes(int(group, 16) for group in re.split("[:-]", text))
