"""Reading tar archives: ustar, pax and GNU long names, as all tools of today write them.

Strategy: one block of 512 bytes after the other, forward only, nothing kept but what belongs to
the next entry. The standard library's reader is not used: it takes headers of any length into
memory, and what it accepts differs between the versions of Python that this package runs on.

Laws:

- A header is right to the last digit of its checksum, or the archive is damaged.
- An archive has an end marker, a block of zeros, or it was cut off. What follows is not looked at.
- What has no meaning for a submission (devices, sparse files) is named for what it is.

Source: POSIX.1-2017, pax, "EXTENDED DESCRIPTION"; GNU tar manual, "Basic Tar Format"; tar(5) of
libarchive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from l2harness.errors import SubmissionError
from l2harness.programs.archive_member import Label, Member
from l2harness.programs.archive_streams import PIECE_BYTES, Stream
from l2harness.programs.tree import Kind

BLOCK_BYTES: Final = 512
#: Of what stands before an entry. A path of 2048 bytes is the longest that is wanted; the rest is
#: room for what macOS and SELinux keep there.
_MOST_EXTENDED_BYTES: Final = 1 << 18
_MOST_RECORDS: Final = 1_000

_NAME: Final = slice(0, 100)
_MODE: Final = slice(100, 108)
_SIZE: Final = slice(124, 136)
_MTIME: Final = slice(136, 148)
_CHECKSUM: Final = slice(148, 156)
_TYPE: Final = slice(156, 157)
_TARGET: Final = slice(157, 257)
_MAGIC: Final = slice(257, 265)
_PREFIX: Final = slice(345, 500)
_USTAR: Final = b"ustar\x0000"
_BINARY: Final = 0x80
_PERMISSIONS: Final = 0o7777

_OLD_FILE: Final = b"\0"  # or a folder, where the name ends with a slash
_FILES: Final = frozenset({_OLD_FILE, b"0", b"7"})  # 7 was for disks that liked it in one piece
_HARD_LINK: Final = b"1"
_SPARSE_FILE: Final = b"S"
_OTHERS: Final[Mapping[bytes, Kind]] = {
    b"2": Kind.LINK,
    b"3": Kind.DEVICE,
    b"4": Kind.DEVICE,
    b"5": Kind.DIRECTORY,
    b"6": Kind.FIFO,
}
_VOLUME: Final = b"V"
_LONG_NAME: Final = b"L"
_LONG_TARGET: Final = b"K"
_PAX_FOR_ALL: Final = b"g"
_PAX: Final = frozenset({b"x", b"X"})
_EXTENDING: Final = _PAX | {_PAX_FOR_ALL, _LONG_NAME, _LONG_TARGET}


@dataclass(slots=True)
class _Extended:
    """What stands before an entry and takes precedence over its header; None: nothing."""

    name: str | None = None
    target: str | None = None
    size_bytes: int | None = None
    mtime_s: int | None = None
    sparse: bool = False


class TarReader:
    """
    `Reader` for tar.

    Args:
        stream: The archive, decompressed.
        label: What to call it in errors.
    """

    def __init__(self, stream: Stream, label: Label) -> None:
        self._stream = stream
        self._label = label
        #: Of the content of the entry that was yielded last.
        self._left_bytes = 0

    def members(self) -> Iterator[Member]:
        """See `Reader.members`."""
        extended = _Extended()
        while (header := self._next_header()) is not None:
            kind = header[_TYPE]
            if kind in _EXTENDING:
                self._extend(extended, kind, self._whole(self._number(header[_SIZE])))
            elif kind == _VOLUME:
                self._skip(_padded(self._number(header[_SIZE])))
            else:
                member = self._member(header, extended)
                extended = _Extended()
                self._left_bytes = member.size_bytes
                yield member
                self._skip(self._left_bytes + _padding(member.size_bytes))

    def content(self) -> Iterator[bytes]:
        """See `Reader.content`."""
        while self._left_bytes:
            piece = self._stream.read(min(self._left_bytes, PIECE_BYTES))
            if not piece:
                raise self._cut_off()
            self._left_bytes -= len(piece)
            yield piece

    # -- entries ------------------------------------------------------------------------------

    def _member(self, header: bytes, extended: _Extended) -> Member:
        name = _full_name(header) if extended.name is None else extended.name
        target = _text(header[_TARGET]) if extended.target is None else extended.target
        kind = self._kind(header[_TYPE], name, extended)
        size = self._number(header[_SIZE])
        if extended.size_bytes is not None:
            size = extended.size_bytes
        mtime_s = self._number(header[_MTIME], signed=True)
        if extended.mtime_s is not None:
            mtime_s = extended.mtime_s
        return Member(
            name,
            kind,
            # Only files have content; what stands there for others means something else.
            size if kind is Kind.FILE and header[_TYPE] != _HARD_LINK else 0,
            self._number(header[_MODE]) & _PERMISSIONS,
            max(0, mtime_s),
            target if kind is Kind.LINK else None,
            target if header[_TYPE] == _HARD_LINK else "",
        )

    def _kind(self, code: bytes, name: str, extended: _Extended) -> Kind:
        self._label.expect_bounded(name)
        if extended.sparse or code == _SPARSE_FILE:
            advice = "Pack the files again without --sparse"
            raise self._label.refused(name, "is a sparse file", advice)
        if code == _OLD_FILE and name.endswith("/"):
            return Kind.DIRECTORY
        if code in _FILES or code == _HARD_LINK:
            return Kind.FILE
        if code not in _OTHERS:
            raise self._label.refused(name, f"is of an unknown kind, 0x{code.hex()}")
        return _OTHERS[code]

    # -- what stands before them ---------------------------------------------------------------

    def _extend(self, extended: _Extended, kind: bytes, data: bytes) -> None:
        if kind == _LONG_NAME:
            extended.name = _text(data)
        elif kind == _LONG_TARGET:
            extended.target = _text(data)
        elif kind in _PAX:
            self._apply(extended, self._records(data))
        elif self._records(data).keys() & {"path", "linkpath", "size"}:
            raise self._label.damaged("it gives one name or size to all its entries")

    def _apply(self, extended: _Extended, records: Mapping[str, bytes]) -> None:
        if "path" in records:
            extended.name = _text(records["path"])
        if "linkpath" in records:
            extended.target = _text(records["linkpath"])
        if "size" in records:
            extended.size_bytes = self._decimal(records["size"])
        if "mtime" in records:
            whole = records["mtime"].partition(b".")[0]
            extended.mtime_s = 0 if whole.startswith(b"-") else self._decimal(whole)
        extended.sparse |= any(key.startswith("GNU.sparse.") for key in records)

    def _records(self, data: bytes) -> dict[str, bytes]:
        """Read pax records: ``LENGTH KEY=VALUE`` and a line feed, the length that of all of it."""
        records: dict[str, bytes] = {}
        while data:
            digits, _, _ = data[:8].partition(b" ")
            length = self._decimal(digits)
            key, equals, value = data[len(digits) + 1 : length - 1].partition(b"=")
            if not equals or data[length - 1 : length] != b"\n" or len(records) > _MOST_RECORDS:
                raise self._label.damaged("a header in it does not add up")
            records[key.decode("utf-8", "backslashreplace")] = value
            data = data[length:]
        return records

    # -- bytes --------------------------------------------------------------------------------

    def _next_header(self) -> bytes | None:
        """Return the next header; None at the end marker."""
        block = self._exactly(BLOCK_BYTES)
        if not any(block):
            while self._stream.read(PIECE_BYTES):
                pass  # to the checksum that stands at the end of a compressed file
            return None
        if not is_header(block):
            raise self._label.damaged("a header in it is wrong, or it is no tar archive at all")
        return block

    def _whole(self, size: int) -> bytes:
        """Return the content of a header that has some."""
        if size > _MOST_EXTENDED_BYTES:
            raise self._label.damaged(f"a header in it has {size} bytes")
        return self._exactly(_padded(size))[:size]

    def _exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        if len(data) < size:
            raise self._cut_off()
        return data

    def _skip(self, size: int) -> None:
        self._left_bytes = 0
        if not self._stream.skip(size):
            raise self._cut_off()

    def _cut_off(self) -> SubmissionError:
        return self._label.damaged("it ends in the middle")

    def _decimal(self, digits: bytes) -> int:
        if not digits.isdigit() or len(digits) > 20:
            raise self._label.damaged("a number in it is none")
        return int(digits)

    def _number(self, field: bytes, *, signed: bool = False) -> int:
        """Read a number of a header: octal digits or, with the highest bit set, binary."""
        number = _octal(field)
        if field[0] & _BINARY:
            # Two's complement below the bit that says that it is binary.
            number = int.from_bytes(bytes([field[0] << 1 & 0xFF]), "big", signed=True) >> 1
            number = number << 8 * (len(field) - 1) | int.from_bytes(field[1:], "big")
        if number is None or (number < 0 and not signed):
            raise self._label.damaged("a number in it is none")
        return number


def is_header(block: bytes) -> bool:
    """Whether 512 bytes are the header of an entry: their checksum says so."""
    if len(block) < BLOCK_BYTES:
        return False
    # The checksum was made with blanks in its own place.
    rest = block[: _CHECKSUM.start] + b" " * 8 + block[_CHECKSUM.stop : BLOCK_BYTES]
    return _octal(block[_CHECKSUM]) == sum(rest)


def _octal(field: bytes) -> int | None:
    """Read octal digits, in blanks, up to a NUL; None if they are something else."""
    digits = field.split(b"\0")[0].strip(b" ")
    return None if digits.strip(b"01234567") else int(digits or b"0", 8)


def _padding(size: int) -> int:
    """How many bytes fill up the last block."""
    return -size % BLOCK_BYTES


def _padded(size: int) -> int:
    return size + _padding(size)


def _full_name(header: bytes) -> str:
    name = _text(header[_NAME])
    prefix = _text(header[_PREFIX]) if header[_MAGIC] == _USTAR else ""
    return f"{prefix}/{name}" if prefix else name


def _text(field: bytes) -> str:
    """Text up to a NUL; what is no UTF-8 is kept as the bytes that it is."""
    return field.split(b"\0")[0].decode("utf-8", "surrogateescape")
