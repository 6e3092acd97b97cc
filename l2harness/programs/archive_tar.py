"""Reading tar archives: ustar, pax and GNU long names, as tar, Python, macOS and Windows write them.

Strategy: one block of 512 bytes after the other, forward only, nothing kept but what belongs to
the next entry. The standard library's reader is not used: it takes headers of any length into
memory, and what it accepts differs between the versions of Python that this package runs on.

Laws:

- A header is right to the last digit of its checksum, or the archive is damaged.
- An archive has an end marker, or it was cut off: a block of zeros. What follows is not looked at.
- What has no meaning for a submission (devices, sparse files, volumes) is named for what it is.

Source: POSIX.1-2017, pax, "EXTENDED DESCRIPTION"; GNU tar manual, "Basic Tar Format"; tar(5) of
libarchive.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from l2harness.programs.archive_member import Label, Member
from l2harness.programs.archive_streams import PIECE_BYTES, Stream
from l2harness.programs.tree import Kind

BLOCK_BYTES: Final = 512
#: Of names and attributes that stand before an entry; a path of 2048 bytes is the longest wanted.
_MOST_EXTENDED_BYTES: Final = 1 << 20

_NAME: Final = slice(0, 100)
_MODE: Final = slice(100, 108)
_SIZE: Final = slice(124, 136)
_MTIME: Final = slice(136, 148)
_CHECKSUM: Final = slice(148, 156)
_TYPE: Final = 156
_TARGET: Final = slice(157, 257)
_MAGIC: Final = slice(257, 265)
_PREFIX: Final = slice(345, 500)
_USTAR: Final = b"ustar\x0000"
#: The high bit says that a number is binary, big-endian; the next one that it is negative.
_BINARY: Final = 0x80
_NEGATIVE: Final = 0x40

_FILES: Final = b"\x0007"  # the oldest form, the usual one, and one for contiguous disks
_HARD_LINK: Final = ord("1")
_DIRECTORY: Final = ord("5")
_KINDS: Final[Mapping[int, Kind]] = {
    ord("2"): Kind.LINK,
    ord("3"): Kind.DEVICE,
    ord("4"): Kind.DEVICE,
    _DIRECTORY: Kind.DIRECTORY,
    ord("6"): Kind.FIFO,
}
_PAX_NEXT: Final = b"xX"
_PAX_ALL: Final = b"g"
_LONG_NAME: Final = b"L"
_LONG_TARGET: Final = b"K"
_VOLUME: Final = b"V"
_SPARSE: Final = b"S"


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
        self._left_bytes = 0
        self._padding_bytes = 0

    def members(self) -> Iterator[Member]:
        """See `Reader.members`."""
        extended = _Extended()
        while (header := self._header()) is not None:
            kind = header[_TYPE : _TYPE + 1]
            if kind in (b"x", b"X", b"L", b"K", b"g"):
                self._extend(extended, kind, header)
                continue
            if kind == _VOLUME:
                self._pass_over(self._number(header[_SIZE]))
                continue
            yield self._member(header, extended)
            extended = _Extended()
            self._pass_over(self._left_bytes)

    def content(self) -> Iterator[bytes]:
        """See `Reader.content`."""
        while self._left_bytes:
            piece = self._stream.read(min(self._left_bytes, PIECE_BYTES))
            if not piece:
                raise self._cut_off()
            self._left_bytes -= len(piece)
            yield piece

    def _header(self) -> bytes | None:
        """Return the next header; None at the end marker, with all that follows it read."""
        block = self._stream.read(BLOCK_BYTES)
        if len(block) < BLOCK_BYTES:
            raise self._cut_off()
        if not any(block):
            while self._stream.read(PIECE_BYTES):
                pass  # to the checksum that stands at the end of a compressed file
            return None
        if not is_header(block):
            raise self._label.damaged("a header in it has a wrong checksum, or it is no tar at all")
        return block

    def _member(self, header: bytes, extended: _Extended) -> Member:
        name = extended.name if extended.name is not None else _name(header)
        size = extended.size_bytes
        if size is None:
            size = self._number(header[_SIZE])
        code = header[_TYPE]
        if extended.sparse or code in _SPARSE:
            raise self._label.refused(
                name, "is a sparse file", "Pack the files again without --sparse"
            )
        kind = _KINDS.get(code, Kind.FILE)
        if code in _FILES and name.endswith("/"):
            kind = Kind.DIRECTORY  # as tar wrote them before 1988
        elif code not in _FILES and code != _HARD_LINK and code not in _KINDS:
            raise self._label.refused(name, f"is of a kind that is not known, {chr(code)!r}")
        target = extended.target if extended.target is not None else _text(header[_TARGET])
        has_content = code in _FILES
        self._left_bytes = size if has_content else 0
        self._padding_bytes = -self._left_bytes % BLOCK_BYTES
        mtime = extended.mtime_s
        if mtime is None:
            mtime = self._number(header[_MTIME], least=None)
        return Member(
            name,
            kind,
            self._left_bytes,
            self._number(header[_MODE]) & 0o7777,
            max(0, mtime),
            target if kind is Kind.LINK else "",
            target if code == _HARD_LINK else "",
        )

    def _pass_over(self, size: int) -> None:
        """Pass over content that nobody asked for, and over what fills up its last block."""
        padding = self._padding_bytes if size == self._left_bytes else -size % BLOCK_BYTES
        self._left_bytes = self._padding_bytes = 0
        if not self._stream.skip(size + padding):
            raise self._cut_off()

    def _extend(self, extended: _Extended, kind: bytes, header: bytes) -> None:
        size = self._number(header[_SIZE])
        if size > _MOST_EXTENDED_BYTES:
            raise self._label.damaged(f"a header in it has {size} bytes")
        data = self._stream.read(size)
        if len(data) < size or not self._stream.skip(-size % BLOCK_BYTES):
            raise self._cut_off()
        if kind == _LONG_NAME:
            extended.name = _text(data)
        elif kind == _LONG_TARGET:
            extended.target = _text(data)
        else:
            records = self._records(data)
            if kind == _PAX_ALL:
                if records.keys() & {"path", "linkpath", "size"}:
                    raise self._label.damaged("it gives the same name or size to all its entries")
                return
            self._apply(extended, records)

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
        at = 0
        while at < len(data):
            space = data.find(b" ", at, at + 8)
            length = self._decimal(data[at:space]) if space > 0 else 0
            record = data[space + 1 : at + length]
            key, equals, value = record[:-1].partition(b"=")
            if not equals or at + length > len(data) or record[-1:] != b"\n":
                raise self._label.damaged("a header in it does not add up")
            records[key.decode("utf-8", "backslashreplace")] = value
            at += length
        return records

    def _decimal(self, digits: bytes) -> int:
        if not digits.isdigit() or len(digits) > 20:
            raise self._label.damaged("a number in it is none")
        return int(digits)

    def _number(self, field: bytes, *, least: int | None = 0) -> int:
        """Read a number of a header: octal digits, or binary. Below ``least`` is damage."""
        if field[0] & _BINARY:
            magnitude = int.from_bytes(field, "big", signed=False)
            bits = 8 * len(field)
            number = magnitude - (1 << bits - 1)
            if field[0] & _NEGATIVE:
                number -= 1 << bits - 1
        else:
            digits = field.split(b"\0")[0].strip()
            if digits.strip(b"01234567"):
                raise self._label.damaged("a number in it is none")
            number = int(digits or b"0", 8)
        if least is not None and number < least:
            raise self._label.damaged("a number in it is below zero")
        return number

    def _cut_off(self) -> Exception:
        return self._label.damaged("it ends in the middle")


def is_header(block: bytes) -> bool:
    """Whether 512 bytes are the header of an entry: their checksum says so."""
    if len(block) < BLOCK_BYTES:
        return False
    digits = block[_CHECKSUM].split(b"\0")[0].strip()
    if not digits or digits.strip(b"01234567"):
        return False
    # The checksum was made with blanks in its own place.
    rest = block[: _CHECKSUM.start] + b" " * 8 + block[_CHECKSUM.stop : BLOCK_BYTES]
    return int(digits, 8) == sum(rest)


def _name(header: bytes) -> str:
    name = _text(header[_NAME])
    prefix = _text(header[_PREFIX]) if header[_MAGIC] == _USTAR else ""
    return f"{prefix}/{name}" if prefix else name


def _text(field: bytes) -> str:
    """Text up to a NUL; what is no UTF-8 is kept as the bytes that it is."""
    return field.split(b"\0")[0].decode("utf-8", "surrogateescape")
