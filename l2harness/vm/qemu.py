"""qemu without KVM: an emulated processor, for machines on which user-mode Linux does not run.

It begins with an archive (`image`), has a disk with its job, and one that it writes its results to
(`packed`). With a kernel that knows 9p it sees the host's /usr; else the archive has all that is
there. Of other files it sees none. A program takes ten to twenty times as long in it.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from l2harness.errors import KernelError
from l2harness.vm import cpio, guest, kernels
from l2harness.vm.files import memory_bytes
from l2harness.vm.image import image
from l2harness.vm.kernels import Kernel
from l2harness.vm.packed import TAG
from l2harness.vm.tree import Tree
from l2harness.vm.versions import version_of

MODE: Final = "vm:qemu"
#: What a kernel needs: disks, a file system to write to, and what networks are made of.
MODULES: Final = ("virtio_pci", "virtio_blk", "overlay", "veth", "bridge", "8021q")
#: … and to see the host's /usr.
SEEING: Final = ("9p", "9pnet_virtio")
_NAMES: Final = {"x86_64": "qemu-system-x86_64"}
#: Its files and libraries.
_READS: Final = (
    *("/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/share/qemu", "/usr/share/seabios"),
    *("/usr/local/lib", "/usr/local/share/qemu", "/etc/ld.so.cache", "/nix", "/gnu"),
    *("/dev/null", "/dev/urandom"),
)
#: In the place of a machine.
_JOB: Final = "job.cpio"
_RESULTS: Final = "results.cpio"
#: The archive lies in memory twice for a moment, as it was loaded and as it is unpacked; this is
#: for all else, bytes.
_MEMORY_BESIDES_BYTES: Final = 256 << 20
#: How much of what it has translated it keeps; by itself it would keep 1 GB.
_TRANSLATED_MB: Final = 128
#: More than this of a job's files does not fit into its memory beside the rest, bytes.
JOB_AT_MOST_BYTES: Final = 128 << 20
#: What the form of an archive adds to files, at most, bytes.
_FORM_BYTES: Final = 1 << 20
_USR: Final = (
    *("-fsdev", "local,id=usr,path=/usr,security_model=none,readonly=on,multidevs=remap"),
    *("-device", f"virtio-9p-pci,fsdev=usr,mount_tag={TAG}"),
)
_SECTOR_BYTES: Final = 512
#: What it says with --version.
_TOLD: Final = re.compile(rb"QEMU emulator version (\d[\w.]*)")
#: Measured: twenty times as long for a program that does nothing but compute.
_SLOWER: Final = 40


@dataclass(frozen=True, slots=True)
class Qemu:
    """
    One that was found, with a kernel for it.

    Attributes:
        program: Its path.
        release: Its version, as in ``7.2.22``.
        kernel: What it boots.
        sees_usr: Whether that kernel can see the host's /usr.
    """

    program: str
    release: str
    kernel: Kernel
    sees_usr: bool = False

    @property
    def mode(self) -> str:
        """See `Hypervisor`."""
        return MODE

    @property
    def version(self) -> str:
        """See `Hypervisor`."""
        return self.kernel.release

    @property
    def sees_files(self) -> bool:
        """See `Hypervisor`."""
        return False

    @property
    def slower(self) -> int:
        """See `Hypervisor`."""
        return _SLOWER

    def reads(self, paths: Sequence[Path]) -> Sequence[str]:
        """See `Hypervisor`: what it does not see is in an archive, and not needed any more."""
        ours = [self.program, os.path.realpath(self.program), *self._booted()]
        return [*_READS, *ours, *(["/usr"] if self.sees_usr else [])]

    def _booted(self) -> tuple[str, str]:
        """Return the kernel and the archive to begin with."""
        return str(kernels.bootable(self.kernel)), str(image(self.kernel, self.sees_usr))

    def describe(self, place: Path) -> Mapping[str, object]:
        """See `Hypervisor`."""
        shares = {"results": ("tmpfs", "mode=700")}
        return {"shares": shares, "sees_usr": self.sees_usr}

    def command(self, place: Path, init: Path) -> Sequence[str]:
        """See `Hypervisor`; it begins with the init of its archive."""
        kernel, archive = self._booted()
        memory = max(memory_bytes(), 2 * os.stat(archive).st_size + _MEMORY_BESIDES_BYTES)
        words = (
            # The first file system has no limit of its own; a panic ends the machine.
            *("console=ttyS0", "quiet", "rootfstype=ramfs", "panic=-1"),
            # Nobody but this machine's user is to be kept out, and tests of ciphers take long.
            *("mitigations=off", "nokaslr", "noreplace-smp", "cryptomgr.notests"),
        )
        return [
            self.program,
            # microvm hangs in the calibration of its timer, one time in three.
            *("-M", "q35", "-accel", f"tcg,tb-size={_TRANSLATED_MB}", "-m", f"{memory >> 20}M"),
            # Without RDRAND the kernel waits a second for random numbers.
            *("-cpu", "qemu64,+rdrand"),
            *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot"),
            *("-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny"),
            *("-chardev", "stdio,id=console,signal=off", "-serial", "chardev:console"),
            *("-kernel", kernel, "-initrd", archive, "-append", " ".join(words)),
            *_disk("job", place / _JOB, "readonly=on"),
            # Where the host has no room, the machine shall hear of it, and not wait.
            *_disk("results", place / _RESULTS, "werror=report"),
            *(_USR if self.sees_usr else ()),
        ]

    def environment(self, place: Path) -> dict[str, str]:
        """See `Hypervisor`."""
        return {"HOME": str(place), "TMPDIR": str(place), "PATH": "/usr/bin:/bin"}

    def furnish(self, place: Path, paths: Sequence[Path], room_bytes: int) -> None:
        """See `Hypervisor`."""
        machine = place / "machine"
        tree = Tree()
        for path in paths:
            if not path.is_relative_to("/usr"):  # that is seen, or has no place
                tree.add_all(str(path))
        for path in (place / "job").iterdir():
            tree.make(f"{guest.SHARES}/job/{path.name}", path.read_bytes(), 0o600)
        if (size := tree.size()) > JOB_AT_MOST_BYTES:
            what = "what is to be graded takes %d MiB, and a virtual machine has room for %d"
            raise KernelError(what % (size >> 20, JOB_AT_MOST_BYTES >> 20))
        with open(machine / _JOB, "xb") as file:
            try:
                tree.write(file)
            except EOFError as error:
                raise KernelError("pack a job", detail=str(error)) from error
            file.truncate(_in_sectors(file.tell()))
        with open(machine / _RESULTS, "xb") as file:
            file.truncate(_in_sectors(room_bytes + _FORM_BYTES))

    def left(self, place: Path, wanted: Mapping[str, int]) -> dict[str, bytes]:
        """See `Hypervisor`."""
        found: dict[str, bytes] = {}
        try:
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            with open(os.open(place / "machine" / _RESULTS, flags), "rb") as file:
                about = os.fstat(file.fileno())
                # It was made by us, but has been in the hands of the machine.
                room = sum(wanted.values()) + 2 * _FORM_BYTES
                if not stat.S_ISREG(about.st_mode) or about.st_size > room:
                    return {}
                for entry, content in cpio.read(file):
                    name = entry.name.decode("ascii", "replace")
                    if stat.S_ISREG(entry.mode) and entry.size <= wanted.get(name, -1):
                        found[name] = b"".join(content())
        except (OSError, cpio.BadArchive):
            # It did not come so far as to write all of it, or wrote something else.
            return {}
        return found


def _disk(name: str, path: Path, option: str) -> list[str]:
    # In its option a comma is written twice.
    file = str(path).replace(",", ",,")
    return [
        *("-drive", f"file={file},format=raw,if=none,id={name},cache=unsafe,{option}"),
        *("-device", f"virtio-blk-pci,drive={name}"),
    ]


def _in_sectors(size: int) -> int:
    return -(-size // _SECTOR_BYTES) * _SECTOR_BYTES


def find() -> Qemu | None:
    """Return one that is installed here, with a kernel; or None, see `look_for`."""
    return look_for()[0]


def look_for() -> tuple[Qemu | None, str]:
    """Return one that is installed here, and if there is none, what is missing."""
    name = _NAMES.get(os.uname().machine)
    if name is None:
        return None, f"virtual machines by qemu are not made for {os.uname().machine}"
    program = shutil.which(name)
    if program is None:
        return None, f"there is no {name} on PATH"
    release = version_of(program, _TOLD)
    if release is None:
        return None, f"{program} does not tell its version"
    kernel, _ = kernels.find((*MODULES, *SEEING))
    if kernel is not None:
        return Qemu(program, release, kernel, sees_usr=True), ""
    kernel, problem = kernels.find(MODULES)
    return (Qemu(program, release, kernel), "") if kernel else (None, problem)
