"""Which control groups we may make here, found out by making one.

Two generations exist, sometimes side by side: version 1 with a tree for each controller, version 2
with one tree whose groups have only what their parent hands down. In either the right place may be
the group that we are in or, for root, the top of the tree.

Source: cgroups(7), Documentation/admin-guide/cgroup-v2.rst.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

#: The file of a group that shows that it can limit this, in version 1 and in version 2.
_LIMITS: Final = {
    "memory": ("memory.limit_in_bytes", "memory.max"),
    "pids": ("pids.max", "pids.max"),
    "cpu": ("cpu.cfs_quota_us", "cpu.max"),
}


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """
    One mounted tree of control groups.

    Attributes:
        version: 1 or 2.
        controllers: Of version 1, those that the tree belongs to; of version 2 empty.
        places: Directories in which a group of ours could be made, the best first.
    """

    version: int
    controllers: frozenset[str]
    places: tuple[Path, ...]


def hierarchies(mounts: str, groups: str) -> list[Hierarchy]:
    """
    Find the trees.

    Args:
        mounts: Content of /proc/self/mountinfo.
        groups: Content of /proc/self/cgroup.
    """
    own: dict[str, str] = {}
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        own |= dict.fromkeys(controllers.split(","), path)  # the name of version 2 is empty
    return [
        Hierarchy(version, controllers, _places(top, root, own.get(key)))
        for version, controllers, key, root, top in _mounted(mounts)
    ]


def _mounted(mounts: str) -> Iterator[tuple[int, frozenset[str], str, str, Path]]:
    """Yield version, controllers, what /proc/self/cgroup calls it, root and mount point."""
    for line in mounts.splitlines():
        mount, _, file_system = line.partition(" - ")
        root, top = mount.split()[3:5]
        kind, _, options = file_system.split(" ", 2)
        if kind == "cgroup2":
            yield 2, frozenset(), "", root, Path(top)
        elif kind == "cgroup":
            controllers = frozenset(options.split(",")) & _LIMITS.keys()
            for key in sorted(controllers)[:1]:
                yield 1, controllers, key, root, Path(top)


def _places(top: Path, root: str, own: str | None) -> tuple[Path, ...]:
    """A container mounts a tree from further down: what lies above ``root`` is not in sight."""
    if own is None or os.path.relpath(own, root).startswith(".."):
        return (top,)
    return tuple(dict.fromkeys((top / os.path.relpath(own, root), top)))


def limits_of(hierarchy: Hierarchy) -> frozenset[str]:
    """
    Make a group and take it away again; return what it could have limited.

    Returns:
        Of ``memory``, ``pids`` and ``cpu`` those that a group of ours has in the first place that
        gives any; none if no group can be made.
    """
    for place in hierarchy.places:
        group = place / f"l2harness-trial-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            files = os.listdir(group)
        finally:
            group.rmdir()
        if found := {name for name, by in _LIMITS.items() if by[hierarchy.version - 1] in files}:
            return frozenset(found)
    return frozenset()


def available() -> dict[str, int]:
    """Return what groups of ours can limit on this machine, and by which version."""
    mounts = Path("/proc/self/mountinfo").read_text(errors="replace")
    groups = Path("/proc/self/cgroup").read_text(errors="replace")
    found: dict[str, int] = {}
    for hierarchy in hierarchies(mounts, groups):
        for name in sorted(limits_of(hierarchy)):
            found.setdefault(name, hierarchy.version)
    return found
