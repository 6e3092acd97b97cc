"""Which way to the privileges that a lab needs: as asked for, or the first that works here.

The order is ``root``, ``rootless``, ``vm``: the fastest first, and each verdict the same.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from l2harness.errors import PrivilegeError
from l2harness.network import privilege

if TYPE_CHECKING:
    from l2harness.vm.machine import Hypervisor

#: What can be asked for; ``vm`` is whichever virtual machine there is.
BACKENDS: Final = ("root", "rootless", "vm", "vm:uml", "vm:uml-fast")
#: What helps where there is no virtual machine, a sentence for each way, the shortest first.
REMEDIES: Final = (
    "`sudo apt-get install user-mode-linux gcc` (Debian, Ubuntu): a Linux kernel that is an "
    "ordinary program, and needs no privilege to be run.",
    "`pip install l2harness-uml`: the same for who is not root. No public index has that wheel: "
    "whoever runs your course builds it once from uml/ in l2harness's repository, and hands it "
    "out.",
)


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
    from l2harness.vm import uml

    if (found := uml.find()) is not None:
        fast = backend == "vm:uml-fast" or (own and backend != "vm:uml")
        return replace(found, traced=not fast)
    if backend is None:
        raise _without_anything()
    raise PrivilegeError(
        "there is no user-mode Linux on PATH, and none that Python knows", " ".join(REMEDIES)
    )


def _without_anything() -> PrivilegeError:
    """Say of every way what is missing, and what would help."""
    try:
        privilege.require_mode()
    except PrivilegeError as error:
        missing = f"{error.missing}, and there is no user-mode Linux"
        return PrivilegeError(missing, " ".join((error.remedy, *REMEDIES)))
    raise AssertionError("namespaces were refused a moment ago")
