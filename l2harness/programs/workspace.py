"""Where submissions lie while they are graded: staged once, copied for every start of a program.

Everything is on file systems in memory that belong to the harness's private mount namespace: no
name of it exists outside, and nothing of it outlives the harness. Every start of a program gets a
throwaway file system of its own, bounded in size and number of files, which holds all that it can
write to; so what one run writes cannot reach the next, and a full disk is the program's own.

What a build has made is a stranger's work as much as the submission was, and is taken in as
warily.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from l2harness.errors import KernelError, SubmissionError
from l2harness.network import linux
from l2harness.programs.limits import Limits
from l2harness.programs.stage import StageLimits, copy_tree, stage
from l2harness.programs.view import furnish

_FLAGS: Final = linux.MS_NOSUID | linux.MS_NODEV
_SYSFS_FLAGS: Final = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV | linux.MS_NOEXEC
#: Directories of a throwaway file system beside the copy itself, and their modes.
_SCRATCH: Final = {"tmp": 0o1777, "shm": 0o1777, "root": 0o700}
#: One more, of ours: what the program sees is mounted there.
_VIEW: Final = "view"
#: A file system counts its top and the directories above.
_OWN_FILES: Final = 2 + len(_SCRATCH)
#: Taken from the machine as they are, where they exist: nobody's secrets, and programs break
#: without them.
_FROM_ETC: Final = (
    "alternatives",
    "ethertypes",
    "ld.so.cache",
    "ld.so.conf",
    "ld.so.conf.d",
    "localtime",
    "os-release",
    "protocols",
    "services",
)
_MADE_UP: Final = {
    "passwd": "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
    "group": "root:x:0:\nnogroup:x:65534:\n",
    "hosts": "127.0.0.1 localhost\n127.0.1.1 lab\n",
    "hostname": "lab\n",
    "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\nprotocols: files\n",
}


class Workspace:
    """
    A directory tree in memory for one submission at a time.

    Args:
        root: A directory to make, in the harness's private mount namespace; /etc for programs is
            made beside it, once for all submissions.
        outside_uid: Who the programs are outside; their files belong to it.
    """

    def __init__(self, root: Path, outside_uid: int) -> None:
        self._root = root
        self._uid = outside_uid
        self._mounted: list[Path] = []
        self._numbers = itertools.count(1)  # shared by the threads that make runs
        for name in ("staged", "built", "copies", "sysfs", "reached"):
            (root / name).mkdir(parents=True)
        self.etc = root.parent / "etc"
        if not self.etc.exists():
            _make_etc(self.etc)
        self.staged = root / "staged"
        self._measured: tuple[Path, tuple[int, int]] | None = None

    def take_in(self, submission: Path, limits: StageLimits) -> Sequence[str]:
        """
        Copy a submission here, safely; return what there is to say about it.

        Raises:
            SubmissionError: It is not safe to open, or too large.
        """
        self._measured = None
        notes: Sequence[str] = stage(submission, self.staged, limits).notes
        return notes

    def throwaway_copy(self, limits: Limits) -> Path:
        """
        Return a fresh copy of what is staged, for one start of one program to write to.

        Beside it, on the same bounded file system, lies what else it may write to: `scratch_of`.

        Raises:
            KernelError: The machine cannot mount it.
        """
        place = self._root / "copies" / str(next(self._numbers))
        if self._measured is None or self._measured[0] != self.staged:
            self._measured = (self.staged, _measure(self.staged))
        size_bytes, files = self._measured[1]
        size_bytes += limits.disk_bytes
        files += limits.disk_files + _OWN_FILES
        self._mount("tmpfs", place, _FLAGS, f"mode=0755,size={size_bytes},nr_inodes={files}")
        for name, mode in _SCRATCH.items():
            scratch = place / name
            scratch.mkdir()
            scratch.chmod(mode)
            os.chown(scratch, self._uid, self._uid)
        (place / _VIEW).mkdir()
        copy = place / "submission"
        copy_tree(self.staged, copy, self._uid, self._uid)
        return copy

    def sysfs(self, host: str, namespace: int) -> Path:
        """
        Return a directory that shows /sys as a host sees it: its own interfaces, nobody else's.

        Raises:
            KernelError: The machine cannot mount it.
        """
        place = self._root / "sysfs" / f"{next(self._numbers)}-{host}"
        with linux.entered(namespace):
            self._mount("sysfs", place, _SYSFS_FLAGS, "")
        return place

    def reach(self, directory: Path) -> Path:
        """
        Return a name of a directory of the machine by which anybody gets at it.

        Directories above it, such as a home, may be closed to the uid that programs have.

        Raises:
            KernelError: The machine cannot mount it there.
        """
        place = self._root / "reached" / str(next(self._numbers))
        self._mount(str(directory), place, linux.MS_BIND | linux.MS_REC, "")
        return place

    def machine(self, visible: Mapping[Path, Path], hidden: Sequence[Path]) -> Path:
        """
        Return a directory that shows what programs see of the machine; arguments as `furnish`.

        Raises:
            KernelError: The machine cannot mount it.
        """
        place = self._root / "machine"
        self._mount("tmpfs", place, _FLAGS, "mode=0755")
        furnish(place, self.etc, visible, hidden)
        return place

    def keep(self, copy: Path, limits: StageLimits) -> Sequence[str]:
        """
        Let a throwaway copy, with what has been made in it, be what is staged from now on.

        Nothing may run in it any more. Returns what there is to say about it.

        Raises:
            SubmissionError: It is not safe, or too large: what is staged stays as it was.
        """
        built = self._root / "built"
        taken = stage(copy, built, limits)
        if not taken.files:
            raise SubmissionError("nothing is left")
        self.staged = built
        self.forget_copy(copy)
        return taken.notes

    def forget_copy(self, copy: Path) -> None:
        """Take a throwaway copy away."""
        self._unmount(copy.parent)
        self._mounted.remove(copy.parent)

    def close(self) -> None:
        """Take everything away."""
        while self._mounted:
            self._unmount(self._mounted.pop())
        shutil.rmtree(self._root, ignore_errors=True)

    def _mount(self, kind: str, place: Path, flags: int, options: str) -> None:
        place.mkdir()
        try:
            linux.mount(kind, str(place), kind, flags, options)
        except OSError as error:
            raise KernelError(f"mount {kind} on", str(place), error.errno or 0) from error
        self._mounted.append(place)

    @staticmethod
    def _unmount(place: Path) -> None:
        linux.unmount(str(place))
        place.rmdir()


def scratch_of(copy: Path) -> Path:
    """Return what holds ``tmp``, ``shm``, ``root`` and ``view`` of a throwaway copy."""
    return copy.parent


def _measure(directory: Path) -> tuple[int, int]:
    """Room in bytes and in files that a copy needs: files in memory take whole pages."""
    page = os.sysconf("SC_PAGE_SIZE")
    total_bytes, count = 0, 0
    for where, _, files in os.walk(directory):
        total_bytes += page
        count += 1 + len(files)
        for name in files:
            size = os.lstat(os.path.join(where, name)).st_size
            total_bytes += (size + page - 1) // page * page
    return total_bytes, count


def _make_etc(etc: Path) -> None:
    etc.mkdir(parents=True)
    for name in _FROM_ETC:
        source = Path("/etc") / name
        target = etc / name
        if source.is_dir():
            shutil.copytree(source, target, symlinks=True, ignore_dangling_symlinks=True)
        elif source.exists():
            shutil.copyfile(source, target)
    for name, text in _MADE_UP.items():
        (etc / name).write_text(text)
