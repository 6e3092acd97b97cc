"""Archives for tests: honest ones from the standard library, and others byte by byte."""

from __future__ import annotations

import io
import stat
import struct
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path


def put(root: Path, name: str, text: str = "#!/bin/sh\n", mode: int = 0o755) -> Path:
    """Write a file, with the folders above it."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def content(top: Path) -> dict[str, str]:
    """Everything below a directory: what files hold, ``->`` where links point, ``/``."""
    found = {}
    for path in sorted(top.rglob("*")):
        if path.is_symlink():
            text = f"-> {path.readlink()}"
        else:
            text = "/" if path.is_dir() else path.read_bytes().decode(errors="backslashreplace")
        found[str(path.relative_to(top))] = text
    return found


@dataclass(frozen=True)
class Z:
    """An entry of a zip archive; what is None follows from the rest."""

    name: str | bytes
    data: bytes = b""
    mode: int | None = stat.S_IFREG | 0o644
    method: int = zipfile.ZIP_DEFLATED
    flags: int = 0
    local_name: bytes | None = None
    size: int | None = None
    crc: int | None = None
    packed: bytes | None = None
    extra: bytes = b""
    date: int = 0x5000
    time: int = 0
    attributes: int = 0


def zipped(*entries: Z, comment: bytes = b"") -> bytes:
    """A zip archive, as honest as its entries."""
    out = bytearray()
    directory = bytearray()
    for entry in entries:
        name = entry.name.encode() if isinstance(entry.name, str) else entry.name
        packed = entry.packed
        if packed is None:
            packed = entry.data
            if entry.method == zipfile.ZIP_DEFLATED:
                deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
                packed = deflate.compress(entry.data) + deflate.flush()
        size = len(entry.data) if entry.size is None else entry.size
        crc = zlib.crc32(entry.data) if entry.crc is None else entry.crc
        host = 0 if entry.mode is None else 3
        attributes = entry.attributes | (entry.mode or 0) << 16
        common = (entry.flags, entry.method, entry.time, entry.date, crc, len(packed), size)
        directory += struct.pack(
            "<4s6H3L5H2L",
            b"PK\1\2",
            host << 8 | 20,
            20,
            *common,
            len(name),
            len(entry.extra),
            0,
            0,
            0,
            attributes,
            len(out),
        )
        directory += name + entry.extra
        local = name if entry.local_name is None else entry.local_name
        out += struct.pack("<4s5H3L2H", b"PK\3\4", 20, *common, len(local), 0) + local + packed
    end = struct.pack(
        "<4s4H2LH",
        b"PK\5\6",
        0,
        0,
        len(entries) & 0xFFFF,
        len(entries) & 0xFFFF,
        len(directory),
        len(out),
        len(comment),
    )
    return bytes(out + directory) + end + comment


@dataclass(frozen=True)
class T:
    """An entry of a tar archive."""

    name: str
    data: bytes = b""
    type: bytes = tarfile.REGTYPE
    target: str = ""
    mode: int = 0o644
    mtime: float = 0
    pax: dict[str, str] | None = None


def tarred(*entries: T, form: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar archive, not compressed."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form, errors="surrogateescape") as tar:
        for entry in entries:
            info = tarfile.TarInfo(entry.name)
            info.size = len(entry.data)
            info.type = entry.type
            info.linkname = entry.target
            info.mode = entry.mode
            info.mtime = entry.mtime
            info.pax_headers = entry.pax or {}
            tar.addfile(info, io.BytesIO(entry.data))
    return out.getvalue()


def packed(directory: Path, archive: Path) -> Path:
    """Pack what a directory holds, in the way that the archive's name asks for."""
    if archive.suffix == ".zip":
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as zip_file:
            for path in sorted(directory.rglob("*")):
                zip_file.write(path, path.relative_to(directory))
        return archive
    kind = {".tar": "w", ".gz": "w:gz", ".tgz": "w:gz", ".bz2": "w:bz2", ".xz": "w:xz"}
    with tarfile.open(archive, kind[archive.suffix]) as tar:
        for path in sorted(directory.iterdir()):
            tar.add(path, path.name)
    return archive
