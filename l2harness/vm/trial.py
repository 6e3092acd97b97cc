"""Finding out whether a virtual machine can be booted here, by booting one, for the doctor."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Final

from l2harness.errors import L2HarnessError
from l2harness.network.entry import MACHINE_VARIABLE
from l2harness.network.privilege import Privileges, Probe
from l2harness.vm import landlock, qemu, uml
from l2harness.vm.choice import QEMU_REMEDIES, REMEDIES
from l2harness.vm.machine import RESULTS, Command, Finished, Hypervisor, MachineLost, run
from l2harness.vm.uml import UserModeLinux

#: What the probes are called.
NAME: Final = "user-mode Linux"
QEMU_NAME: Final = "qemu"
_WAYS: Final = ("root", "user namespaces")
_REPORT: Final = "doctor.json"
_WITHOUT: Final = "root or a user namespace is needed"
_LIMIT_S: Final = 120.0
#: What was tried, the mode that it gives, and what can be done in it.
_Tried = tuple[Probe, str | None, list[Probe]]
_COMPILER: Final = (
    "`sudo apt-get install gcc`: kernels before 6.13 need a small library on CPUs with large "
    "registers, which is compiled where it is needed."
)


def in_machine(found: Privileges, backend: str | None = None) -> Privileges:
    """
    Return what can be done here with a virtual machine.

    Args:
        found: What can be done without; of what it tried, the ways to privileges stay.
        backend: The virtual machine to try, one of `choice.BACKENDS`; otherwise the first that
            works, and those before it.
    """
    tried = [it for it in found.probes if it.name in _WAYS]
    others = [it for it in found.probes if it.name not in _WAYS]
    if backend != "vm:qemu":
        probe, mode, inside = _by_user_mode_linux()
        tried.append(probe)
        if mode is not None:
            return Privileges(mode, (*tried, *inside))
    if backend not in ("vm:uml", "vm:uml-fast"):
        probe, mode, inside = _by_qemu()
        tried.append(probe)
        if mode is not None:
            return Privileges(mode, (*tried, *inside))
    return Privileges(found.mode, (*tried, *others))


def _by_user_mode_linux() -> _Tried:
    linux = uml.find()
    if linux is None:
        missing = Probe(NAME, False, "not on PATH", _WITHOUT, remedies=REMEDIES)
        return missing, None, []
    return _looked_over(NAME, linux, f"by {linux.program}", _sees(), _remedies(linux))


def _by_qemu() -> _Tried:
    emulated, problem = qemu.look_for()
    if emulated is None:
        missing = Probe(QEMU_NAME, False, problem, _WITHOUT, remedies=QEMU_REMEDIES)
        return missing, None, []
    how = f"by {emulated.program} {emulated.release} from {emulated.kernel.image}"
    sees = "only /usr" if emulated.sees_usr else "none"
    sees = f"of this machine's files it sees {sees}"
    return _looked_over(QEMU_NAME, emulated, how, sees, ())


def _sees() -> str:
    confined = "confined by Landlock" if landlock.version() else "which this kernel cannot confine"
    return f"it reads this machine's files, {confined}"


def _looked_over(
    name: str, hypervisor: Hypervisor, how: str, sees: str, remedies: tuple[str, ...]
) -> _Tried:
    """Boot a machine, and look what can be done in it."""
    begun_s = time.monotonic()
    try:
        done = _boot(hypervisor)
        inside = _probes(done)
    except L2HarnessError as error:
        return Probe(name, False, _first_of(error), _WITHOUT, remedies=remedies), None, []
    took_s = time.monotonic() - begun_s
    detail = f"Linux {done.kernel} {how}, booted and looked over in {took_s:.1f} s; {sees}"
    return Probe(name, True, detail, _WITHOUT), hypervisor.mode, inside


def _boot(hypervisor: Hypervisor) -> Finished:
    look = '"$0" -m l2harness doctor --json --backend root >"$1"; exit 0'
    command = Command(
        ("/bin/sh", "-c", look, sys.executable, f"{RESULTS}/{_REPORT}"),
        environment={
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
            MACHINE_VARIABLE: hypervisor.mode,
        },
    )
    return run(hypervisor, command, limit_s=_LIMIT_S, wanted={_REPORT: 1 << 20})


def _probes(done: Finished) -> list[Probe]:
    """What was found inside, but for the ways to privileges: there it is root."""
    try:
        document = json.loads(done.files[_REPORT])
        probes = [Probe(**{**it, "remedies": tuple(it["remedies"])}) for it in document["probes"]]
    except (KeyError, ValueError, TypeError) as error:
        raise MachineLost("it booted, but nothing could be tried in it", done.console) from error
    return [it for it in probes if it.name not in _WAYS]


def _first_of(error: L2HarnessError) -> str:
    return str(error).replace("\n", " · ")


def _remedies(linux: UserModeLinux) -> tuple[str, ...]:
    return (_COMPILER, *REMEDIES[1:]) if linux.lacks_shim else REMEDIES[1:]
