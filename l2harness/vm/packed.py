"""The first process of a virtual machine that sees two disks of the host, and perhaps its /usr.

Strategy: what the machine begins with was unpacked into its memory by its kernel. The first disk
holds an archive with the job and with files that the job reads, which are unpacked to their own
paths. What the host has in /usr besides is found there, too, where the kernel knows how (9p). Then
all is as in `guest`. In the end what lies in the directory of results is written to the second
disk, as an archive.

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
#: What the host's /usr is called by qemu, where it is seen, and how: in large pieces, and without
#: asking again whether a file has changed.
TAG: Final = "usr"
_HOSTS_USR: Final = "/usr-of-host"
_SEEN: Final = "trans=virtio,version=9p2000.L,msize=512000,cache=loose"
_MS_RDONLY: Final = 0x1


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
        if wanted["sees_usr"]:
            os.mkdir(_HOSTS_USR)
            guest.mount(TAG, _HOSTS_USR, "9p", _MS_RDONLY, _SEEN)
        guest.carry_out(wanted, _HOSTS_USR if wanted["sees_usr"] else None)
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
