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
from l2harness.vm import landlock, uml
from l2harness.vm.choice import REMEDIES
from l2harness.vm.machine import RESULTS, Command, Finished, MachineLost, run
from l2harness.vm.uml import UserModeLinux

#: What the probe is called.
NAME: Final = "user-mode Linux"
_REPORT: Final = "doctor.json"
_WITHOUT: Final = "root or a user namespace is needed"
_LIMIT_S: Final = 120.0
_COMPILER: Final = (
    "`sudo apt-get install gcc`: kernels before 6.13 need a small library on CPUs with large "
    "registers, which is compiled where it is needed."
)


def in_machine(found: Privileges) -> Privileges:
    """
    Return what can be done here with a virtual machine.

    Args:
        found: What can be done without; of what it tried, the ways to privileges stay.
    """
    ways = [it for it in found.probes if it.name in ("root", "user namespaces")]
    linux = uml.find()
    if linux is None:
        missing = Probe(NAME, False, "not on PATH", _WITHOUT, remedies=REMEDIES)
        return Privileges(found.mode, (*ways, missing, *_others(found)))
    begun_s = time.monotonic()
    try:
        done = _boot(linux)
        inside = _probes(done)
    except L2HarnessError as error:
        failed = Probe(NAME, False, _first_of(error), _WITHOUT, remedies=_remedies(linux))
        return Privileges(found.mode, (*ways, failed, *_others(found)))
    confined = "confined by Landlock" if landlock.version() else "which this kernel cannot confine"
    detail = (
        f"Linux {done.kernel} by {linux.program}, booted and looked over in "
        f"{time.monotonic() - begun_s:.1f} s; it reads this machine's files, {confined}"
    )
    return Privileges(linux.mode, (*ways, Probe(NAME, True, detail, _WITHOUT), *inside))


def _others(found: Privileges) -> list[Probe]:
    return [it for it in found.probes if it.name not in ("root", "user namespaces")]


def _boot(linux: UserModeLinux) -> Finished:
    look = '"$0" -m l2harness doctor --json --backend root >"$1"; exit 0'
    command = Command(
        ("/bin/sh", "-c", look, sys.executable, f"{RESULTS}/{_REPORT}"),
        environment={
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(Path(__file__).resolve().parents[2]),
            MACHINE_VARIABLE: linux.mode,
        },
    )
    return run(linux, command, limit_s=_LIMIT_S, wanted={_REPORT: 1 << 20})


def _probes(done: Finished) -> list[Probe]:
    """What was found inside, but for the ways to privileges: there it is root."""
    try:
        document = json.loads(done.files[_REPORT])
        probes = [Probe(**{**it, "remedies": tuple(it["remedies"])}) for it in document["probes"]]
    except (KeyError, ValueError, TypeError) as error:
        raise MachineLost("it booted, but nothing could be tried in it", done.console) from error
    return [it for it in probes if it.name not in ("root", "user namespaces")]


def _first_of(error: L2HarnessError) -> str:
    return str(error).replace("\n", " · ")


def _remedies(linux: UserModeLinux) -> tuple[str, ...]:
    return (_COMPILER, *REMEDIES[1:]) if linux.lacks_shim else REMEDIES[1:]
