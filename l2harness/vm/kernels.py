"""Kernels for virtual machines: finding one on this machine, with the modules that labs need.

A kernel is looked for where packages put it, and below ``l2harness/kernel`` in the directories for
data of this user and of this machine, where a package can be unpacked without root.

Source: Documentation/arch/x86/boot.rst of Linux for the header of an image; Xen's
``elfnote.h`` for the note by which a kernel says that it can be entered without one.
"""

from __future__ import annotations

import gzip
import hashlib
import lzma
import os
import re
import shutil
import struct
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from l2harness.vm import cache

#: Where packages put kernels.
_SYSTEM: Final = Path("/")
_SETUP_SECTORS: Final = 0x1F1
_MAGIC: Final = (0x202, b"HdrS")
_VERSION: Final = 0x20E
_PAYLOAD: Final = 0x248
_XZ: Final = b"\xfd7zXZ\x00"
#: XEN_ELFNOTE_PHYS32_ENTRY of owner "Xen": where to enter it, in 4 or 8 bytes.
_NOTES: Final = tuple(struct.pack("<III", 4, size, 18) + b"Xen\0" for size in (4, 8))
_LARGEST_BYTES: Final = 256 << 20
_UNPACKED_WITHIN_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Kernel:
    """
    One that can be booted.

    Attributes:
        release: What it calls itself, as in ``6.1.0-50-cloud-amd64``.
        image: Its file.
        modules: Name and file of each module that was asked for and is not built in, and of those
            that these need, in the order in which they can be loaded.
    """

    release: str
    image: Path
    modules: tuple[tuple[str, Path], ...] = ()


def find(names: Sequence[str]) -> tuple[Kernel | None, str]:
    """
    Return the newest kernel here with certain modules, and if there is none, why.

    Args:
        names: What it has to have, as modules or built in.
    """
    problem = "there is no kernel image in /boot"
    for image, modules in _candidates():
        try:
            release = release_of(image)
        except OSError as error:
            problem = f"{image} cannot be read: {error.strerror}"
            continue
        if release is None:
            problem = f"{image} is no Linux for this processor"
            continue
        directory = modules / release
        try:
            return Kernel(release, image, tuple(_with_needs(directory, names))), ""
        except LookupError as error:
            problem = f"{image} has no module {error.args[0]} in {directory}"
    return None, problem


def _candidates() -> Iterator[tuple[Path, Path]]:
    """Yield images with the directory of their modules, the newest of each place first."""
    data = os.environ.get("XDG_DATA_HOME") or os.path.expanduser("~/.local/share")
    shared = os.environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share"
    roots = [Path(it, "l2harness", "kernel") for it in (data, *shared.split(":")) if it]
    for root in (_SYSTEM, *roots):
        modules = root / "lib" / "modules"
        images = [*root.glob("boot/vmlinuz-*"), *root.glob("usr/lib/modules/*/vmlinuz")]
        for image in sorted(images, key=_numbers, reverse=True):
            yield image, modules


def _numbers(path: Path) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", str(path))]


def release_of(image: Path) -> str | None:
    """
    Return what a kernel image calls itself; None if it is none.

    Raises:
        OSError: It cannot be read.
    """
    with image.open("rb") as file:
        head = file.read(1 << 16)
    at, magic = _MAGIC
    if head[at : at + len(magic)] != magic:
        return None
    (pointer,) = struct.unpack_from("<H", head, _VERSION)
    found = re.match(rb"[0-9][A-Za-z0-9_.+~-]{0,63}", head[pointer + 0x200 :])
    return found[0].decode() if found else None


def _with_needs(directory: Path, names: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Yield modules after those that they need. Raises LookupError for one that is missing."""
    built_in = _names_in(directory / "modules.builtin")
    files = {_name(path): Path(path) for path in _files_below(directory)}
    seen: set[str] = set()

    def visit(name: str) -> Iterator[tuple[str, Path]]:
        if name in seen or name in built_in:
            return
        seen.add(name)
        if name not in files:
            raise LookupError(name)
        for needed in needs_of(module_bytes(files[name])):
            yield from visit(needed)
        yield name, files[name]

    for name in names:
        yield from visit(name)


def _files_below(directory: Path) -> Iterator[str]:
    for place, _, names in os.walk(directory):
        yield from (f"{place}/{name}" for name in names if ".ko" in name)


def _names_in(path: Path) -> set[str]:
    try:
        return {_name(line) for line in path.read_text(encoding="ascii").split()}
    except (OSError, UnicodeDecodeError):
        return set()


def _name(path: str) -> str:
    return os.path.basename(path).partition(".")[0].replace("-", "_")


def module_bytes(path: Path) -> bytes:
    """
    Return a module as the kernel loads it, unpacked.

    Raises:
        LookupError: It cannot be read, or is packed in a way that cannot be undone here.
    """
    try:
        data = path.read_bytes()
        if path.suffix == ".xz":
            return lzma.decompress(data)
        if path.suffix == ".gz":
            return gzip.decompress(data)
        if path.suffix == ".zst":
            return _unpacked_by_zstd(data)
    except (OSError, EOFError, lzma.LZMAError, subprocess.SubprocessError) as error:
        raise LookupError(f"{_name(str(path))} that can be unpacked") from error
    return data


def _unpacked_by_zstd(data: bytes) -> bytes:
    if (program := shutil.which("zstd")) is None:
        raise LookupError("that can be unpacked without the program zstd")
    return subprocess.run(
        [program, "-dc"],
        input=data,
        capture_output=True,
        timeout=_UNPACKED_WITHIN_S,
        check=True,
    ).stdout


def needs_of(module: bytes) -> list[str]:
    """Return the names of the modules that one needs, from what it says about itself."""
    found = re.search(rb"\0depends=([A-Za-z0-9_,-]*)\0", module)
    words = found[1].decode().split(",") if found else []
    return [word.replace("-", "_") for word in words if word]


def bootable(kernel: Kernel) -> Path:
    """
    Return the file to boot a kernel from: one that does not have to unpack itself for seconds.

    An emulated processor takes 5 s to undo xz, this one less than 1 s; what it has undone is kept.

    Raises:
        KernelError: What was unpacked cannot be written anywhere.
    """
    data = kernel.image.read_bytes()
    if not _payload(data).startswith(_XZ):
        return kernel.image
    name = f"vmlinux-{kernel.release}-{hashlib.sha256(data).hexdigest()[:16]}"
    if (kept := cache.find(name)) is not None:
        return kept
    unpacked = _unpacked(_payload(data))
    # A bare kernel is entered by a note that it must have.
    if unpacked is None or not any(note in unpacked for note in _NOTES):
        return kernel.image
    return cache.keep("vmlinux-", name, lambda file: file.write(unpacked))


def _payload(image: bytes) -> bytes:
    sectors = image[_SETUP_SECTORS] or 4
    offset, length = struct.unpack_from("<II", image, _PAYLOAD)
    begin = (sectors + 1) * 512 + offset
    return image[begin : begin + length]


def _unpacked(payload: bytes) -> bytes | None:
    try:
        unpacked = lzma.LZMADecompressor().decompress(payload, _LARGEST_BYTES)
    except (lzma.LZMAError, EOFError):
        return None
    return unpacked if unpacked.startswith(b"\x7fELF") else None
