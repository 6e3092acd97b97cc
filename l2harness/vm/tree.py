"""Files of this machine that are to lie at the same paths in another one."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from l2harness.vm.cpio import Entry, Writer, copy_into

#: The longest chain of symbolic links that the kernel follows.
_LINKS_AT_MOST: Final = 40


class Tree:
    """
    Paths, each with all that it takes to reach it: the directories above, and where links lead.

    What does not exist, or cannot be read by who collects, is left out.
    """

    def __init__(self) -> None:
        self._paths: set[str] = set()
        self._watched: set[str] = set()
        self._made: dict[str, tuple[int, bytes]] = {}

    def __iter__(self) -> Iterator[str]:
        """Yield the paths on this machine, each after the directory in which it lies."""
        return iter(sorted(self._paths))

    def add(self, path: str) -> None:
        """Add a file, or a directory without what lies in it."""
        reached, rest, links = "/", path.split("/"), 0
        while rest:
            name = rest.pop(0)
            if name in ("", "."):
                continue
            if name == "..":
                reached = os.path.dirname(reached)
                continue
            here = os.path.join(reached, name)
            try:
                target = os.readlink(here)
            except OSError:
                if not os.path.lexists(here):
                    return
                self._paths.add(here)
                reached = here
                continue
            self._paths.add(here)
            links += 1
            if links > _LINKS_AT_MOST:
                return
            rest = target.split("/") + rest
            reached = "/" if target.startswith("/") else reached

    def add_all(self, path: str, unless: Callable[[str], bool] = lambda _: False) -> None:
        """
        Add a file or a directory with all that lies in it.

        Args:
            path: Of it.
            unless: Says of a path below whether to leave it out, with what lies in it.
        """
        self.add(path)
        for directory, directories, names in os.walk(os.path.realpath(path)):
            self._watched.add(directory)
            for name in directories + names:
                inside = os.path.join(directory, name)
                if not unless(inside):
                    # Most are no links, and their directory is there already.
                    if os.path.islink(inside):
                        self.add(inside)
                    else:
                        self._paths.add(inside)
            directories[:] = [it for it in directories if not unless(os.path.join(directory, it))]

    def make(self, path: str, content: bytes, mode: int = 0o644) -> None:
        """Have a file with this content there, whatever this machine has at that path."""
        self._make_directories(path)
        self._made[path] = (stat.S_IFREG | mode, content)

    def link(self, path: str, target: str) -> None:
        """Have a symbolic link there, unless the tree has that path."""
        # Paths of a tree are free of links: /bin/sh is reached by /bin, and lies in /usr/bin.
        path = os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
        if path in self._paths or path in self._made:
            return
        self._make_directories(path)
        self._made[path] = (stat.S_IFLNK | 0o777, os.fsencode(target))

    def _make_directories(self, path: str) -> None:
        for parent in reversed(Path(path).parents):
            if str(parent) != "/" and str(parent) not in self._paths:
                self._made.setdefault(str(parent), (stat.S_IFDIR | 0o755, b""))

    def size(self) -> int:
        """Return how many bytes its files have, together."""
        about = [os.lstat(path) for path in self._paths]
        made = sum(len(content) for _, content in self._made.values())
        return made + sum(it.st_size for it in about if stat.S_ISREG(it.st_mode))

    def watch(self, directory: str) -> None:
        """Have `manifest` tell when files come into a directory, or go."""
        if os.path.isdir(directory):
            self._watched.add(os.path.realpath(directory))

    def manifest(self) -> bytes:
        """Return what `is_current` can tell by whether anything has changed."""
        paths, watched = sorted(self._paths), sorted(self._watched)
        document = {"paths": paths, "watched": watched, "state": _state(paths, watched)}
        return json.dumps(document).encode()

    def write(self, file: BinaryIO) -> None:
        """
        Write all of it as an archive.

        Raises:
            OSError: Of a file that is made, or of writing.
            EOFError: A file became shorter while it was read.
        """
        writer = Writer(file)
        for path in sorted(self._paths | self._made.keys()):
            name = os.fsencode(path.lstrip("/"))
            if path in self._made:
                mode, content = self._made[path]
                writer.add(Entry(name, mode, len(content)), content)
            elif os.access(path, os.R_OK, follow_symlinks=False) or os.path.islink(path):
                copy_into(writer, name, path)
        writer.close()


def is_current(manifest: bytes) -> bool:
    """Return whether all of a tree is as it was when this was written."""
    try:
        document = json.loads(manifest)
        return bool(document["state"] == _state(document["paths"], document["watched"]))
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _state(paths: Iterable[str], watched: Iterable[str]) -> str:
    """Return a digest of when files were changed, and of which lie in directories."""
    digest = hashlib.sha256()
    for path in paths:
        about = os.lstat(path)
        said = [path, about.st_mode]
        if not stat.S_ISDIR(about.st_mode):
            said += [about.st_size, about.st_mtime_ns]
        digest.update(repr(said).encode())
    for directory in watched:
        # Whoever imports a module may make a directory for what was compiled.
        names = sorted(name for name in os.listdir(directory) if name != "__pycache__")
        digest.update(repr([directory, names]).encode())
    return digest.hexdigest()
