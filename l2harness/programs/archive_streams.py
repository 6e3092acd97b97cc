"""Decompressing a stranger's bytes: a piece at a time, with what comes out weighed against what
went in.

Strategy: the decompressors of the standard library are never asked for more than a piece, so that
a bomb is stopped while it unfolds. `Meter` is the judge, and one for a whole archive: many small
bombs are one large one.

Laws:

- Memory is bounded whatever the bytes say: by a piece of output, and by the dictionary, of which
  xz may ask for 4 GiB and gets 72 MiB (the highest of its levels needs 65).
- What ends without its end marker is an error, never a short file; so is what follows it, unless
  it is another stream or zeros.

Source: RFC 1950–1952, the .xz file format 1.1.0.
"""

from __future__ import annotations

import bz2
import lzma
import os
import zlib
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from l2harness.errors import SubmissionError
from l2harness.programs.archive_member import Label

#: As much as is read or written at a time.
PIECE_BYTES: Final = 1 << 16
_DICTIONARY_BYTES: Final = 72 << 20
#: Streams one behind the other, as parallel compressors make them; each costs a new state.
_MOST_STREAMS: Final = 4_096

_RAW: Final = -zlib.MAX_WBITS
_WITH_GZIP_HEADER: Final = 16 + zlib.MAX_WBITS

_DECOMPRESSING: Final = (zlib.error, lzma.LZMAError, OSError, EOFError)


class Meter:
    """
    What an archive has made of its bytes so far.

    Args:
        label: The archive.
        max_ratio: How many bytes one byte may become, on the whole.
        free_bytes: So many bytes may come out before the ratio counts.
        max_bytes: So many may come out at all.
    """

    def __init__(self, label: Label, max_ratio: int, free_bytes: int, max_bytes: int) -> None:
        self._label = label
        self._max_ratio = max_ratio
        self._free_bytes = free_bytes
        self._max_bytes = max_bytes
        self._in_bytes = 0
        self._out_bytes = 0

    def consumed(self, count: int) -> None:
        """Count bytes of the archive."""
        self._in_bytes += count

    def produced(self, count: int) -> None:
        """
        Count bytes that came out of it.

        Raises:
            SubmissionError: Far too many: it is a bomb.
        """
        self._out_bytes += count
        if self._out_bytes > self._max_bytes:
            raise SubmissionError(
                f"{self._label.archive} is too large: at most {self._max_bytes} bytes may come "
                "out of it. Pack the files that matter"
            )
        if self._out_bytes > self._free_bytes + self._max_ratio * self._in_bytes:
            raise SubmissionError(
                f"{self._label.archive} unfolds to more than {self._max_ratio} times its size, as "
                "only an archive does that is made to fill a disk. Pack the files that matter"
            )


class Decompressor(Protocol):
    """What the decompressors of bz2 and lzma have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end marker was reached."""

    @property
    def needs_input(self) -> bool:
        """Whether there is nothing more to get without further input."""

    @property
    def unused_data(self) -> bytes:
        """What followed the end marker in the last input."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Take in ``data`` and return at most ``max_length`` bytes."""


class Inflate:
    """
    zlib's decompressor in the form of the others.

    Args:
        window_bits: As `zlib.decompressobj` has them: raw, or with a header.
    """

    def __init__(self, window_bits: int = _RAW) -> None:
        self._zlib = zlib.decompressobj(window_bits)
        self._full = False

    @property
    def eof(self) -> bool:
        """See `Decompressor`."""
        return self._zlib.eof

    @property
    def needs_input(self) -> bool:
        """See `Decompressor`."""
        return not (self._full or self._zlib.unconsumed_tail)

    @property
    def unused_data(self) -> bytes:
        """See `Decompressor`."""
        return self._zlib.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """See `Decompressor`."""
        out = self._zlib.decompress(self._zlib.unconsumed_tail + data, max_length)
        self._full = len(out) == max_length
        return out


#: How a stream begins, and what opens it.
_STREAMS: Final[Mapping[bytes, Callable[[], Decompressor]]] = {
    b"\x1f\x8b": lambda: Inflate(_WITH_GZIP_HEADER),
    b"BZh": bz2.BZ2Decompressor,
    b"\xfd7zXZ\0": lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _DICTIONARY_BYTES),
}


def is_compressed(beginning: bytes) -> bool:
    """Whether a file that begins so is one that `Stream` decompresses."""
    return _kind(beginning) is not None


def _kind(beginning: bytes) -> Callable[[], Decompressor] | None:
    for magic, make in _STREAMS.items():
        if beginning.startswith(magic):
            return make
    return None


class Stream:
    """
    The bytes of a file from its beginning, decompressed if its first ones say so.

    Args:
        fd: A regular file; whoever opened it closes it.
        label: What to call it in errors.
        meter: Judges what comes out.
    """

    def __init__(self, fd: int, label: Label, meter: Meter) -> None:
        self._fd = fd
        self._label = label
        self._meter = meter
        self._offset = 0
        self._streams = 1
        self._input = self._next_piece()
        self._make = _kind(self._input)
        self._decompressor = self._make() if self._make else None

    def read(self, size: int) -> bytes:
        """
        Return the next bytes, exactly so many, less only at the end.

        Raises:
            SubmissionError: They are damaged, cut off, or too many.
        """
        parts = []
        while size and (part := self._some(min(size, PIECE_BYTES))):
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def skip(self, size: int) -> bool:
        """Pass over so many bytes; return whether they were there. Raises as `read`."""
        while size:
            part = self._some(min(size, PIECE_BYTES))
            if not part:
                return False
            size -= len(part)
        return True

    def _some(self, size: int) -> bytes:
        """Return one to ``size`` bytes, none only at the end."""
        out = self._plain(size) if self._decompressor is None else self._decompressed(size)
        self._meter.produced(len(out))
        return out

    def _plain(self, size: int) -> bytes:
        if not self._input:
            self._input = self._next_piece()
        out, self._input = self._input[:size], self._input[size:]
        return out

    def _decompressed(self, size: int) -> bytes:
        while True:
            assert self._decompressor is not None
            if self._decompressor.eof and not self._begin_next_stream():
                return b""
            if self._decompressor.needs_input and not self._input:
                self._input = self._next_piece()
                if not self._input:
                    raise self._label.damaged("it ends in the middle")
            given, self._input = self._input, b""
            try:
                out = self._decompressor.decompress(given, size)
            except _DECOMPRESSING as error:
                raise self._label.damaged(f"it cannot be decompressed ({error})") from error
            if out:
                return out

    def _begin_next_stream(self) -> bool:
        """Go on with the stream behind the one that ended; return whether there is one."""
        assert self._decompressor is not None
        assert self._make is not None
        rest = (self._decompressor.unused_data + self._input).lstrip(b"\0")
        while not rest:
            rest = self._next_piece()
            if not rest:
                self._input = b""
                return False
            rest = rest.lstrip(b"\0")
        if len(rest) < len(b"\xfd7zXZ\0"):
            rest += self._next_piece()
        self._streams += 1
        if _kind(rest) is not self._make or self._streams > _MOST_STREAMS:
            raise self._label.damaged("something follows its end")
        self._input = rest
        self._decompressor = self._make()
        return True

    def _next_piece(self) -> bytes:
        try:
            piece = os.pread(self._fd, PIECE_BYTES, self._offset)
        except OSError as error:
            raise self._label.damaged(f"it cannot be read ({error.strerror})") from error
        self._offset += len(piece)
        self._meter.consumed(len(piece))
        return piece
