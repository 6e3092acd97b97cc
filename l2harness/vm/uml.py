"""User-mode Linux: a kernel that is an ordinary program, with this machine's files for a disk.

Its guest's programs are processes of this machine. Either it traces them, which costs some 20 µs
for every system call and page fault; or, from 6.16 on, they hand these over themselves, which
costs half of that. Then nothing but politeness keeps a program from the memory of its kernel,
and so from whoever grades it in there: it is for programs of one's own.

Source: the help of ``linux --help`` on ``seccomp=``, and arch/um/kernel/skas/stub.c.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from l2harness.vm.files import left_in, memory_bytes, needed
from l2harness.vm.versions import version_of
from l2harness.vm.xstate import shim

MODE: Final = "vm:uml"
#: … if it does not trace the programs.
FAST_MODE: Final = "vm:uml-fast"
#: What it is called: by Debian, and by everybody else.
_NAMES: Final = ("linux.uml", "linux")
#: Names the program to be used, and no other.
VARIABLE: Final = "L2HARNESS_UML"
#: The optional package that brings one along.
_WHEEL: Final = "l2harness_uml"
#: From this version on it can set the extended state of every CPU.
_NEEDS_NO_SHIM: Final = (6, 13)
#: … and from this one on it need not trace.
_NEED_NOT_TRACE: Final = (6, 16)
#: Where Debian's package keeps the modules, and those that labs need.
_MODULES: Final = "/usr/lib/uml/modules"
_MODULE_NAMES: Final = ("overlay", "veth", "bridge", "8021q")
#: What it says with --version.
_TOLD: Final = re.compile(rb"(\d+\.\d+[\w.+~-]*)\s*$")
_SLOWER: Final = 4


@dataclass(frozen=True, slots=True)
class UserModeLinux:
    """
    One that was found.

    Attributes:
        program: Its path.
        version: As it says itself, ``6.1.176``.
        preload: A library that mends an old one, see `xstate`; None where there is none.
        traced: Whether it keeps the guest's programs from its own memory, which takes time.
    """

    program: str
    version: str
    preload: str | None = None
    traced: bool = True

    @property
    def lacks_shim(self) -> bool:
        """Whether a library would mend it that could not be compiled."""
        return self.preload is None and _is_before(_NEEDS_NO_SHIM, self.version)

    @property
    def mode(self) -> str:
        """See `Hypervisor`."""
        return MODE if self.traced or _is_before(_NEED_NOT_TRACE, self.version) else FAST_MODE

    @property
    def sees_files(self) -> bool:
        """See `Hypervisor`."""
        return True

    @property
    def slower(self) -> int:
        """See `Hypervisor`."""
        return _SLOWER

    def reads(self, paths: Sequence[Path]) -> Sequence[str]:
        """See `Hypervisor`."""
        ours = [self.program, os.path.realpath(self.program)]
        return [*needed(paths), *ours, *([self.preload] if self.preload else [])]

    def describe(self, place: Path) -> Mapping[str, object]:
        """See `Hypervisor`."""
        return {
            "modules": _MODULES,
            "module_names": list(_MODULE_NAMES),
            "shares": {name: ("hostfs", f"{place}/{name}") for name in ("job", "results")},
        }

    def command(self, place: Path, init: Path) -> Sequence[str]:
        """See `Hypervisor`."""
        return [
            self.program,
            f"mem={memory_bytes() >> 20}M",
            *("root=none", "rootfstype=hostfs", "rootflags=/", "rw"),
            f"init={init}",
            # The guest mounts it itself: until then, files of ours may lie below the host's /dev.
            "devtmpfs.mount=0",
            # Nothing is typed, and the kernel's own words are all that is on its console.
            *("con=null", "con0=null,fd:1", "ssl=null", "quiet"),
            f"seccomp={'off' if self.traced else 'auto'}",
            f"uml_dir={place}/",
            "umid=l2harness",
        ]

    def environment(self, place: Path) -> dict[str, str]:
        """See `Hypervisor`."""
        variables = {"HOME": str(place), "TMPDIR": str(place), "PATH": "/usr/bin:/bin"}
        return variables | ({"LD_PRELOAD": self.preload} if self.preload else {})

    def furnish(self, place: Path, paths: Sequence[Path], room_bytes: int) -> None:
        """See `Hypervisor`: it finds all of it where it lies."""

    def left(self, place: Path, wanted: Mapping[str, int]) -> dict[str, bytes]:
        """See `Hypervisor`."""
        return left_in(place / "results", wanted)


def find() -> UserModeLinux | None:
    """Return the one of those installed here that is to be used, or None."""
    return next(every(), None)


def every() -> Iterator[UserModeLinux]:
    """Yield all that are installed here, the one to be used first."""
    for program in _candidates():
        if version := _version(program):
            yield UserModeLinux(program, version, _preload(version))


def _candidates() -> list[str]:
    if named := os.environ.get(VARIABLE):
        return [program] if (program := shutil.which(named)) else []
    found = [shutil.which(name) for name in _NAMES]
    spec = importlib.util.find_spec(_WHEEL)
    for place in (spec.submodule_search_locations or []) if spec else []:
        found.insert(0, shutil.which(str(Path(place, "linux"))))
    return [program for program in found if program is not None]


def _version(program: str) -> str | None:
    """Ask a program whether it is one; anything may be called ``linux``."""
    return version_of(program, _TOLD)


def _preload(version: str) -> str | None:
    return shim() if _is_before(_NEEDS_NO_SHIM, version) else None


def _is_before(known: tuple[int, int], version: str) -> bool:
    major, minor = (int(part) for part in re.findall(r"\d+", version)[:2])
    return (major, minor) < known
