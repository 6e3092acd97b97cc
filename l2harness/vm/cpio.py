"""Archives in cpio's "newc" form, which a Linux kernel unpacks as its first file system.

It is used outside and inside of a virtual machine: nothing here imports more than the standard
library. Every file is root's; the time at which it was changed is kept, for Python compiles again
whatever is not as old as it has been told.

Source: Documentation/driver-api/early-userspace/buffer-format.rst of Linux, and cpio(5).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

_MAGIC: Final = b"070701"
_HEADER_BYTES: Final = 110
_LAST: Final = b"TRAILER!!!"
#: The longest name: PATH_MAX of Linux, with the byte at its end.
_LONGEST_NAME: Final = 4096
_LARGEST: Final = 2**32 - 1


class BadArchive(ValueError):
    """These bytes are no archive in this form, or not all of one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One file of an archive.

    Attributes:
        name: Its path, without a slash at the beginning.
        mode: Its kind and permissions, as in ``st_mode``.
        size: Bytes of its content; of a symbolic link of its target.
        mtime: When it was changed, whole seconds since 1970.
        device: For a device, its major and minor number.
    """

    name: bytes
    mode: int
    size: int = 0
    mtime: int = 0
    device: tuple[int, int] = (0, 0)


class Writer:
    """
    Writes an archive.

    Args:
        file: Where to; need not be seekable.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._number = 0
        self._written = 0

    def add(self, entry: Entry, content: BinaryIO | bytes = b"") -> None:
        """
        Add a file.

        Raises:
            ValueError: Its name, size or number does not fit into this form.
            EOFError: ``content`` ended before ``entry.size`` bytes.
            OSError: Of reading or writing.
        """
        name = entry.name
        if not name or b"\0" in name or len(name) >= _LONGEST_NAME or entry.size > _LARGEST:
            raise ValueError(f"{name[:80]!r} does not fit into an archive")
        self._header(entry, name)
        if isinstance(content, bytes):
            if len(content) != entry.size:
                raise EOFError(f"{name!r} has {len(content)} bytes, not {entry.size}")
            self._write(content)
        else:
            self._copy(content, entry)
        self._pad()

    def close(self) -> None:
        """Say that nothing follows; the file stays open."""
        self._header(Entry(_LAST, 0), _LAST)
        self._pad()

    def _header(self, entry: Entry, name: bytes) -> None:
        last = name == _LAST
        self._number += 1
        links = 2 if stat.S_ISDIR(entry.mode) else 1
        mtime = min(max(entry.mtime, 0), _LARGEST)
        fields = (
            *(0 if last else self._number, entry.mode, 0, 0, links, mtime, entry.size),
            *(0, 0, *entry.device, len(name) + 1, 0),
        )
        self._write(_MAGIC + b"".join(b"%08x" % field for field in fields) + name + b"\0")
        self._pad()

    def _copy(self, content: BinaryIO, entry: Entry) -> None:
        left = entry.size
        while left:
            data = content.read(min(left, 1 << 20))
            if not data:
                raise EOFError(f"{entry.name!r} has become shorter while it was read")
            self._write(data)
            left -= len(data)

    def _write(self, data: bytes) -> None:
        self._file.write(data)
        self._written += len(data)

    def _pad(self) -> None:
        self._write(bytes(-self._written % 4))


def read(file: BinaryIO) -> Iterator[tuple[Entry, Callable[[], Iterable[bytes]]]]:
    """
    Read an archive, whatever stands after its end.

    Yields:
        Each file, and what gives its content in pieces: once, and before the next file is asked
        for. What is not asked for is passed over.

    Raises:
        BadArchive: It is none, or ends early.
    """
    position = 0

    def take(size: int) -> bytes:
        nonlocal position
        data = file.read(size)
        if len(data) != size:
            raise BadArchive(f"the archive ends early, after {position + len(data)} bytes")
        position += size
        return data

    while True:
        entry = _parsed(take(_HEADER_BYTES), take)
        take(-position % 4)
        if entry.name == _LAST:
            return
        left = entry.size

        def content() -> Iterator[bytes]:
            nonlocal left
            while left:
                data = take(min(left, 1 << 20))
                left -= len(data)
                yield data

        yield entry, content
        for _ in content():
            pass
        take(-position % 4)


def _parsed(header: bytes, take: Callable[[int], bytes]) -> Entry:
    digits = header[len(_MAGIC) :]
    if not header.startswith(_MAGIC) or not digits.isalnum():
        raise BadArchive("a file of the archive has no header")
    try:
        fields = [int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)]
    except ValueError as error:
        raise BadArchive("a header of the archive is not in hexadecimal") from error
    _, mode, _, _, _, mtime, size, _, _, major, minor, name_bytes, _ = fields
    if not 1 < name_bytes <= _LONGEST_NAME:
        raise BadArchive(f"a name of the archive has {name_bytes} bytes")
    name = take(name_bytes)
    if name.find(b"\0") != name_bytes - 1:
        raise BadArchive("a name of the archive does not end where it should")
    return Entry(name[:-1], mode, size, mtime, (major, minor))


def unpack(file: BinaryIO, root: str = "/") -> None:
    """
    Unpack an archive of ours below a directory; as root, for devices.

    What is there already stays if it is a directory, and is replaced if it is not.

    Raises:
        BadArchive: As `read`.
        OSError: Of making a file.
    """
    for entry, content in read(file):
        path = os.path.join(os.fsencode(root), entry.name)
        permissions = stat.S_IMODE(entry.mode)
        if stat.S_ISDIR(entry.mode):
            if os.path.isdir(path):
                continue
            os.mkdir(path)
        else:
            if os.path.lexists(path):
                os.unlink(path)
            if stat.S_ISLNK(entry.mode):
                os.symlink(b"".join(content()), path)
                continue
            if stat.S_ISREG(entry.mode):
                with open(path, "xb") as made:
                    made.writelines(content())
            else:
                os.mknod(path, entry.mode, os.makedev(*entry.device))
        os.chmod(path, permissions)
        os.utime(path, (entry.mtime, entry.mtime))


def copy_into(writer: Writer, name: bytes, path: str) -> None:
    """
    Add a file of this machine to an archive, whatever it is; not what is in a directory.

    Raises:
        OSError: It cannot be read.
        ValueError, EOFError: As `Writer.add`.
    """
    about = os.lstat(path)
    mode, mtime = about.st_mode, int(about.st_mtime)
    if stat.S_ISREG(mode):
        with open(
            os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb"
        ) as file:
            about = os.fstat(file.fileno())
            entry = Entry(name, about.st_mode, about.st_size, int(about.st_mtime))
            writer.add(entry, file)
    elif stat.S_ISLNK(mode):
        target = os.fsencode(os.readlink(path))
        writer.add(Entry(name, mode, len(target), mtime), target)
    elif stat.S_ISBLK(mode) or stat.S_ISCHR(mode):
        numbers = os.major(about.st_rdev), os.minor(about.st_rdev)
        writer.add(Entry(name, mode, 0, mtime, numbers))
    else:
        writer.add(Entry(name, mode, 0, mtime))
