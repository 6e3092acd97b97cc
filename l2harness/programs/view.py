"""What programs see of the machine: a tree of mounts, made once, of which every start gets a copy.

Strategy: what is the same for all starts of a grading is mounted once, in the harness's private
mount namespace: /usr, a made-up /etc, a few devices, interpreters, and covers in front of what
nobody may see. A start takes a copy of it by one recursive bind, and mounts into that what its
program may write to. The sandbox then need not build a root of its own, mount by mount, each of
which it looks up in a table of all mounts: that took a third of a start.

Laws:

- Everything here is read-only, no device but those of `_DEVICES` can be opened, and no
  set-user-id bit counts, before any program starts.
- A program can change none of that. It has no right to mount, its system calls are filtered, and
  what a mount namespace takes over from that of another user, nobody in it may loosen.
- What is shown, such as an interpreter's directory, is bound with everything mounted below it: to
  leave that out could uncover what the machine covers.

Source: mount(2), mount_namespaces(7), proc_pid_mountinfo(5).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from l2harness.errors import KernelError, SandboxError
from l2harness.network import linux

#: This package: the labs lie there, with their solutions; and what else of ours there may be.
OURS: Final = (
    Path(__file__).resolve().parent.parent,
    Path("/usr/share/l2harness"),
    Path("/usr/local/share/l2harness"),
)
#: What the machine may have as links into /usr, or as directories beside it.
_BESIDE_USR: Final = ("bin", "sbin", "lib", "lib64", "lib32")
#: Where a start mounts what its program may write to; it covers what the tree has there.
_ITS_OWN: Final = tuple(map(Path, ("/tmp", "/dev/shm", "/root", "/submission")))
#: To mount on.
_EMPTY: Final = ("etc", "proc", "sys", "tmp", "root", "submission", "dev", "dev/shm", "dev/pts")
_DEVICES: Final = ("null", "zero", "full", "random", "urandom", "tty")
_LINKS_IN_DEV: Final = {
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
    "fd": "/proc/self/fd",
    "core": "/proc/kcore",
    "ptmx": "pts/ptmx",
}
#: In /dev: the sandbox mounts the program's own terminal there.
CONSOLE: Final = "console"
_RECURSIVE: Final = linux.MS_BIND | linux.MS_REC
_SHUT: Final = linux.MS_RDONLY | linux.MS_NOSUID | linux.MS_NODEV
#: Flags that a remount would take away if it did not name them; words of mountinfo.
_FLAGS: Final = {
    "ro": linux.MS_RDONLY,
    "nosuid": linux.MS_NOSUID,
    "nodev": linux.MS_NODEV,
    "noexec": linux.MS_NOEXEC,
    "noatime": linux.MS_NOATIME,
    "nodiratime": linux.MS_NODIRATIME,
    "relatime": linux.MS_RELATIME,
}


def is_covered(directory: Path) -> bool:
    """Whether a directory lies where a program has its own; only the sandbox can show it there."""
    return any(directory.is_relative_to(it) for it in _ITS_OWN)


def furnish(
    place: Path, etc: Path, visible: Mapping[Path, Path], hidden: Sequence[Path] = ()
) -> None:
    """
    Make the tree.

    Args:
        place: An empty file system, mounted in the harness's private mount namespace.
        etc: Directory with the made-up /etc.
        visible: Further directories that programs may read, such as an interpreter's; with the
            name under which anybody reaches each. Those that `is_covered` are left out.
        hidden: Directories that they may not, even inside of what they may; this package is one.

    Raises:
        KernelError: The machine cannot mount it.
    """
    for name in _EMPTY:
        _make(place / name)
    for name, target in _LINKS_IN_DEV.items():
        (place / "dev" / name).symlink_to(target)
    (place / "dev" / CONSOLE).touch()
    _bind("/usr", place / "usr")
    for name in _BESIDE_USR:
        if os.path.islink(f"/{name}"):
            (place / name).symlink_to(os.readlink(f"/{name}").lstrip("/"))
        elif os.path.isdir(f"/{name}"):
            _bind(f"/{name}", place / name)
    _bind(etc, place / "etc")
    for name in _DEVICES:
        (place / "dev" / name).touch()
        _bind(f"/dev/{name}", place / "dev" / name)
    shown = {it: reached for it, reached in visible.items() if not is_covered(it)}
    for directory, reached in shown.items():
        _bind(reached, _inside(place, directory))
    for directory in within((Path("/usr"), *shown), (*OURS, *hidden)):
        _cover(_inside(place, directory))
    _shut(place)


def within(places: Iterable[Path], directories: Iterable[Path]) -> list[Path]:
    """Return the directories that lie in one of the places."""
    places = list(places)
    return [it for it in directories if any(it.is_relative_to(place) for place in places)]


def copy(tree: Path, place: Path, own: Mapping[str, Path]) -> None:
    """
    Mount a copy of a tree for one start of a program.

    Args:
        tree: As `furnish` has made it.
        place: An empty directory.
        own: What to mount into the copy, by its name in there; with the flags that it has.

    Raises:
        SandboxError: The machine cannot mount it.
    """
    try:
        linux.mount(str(tree), str(place), "", _RECURSIVE)
        for name, source in own.items():
            linux.mount(str(source), f"{place}/{name}", "", linux.MS_BIND)
    except OSError as error:
        raise SandboxError(f"cannot mount what a program is to see: {error}") from error


def _inside(place: Path, directory: Path) -> Path:
    """Return what a directory of the machine is called in the tree."""
    return place / directory.relative_to("/")


def _make(directory: Path) -> None:
    """Make a directory that everybody may pass through, whatever the umask, and those above it."""
    if not directory.exists():
        _make(directory.parent)
        directory.mkdir()
        directory.chmod(0o755)


def _bind(source: Path | str, target: Path) -> None:
    _make(target)
    _mounted(str(source), target, "", _RECURSIVE)


def _cover(target: Path) -> None:
    """Something empty in front of a directory, or of a file, such as an archive of uploads."""
    if target.is_dir():
        _mounted("tmpfs", target, "tmpfs", _SHUT, "size=4096,mode=0755")
    elif target.exists():
        _mounted("/dev/null", target, "", linux.MS_BIND)


def _shut(place: Path) -> None:
    """Let nothing in the tree be written to, and no more devices be opened than it needs."""
    devices = {place / "dev" / name for name in _DEVICES}
    for target, flags in list(_mounts_at(place, _lines_of_mountinfo())):
        wanted = flags | (linux.MS_NOSUID if target in devices else _SHUT)
        if wanted != flags:
            _mounted("none", target, "", linux.MS_BIND | linux.MS_REMOUNT | wanted)


def _mounted(source: str, target: Path, kind: str, flags: int, options: str = "") -> None:
    try:
        linux.mount(source, str(target), kind, flags, options)
    except OSError as error:
        raise KernelError(f"mount {source} on", str(target), error.errno or 0) from error


def _lines_of_mountinfo() -> list[str]:
    with open("/proc/thread-self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
        return file.readlines()


def _mounts_at(place: Path, lines: Iterable[str]) -> Iterator[tuple[Path, int]]:
    """Yield the mounts at a place and below, and the flags of each; what is covered, once."""
    found: dict[Path, int] = {}
    for line in lines:
        words = line.split(" ", 6)
        target = Path(re.sub(r"\\(\d{3})", lambda it: chr(int(it.group(1), 8)), words[4]))
        if target.is_relative_to(place):
            found[target] = sum(_FLAGS.get(word, 0) for word in words[5].split(","))
    yield from found.items()
