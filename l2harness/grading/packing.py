"""A tree of files as bytes in memory, and as files again: all that its digest depends on.

Laws:

- What was packed is a stranger's. It is unpacked into a directory of ours that nobody else has,
  nothing is written over anything, and links are made last.
- Packing reads what `stage` would read, within the same limits, and refuses with the same words.
"""

from __future__ import annotations

import os
import pickle
import socket
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from l2harness.errors import SubmissionError
from l2harness.programs.stage import StageLimits, stage, writing
from l2harness.programs.tree import Kind, open_regular, shown, walk

#: The largest file that is packed as it is, such as an archive.
MAXIMUM_BYTES: Final = 256 << 20
#: Fast, for networks are faster still; texts shrink to a third.
_COMPRESSION: Final = 1


@dataclass(frozen=True, slots=True)
class Item:
    """
    One thing of a packed tree.

    Attributes:
        path: Below its top.
        kind: What it is.
        runnable: Whether a file has a run bit.
        mtime_ns: Time of the last change, since 1970.
        content: Of a file; of a link its text.
    """

    path: str
    kind: Kind
    runnable: bool = False
    mtime_ns: int = 0
    content: bytes = b""


def file_item(path: Path, name: str) -> Item:
    """
    Pack one file.

    Args:
        path: Where it lies.
        name: What it is called in the packed tree.

    Raises:
        SubmissionError: It cannot be read, is no regular file or too large.
    """
    fd = open_regular(str(path), path)
    with open(fd, "rb") as file:
        status = os.fstat(fd)
        if status.st_size > MAXIMUM_BYTES:
            raise SubmissionError(
                f"{shown(path.name)} is too large to be sent: {status.st_size} bytes, and at most "
                f"{MAXIMUM_BYTES} are sent"
            )
        return Item(name, Kind.FILE, bool(status.st_mode & 0o111), status.st_mtime_ns, file.read())


def tree_items(tree: Path, name: str, scratch: Path) -> Iterator[Item]:
    """
    Pack everything below a directory.

    Args:
        tree: The directory.
        name: What it is called in the packed tree; not packed itself.
        scratch: A directory that may be made, of ours alone.

    Raises:
        SubmissionError: Something in it cannot be read or sent, or it is too large.
    """
    limits = StageLimits()
    left = limits.max_bytes
    for entry in walk(tree, max_entries=limits.max_files, max_depth=limits.max_depth):
        content = b""
        if entry.kind is Kind.FILE:
            left -= entry.size_bytes
            if left < 0:
                stage(tree, scratch, limits)  # says that it is too large, as it would elsewhere
                raise SubmissionError(
                    f"{shown(entry.path)} is too much to be sent: at most {limits.max_bytes} "
                    "bytes are sent of a submission"
                )
            with open(entry.open(), "rb") as file:
                content = file.read(limits.max_bytes)
        elif entry.kind is Kind.LINK:
            content = os.fsencode(entry.target())
        elif entry.kind is Kind.DEVICE:
            raise SubmissionError(f"{shown(entry.path)} is a device, which cannot be sent")
        path = f"{name}/{entry.path}"
        yield Item(path, entry.kind, entry.has_run_bit, entry.mtime_ns, content)


def folded(items: Iterable[Item]) -> bytes:
    """Return a packed tree as bytes, compressed."""
    data = pickle.dumps(list(items), pickle.HIGHEST_PROTOCOL)
    return zlib.compress(data, _COMPRESSION)


def unfold(data: bytes, place: Path) -> None:
    """
    Make everything that was packed.

    Args:
        data: What `folded` returned.
        place: A directory to make.

    Raises:
        KernelError: It cannot be written.
    """
    items: list[Item] = pickle.loads(zlib.decompress(data))
    with writing(place):
        place.mkdir(mode=0o700, parents=True)
        # A link is made when nothing is written any more that could go through it; what a
        # directory holds is made before the directory gets its time.
        for item in sorted(items, key=lambda it: it.kind is Kind.LINK):
            _make(item, place / item.path)
        for item in reversed(items):
            if item.mtime_ns:
                times = (item.mtime_ns, item.mtime_ns)
                os.utime(place / item.path, ns=times, follow_symlinks=False)


def _make(item: Item, path: Path) -> None:
    if item.kind is Kind.DIRECTORY:
        path.mkdir(mode=0o755, exist_ok=True)
    elif item.kind is Kind.LINK:
        os.symlink(os.fsdecode(item.content), path)
    elif item.kind is Kind.FIFO:
        os.mkfifo(path)
    elif item.kind is Kind.SOCKET:
        _make_socket(path)
    else:
        mode = 0o755 if item.runnable else 0o644
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(item.content)


def _make_socket(path: Path) -> None:
    """A socket's name may be longer than the kernel lets one be bound to; a directory's not."""
    fd = os.open(path.parent, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(f"/proc/self/fd/{fd}/{path.name}")
    finally:
        os.close(fd)
