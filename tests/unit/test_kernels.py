"""Kernels for virtual machines: finding one, its modules, and what to boot it from."""

import gzip
import lzma
import os
import shutil
import struct

import pytest

from l2harness.vm import cache, kernels
from l2harness.vm.kernels import Kernel

ELF = b"\x7fELF" + bytes(60)
NOTE = struct.pack("<III", 4, 4, 18) + b"Xen\0" + bytes(4)


def image_of(release="6.1.0-1-cloud-amd64", payload=b"\x02\x21L\x18") -> bytes:
    """A file with the header of a kernel."""
    head = bytearray(1024)
    head[0x1F1] = 1
    head[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", head, 0x20E, 0x100)
    said = f"{release} (somebody@debian) #1".encode()
    head[0x300 : 0x300 + len(said)] = said
    struct.pack_into("<II", head, 0x248, 8, len(payload))
    return bytes(head) + bytes(8) + payload + b"what follows"


def module(needs="") -> bytes:
    """A file with what a module says about itself."""
    return b"\x7fELF...\0license=GPL\0depends=" + needs.encode() + b"\0vermagic=6.1\0"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Make kernels of this user, where the machine has no others that are found."""
    root = tmp_path / "data" / "l2harness" / "kernel"
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_DATA_DIRS", str(tmp_path / "nowhere"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(kernels, "_SYSTEM", tmp_path / "nothing")

    def make(release="6.1.0-1-cloud-amd64", image=None, built_in=(), **modules):
        files = root / "lib" / "modules" / release
        for name, content in modules.items():
            path = files / "kernel" / name.replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        files.mkdir(parents=True, exist_ok=True)
        said = "".join(f"kernel/{name}.ko\n" for name in built_in)
        (files / "modules.builtin").write_text(said)
        path = root / "boot" / f"vmlinuz-{release}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image_of(release) if image is None else image)
        return path

    return make


class TestFinding:
    """Which kernel."""

    def test_the_newest(self, machine):
        """By numbers, not by letters; it is known by what it says, not by its file's name."""
        machine("6.1.0-9-amd64")
        newer = machine("6.1.0-50-amd64")
        assert kernels.find(()) == (Kernel("6.1.0-50-amd64", newer), "")

    def test_none(self, machine):
        """That there is none is said."""
        assert kernels.find(()) == (None, "there is no kernel image in /boot")

    def test_something_else(self, machine):
        """A file of that name that is no kernel for this processor is named."""
        path = machine(image=b"MZ" + bytes(5000))
        assert kernels.find(()) == (None, f"{path} is no Linux for this processor")

    def test_not_for_us(self, machine, monkeypatch):
        """One that only root may read, as on Ubuntu, is named, with the reason."""
        path = machine()

        def refuse(image):
            raise PermissionError(13, os.strerror(13), str(image))

        monkeypatch.setattr(kernels, "release_of", refuse)
        assert kernels.find(()) == (None, f"{path} cannot be read: Permission denied")

    def test_a_module_is_missing(self, machine):
        """A kernel without a module that labs need is passed over, and the reason is said."""
        machine("6.2.0-1", veth_dot_ko=module("nowhere"))
        assert "vmlinuz-6.2.0-1 has no module nowhere in" in kernels.find(["veth"])[1]
        older = machine("6.1.0-1", built_in=["veth"])
        assert kernels.find(["veth"])[0] == Kernel("6.1.0-1", older)


class TestModules:
    """What a kernel is made to load."""

    def test_what_is_needed_comes_first(self, machine):
        """Each once, after what it needs; not what is built in; a dash is an underscore."""
        machine(
            built_in=["stp"],
            **{"bridge_dot_ko": module("stp,llc-two"), "llc-two_dot_ko": module("")},
            veth_dot_ko=module("llc-two"),
        )
        found, _ = kernels.find(["bridge", "veth", "stp"])
        assert found is not None
        assert [name for name, _ in found.modules] == ["llc_two", "bridge", "veth"]
        assert all(path.is_file() for _, path in found.modules)

    @pytest.mark.parametrize(
        ("ending", "pack"),
        [("", bytes), (".xz", lzma.compress), (".gz", gzip.compress)],
    )
    def test_packed(self, tmp_path, ending, pack):
        """However a distribution packs them, they are unpacked before a kernel gets them."""
        path = tmp_path / f"veth.ko{ending}"
        path.write_bytes(pack(module("llc")))
        assert kernels.module_bytes(path) == module("llc")
        assert kernels.needs_of(kernels.module_bytes(path)) == ["llc"]

    def test_packed_by_zstd(self, tmp_path, monkeypatch):
        """That takes a program, whose absence is named."""
        bin = tmp_path / "bin"
        bin.mkdir()
        (bin / "zstd").write_text('#!/bin/sh\n[ "$1" = -dc ] && exec /bin/cat\n')
        (bin / "zstd").chmod(0o755)
        path = tmp_path / "veth.ko.zst"
        path.write_bytes(module("llc"))
        monkeypatch.setenv("PATH", str(bin))
        assert kernels.module_bytes(path) == module("llc")
        shutil.rmtree(bin)
        with pytest.raises(LookupError, match="without the program zstd"):
            kernels.module_bytes(path)

    def test_broken(self, machine):
        """A module that cannot be unpacked is as one that is missing."""
        machine(**{"veth_dot_ko.xz": b"nonsense"})
        assert "has no module veth that can be unpacked" in kernels.find(["veth"])[1]

    def test_says_nothing(self):
        """A file that says nothing of what it needs needs nothing."""
        assert kernels.needs_of(b"\x7fELF") == []


class TestBootable:
    """What it is booted from."""

    def test_unpacked_once(self, machine):
        """A kernel in xz is unpacked, if it can be entered then, and found again."""
        bare = ELF + NOTE
        kernel = Kernel("6.1", machine(image=image_of(payload=lzma.compress(bare))))
        first = kernels.bootable(kernel)
        assert first.read_bytes() == bare
        before = first.stat().st_ino
        assert kernels.bootable(kernel) == first
        assert first.stat().st_ino == before

    @pytest.mark.parametrize(
        "payload",
        [b"\x02\x21L\x18 in lz4", lzma.compress(ELF), lzma.compress(NOTE), b"\xfd7zXZ\x00broken"],
        ids=["another way", "no note", "no ELF", "broken"],
    )
    def test_as_it_is(self, machine, payload):
        """All others are booted as they are."""
        path = machine(image=image_of(payload=payload))
        assert kernels.bootable(Kernel("6.1", path)) == path
        assert not list(cache.directories().__next__().glob("vmlinux-*"))
