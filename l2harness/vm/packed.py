"""The first process of a virtual machine that sees nothing of the host but two disks.

Strategy: what the machine is made of was unpacked into its memory by its kernel. The first disk
holds an archive with the job and with every file that the job reads, which are unpacked to their
own paths; then all is as in `guest`. In the end what lies in the directory of results is written
to the second disk, as an archive.

Like `guest` it uses the standard library alone. The machine's ``/init`` starts it, see `image`.
"""

from __future__ import annotations

import json
import os
import stat
from typing import BinaryIO, Final

from l2harness.vm import cpio, guest

#: Where the machine finds modules of its kernel, in the order in which to load them.
MODULES: Final = "/l2harness-modules"
#: What `guest` is to do; see `l2harness.vm.machine`.
JOB: Final = f"{guest.SHARES}/job/job.json"

#: The job's, and the results'.
_DISKS: Final = ("/dev/vda", "/dev/vdb")


def main() -> None:
    """Do what the job on the first disk says; never returns."""
    with guest.switching_off():
        guest.mount("devtmpfs", "/dev", "devtmpfs")
        for name in sorted(os.listdir(MODULES)):
            guest.load(f"{MODULES}/{name}")
        # Opened before the root is another one.
        results = os.open(_DISKS[1], os.O_WRONLY | os.O_CLOEXEC)
        with open(_DISKS[0], "rb") as file:
            cpio.unpack(file)
        with open(JOB, encoding="utf-8") as file:
            wanted = json.load(file)
        guest.carry_out(wanted)
        with open(results, "wb") as disk:
            _write_results(f"{guest.SHARES}/results", disk)
            disk.flush()
            os.fsync(disk.fileno())


def _write_results(directory: str, disk: BinaryIO) -> None:
    writer = cpio.Writer(disk)
    for name in sorted(os.listdir(directory)):
        path = f"{directory}/{name}"
        if stat.S_ISREG(os.lstat(path).st_mode):
            cpio.copy_into(writer, os.fsencode(name), path)
    writer.close()
