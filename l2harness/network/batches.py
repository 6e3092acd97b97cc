"""Many frames in one system call: what sendmmsg(2) and recvmmsg(2) read and fill, laid out here.

Both take an array of ``struct mmsghdr``: eight machine words each, of which the last two, the
flags and the length, are ints at the beginning of their word (``<bits/socket.h>``; the same order
of words with 32 and 64 bits). The arrays are filled column by column, so that a frame costs no
step of the interpreter of its own.
"""

from __future__ import annotations

import ctypes
import errno
import socket
import struct
import sys
from array import array
from collections.abc import Sequence
from itertools import accumulate, chain
from typing import Final

from l2harness.network import linux

_WORD: Final = "L"  # unsigned long: as long as a pointer and a size_t on Linux
_WORD_BYTES: Final = array(_WORD).itemsize
_HEADER_WORDS: Final = 8
_PARTS, _PART_COUNT, _CONTROL, _CONTROL_BYTES, _FLAGS, _LENGTH = 2, 3, 4, 5, 6, 7
_INTS_A_WORD: Final = _WORD_BYTES // 4
_HEADER_INTS: Final = _HEADER_WORDS * _INTS_A_WORD

#: ``struct tpacket_auxdata`` of packet(7).
AUXDATA: Final = struct.Struct("=IIIHHHH")
_TRUNCATED: Final = int(socket.MSG_TRUNC)
_VLAN_VALID: Final = 1 << 4  # TP_STATUS_VLAN_VALID
_STATUS_LOW_BYTE: Final = 0 if sys.byteorder == "little" else 3
#: Low bytes of a status that say nothing of a tag.
_WITHOUT_TAG: Final = bytes(value for value in range(256) if not value & _VLAN_VALID)


class OutBatch:
    """
    Frames ready to be sent, as often as wanted.

    Args:
        frames: At least one; from the destination address on, without FCS.

    Attributes:
        lengths: Of the frames, bytes.
        shortest: Of these.
    """

    __slots__ = ("_data", "_headers", "_headers_at", "_parts", "lengths", "shortest")

    def __init__(self, frames: Sequence[bytes]) -> None:
        count = len(frames)
        self.lengths = list(map(len, frames))
        self.shortest = min(self.lengths)
        self._data = b"".join(frames)
        start = ctypes.cast(ctypes.c_char_p(self._data), ctypes.c_void_p).value or 0
        # struct iovec: an address and a length.
        self._parts = array(_WORD, bytes(2 * _WORD_BYTES * count))
        self._parts[0::2] = array(_WORD, accumulate(self.lengths[:-1], initial=start))
        self._parts[1::2] = array(_WORD, self.lengths)
        self._headers = _headers(self._parts, count)
        self._headers_at = self._headers.buffer_info()[0]

    def __len__(self) -> int:
        return len(self.lengths)

    def send(self, fd: int, first: int, end: int) -> int:
        """
        Send the frames from the one at ``first`` to before ``end``; return how many were taken.

        Raises:
            OSError: It took none, and this is why.
        """
        at = self._headers_at + first * _HEADER_WORDS * _WORD_BYTES
        return linux.send_messages(fd, at, end - first)


class InBatch:
    """
    Room for frames that are received together.

    Args:
        count: For how many.
        slot_bytes: Of what length at most.
    """

    __slots__ = (
        "_control",
        "_control_lengths",
        "_count",
        "_data",
        "_headers",
        "_headers_at",
        "_ints",
        "_kept",
        "_parts",
        "_slot",
        "_view",
    )

    def __init__(self, count: int, slot_bytes: int) -> None:
        self._count, self._slot = count, slot_bytes
        self._data = bytearray(count * slot_bytes)
        self._view = memoryview(self._data)
        space = socket.CMSG_SPACE(AUXDATA.size)
        self._control = bytearray(count * space)
        # Holding these keeps the buffers where they are.
        self._kept = [_pinned(self._data), _pinned(self._control)]
        data_at, control_at = map(ctypes.addressof, self._kept)
        self._parts = array(_WORD, bytes(2 * _WORD_BYTES * count))
        self._parts[0::2] = array(_WORD, range(data_at, data_at + count * slot_bytes, slot_bytes))
        self._parts[1::2] = array(_WORD, [slot_bytes] * count)
        self._headers = _headers(self._parts, count)
        self._headers[_CONTROL::_HEADER_WORDS] = array(
            _WORD, range(control_at, control_at + count * space, space)
        )
        self._control_lengths = array(_WORD, [space] * count)
        self._headers_at = self._headers.buffer_info()[0]
        self._ints = memoryview(self._headers).cast("B").cast("I")

    def receive(self, fd: int) -> tuple[list[bytes], list[bytes]]:
        """
        Return the frames that are waiting, oldest first, at most as many as there is room for.

        Where one of them has had a tag taken out, the second list has for each of them the
        ``struct tpacket_auxdata`` that says what was taken; otherwise it is empty.

        Raises:
            BlockingIOError: There are none.
            OSError: The kernel's reason; or EMSGSIZE, a frame was longer than a slot.
        """
        self._headers[_CONTROL_BYTES::_HEADER_WORDS] = self._control_lengths
        count = linux.receive_messages(fd, self._headers_at, self._count)
        ints = count * _HEADER_INTS
        flags = self._ints[_FLAGS * _INTS_A_WORD : ints : _HEADER_INTS].tolist()
        if any(map(_TRUNCATED.__and__, flags)):
            raise OSError(errno.EMSGSIZE, "a frame is longer than the room for it")
        lengths = self._ints[_LENGTH * _INTS_A_WORD : ints : _HEADER_INTS].tolist()
        frames = self._frames(lengths)
        space, status = socket.CMSG_SPACE(AUXDATA.size), socket.CMSG_LEN(0)
        low_bytes = self._control[status + _STATUS_LOW_BYTE : count * space : space]
        if not low_bytes.strip(_WITHOUT_TAG):
            return frames, []
        return frames, [
            bytes(self._control[at : at + AUXDATA.size])
            for at in range(status, count * space, space)
        ]

    def _frames(self, lengths: list[int]) -> list[bytes]:
        count, length, slot = len(lengths), lengths[0], self._slot
        if length > 0 and lengths.count(length) == count:
            every = struct.iter_unpack(f"{length}s{slot - length}x", self._view[: count * slot])
            return list(chain.from_iterable(every))
        return [
            bytes(self._view[at : at + length])
            for at, length in zip(range(0, count * slot, slot), lengths, strict=True)
        ]


def _headers(parts: array[int], count: int) -> array[int]:
    """Return as many ``struct mmsghdr``, each with one part and nothing else."""
    headers = array(_WORD, bytes(_HEADER_WORDS * _WORD_BYTES * count))
    parts_at, part_bytes = parts.buffer_info()[0], 2 * _WORD_BYTES
    headers[_PARTS::_HEADER_WORDS] = array(
        _WORD, range(parts_at, parts_at + count * part_bytes, part_bytes)
    )
    headers[_PART_COUNT::_HEADER_WORDS] = array(_WORD, [1] * count)
    return headers


def _pinned(buffer: bytearray) -> ctypes.Array[ctypes.c_char]:
    return (ctypes.c_char * len(buffer)).from_buffer(buffer)
