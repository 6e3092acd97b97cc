"""Reading zip archives: stored and deflated entries, large ones too, nothing encrypted.

Strategy: the directory at the end is read an entry at a time, and each entry's own header must say
the same. The standard library's reader is not used: it takes the whole directory into memory
before anything can be counted, and lets a good dozen kinds of exception through.

Laws:

- A file is what the directory says, to the last byte and its checksum, or the archive is damaged.
- Reading is by position; entries that lie over each other cost no more than their own bytes, which
  the limits count as often as they come out.

Source: APPNOTE.TXT 6.3.10 (PKWARE), sections 4.3 to 4.5; for modes and times Info-ZIP,
proginfo/extrafld.txt.
"""

from __future__ import annotations

import calendar
import os
import stat
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from l2harness.errors import SubmissionError
from l2harness.programs.archive_member import Label, Member
from l2harness.programs.archive_streams import PIECE_BYTES, Inflate, Meter
from l2harness.programs.tree import Kind

_END: Final = struct.Struct("<4s4H2LH")
_END_MAGIC: Final = b"PK\5\6"
_MOST_END_BYTES: Final = _END.size + 0xFFFF  # with the longest comment
_LOCATOR: Final = struct.Struct("<4sLQL")
_LOCATOR_MAGIC: Final = b"PK\6\7"
_LARGE_END: Final = struct.Struct("<4sQ2H2L4Q")
_LARGE_END_MAGIC: Final = b"PK\6\6"
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
_ENTRY_MAGIC: Final = b"PK\1\2"
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_LOCAL_MAGIC: Final = b"PK\3\4"
_IN_EXTRA: Final = 0xFFFF_FFFF

_STORED, _DEFLATED = 0, 8
_METHODS: Final[Mapping[int, str]] = {
    9: "Deflate64",
    12: "BZIP2",
    14: "LZMA",
    93: "Zstandard",
    95: "XZ",
    98: "PPMd",
    99: "AES encryption",
}
_ENCRYPTED: Final = 0x0001 | 0x0040 | 0x2000

_HOSTS_WITH_MODES: Final = (3, 19)  # Unix, macOS
_DOS_DIRECTORY: Final = 0x10
_LARGE_SIZES: Final = 0x0001
_UNIX_TIME: Final = 0x5455
#: Where the day ends last: a time without a zone, read as of there, is in the future nowhere.
_EARLIEST_ZONE_S: Final = 14 * 3600


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry of the directory, decoded as far as numbers go."""

    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed_bytes: int
    size_bytes: int
    host: int
    attributes: int
    at: int
    mtime_s: int

    @property
    def name(self) -> str:
        """UTF-8 where it is said to be, or is; else the character set of the first PCs."""
        try:
            return self.raw_name.decode("utf-8")
        except UnicodeDecodeError:
            return self.raw_name.decode("cp437")


class ZipReader:
    """
    `Reader` for zip.

    Args:
        fd: A regular file; whoever opened it closes it.
        label: What to call it in errors.
        meter: Judges what comes out.
    """

    def __init__(self, fd: int, label: Label, meter: Meter) -> None:
        self._fd = fd
        self._label = label
        self._meter = meter
        self._current: _Entry | None = None

    def members(self) -> Iterator[Member]:
        """See `Reader.members`."""
        at, end = self._directory()
        while at < end:
            entry, at = self._entry(at, end)
            self._current = entry
            yield self._member(entry)

    def content(self) -> Iterator[bytes]:
        """See `Reader.content`."""
        entry = self._current
        assert entry is not None, "there is no content before the first member"
        if entry.flags & _ENCRYPTED:
            raise self._label.refused(entry.name, "is encrypted", "Pack without a password")
        if entry.method not in (_STORED, _DEFLATED):
            how = _METHODS.get(entry.method, f"method {entry.method}")
            advice = "Pack again, with the ordinary method (Deflate)"
            raise self._label.refused(
                entry.name, f"is compressed in a way that is not read here, {how}", advice
            )
        yield from self._checked(entry, self._unpacked(entry, self._start_of_content(entry)))

    # -- the directory -----------------------------------------------------------------------

    def _directory(self) -> tuple[int, int]:
        """Return where it begins and ends."""
        size = os.fstat(self._fd).st_size
        tail_at = max(0, size - _MOST_END_BYTES)
        tail = self._bytes(tail_at, size - tail_at)
        place = tail.rfind(_END_MAGIC)
        while place >= 0:
            if place + _END.size <= len(tail):
                end = _END.unpack_from(tail, place)
                if place + _END.size + end[7] == len(tail):
                    return self._bounds(end, tail_at + place)
            place = tail.rfind(_END_MAGIC, 0, place)
        raise self._label.damaged("its directory, which stands at the end, is missing")

    def _bounds(self, end: tuple[int, ...], end_at: int) -> tuple[int, int]:
        _, disk, first_disk, _, _, size, begin, _ = end
        locator_at = end_at - _LOCATOR.size
        if locator_at >= 0:
            magic, _, large_at, _ = _LOCATOR.unpack(self._bytes(locator_at, _LOCATOR.size))
            if magic == _LOCATOR_MAGIC:
                large = _LARGE_END.unpack(self._exactly(large_at, _LARGE_END.size))
                if large[0] != _LARGE_END_MAGIC:
                    raise self._label.damaged("its directory is not where it should be")
                _, _, _, _, disk, first_disk, _, _, size, begin = large
                end_at = large_at
        if disk or first_disk:
            raise SubmissionError(
                f"{self._label.archive} is one part of several. Pack the files again into one"
            )
        if begin + size > end_at:
            raise self._label.damaged("its directory is longer than the file")
        return begin, begin + size

    def _entry(self, at: int, end: int) -> tuple[_Entry, int]:
        """Read the entry at a position; return it, and where the next one is."""
        fields = _ENTRY.unpack(self._exactly(at, _ENTRY.size))
        magic, version, _, flags, method, time, date, crc, packed, size = fields[:10]
        name_size, extra_size, comment_size, _, _, attributes, local_at = fields[10:]
        following = at + _ENTRY.size + name_size + extra_size + comment_size
        if magic != _ENTRY_MAGIC or following > end:
            raise self._label.damaged("its directory does not add up")
        names = self._exactly(at + _ENTRY.size, name_size + extra_size)
        extra = _extra(names[name_size:])
        large = extra.get(_LARGE_SIZES, b"")
        wide = []
        for number in (size, packed, local_at):
            if number == _IN_EXTRA:
                if len(large) < 8:
                    raise self._label.damaged("a size in its directory is missing")
                number, large = int.from_bytes(large[:8], "little"), large[8:]
            wide.append(number)
        entry = _Entry(
            names[:name_size],
            flags,
            method,
            crc,
            packed_bytes=wide[1],
            size_bytes=wide[0],
            host=version >> 8,
            attributes=attributes,
            at=wide[2],
            mtime_s=_mtime_s(extra.get(_UNIX_TIME, b""), date, time),
        )
        return entry, following

    def _member(self, entry: _Entry) -> Member:
        self._label.expect_bounded(entry.name)
        mode = entry.attributes >> 16 if entry.host in _HOSTS_WITH_MODES else 0
        kind = Kind.of(mode) if stat.S_IFMT(mode) else Kind.FILE
        if entry.name.endswith("/") or (not mode and entry.attributes & _DOS_DIRECTORY):
            kind = Kind.DIRECTORY
        return Member(
            entry.name,
            kind,
            entry.size_bytes,
            stat.S_IMODE(mode) if mode else None,
            entry.mtime_s,
        )

    # -- content -----------------------------------------------------------------------------

    def _start_of_content(self, entry: _Entry) -> int:
        """Read the entry's own header, which must say what the directory says."""
        fields = _LOCAL.unpack(self._exactly(entry.at, _LOCAL.size))
        magic, _, flags, method = fields[:4]
        name_size, extra_size = fields[-2:]
        name = self._exactly(entry.at + _LOCAL.size, name_size)
        if magic != _LOCAL_MAGIC or (name, method) != (entry.raw_name, entry.method):
            raise self._label.refused(
                entry.name, "is called something else in the archive's directory"
            )
        if flags & _ENCRYPTED:
            raise self._label.refused(entry.name, "is encrypted", "Pack without a password")
        return int(entry.at + _LOCAL.size + name_size + extra_size)

    def _packed(self, at: int, size: int) -> Iterator[bytes]:
        while size:
            piece = self._bytes(at, min(size, PIECE_BYTES))
            if not piece:
                raise self._label.damaged("it ends in the middle")
            at += len(piece)
            size -= len(piece)
            self._meter.consumed(len(piece))
            yield piece

    def _unpacked(self, entry: _Entry, at: int) -> Iterator[bytes]:
        if entry.method == _STORED:
            yield from self._packed(at, entry.packed_bytes)
            return
        inflate = Inflate()
        for piece in self._packed(at, entry.packed_bytes):
            given = piece
            while not inflate.eof:
                try:
                    out = inflate.decompress(given, PIECE_BYTES)
                except zlib.error as error:
                    problem = f"cannot be decompressed ({error})"
                    raise self._label.refused(entry.name, problem) from error
                given = b""
                if out:
                    yield out
                if inflate.needs_input:
                    break
        if not inflate.eof:
            raise self._label.refused(entry.name, "is damaged: it ends in the middle")

    def _checked(self, entry: _Entry, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Pass pieces on as long as they are what the directory says."""
        size = crc = 0
        for piece in pieces:
            self._meter.produced(len(piece))
            size += len(piece)
            if size > entry.size_bytes:
                break
            crc = zlib.crc32(piece, crc)
            yield piece
        if size != entry.size_bytes or crc != entry.crc:
            raise self._label.refused(
                entry.name, "is damaged: its content is not what its checksum says"
            )

    # -- bytes -------------------------------------------------------------------------------

    def _exactly(self, at: int, size: int) -> bytes:
        data = self._bytes(at, size)
        if len(data) < size:
            raise self._label.damaged("it ends in the middle")
        return data

    def _bytes(self, at: int, size: int) -> bytes:
        try:
            return os.pread(self._fd, size, at)
        except (OSError, OverflowError) as error:
            raise self._label.damaged("something in it lies where nothing can be read") from error


def _extra(data: bytes) -> dict[int, bytes]:
    """Split an entry's extra field; what does not fit is left out, as others do."""
    found: dict[int, bytes] = {}
    while len(data) >= 4:
        key, size = struct.unpack_from("<2H", data)
        found.setdefault(key, data[4 : 4 + size])
        data = data[4 + size :]
    return found


def _mtime_s(unix: bytes, date: int, time: int) -> int:
    """Seconds since 1970, from Info-ZIP's field or from the date that every entry has."""
    if len(unix) >= 5 and unix[0] & 1:
        return max(0, int.from_bytes(unix[1:5], "little", signed=True))
    parts = (
        (date >> 9) + 1980,
        min(max(1, date >> 5 & 0xF), 12),
        max(1, date & 0x1F),
        time >> 11,
        time >> 5 & 0x3F,
        (time & 0x1F) * 2,
    )
    return calendar.timegm(parts) - _EARLIEST_ZONE_S
