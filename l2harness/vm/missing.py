"""What a virtual machine cannot see of this one's /usr: a program that asks for it is noticed.

Strategy: where a machine has no more of /usr than a small system, all that it lacks (programs,
headers, libraries to link with, Python packages) are links to one file, which nobody opens who
does not ask for something that is missing. Then what came of it is no verdict on the program, but
a fault of ours.

Source: inotify(7), whose numbers are the same on every architecture.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from l2harness.errors import KernelError
from l2harness.vm.tree import Tree

#: The one file: for a shell a program that fails, for a compiler and a linker nonsense.
FILE: Final = "/usr/lib/l2harness-missing"
_CONTENT: Final = b"""#!/bin/sh
echo "$0: not found in this virtual machine of l2harness" >&2
exit 127
"""
_HEADERS: Final = "/usr/include"
#: Packages of the system's Python, but for those that it asks for by itself at every start.
_PACKAGES: Final = (
    "/usr/lib/python3/dist-packages",
    f"/usr/local/lib/python{sys.version_info.major}.{sys.version_info.minor}/dist-packages",
)
_ASKED_FOR_BY_PYTHON: Final = frozenset({"apport_python_hook", "sitecustomize", "usercustomize"})
_IN_OPEN: Final = 0x20
_NONBLOCK_CLOEXEC: Final = os.O_NONBLOCK | os.O_CLOEXEC


def mark(tree: Tree, path: str, libraries: str | None) -> None:
    """
    Have everything that this machine has, and a tree has not, lead to the one file.

    Args:
        tree: What a machine will have.
        path: Directories of programs, with colons between.
        libraries: The directory of libraries to link with; None where there is no compiler.
    """
    tree.make(FILE, _CONTENT, 0o755)
    for directory in path.split(":"):
        for name in _names_in(directory):
            tree.link(f"{directory}/{name}", FILE)
    for directory in _PACKAGES:
        # The packages of the interpreter that runs us are in the tree, as far as they are needed.
        if directory not in sys.path:
            for name in _packages_in(directory) - _ASKED_FOR_BY_PYTHON:
                tree.link(f"{directory}/{name}.py", FILE)
    if libraries is None:
        return
    tree.watch(libraries)
    tree.watch(_HEADERS)
    for name in _names_in(libraries):
        if name.startswith("lib") and name.endswith((".so", ".a")):
            tree.link(f"{libraries}/{name}", FILE)
    for place, _, names in os.walk(_HEADERS):
        for name in names:
            tree.link(f"{place}/{name}", FILE)


def _names_in(directory: str) -> list[str]:
    try:
        return [it.name for it in os.scandir(directory) if not it.is_dir()]
    except OSError:
        return []


def _packages_in(directory: str) -> set[str]:
    try:
        names = {it.partition(".")[0] for it in os.listdir(directory)}
    except OSError:
        return set()
    return {it for it in names if it.isidentifier() and not it.startswith("__")}


@contextlib.contextmanager
def watched(file: str = FILE) -> Iterator[Callable[[], bool]]:
    """
    Notice, in a machine, who asks for what is missing.

    Yields:
        What tells whether anybody has since; where nothing is missing nobody ever has.

    Raises:
        KernelError: It cannot be watched.
    """
    if not Path(file).exists():
        yield lambda: False
        return
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = libc.inotify_init1(_NONBLOCK_CLOEXEC)
    if descriptor < 0:
        raise KernelError("inotify_init1", errno=ctypes.get_errno())
    try:
        if libc.inotify_add_watch(descriptor, os.fsencode(file), _IN_OPEN) < 0:
            raise KernelError("watch", file, ctypes.get_errno())
        yield lambda: _has_events(descriptor)
    finally:
        os.close(descriptor)


def _has_events(descriptor: int) -> bool:
    try:
        return bool(os.read(descriptor, 4096))
    except BlockingIOError:
        return False
