"""What a failed ``assert frame == expected`` says: which fields differ, and the idea behind it.

pytest cuts an explanation after eight lines and 640 characters, unless it is asked for more. What
matters is said within that, and nothing is added that would push it out.
"""

from __future__ import annotations

from typing import Final, TypeAlias

from l2harness.frames import Frame, difference, hexdump
from l2harness.labs.misconceptions.catalogue import CATALOGUE
from l2harness.labs.misconceptions.frames import mistakes

_Bytes: TypeAlias = Frame | bytes | bytearray | memoryview
_BYTES: Final = (Frame, bytes, bytearray, memoryview)
_DIFFERENCES: Final = 4
_MISTAKES: Final = 2


def explain_comparison(
    actual: object, expected: object, *, dumps: bool = False
) -> list[str] | None:
    """
    Say why two frames are not equal.

    Args:
        actual: The left-hand side of ``==``.
        expected: The right-hand side. One of the two is a `Frame`, the other a frame or bytes.
        dumps: Whether to show both of them in hex as well.

    Returns:
        Lines, the first in place of the comparison itself; None for anything but frames.
    """
    sides = (actual, expected)
    if not any(isinstance(side, Frame) for side in sides):
        return None
    if not isinstance(actual, _BYTES) or not isinstance(expected, _BYTES):
        return None
    left, right = bytes(actual), bytes(expected)
    lines = [f"{_kind(actual)} == {_kind(expected)}"]
    if left == right:
        return [
            *lines,
            "The bytes are equal, but bytes never equal a Frame: compare bytes(frame).",
        ]
    differences = [it.sentence for it in difference(right, left)]
    lines += differences[:_DIFFERENCES]
    if len(differences) > _DIFFERENCES:
        lines[-1] += f"; and {len(differences) - _DIFFERENCES} more"
    ids = dict.fromkeys(it.misconception for it in mistakes(right, left))
    for id in list(ids)[:_MISTAKES]:
        lines.append(f"known mistake: {CATALOGUE[id].title} (l2harness explain {id})")
    if dumps:
        lines += ["", "expected:", *hexdump(right).splitlines()]
        lines += ["got:", *hexdump(left).splitlines()]
    return lines


def _kind(side: _Bytes) -> str:
    size = f"{len(bytes(side))} bytes"
    return f"Frame of {size}" if isinstance(side, Frame) else size
