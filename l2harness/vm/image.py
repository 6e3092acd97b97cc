"""The archive that a virtual machine by qemu begins with: made once, and kept.

It is found again by everything that went into it: the interpreter, this package, the kernel, and
what the programs and libraries of the machine were when it was made.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import marshal
import os
import shlex
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Final

from l2harness import __version__
from l2harness.errors import KernelError
from l2harness.vm import cache
from l2harness.vm.kernels import Kernel, module_bytes
from l2harness.vm.packed import MODULES
from l2harness.vm.system import system
from l2harness.vm.tree import Tree, is_current

_TOP: Final = Path(__file__).resolve().parents[2]
#: Programs of labs, which nobody imports.
_NOT_COMPILED: Final = frozenset({"reference", "references", "mutants", "hostile", "starter"})
#: The flags of a compiled module that is taken as it is, whatever its source says now; PEP 552.
_UNCHECKED: Final = (0b01).to_bytes(4, "little")


def image(kernel: Kernel, sees_usr: bool) -> Path:
    """
    Return the archive for machines with this kernel; the first time it takes some seconds.

    Args:
        kernel: Whose modules are in it.
        sees_usr: Whether the machine sees the host's /usr: what it finds there is left out.

    Raises:
        KernelError: It cannot be written anywhere.
    """
    question = _question(kernel, sees_usr)
    manifest = cache.find(f"manifest-{question}")
    archive = cache.find(f"system-{question}")
    if archive is not None and manifest is not None and is_current(manifest.read_bytes()):
        return archive
    try:
        tree = system(sees_usr)
        said = tree.manifest()
        for number, (name, file) in enumerate(kernel.modules):
            tree.make(f"{MODULES}/{number:02}-{name}.ko", module_bytes(file))
        for path, content in _compiled(tree):
            tree.make(path, content)
        tree.make("/init", _INIT.encode(), 0o755)

        made = cache.keep("system-", f"system-{question}", tree.write)
    except (OSError, EOFError, LookupError) as error:
        raise KernelError("collect files for a virtual machine", detail=str(error)) from error
    # It comes last: where it is, the archive is whole.
    cache.keep("manifest-", f"manifest-{question}", lambda file: file.write(said))
    return made


def _question(kernel: Kernel, sees_usr: bool) -> str:
    about = kernel.image.stat()
    parts: list[object] = [sys.version, sys.executable, sys.path, __version__, str(_TOP), _INIT]
    parts += [sees_usr, kernel.release, str(kernel.image), about.st_size, about.st_mtime_ns]
    parts += [[name, str(path)] for name, path in kernel.modules]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _init() -> str:
    begin = (
        "import sys; sys.path.insert(0, sys.argv[1]); from l2harness.vm.packed import main; main()"
    )
    line = shlex.join([sys.executable, "-I", "-S", "-c", begin, str(_TOP)])
    return f"#!/bin/sh\nexec {line}\n"


#: The first process of the machine.
_INIT: Final = _init()


def _compiled(tree: Tree) -> Iterator[tuple[str, bytes]]:
    """Yield modules of the tree as Python would compile them, which takes long in a machine."""
    for path in tree:
        if path.endswith(".py") and not _NOT_COMPILED & set(path.split("/")):
            code = _code(path)
            if code is not None:
                yield _place(path), code


def _code(path: str) -> bytes | None:
    """Return a module, compiled; None if it cannot be."""
    try:
        source = Path(path).read_bytes()
        kept = _kept(path) or marshal.dumps(
            SourceFileLoader("", path).source_to_code(source, path)
        )
    except (OSError, SyntaxError, ValueError, UnicodeDecodeError):
        return None
    header = importlib.util.MAGIC_NUMBER + _UNCHECKED + importlib.util.source_hash(source)
    return header + kept


def _kept(path: str) -> bytes | None:
    """Return what Python has kept of a module, if that is of its source as it is."""
    try:
        data = Path(_place(path)).read_bytes()
    except OSError:
        return None
    about = os.stat(path)
    expected = importlib.util.MAGIC_NUMBER + bytes(4)
    for number in (int(about.st_mtime), about.st_size):
        expected += (number & 0xFFFF_FFFF).to_bytes(4, "little")
    return data[16:] if data.startswith(expected) else None


def _place(path: str) -> str:
    """Return where Python looks for a module, compiled, if nothing else was said to it."""
    directory, name = os.path.split(path)
    stem = name.removesuffix(".py")
    return f"{directory}/__pycache__/{stem}.{sys.implementation.cache_tag}.pyc"
