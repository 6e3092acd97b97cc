"""Which way to the privileges that a lab needs: as asked for, or the first that works here.

The order is ``root``, ``rootless``, ``vm:uml``, ``vm:qemu``: the fastest first, and each verdict
the same.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from l2harness.errors import L2HarnessError, PrivilegeError
from l2harness.network import privilege

if TYPE_CHECKING:
    from l2harness.vm.machine import Hypervisor
    from l2harness.vm.uml import UserModeLinux

#: What can be asked for; ``vm`` is whichever virtual machine there is.
BACKENDS: Final = ("root", "rootless", "vm", "vm:uml", "vm:uml-fast", "vm:qemu")
#: What helps where there is no user-mode Linux, a sentence for each way, the shortest first.
REMEDIES: Final = (
    "`sudo apt-get install user-mode-linux gcc` (Debian, Ubuntu): a Linux kernel that is an "
    "ordinary program, and needs no privilege to be run.",
    "`pip install l2harness-uml`: the same for who is not root. No public index has that wheel: "
    "whoever runs your course builds it once from uml/ in l2harness's repository, and hands it "
    "out.",
)
#: … and where there is no qemu with a kernel.
QEMU_REMEDIES: Final = (
    "`sudo apt-get install --no-install-recommends qemu-system-x86 linux-image-amd64` (Debian): "
    "an emulated computer with a kernel for it, ten times slower, for where user-mode Linux does "
    "not run.",
)
_BOOTS_WITHIN_S: Final = 60.0


def choose(backend: str | None, *, own: bool = False) -> Hypervisor | None:
    """
    Return what to boot a virtual machine with; None where namespaces of this machine will do.

    Forks: call it before there are threads.

    Args:
        backend: One of `BACKENDS`; None for the first that works.
        own: Whether the programs are those of whoever runs us: what is fast will do.

    Raises:
        PrivilegeError: None does, or not the one that was asked for; with what would help.
    """
    if backend is None and privilege.mode() is not None:
        return None
    if backend in ("root", "rootless"):
        return None
    from l2harness.vm import qemu, uml

    by_uml = backend in ("vm:uml", "vm:uml-fast")
    linux = uml.find() if backend != "vm:qemu" else None
    emulated, problem = (None, "") if by_uml else qemu.look_for()
    if linux is not None:
        fast = backend == "vm:uml-fast" or (own and backend != "vm:uml")
        linux = replace(linux, traced=not fast)
        # With one way left that is taken, and shows on its console why it does not boot.
        if emulated is None or _boots(linux):
            return linux
    if emulated is not None:
        return emulated
    if backend is None:
        raise _without_anything(problem)
    without = "there is no user-mode Linux on PATH, and none that Python knows"
    if by_uml:
        raise PrivilegeError(without, " ".join(REMEDIES))
    if backend == "vm:qemu":
        raise PrivilegeError(problem, " ".join(QEMU_REMEDIES))
    raise PrivilegeError(f"{without}; and for qemu, {problem}", " ".join(REMEDIES + QEMU_REMEDIES))


def _boots(linux: UserModeLinux) -> bool:
    """Return whether a user-mode Linux runs here; once it has, it is not asked again."""
    from l2harness.vm import cache
    from l2harness.vm.machine import Command, run

    asked = repr((linux, os.uname())).encode()
    name = f"boots-{hashlib.sha256(asked).hexdigest()[:16]}"
    if cache.find(name) is not None:
        return True
    try:
        run(
            linux,
            Command(("/bin/true",)),
            limit_s=_BOOTS_WITHIN_S,
            wanted={},
            boot_s=_BOOTS_WITHIN_S,
        )
        cache.keep("boots-", name, lambda _: None)
    except L2HarnessError:
        return False
    return True


def _without_anything(problem: str) -> PrivilegeError:
    """Say of every way what is missing, and what would help."""
    try:
        privilege.require_mode()
    except PrivilegeError as error:
        missing = f"{error.missing}, and there is no user-mode Linux; for qemu, {problem}"
        return PrivilegeError(missing, " ".join((error.remedy, *REMEDIES, *QEMU_REMEDIES)))
    raise AssertionError("namespaces were refused a moment ago")
