"""What of this machine's files a virtual machine is given in an archive: a small system.

The interpreter with its library, this package with what it depends on, a shell; and where the
machine cannot see /usr, the programs that everybody expects beside it, make and the C
compiler. A whole /usr would not fit into memory.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Final

from l2harness.vm.missing import mark
from l2harness.vm.tree import Tree

_PACKAGE: Final = Path(__file__).resolve().parents[1]
#: What the harness itself starts, then what students' programs do; those that are not here are not
#: there either.
_PROGRAMS: Final = (
    *("bwrap", "nsenter", "mount", "umount", "ip", "sysctl", "make", "gcc", "cc", "as", "ld"),
    *("sh", "bash", "dash", "python3", "python", "perl", "grep", "sed", "awk", "mawk", "find"),
    *("xargs", "diff", "cmp", "tar", "gzip", "xxd", "hexdump", "file", "which", "ps", "kill"),
    *("setpriv", "unshare", "hostname", "getconf", "strip", "ar", "ranlib", "nm", "objcopy"),
    # GNU coreutils.
    *("[", "arch", "base32", "base64", "basename", "cat", "chgrp", "chmod", "chown", "cksum"),
    *("comm", "cp", "csplit", "cut", "date", "dd", "dirname", "du", "echo", "env", "expand"),
    *("expr", "factor", "false", "fmt", "fold", "groups", "head", "id", "install", "join", "ln"),
    *("logname", "ls", "md5sum", "mkdir", "mkfifo", "mknod", "mktemp", "mv", "nice", "nl"),
    *("nohup", "nproc", "numfmt", "od", "paste", "pathchk", "pr", "printenv", "printf", "pwd"),
    *("readlink", "realpath", "rm", "rmdir", "seq", "sha1sum", "sha256sum", "sha512sum", "shuf"),
    *("sleep", "sort", "split", "stat", "stdbuf", "stty", "sum", "sync", "tac", "tail", "tee"),
    *("test", "timeout", "touch", "tr", "true", "truncate", "tsort", "tty", "uname", "unexpand"),
    *("uniq", "unlink", "wc", "who", "whoami", "yes"),
)
_PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#: Names and their meaning, the loader's cache, what terminals can do, and the least of Perl.
_FURTHER: Final = (
    *("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/usr/local", "/etc/passwd", "/etc/group"),
    *("/etc/nsswitch.conf", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/localtime"),
)
_FURTHER_WHOLE: Final = (
    *("/etc/ld.so.conf.d", "/lib/terminfo", "/usr/lib/locale/C.utf8"),
    *("/usr/share/zoneinfo/Etc", "/usr/share/zoneinfo/UTC"),
    *("/usr/lib/x86_64-linux-gnu/perl-base",),
)
#: Of the library: what no program of a lab needs, and takes half of it.
_NOT_OF_THE_LIBRARY: Final = frozenset(
    {"test", "tests", "idlelib", "tkinter", "turtledemo", "ensurepip", "lib2to3", "pydoc_data"}
    | {"site-packages", "dist-packages", "__pycache__", "__phello__", "distutils"}
)
#: Empty directories to stand on.
_DIRECTORIES: Final = ("/proc", "/sys", "/dev", "/tmp", "/root", "/run", "/var", "/var/tmp")
#: Headers of the C library and of the kernel, in /usr/include.
_HEADERS: Final = (
    *("arpa", "asm", "asm-generic", "bits", "gnu", "linux", "net", "netinet", "netpacket"),
    *("neteconet", "netax25", "protocols", "rpc", "scsi", "sys"),
)
_NOT_OF_THE_COMPILER: Final = re.compile(
    r"/(cc1plus|cc1obj|cc1objplus|f951|gnat1|d21|lto1|lto-dump|plugin|g\+\+-mapper-server|"
    r"lib(stdc\+\+|tsan|lsan|hwasan|quadmath|gomp|itm|supc\+\+|gfortran|objc)[^/]*)$"
)
_ANSWERS_WITHIN_S: Final = 60.0


def system(sees_usr: bool) -> Tree:
    """
    Return the files, each under its own path; some 6,000 of them.

    Args:
        sees_usr: Whether the machine sees all of /usr besides.
    """
    tree = Tree()
    for path in (*_DIRECTORIES, *_FURTHER):
        tree.add(path)
    for path in _FURTHER_WHOLE:
        tree.add_all(path)
    _add_interpreter(tree)
    _add_package(tree)
    for directory in _PATH.split(":"):
        tree.watch(directory)
    for name in ("sh", "python3") if sees_usr else _PROGRAMS:
        if (program := shutil.which(name, path=_PATH)) is not None:
            tree.add(program)
    libraries = None if sees_usr else _add_compiler(tree)
    _add_libraries(tree)
    if not sees_usr:
        mark(tree, _PATH, libraries)
    return tree


def _add_interpreter(tree: Tree) -> None:
    for path in (sys.executable, getattr(sys, "_base_executable", sys.executable)):
        tree.add(path)
    tree.add(os.path.join(sys.prefix, "pyvenv.cfg"))
    for name in ("stdlib", "platstdlib"):
        tree.add_all(sysconfig.get_path(name), _is_superfluous)
    # Where the running one is not the system's, students' programs may still ask for that.
    if (system := shutil.which("python3", path=_PATH)) is not None:
        library = Path(system).resolve()
        tree.add_all(str(library.parents[1] / "lib" / library.name), _is_superfluous)


def _is_superfluous(path: str) -> bool:
    return os.path.basename(path) in _NOT_OF_THE_LIBRARY or path.endswith((".a", ".pyc"))


def _is_compiled(path: str) -> bool:
    return path.endswith((".pyc", "__pycache__"))


def _add_package(tree: Tree) -> None:
    """Add this package, and what it depends on as its installer has noted it."""
    tree.add_all(str(_PACKAGE), _is_compiled)
    if not (_PACKAGE / "topology" / "shipped").is_dir():
        tree.add_all(str(_PACKAGE.parent / "topologies"))
    for distribution in _needed("l2harness"):
        files = distribution.files
        if files is None:
            tree.add_all(str(distribution.locate_file("")), _is_compiled)
            continue
        for path in files:
            tree.add(os.path.normpath(str(distribution.locate_file(path))))


def _needed(root: str) -> Iterable[metadata.Distribution]:
    """Return distributions that one needs, and it, as far as they are installed."""
    from packaging.requirements import Requirement

    found: dict[str, metadata.Distribution] = {}
    names = [root]
    while names:
        name = names.pop()
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        for text in found[name].requires or []:
            requirement = Requirement(text)
            if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
                names.append(requirement.name)
    return found.values()


def _add_compiler(tree: Tree) -> str | None:
    """Add what the C compiler starts and reads; return the directory of libraries, if any."""
    libraries = None
    for question in ("-print-prog-name=cc1", "-print-file-name=libgcc.a"):
        path = _answer("gcc", question)
        if os.path.isabs(path):
            tree.add_all(os.path.dirname(path), lambda it: bool(_NOT_OF_THE_COMPILER.search(it)))
    for name in ("crt1.o", "libc.so"):
        path = _answer("gcc", f"-print-file-name={name}")
        if os.path.isabs(path):
            directory = Path(path).resolve().parent
            libraries = str(directory)
            for pattern in ("*crt*.o", "lib[cm].so", "lib[cm].a", "libmvec*", "lib*_nonshared.a"):
                for found in directory.glob(pattern):
                    tree.add(str(found))
            for library in ("pthread", "dl", "rt", "util", "resolv", "gcc_s", "asan", "ubsan"):
                for found in directory.glob(f"lib{library}.*"):
                    tree.add(str(found))
    include = Path("/usr/include")
    for root in (include, include / _answer("gcc", "-print-multiarch")):
        for header in root.glob("*.h"):
            tree.add(str(header))
        for name in _HEADERS:
            tree.add_all(str(root / name))
    return libraries


def _answer(program: str, question: str) -> str:
    """Return what a program prints when it is asked; empty where there is none."""
    if (path := shutil.which(program, path=_PATH)) is None:
        return ""
    try:
        done = subprocess.run(
            [path, question],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ANSWERS_WITHIN_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return os.fsdecode(done.stdout.strip())


def _add_libraries(tree: Tree) -> None:
    """Add the shared libraries that anything of the tree is linked with, and the loader."""
    linked = [path for path in tree if _is_linked(path)]
    done = subprocess.run(
        ["ldd", *linked],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        timeout=_ANSWERS_WITHIN_S,
        check=False,
    )
    for path in sorted(set(re.findall(rb"(?:=> |^\t)(/\S+)", done.stdout, re.MULTILINE))):
        tree.add(os.fsdecode(path))


def _is_linked(path: str) -> bool:
    if os.path.islink(path) or not os.path.isfile(path) or path.endswith((".py", ".h", ".a")):
        return False
    try:
        with open(path, "rb") as file:
            head = file.read(18)
    except OSError:
        return False
    # An executable or a library, ET_EXEC or ET_DYN, not an object.
    return head.startswith(b"\x7fELF") and head[16] in (2, 3)
