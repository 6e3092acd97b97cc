"""The first process of a virtual machine: puts a root file system together, and runs one command.

It is a script, started as ``python -I -S guest.py JOB`` by the VM's kernel, and uses nothing but
the standard library. What it prints goes to the VM's console, whose end a report shows if the VM
comes to nothing.

Laws:

- Nothing of the host's is changed: what is written lies on a file system in the VM's memory,
  except in the directory of results.
- It switches the machine off, whatever happens.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import sys
import traceback
from collections.abc import Iterator
from typing import Any, Final

#: Printed on the console once the command has been started.
STARTED: Final = "l2harness: started"
#: In the directory of results: how it went, as JSON.
STATUS: Final = "status.json"

#: Where the guest finds what it shares with the host: ``job`` and ``results``.
SHARES: Final = "/l2harness"

_MS_NOSUID: Final = 0x2
_MS_NODEV: Final = 0x4
_MS_MOVE: Final = 0x2000
_POWER_OFF: Final = 0x4321_FEDC
#: finit_module(2), by `os.uname().machine`.
_FINIT_MODULE: Final = {"x86_64": 313, "aarch64": 273}
_EEXIST: Final = 17
#: A directory that exists everywhere, and in which the host keeps no files.
_PLACE: Final = "/proc"

_libc = ctypes.CDLL(None, use_errno=True)


def main(job: str) -> None:
    """Do what the file ``job`` says; never returns."""
    with switching_off():
        with open(job, encoding="utf-8") as file:
            wanted = json.load(file)
        _load_modules(wanted["modules"], wanted["module_names"])
        carry_out(wanted)


@contextlib.contextmanager
def switching_off() -> Iterator[None]:
    """Switch the machine off in the end, whatever happens."""
    try:
        yield
    except BaseException:  # noqa: BLE001 - the console is all there is to say it on
        traceback.print_exc()
    sys.stdout.flush()
    os.sync()
    _libc.reboot(_POWER_OFF)


def carry_out(wanted: dict[str, Any], further_usr: str | None = None) -> None:
    """
    Run a command, and note how it went among its results.

    Args:
        wanted: The job.
        further_usr: A directory with what else is to be found in /usr.
    """
    _make_root(further_usr)
    for name, (kind, options) in wanted["shares"].items():
        os.makedirs(f"{SHARES}/{name}")
        mount(name, f"{SHARES}/{name}", kind, _MS_NOSUID | _MS_NODEV, options)
    _note(_run(wanted))


def mount(source: str, target: str, kind: str, flags: int = 0, options: str = "") -> None:
    """Mount a file system. Raises OSError."""
    arguments = (source.encode(), os.fsencode(target), kind.encode(), ctypes.c_ulong(flags))
    if _libc.mount(*arguments, os.fsencode(options) or None) < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"mount {kind}: {os.strerror(number)}", target)


def _make_root(further_usr: str | None) -> None:
    """Stand on a copy of the host's files that can be written to, and costs what is written."""
    mount("tmpfs", _PLACE, "tmpfs")
    for name in ("changed", "work", "root"):
        os.mkdir(f"{_PLACE}/{name}", 0o755)
    root = f"{_PLACE}/root"
    layers = f"lowerdir=/,upperdir={_PLACE}/changed,workdir={_PLACE}/work"
    mount("l2harness", root, "overlay", 0, layers)
    if further_usr is not None:
        mount("l2harness", f"{root}/usr", "overlay", 0, f"lowerdir=/usr:{further_usr}")
    mount("proc", f"{root}/proc", "proc")
    mount("sysfs", f"{root}/sys", "sysfs")
    mount("devtmpfs", f"{root}/dev", "devtmpfs")
    for name, kind, options in (
        ("pts", "devpts", "mode=620,ptmxmode=666"),
        ("shm", "tmpfs", "mode=1777"),
    ):
        os.makedirs(f"{root}/dev/{name}", exist_ok=True)
        mount(kind, f"{root}/dev/{name}", kind, _MS_NOSUID | _MS_NODEV, options)
    _have_no_tunnels(f"{root}/proc/sys/net/core/fb_tunnels_only_for_init_net")
    if os.path.isdir(f"{root}/sys/fs/cgroup"):
        _have_control_groups(f"{root}/sys/fs/cgroup")
    # Moved, for a process whose root is not that of its mounts is given no user namespace.
    os.chdir(root)
    mount(".", "/", "none", _MS_MOVE)
    os.chroot(".")
    os.chdir("/")
    for name, target in (("fd", "fd"), ("stdin", "fd/0"), ("stdout", "fd/1"), ("stderr", "fd/2")):
        if not os.path.lexists(f"/dev/{name}"):
            os.symlink(f"/proc/self/{target}", f"/dev/{name}")


def _have_no_tunnels(setting: str) -> None:
    """Keep the kernel's own tunnels, such as sit0, from being interfaces of every lab host."""
    if os.path.isfile(setting):
        with open(setting, "w", encoding="ascii") as file:
            file.write("1")


def _have_control_groups(place: str) -> None:
    """Let programs be limited in memory and number, as far as the VM's kernel knows how to."""
    mount("cgroup2", place, "cgroup2")
    with open(f"{place}/cgroup.controllers", encoding="ascii") as file:
        known = set(file.read().split())
    for controller in sorted(known & {"cpu", "memory", "pids"}):
        with open(f"{place}/cgroup.subtree_control", "w", encoding="ascii") as file:
            file.write(f"+{controller}")


def _load_modules(directory: str, names: list[str]) -> None:
    """Load modules of the VM's kernel, and what they need; what is built in has no file."""
    directory = f"{directory}/{os.uname().release}"
    if not os.path.isfile(f"{directory}/modules.dep"):
        return
    needs: dict[str, list[str]] = {}
    with open(f"{directory}/modules.dep", encoding="ascii") as file:
        for line in file:
            path, _, rest = line.partition(":")
            needs[path] = rest.split()
    by_name = {os.path.basename(path).partition(".")[0].replace("-", "_"): path for path in needs}
    loaded: set[str] = set()
    for name in names:
        if name in by_name:
            # In modules.dep what a module needs comes in the order opposite to loading it.
            for path in (*reversed(needs[by_name[name]]), by_name[name]):
                if path not in loaded:
                    loaded.add(path)
                    load(f"{directory}/{path}")


def load(path: str) -> None:
    """Have the kernel load a module, unless it has it. Raises OSError."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.syscall(_FINIT_MODULE[os.uname().machine], fd, b"", 0) < 0:
            number = ctypes.get_errno()
            if number != _EEXIST:
                raise OSError(number, os.strerror(number), path)
    finally:
        os.close(fd)


def _run(wanted: dict[str, Any]) -> int:
    """Run the command to its end, as a process whose orphans come to us."""
    child = os.fork()
    if child == 0:
        try:
            os.setsid()
            os.chdir(wanted["directory"])
            os.execve(wanted["command"][0], wanted["command"], wanted["environment"])
        finally:
            traceback.print_exc()
            os._exit(127)
    print(STARTED, flush=True)
    while True:
        pid, status = os.wait()
        if pid == child:
            return os.waitstatus_to_exitcode(status)


def _note(status: int) -> None:
    document = {"status": status, "kernel": os.uname().release}
    path = f"{SHARES}/results/{STATUS}"
    temporary = f"{path}.new"
    with open(temporary, "w", encoding="utf-8") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(temporary, path)


if __name__ == "__main__":
    main(sys.argv[1])
