"""Messages encoded once and filled in often: the same bytes with other names and numbers in them.

A message is encoded with marks for values, which occur nowhere else in it; where each mark stands
is where its value goes, which has as many bytes. So whoever knows the format is asked once for
each shape of a message and not for each message.
"""

from __future__ import annotations

from collections.abc import Mapping


class Template:
    """
    An encoded message in which values can be replaced.

    Args:
        encoded: The message with a mark for each value.
        marks: By the value's name, the bytes that stand for it.

    Raises:
        ValueError: A mark is not in the message exactly once.
    """

    __slots__ = ("_encoded", "_places")

    def __init__(self, encoded: bytes, marks: Mapping[str, bytes]) -> None:
        self._encoded = encoded
        self._places: dict[str, tuple[int, int]] = {}
        for name, mark in marks.items():
            if (found := encoded.count(mark)) != 1:
                raise ValueError(f"the mark of {name} is in the message {found} times")
            self._places[name] = (encoded.index(mark), len(mark))

    def filled(self, values: Mapping[str, bytes]) -> bytearray:
        """
        Return the message with values in place of their marks; all of them, or it is useless.

        Raises:
            ValueError: A value has another length than its mark, or one of them is missing.
        """
        if values.keys() != self._places.keys():
            raise ValueError(f"values for {sorted(values)}, marks for {sorted(self._places)}")
        message = bytearray(self._encoded)
        for name, (start, length) in self._places.items():
            if len(values[name]) != length:
                raise ValueError(f"{name} has {len(values[name])} bytes, its mark {length}")
            message[start : start + length] = values[name]
        return message
